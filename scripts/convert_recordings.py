#!/usr/bin/env python3
"""Makes normalised facts out of public recordings of AWS, for `judge` and its tests.

    python3 scripts/convert_recordings.py DIR OUT

DIR holds the recordings as its INDEX.md describes them; OUT, for example snapshots/recordings, gets a
file of JSON lines for each kind of source. Each line says where it comes from and how well it is known.
"""

import base64
import datetime
import email.utils
import hashlib
import json
import pathlib
import re
import sys

ACCOUNT = "111122223333"
HOME = "us-east-1"
PLACEHOLDER_KEY = "00000000-0000-4000-8000-00000000ffff"
PLACEHOLDER_CLUSTER = "cluster-zzzzzzzzzzz"
PLACEHOLDER_BACKUP = "backup-zzzzzzzzzzz"

# What the index calls doubtful: probably written by hand.
DOUBTFUL = {
    "test_kms_last_rotation",
    "test_kms_last_rotation_none",
    "test_kms_last_usage_never_used",
    "test_kms_last_usage_error",
}

# Members of keys in the order in which AWS brought them. A recording that has one knows the earlier ones.
LATER = [
    ("CustomerMasterKeySpec", "2019-11"),
    ("EncryptionAlgorithms", "2019-11"),
    ("MultiRegion", "2021-06"),
    ("KeySpec", "2021-09"),
    ("CurrentKeyMaterialId", "2025-06"),
]

# Members that every key has had from the beginning. Where one is missing, the recording was cut.
ALWAYS = {
    "AWSAccountId", "Arn", "CreationDate", "Description", "Enabled", "KeyId", "KeyState", "KeyUsage",
    "Origin", "KeyManager",
}

HEX = "[0-9a-fA-F]"
IDS = re.compile(
    rf"(?P<uuid>{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}})"
    rf"|(?P<hex64>\b{HEX}{{64}}\b)"
    rf"|(?P<mrk>mrk-{HEX}{{32}})"
    rf"|(?P<hexed>\b(?:cks|eni|subnet|vpc|sg|vpce-svc|vpce)-{HEX}{{8,17}}\b)"
    r"|(?P<based>\b(?:cluster|hsm|backup)-[2-7a-zA-Z]{11,16}\b)"
    r"|(?P<account>\b\d{12}\b)"
    r"|(?P<address>\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b)"
)
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
KEPT = {PLACEHOLDER_KEY, PLACEHOLDER_CLUSTER, PLACEHOLDER_BACKUP}


class Names:
    """Stable names in the place of ids, as `record` gives them."""

    def __init__(self):
        self.names, self.counts = {}, {}

    def text(self, text):
        return IDS.sub(self._name, text)

    def value(self, document):
        if isinstance(document, dict):
            return {self.text(name): self.value(it) for name, it in document.items()}
        if isinstance(document, list):
            return [self.value(it) for it in document]
        return self.text(document) if isinstance(document, str) else document

    def _name(self, found):
        kind, found = found.lastgroup, found.group()
        if found in KEPT:
            return found
        folded = found if kind == "based" else found.lower()
        if folded not in self.names:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.names[folded] = numbered(kind, folded, self.counts[kind])
        name = self.names[folded]
        return name if kind == "based" or found == found.lower() else name.upper()


def numbered(kind, found, number):
    prefix, _, rest = found.rpartition("-")
    if kind == "uuid":
        return f"00000000-0000-4000-8000-{number:012x}"
    if kind == "hex64":
        return f"{number:064x}"
    if kind in ("mrk", "hexed"):
        return f"{prefix}-{number:0{len(rest)}x}"
    if kind == "based":
        letters = ""
        for _ in rest:
            letters, number = BASE32[number % 32] + letters, number // 32
        return f"{prefix}-{letters}"
    if kind == "account":
        return ACCOUNT if number == 1 else "".join(str((number + n - 1) % 9 + 1) * 4 for n in range(3))
    return f"10.0.{number // 200 % 200}.{number % 200 + 1}"


def header(source):
    return {
        "schema": 1, "kind": "recording", "tool": "scripts/convert_recordings.py", "target": "aws",
        "region": HOME, "account": ACCOUNT, "fresh": False, "exclusive": False, "at": 0, "source": source,
    }


def moment(text):
    """Milliseconds since the epoch of a date as HTTP or a CLI writes it."""
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)
    return int(email.utils.parsedate_to_datetime(text).timestamp() * 1000)


