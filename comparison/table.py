"""Writes what the engines printed as tables.

    python3 table.py RESULTS CONDITIONS

RESULTS holds a line of JSON for each run, CONDITIONS the lines that stand above the tables.
"""

import json
import sys
from statistics import median_low

ENGINES = {"ours": "ours", "psm": "proptest-state-machine", "hypothesis": "Hypothesis"}


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*names):
    row(*names)
    row(*("---" if place == 0 else "---:" for place, _ in enumerate(names)))


def middle(runs, what):
    values = [run[what] for run in runs if run["found"] is not None]
    return median_low(values) if values else "–"


def totals(runs, minimum):
    head("engine", "found", "of them at the minimum", "requests over the minimum, sum",
         "to find, median", "to shrink, median", "to shrink, most")
    for engine, name in ENGINES.items():
        mine = [run for run in runs if run["engine"] == engine]
        found = [run for run in mine if run["found"] is not None]
        over = [run["length"] - minimum[run["problem"]] for run in found]
        row(name, f"{len(found)} of {len(mine)}", over.count(0), sum(over), middle(found, "found"),
            middle(found, "shrink"), max(run["shrink"] for run in found))


def by_problem(runs, minimum):
    measures = ("found", "to find", "to shrink", "lengths")
    head("problem", "minimum", *(f"{name}: {it}" for name in ENGINES.values() for it in measures))
    for problem, fewest in minimum.items():
        cells = []
        for engine in ENGINES:
            mine = [run for run in runs if (run["engine"], run["problem"]) == (engine, problem)]
            found = [run for run in mine if run["found"] is not None]
            lengths = " ".join(str(run["length"]) for run in found)
            cells += [f"{len(found)}/{len(mine)}", middle(found, "found"), middle(found, "shrink"), lengths]
        row(problem, fewest, *cells)


def every_run(runs, minimum):
    measures = ("to find", "to shrink", "length")
    head("problem", "seed", "minimum", *(f"{name}: {it}" for name in ENGINES.values() for it in measures))
    all_runs = {(run["problem"], run["seed"], run["engine"]): run for run in runs}
    for problem, fewest in minimum.items():
        for seed in sorted({run["seed"] for run in runs}):
            cells = []
            for engine in ENGINES:
                run = all_runs[problem, seed, engine]
                found = run["found"] is not None
                cells += [run["found"], run["shrink"], run["length"]] if found else ["not found", "", ""]
            row(problem, seed, fewest, *cells)


def main():
    lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    asked, runs = lines[0], lines[1:]
    minimum = {it["problem"]: it["minimum"] for it in asked["problems"]}
    print("# The comparison as measured\n")
    print(open(sys.argv[2], encoding="utf-8").read())
    print("## All problems\n")
    totals(runs, minimum)
    print("\n## By problem\n\nMedians of the seeds, and the length for each seed that found it.\n")
    by_problem(runs, minimum)
    print("\n## Every run\n")
    every_run(runs, minimum)


if __name__ == "__main__":
    main()
