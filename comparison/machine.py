"""Hypothesis' half of the comparison: a RuleBasedStateMachine over HTTP.

    python3 machine.py COMPARISON honest|measure

COMPARISON is the binary that serves the faults. `measure` prints a line of JSON for each run.
"""

import http.client
import json
import subprocess
import sys
from multiprocessing import Pool

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    multiple,
    rule,
    run_state_machine_as_test,
)

NAMES = st.integers(0, 3)
TEXTS = st.integers(0, 2)
CONTEXTS = st.none() | st.integers(0, 1)
LIMITS = st.none() | st.integers(1, 3)
PLAINTEXTS = ["AAAA", "AQEB", "AgIC"]


class BudgetSpent(BaseException):
    """Ends a run: Hypothesis takes it for no failure of the test."""


class Target:
    """The served target, and the counts of one run."""

    def __init__(self, port, budget):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.budget = budget
        self.sent = 0
        self.found = None
        self.of_this_case = []
        self.last_failure = None

    def post(self, path, headers, body):
        self.connection.request("POST", path, json.dumps(body), headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else {}

    def reset(self):
        if self.found is None and self.sent >= self.budget:
            raise BudgetSpent
        status, _ = self.post("/_outside", {}, {"call": "Reset"})
        assert status == 200
        self.of_this_case = []

    def send(self, operation, body):
        body = {name: value for name, value in body.items() if value is not None}
        self.sent += 1
        self.of_this_case.append(f"{operation} {json.dumps(body)}")
        return self.post("/", {"X-Amz-Target": f"TrentService.{operation}"}, body)

    def expect(self, agrees):
        """All failures are of this one kind."""
        if not agrees:
            self.found = self.found or self.sent
            self.last_failure = self.of_this_case
        assert agrees


class Account(RuleBasedStateMachine):
    """A simple model of keys, aliases, tags and ciphertexts; each rule sends one request."""

    target = None
    keys = Bundle("keys")
    ciphertexts = Bundle("ciphertexts")

    def __init__(self):
        super().__init__()
        self.state, self.description, self.tags = {}, {}, {}
        self.aliases = {}
        self.sealed = {}
        self.target.reset()

    def call(self, operation, due=(), **body):
        """Sends a request. The answer, or None where one of the errors was due and came."""
        status, answer = self.target.send(operation, body)
        if due:
            self.target.expect(status == 400 and answer.get("__type") in due)
            return None
        self.target.expect(status == 200)
        return answer

    def pending(self, key):
        return ["KMSInvalidStateException"] if self.state[key] == "PendingDeletion" else []

    def unusable(self, key):
        return self.pending(key) + (["DisabledException"] if self.state[key] == "Disabled" else [])

    @rule(target=keys)
    def create_key(self):
        shown = self.call("CreateKey")["KeyMetadata"]
        self.target.expect(shown["KeyState"] == "Enabled")
        key = shown["KeyId"]
        self.state[key], self.description[key], self.tags[key] = "Enabled", "", {}
        return key

    @rule(key=keys)
    def describe_key(self, key):
        shown = self.call("DescribeKey", KeyId=key)["KeyMetadata"]
        self.target.expect(
            shown["KeyId"] == key
            and shown["KeyState"] == self.state[key]
            and shown["Description"] == self.description[key]
        )

    @rule(key=keys)
    def disable_key(self, key):
        if self.call("DisableKey", self.pending(key), KeyId=key) is not None:
            self.state[key] = "Disabled"

    @rule(key=keys)
    def enable_key(self, key):
        if self.call("EnableKey", self.pending(key), KeyId=key) is not None:
            self.state[key] = "Enabled"

    @rule(key=keys)
    def schedule_key_deletion(self, key):
        if self.call("ScheduleKeyDeletion", self.pending(key), KeyId=key) is not None:
            self.state[key] = "PendingDeletion"

    @rule(key=keys)
    def cancel_key_deletion(self, key):
        due = [] if self.pending(key) else ["KMSInvalidStateException"]
        if self.call("CancelKeyDeletion", due, KeyId=key) is not None:
            self.state[key] = "Disabled"

    @rule(key=keys, text=TEXTS)
    def update_key_description(self, key, text):
        text = f"text {text}"
        due = self.pending(key)
        if self.call("UpdateKeyDescription", due, KeyId=key, Description=text) is not None:
            self.description[key] = text

    @rule(name=NAMES, key=keys)
    def create_alias(self, name, key):
        name = f"alias/name-{name}"
        due = self.pending(key) + (["AlreadyExistsException"] if name in self.aliases else [])
        if self.call("CreateAlias", due, AliasName=name, TargetKeyId=key) is not None:
            self.aliases[name] = key

    @rule(name=NAMES, key=keys)
    def update_alias(self, name, key):
        name = f"alias/name-{name}"
        due = self.pending(key) + ([] if name in self.aliases else ["NotFoundException"])
        if self.call("UpdateAlias", due, AliasName=name, TargetKeyId=key) is not None:
            self.aliases[name] = key

    @rule(name=NAMES)
    def delete_alias(self, name):
        name = f"alias/name-{name}"
        due = [] if name in self.aliases else ["NotFoundException"]
        if self.call("DeleteAlias", due, AliasName=name) is not None:
            del self.aliases[name]

    @rule(key=keys, tag=NAMES, value=TEXTS)
    def tag_resource(self, key, tag, value):
        tag, value = f"tag-{tag}", f"value-{value}"
        tags = [{"TagKey": tag, "TagValue": value}]
        if self.call("TagResource", self.pending(key), KeyId=key, Tags=tags) is not None:
            self.tags[key][tag] = value

    @rule(key=keys, tag=NAMES)
    def untag_resource(self, key, tag):
        tag = f"tag-{tag}"
        if self.call("UntagResource", self.pending(key), KeyId=key, TagKeys=[tag]) is not None:
            self.tags[key].pop(tag, None)

    def expect_page(self, answer, shown, everything, limit=None):
        """As many of all entries as the limit lets through; it says whether that is not all."""
        most = len(everything) if limit is None else limit
        self.target.expect(
            len(shown) == min(len(everything), most)
            and len(set(shown)) == len(shown)
            and set(shown) <= set(everything)
            and answer["Truncated"] == (len(everything) > most)
        )

    @rule(limit=LIMITS)
    def list_keys(self, limit):
        answer = self.call("ListKeys", Limit=limit)
        self.expect_page(answer, [it["KeyId"] for it in answer["Keys"]], self.state, limit)

    @rule(key=st.none() | keys, limit=LIMITS)
    def list_aliases(self, key, limit):
        answer = self.call("ListAliases", KeyId=key, Limit=limit)
        shown = [(it["AliasName"], it["TargetKeyId"]) for it in answer["Aliases"]]
        everything = [it for it in self.aliases.items() if key in (None, it[1])]
        self.expect_page(answer, shown, everything, limit)

    @rule(key=keys)
    def list_resource_tags(self, key):
        answer = self.call("ListResourceTags", KeyId=key)
        shown = [(it["TagKey"], it["TagValue"]) for it in answer["Tags"]]
        self.expect_page(answer, shown, self.tags[key].items())

    @rule(target=ciphertexts, key=keys, text=TEXTS, context=CONTEXTS)
    def encrypt(self, key, text, context):
        body = {"KeyId": key, "Plaintext": PLAINTEXTS[text], "EncryptionContext": wire(context)}
        answer = self.call("Encrypt", self.unusable(key), **body)
        if answer is None:
            return multiple()
        sealed = answer["CiphertextBlob"]
        self.sealed[sealed] = (key, text, context)
        return sealed

    @rule(sealed=ciphertexts, key=st.none() | keys, context=CONTEXTS)
    def decrypt(self, sealed, key, context):
        used, text, bound = self.sealed[sealed]
        due = self.unusable(used) + self.unusable(key or used)
        due += ["IncorrectKeyException"] if key not in (None, used) else []
        due += ["InvalidCiphertextException"] if context != bound else []
        body = {"CiphertextBlob": sealed, "KeyId": key, "EncryptionContext": wire(context)}
        answer = self.call("Decrypt", due, **body)
        if answer is not None:
            self.target.expect(answer["Plaintext"] == PLAINTEXTS[text])


def wire(context):
    return None if context is None else {"purpose": f"purpose {context}"}


def run(port, number, budget):
    """One run: what was found, and how."""
    target = Target(port, budget)
    machine = seed(number)(type("Seeded", (Account,), {"target": target}))
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                # Each case sends a request at least.
                max_examples=budget,
                stateful_step_count=50,
                derandomize=False,
                database=None,
                deadline=None,
                # Neither the search for a second failure nor the explanation of the first.
                report_multiple_bugs=False,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
                print_blob=False,
            ),
        )
    except (AssertionError, BudgetSpent, FlakyStrategyDefinition):
        # A case that ends because the budget is spent looks flaky to Hypothesis.
        if target.found is None and target.sent < budget:
            raise
    finally:
        target.connection.close()
    if target.found is None:
        return {"found": None, "shrink": None, "length": None, "shown": None}
    return {
        "found": target.found,
        "shrink": target.sent - target.found,
        "length": len(target.last_failure),
        "shown": "; ".join(target.last_failure),
    }


def runs_of(binary, problem, seeds, budget, percent):
    """The results of all seeds for one problem, which is served meanwhile."""
    command = [binary, "serve", problem, str(percent)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        head = {"problem": problem, "engine": "hypothesis"}
        return [head | {"seed": number} | run(port, number, budget) for number in seeds]
    finally:
        server.kill()
        server.wait()


def main():
    binary, what = sys.argv[1:]
    listed = subprocess.run([binary, "problems"], capture_output=True, text=True, check=True)
    asked = json.loads(listed.stdout)
    seeds = range(asked["seeds"]["start"], asked["seeds"]["end"] + 1)
    problems = [it["problem"] for it in asked["problems"]]
    if what == "honest":
        for result in runs_of(binary, problems[0], seeds, asked["honest"], percent=0):
            if result["found"] is not None:
                sys.exit(f"an honest target: {result}")
        return
    with Pool() as pool:
        tasks = [(binary, problem, seeds, asked["budget"], 100) for problem in problems]
        for results in pool.starmap(runs_of, tasks, chunksize=1):
            for result in results:
                print(json.dumps(result))


if __name__ == "__main__":
    main()