def dated(document, latest):
    """A document with epoch seconds in the place of dates, and notes the latest of them."""
    if isinstance(document, dict):
        if document.get("__class__") == "datetime":
            parts = [document.get(it, 0) for it in
                     ("year", "month", "day", "hour", "minute", "second", "microsecond")]
            seconds = datetime.datetime(*parts, tzinfo=datetime.timezone.utc).timestamp()
            latest.append(seconds)
            return round(seconds, 3)
        return {name: dated(it, latest) for name, it in document.items()}
    if isinstance(document, list):
        return [dated(it, latest) for it in document]
    return document


def plain(document):
    """A document without the names and words that people chose, which say nothing of AWS."""
    if isinstance(document, list):
        return [plain(it) for it in document]
    if not isinstance(document, dict):
        return document
    made = {name: plain(it) for name, it in document.items()}
    if made.get("Description"):
        made["Description"] = "a description"
    name = made.get("AliasName", "")
    if name.startswith("alias/") and not name.startswith("alias/aws/"):
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        made["AliasName"] = f"alias/a-{digest}"
        if "AliasArn" in made:
            made["AliasArn"] = made["AliasArn"].replace(name, made["AliasName"])
    return made


def region_of(document):
    found = re.search(r"arn:aws[a-z-]*:(?:kms|cloudhsm):([a-z0-9-]+):", json.dumps(document))
    return found.group(1) if found else HOME


def lacks(operation, body):
    """The later members that a recording is too old to have."""
    metadata = body.get("KeyMetadata")
    if metadata is None:
        if operation == "GetKeyRotationStatus" and "KeyId" not in body:
            return ["KeyId", "NextRotationDate", "RotationPeriodInDays"]
        if operation == "ScheduleKeyDeletion" and "KeyState" not in body:
            return ["KeyState", "PendingWindowInDays"]
        if operation == "GetKeyPolicy" and "PolicyName" not in body:
            return ["PolicyName"]
        return []
    since = max((date for name, date in LATER if name in metadata), default="")
    return sorted(name for name, date in LATER if date > since)


def is_cut(operation, body):
    return operation == "DescribeKey" and not ALWAYS <= body.get("KeyMetadata", {}).keys()


def request_for(operation, body, message):
    """The request that an answer lets one infer, and whether that is a guess."""
    arn = re.search(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key/[0-9a-f-]+|alias/[\w/-]+)", message or "")
    named = arn.group() if arn else PLACEHOLDER_KEY
    if arn and "alias/" in arn.group():
        named = arn.group(1)
    invalid = re.search(r"Invalid keyId '(.*)'", message or "")
    if invalid:
        named = invalid.group(1)
    metadata = body.get("KeyMetadata", {})
    if operation == "DescribeKey":
        return {"KeyId": metadata.get("KeyId", named)}, False
    if operation == "ListKeys":
        return {"Limit": 1000}, False
    if operation == "ListAliases":
        return {"Limit": 100}, False
    if operation == "CreateKey":
        known = ("Description", "KeyUsage", "Origin", "MultiRegion")
        request = {name: metadata[name] for name in known if name in metadata}
        spec = next((name for name in ("KeySpec", "CustomerMasterKeySpec") if name in metadata), None)
        return ({**request, spec: metadata[spec]} if spec else request), False
    if operation in ("GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "DisableKey",
                     "EnableKeyRotation"):
        return {"KeyId": body.get("KeyId", named)}, False
    if operation in ("ListGrants", "ListKeyRotations"):
        entries = body.get("Grants", body.get("Rotations")) or [{}]
        return {"KeyId": entries[0].get("KeyId", named)}, False
    if operation == "GetKeyLastUsage":
        return {"KeyId": body.get("KeyId", named)}, False
    if operation == "ScheduleKeyDeletion":
        return {"KeyId": body["KeyId"]}, True
    if operation in ("DescribeClusters", "DescribeBackups"):
        return {}, False
    if operation == "DeleteCluster":
        return {"ClusterId": body["Cluster"]["ClusterId"]}, False
    if operation == "ListTags":
        return {"ResourceId": PLACEHOLDER_CLUSTER}, False
    if operation == "GetResourcePolicy":
        arn = f"arn:aws:cloudhsm:{HOME}:{ACCOUNT}:backup/{PLACEHOLDER_BACKUP}"
        return {"ResourceArn": arn}, False
    # Whom it was about, and what it asked for, is not known.
    return {"KeyId": PLACEHOLDER_KEY}, True


