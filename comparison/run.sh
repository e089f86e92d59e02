#!/usr/bin/env bash
# Runs the comparison and writes table.md: bash comparison/run.sh
#
# Needs the Rust toolchain and python3 with venv. What is built and installed goes into the target
# directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

target=${CARGO_TARGET_DIR:-../target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
venv=$target/comparison-venv
results=$target/comparison
hypothesis=hypothesis==6.170.17

# The versions that the workspace around it is tested with.
cp ../Cargo.lock Cargo.lock
CARGO_TARGET_DIR=$target cargo build --release
binary=$target/release/comparison

[[ -d $venv ]] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check "$hypothesis"
mkdir -p "$results"

echo 'a target without a fault: nothing must be found'
"$binary" honest
"$venv/bin/python" machine.py "$binary" honest

echo 'the problems'
"$binary" problems >"$results/runs.jsonl"
"$binary" measure >>"$results/runs.jsonl"
"$venv/bin/python" machine.py "$binary" measure >>"$results/runs.jsonl"

version() { grep -A1 "^name = \"$1\"$" Cargo.lock | sed -n 's/^version = "\(.*\)"$/\1/p'; }
cat >"$results/conditions.md" <<CONDITIONS
Written by \`run.sh\`; the [README](README.md) says what is counted.

$(nproc) cores, $(uname -sm); $(rustc --version | cut -d' ' -f1-2), $(python3 --version); proptest $(version proptest),
proptest-state-machine $(version proptest-state-machine), ${hypothesis/==/ }. All counts are of requests.
CONDITIONS
"$venv/bin/python" table.py "$results/runs.jsonl" "$results/conditions.md" >"$results/table.md"
cp "$results/table.md" table.md
sed -n '/^## All/,/^## By/p' table.md | grep '^|'