def line(step, service, operation, request, reply, *, at, source, level="OBS", region=HOME,
         partial=False, lacking=(), guessed=False, alone=True):
    call = {"service": service, "operation": operation, "body": request}
    if region != HOME:
        call["region"] = region
    made = {"step": step, "at": at, "call": call, "reply": {"http": reply}, "source": source, "level": level}
    if partial:
        made["partial"] = True
    if lacking:
        made["lacks"] = list(lacking)
    if guessed:
        made["guessed"] = True
    if alone:
        made["alone"] = True
    return made


def sanitised(document):
    """A document with an account id where upstream wrote something in the place of one."""
    text = json.dumps(document).replace("0123456789012", ACCOUNT).replace('"xxxxxxxxxxxx"', f'"{ACCOUNT}"')
    return json.loads(text.replace(":xxxxxxxxxxxx:", f":{ACCOUNT}:"))


def placebo(bundle, service):
    """One fact per file: which of them followed each other nobody can tell any more."""
    for path, recorded in sorted(bundle["files"].items()):
        test, file = path.split("/")[-2:]
        if test in DOUBTFUL:
            continue
        operation = file.split(".")[1].rsplit("_", 1)[0]
        data, latest = dict(recorded["data"]), []
        meta = data.pop("ResponseMetadata", {})
        raw = meta.get("HTTPHeaders") or {}
        body = plain(dated(sanitised(data), latest))
        at = moment(raw["date"]) if "date" in raw else int((max(latest, default=1.5e9) + 60) * 1000)
        if operation == "CreateKey":
            at = int(body["KeyMetadata"]["CreationDate"] * 1000)
        names = Names()
        region = region_of(body)
        owner = re.search(r'"AWSAccountId": "(\d{12})"|:(?:kms|cloudhsm):[a-z0-9-]+:(\d{12}):', json.dumps(body))
        if owner:
            names.text(owner.group(1) or owner.group(2))
        where = f"cloud-custodian {test}/{file}"
        if "Error" in body:
            error = body["Error"]
            request, _ = request_for(operation, {}, error["Message"])
            answer = {"__type": error["Code"], "message": error["Message"]}
            if error["Code"] == "AccessDeniedException":
                # The text names somebody.
                del answer["message"]
            reply = {"status": recorded["status_code"], "body": names.value(answer)}
            yield line(1, service, operation, names.value(request), reply, at=at, source=where,
                       region=region, partial=True)
            continue
        request, guessed = request_for(operation, body, None)
        reply = {"status": recorded["status_code"]}
        headers = {name: raw[name] for name in ("content-type", "x-amzn-requestid") if name in raw}
        if len(headers) == 2:
            reply["headers"] = names.value(headers)
        if body or raw.get("content-length", "0") != "0":
            reply["body"] = names.value(body)
        yield line(1, service, operation, names.value(request), reply, at=at, source=where, region=region,
                   partial=is_cut(operation, body), lacking=lacks(operation, body), guessed=guessed)


# What a request of the collection makes, for those after it.
MAKES = {
    "AES / Setup / Create a test key": "test_key",
    "ECC / Create Key / Create ECC Signing Key": "test_key_ecc",
    "ECC / Key Management / Create an AES key": "test_symmetric_key",
    "ECC / Key Management / Create 2nd ECC Key": "test_key_ecc_2",
    "RSA Signing / Create Key / Create RSA Signing Key": "test_key_rsa_sign",
    "RSA Signing / Key Management / Create an AES key": "test_symmetric_key",
    "RSA Signing / Key Management / Create 2nd RSA Key": "test_key_rsa_2",
}
# What the collection lets be seen only in part: signatures and what was sealed elsewhere.
UNKNOWN = ("signature_raw", "signature_digest")


def postman(bundle):
    """One story: what requests make, the ones after them use."""
    known = {
        "encoded_plaintext": base64.b64encode(b"some plaintext to encrypt").decode(),
        "encoded_digest": base64.b64encode(bytes(range(32))).decode(),
        "test_alias": "alias/testing", "test_alias_ecc": "alias/testing-local-kms-ecc",
        "test_alias_rsa_sign": "alias/testing-local-kms-rsa-sign",
        "invalid_ciphertext": base64.b64encode(b"sealed by a key that is gone" * 5).decode(),
    }
    at, step, keys, blobs = moment("2020-06-01T00:00:00+00:00"), 0, 0, 0
    for recorded in bundle["requests"]:
        step += 1
        at += 1000
        text = json.dumps(recorded["request"])
        if any("{{" + name in text for name in UNKNOWN):
            continue
        request = json.loads(re.sub(r"\{\{(\w+)\}\}", lambda it: known[it.group(1)], text))
        # Accounts in policies are the account itself.
        request = json.loads(re.sub(r"\b\d{12}\b", ACCOUNT, json.dumps(request)))
        operation = recorded["target"].split(".")[1]
        path = recorded["path"]
        body = {}
        for member, written in recorded["member_values"].items():
            value = spoken(written, request, known)
            if value is not None:
                body[member] = value
        if recorded["expected_status"] == 200:
            if path in MAKES:
                keys += 1
                made = f"00000000-0000-4000-8000-{keys:012x}"
                known[MAKES[path]] = made
                body["KeyMetadata"] = {"KeyId": made, "Arn": f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{made}"}
            if operation in ("Encrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
                blobs += 1
                blob = base64.b64encode(bytes([blobs]) * 160).decode()
                body["CiphertextBlob"] = blob
                variable = "ciphertext_datakey" if operation.startswith("Generate") else "ciphertext"
                if operation == "Encrypt" and "EncryptionContext" in request:
                    variable = "ciphertext_with_context"
                known[variable] = blob
        reply = {"status": recorded["expected_status"], "body": body}
        yield line(step, "kms", operation, request, reply, at=at, source=f"local-kms {path}", partial=True,
                   alone=step == 1)


def spoken(written, request, known):
    """The value of an expression of the test scripts; None where it is not one."""
    if re.fullmatch(r"'.*'|\".*\"", written):
        return json.loads(written) if written[0] == '"' else written[1:-1]
    if written in ("true", "false"):
        return written == "true"
    expression = re.fullmatch(r"/\^(.*)\$/", written)
    if expression:
        key = request.get("KeyId", "")
        text = expression.group(1).replace("\\/", "/")
        text = text.replace(r"arn:aws:kms:[\w-]+:[\d]+:key/[\da-f-]+", f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{key}")
        text = text.replace(r"arn:aws:kms:[\w-]+:[\d]+:alias/[a-zA-Z0-9:/_-]+", f"arn:aws:kms:{HOME}:{ACCOUNT}:{key}")
        return None if re.search(r"\\|\[\w", text) else text
    return None


def moto(bundle):
    at = moment("2023-01-01T00:00:00+00:00")
    for recorded in bundle["recordings"]:
        size = int(recorded["request"]["Plaintext"].split()[0]) if recorded["request"]["Plaintext"] else 0
        request = {"KeyId": PLACEHOLDER_KEY, "Plaintext": base64.b64encode(bytes(size)).decode()}
        error = recorded["error"]
        reply = {"status": 400, "body": {"__type": error["Code"], "message": error["Message"]}}
        yield line(1, "kms", recorded["operation"], request, reply, at=at, partial=True,
                   region=recorded["region"], source=f"moto {recorded['test']}")


def refusal(operation, request, error, source, level="OBS", service="kms"):
    arn = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{PLACEHOLDER_KEY}"
    answer = {"__type": error["type"]}
    # A text that somebody only repeats is no text of AWS.
    if "message" in error and level == "OBS":
        answer["message"] = error["message"].replace("<key ARN>", arn).replace("<cluster id>", PLACEHOLDER_CLUSTER)
    return line(1, service, operation, request, {"status": 400, "body": answer}, partial=True,
                at=moment("2023-01-01T00:00:00+00:00"), source=source, level=level)


def success(operation, request, body, source, level="OBS", service="kms", at="2023-01-01T00:00:00+00:00", lacking=()):
    return line(1, service, operation, request, {"status": 200, "body": body}, partial=True,
                at=moment(at), source=source, level=level, lacking=lacking)


def wire_issues(bundle):
    seen = {it.get("operation"): it for it in bundle["observations"]}
    key = {"KeyId": PLACEHOLDER_KEY}
    decrypt = seen["Decrypt"]
    yield refusal("Decrypt", {"CiphertextBlob": base64.b64encode(b"not sealed").decode()},
                  {"type": decrypt["body"]["__type"]}, decrypt["source"])
    window = seen["ScheduleKeyDeletion"]
    yield refusal("ScheduleKeyDeletion", {**key, **window["request"]}, window["error"], window["source"])
    empty = seen["(KeyId empty)"]
    yield refusal("DescribeKey", {"KeyId": ""}, empty["error"], empty["source"])
    for it in bundle["observations"]:
        if it.get("operation") == "GetKeyRotationStatus" and "error" in it:
            yield refusal("GetKeyRotationStatus", key, it["error"], it["source"])
        for case in it.get("cases", []):
            if "error" in case:
                yield refusal("GetKeyRotationStatus", key, case["error"], it["source"])
            else:
                yield success("GetKeyRotationStatus", key, case["response"], it["source"])
        if "rotation" in it:
            arn = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{PLACEHOLDER_KEY}"
            metadata = {**it["response"]["KeyMetadata"], "AWSAccountId": ACCOUNT, "KeyId": PLACEHOLDER_KEY, "Arn": arn}
            yield success("DescribeKey", key, {"KeyMetadata": metadata}, it["source"], at="2021-03-10T00:00:00+00:00")
            yield success("GetKeyRotationStatus", key, it["rotation"], it["source"])
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}, "Action": "kms:*", "Resource": "*",
    }]})
    create = seen["CreateKey"]
    yield refusal("CreateKey", {"Policy": policy}, create["error"], create["source"])


def store_issues(bundle):
    key = {"KeyId": PLACEHOLDER_KEY}
    for it in bundle["observations"]:
        source, level = it["source"].split(";")[0], it["level"]
        if it["operation" if "operation" in it else "source"].startswith("GetKeyRotationStatus"):
            for operation in ("GetKeyRotationStatus", "EnableKeyRotation", "DisableKeyRotation"):
                yield refusal(operation, key, it["error"], source, level)


def cluster_issues(bundle):
    for it in bundle["observations"]:
        if "error" in it:
            request = {"ClusterId": PLACEHOLDER_CLUSTER, "AvailabilityZone": "us-east-1b"}
            yield refusal("CreateHsm", request, it["error"], it["source"], it["level"], "cloudhsmv2")
        if "hsm" in it:
            cluster = {"ClusterId": it["hsm"]["ClusterId"], "Hsms": [it["hsm"]]}
            yield success("DescribeClusters", {}, Names().value({"Clusters": [cluster]}), it["source"], it["level"], "cloudhsmv2")


def quick_setup(bundle):
    """A story in another Region. Where the CLI showed a part, only that is kept."""
    names, at, region = Names(), moment("2025-07-11T07:38:38.603+00:00"), "ap-southeast-1"
    for step, it in enumerate(bundle["transcript"], 1):
        body = it.get("response")
        if "response_excerpt" in it:
            body = {"Clusters": [it["response_excerpt"]]}
        if not isinstance(body, dict):
            continue
        body = json.loads(json.dumps(body))
        for cluster in [body.get("Cluster", {}), *body.get("Clusters", [])]:
            if "CreateTimestamp" in cluster:
                cluster["CreateTimestamp"] = moment(cluster["CreateTimestamp"]) / 1000
        if it["op"] == "InitializeCluster":
            continue
        yield line(step, "cloudhsmv2", it["op"], names.value(it["request"]),
                   {"status": 200, "body": names.value(body)}, at=at, region=region,
                   source=f"quick setup guide, step {step}", partial=True, alone=step == 1)
        at += 600_000


SOURCES = [
    ("cloud-custodian-kms", "cloud-custodian/placebo.kms.json", lambda it: placebo(it, "kms")),
    ("cloud-custodian-cloudhsmv2", "cloud-custodian/placebo.cloudhsmv2.json", lambda it: placebo(it, "cloudhsmv2")),
    ("local-kms", "local-kms/postman-expectations.json", postman),
    ("moto", "moto/aws-verified.json", moto),
    ("issues-kms", "issues/kms-wire-observations.json", wire_issues),
    ("issues-key-stores", "issues/custom-key-store-observations.json", store_issues),
    ("issues-cloudhsmv2", "issues/cloudhsmv2-observations.json", cluster_issues),
    ("quick-setup", "issues/cloudhsm-quick-setup-2025-07.json", quick_setup),
]


def main(folder, out):
    for name, path, facts in SOURCES:
        bundle = json.loads(pathlib.Path(folder, path).read_text(encoding="utf-8"))
        source = bundle.get("source", "issues named in each line")
        lines = [header(source), *facts(bundle)]
        text = "".join(json.dumps(it, ensure_ascii=False, sort_keys=False) + "\n" for it in lines)
        pathlib.Path(out, f"{name}.jsonl").write_text(text, encoding="utf-8")
        print(f"{len(lines) - 1:4} facts in {name}.jsonl")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("give the folder of the recordings and the folder to write to")
    main(sys.argv[1], sys.argv[2])
