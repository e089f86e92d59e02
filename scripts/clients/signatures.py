"""Signatures made by botocore and by the AWS CLI, good and bad, against an emulator that demands them.

    kms-conformance serve --listen 127.0.0.1:4599 --require-signature --credentials scripts/clients/credentials.txt &
    python3 scripts/clients/signatures.py http://127.0.0.1:4599

Needs botocore, and the AWS CLI beside this Python or in PATH. Exits 1 if something is not answered as AWS does.
"""

import http.client
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = os.environ.get("REGION", "us-east-1")
LINES = [
    line.split()
    for line in Path(__file__).with_name("credentials.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
LASTING, SESSION, EXPIRED = [Credentials(*line[:3]) for line in LINES]

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"
WHO_AM_I = "Action=GetCallerIdentity&Version=2011-06-15"

INCOMPLETE = "IncompleteSignatureException"
INVALID = "InvalidSignatureException"
MISSING = "MissingAuthenticationTokenException"
UNKNOWN = "UnrecognizedClientException"


class OtherDay(SigV4Auth):
    """Signs with the scope of another day than that of the request."""

    def _then(self, method, request, *arguments):
        kept = request.context["timestamp"]
        request.context["timestamp"] = "20200101T000000Z"
        try:
            return method(*arguments, request)
        finally:
            request.context["timestamp"] = kept

    def scope(self, request):
        return self._then(super().scope, request)

    def credential_scope(self, request):
        return self._then(super().credential_scope, request)

    def signature(self, string_to_sign, request):
        return self._then(super().signature, request, string_to_sign)


def leaving_out(name):
    """A signer that does not sign one header."""

    class LeavesOut(SigV4Auth):
        def headers_to_sign(self, request):
            headers = super().headers_to_sign(request)
            del headers[name]
            return headers

    return LeavesOut


class Signed:
    """A POST that botocore signed, whose parts can be changed before it is sent."""

    def __init__(
        self, url, target, body="{}", service="kms", region=REGION, by=LASTING, signer=SigV4Auth, clock=timedelta()
    ):
        self.place = urlsplit(url)
        headers = {"Content-Type": JSON, "X-Amz-Target": target} if target else {"Content-Type": FORM}
        request = AWSRequest("POST", url + "/", headers=headers, data=body.encode())
        now = datetime.now(timezone.utc) + clock
        with mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: now):
            signer(by, service, region).add_auth(request)
        self.headers = dict(request.headers.items())
        self.body = body

    def but(self, body=None, without=None, **headers):
        """Changes it after it was signed."""
        self.body = self.body if body is None else body
        self.headers.pop(without, None)
        self.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self

    def replaced(self, old, new):
        """Changes a part of its signature."""
        return self.but(Authorization=self.headers["Authorization"].replace(old, new))

    def answer(self):
        """What is answered: the error type, or the status of a success."""
        connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=30)
        connection.request("POST", "/", body=self.body.encode(), headers=self.headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if response.status == 200:
            return 200
        if text.startswith("<"):
            return re.search("<Code>(.*?)</Code>", text).group(1)
        return json.loads(text)["__type"]


def by_hand(url):
    """Requests signed by hand: what each is, what is expected, and how it is made."""

    def kms(operation="TrentService.ListKeys", **arguments):
        return Signed(url, operation, **arguments)

    def hsm(**arguments):
        return Signed(url, "BaldrApiService.DescribeClusters", **{"service": "cloudhsm", **arguments})

    def sts(**arguments):
        return Signed(url, None, body=WHO_AM_I, **{"service": "sts", **arguments})

    minutes = lambda number: timedelta(minutes=number)
    day = datetime.now(timezone.utc).strftime("%Y%m%dT")
    return [
        ("kms", 200, kms),
        ("kms in another Region", 200, lambda: kms(region="eu-west-1")),
        ("kms with a session token", 200, lambda: kms(by=SESSION)),
        ("kms, signed four minutes ago", 200, lambda: kms(clock=minutes(-4))),
        ("kms, signed for in four minutes", 200, lambda: kms(clock=minutes(4))),
        ("kms with an unsigned header of its own", 200, lambda: kms().but(My_Header="a")),
        ("cloudhsm", 200, hsm),
        ("cloudhsm with a session token", 200, lambda: hsm(by=SESSION)),
        ("sts", 200, sts),
        ("sts with a session token", 200, lambda: sts(by=SESSION)),
        ("an operation that there is not", "UnknownOperationException", lambda: kms("TrentService.No")),
        ("signed six minutes ago", INVALID, lambda: kms(clock=minutes(-6))),
        ("signed for in six minutes", INVALID, lambda: kms(clock=minutes(6))),
        ("scope of another day", INVALID, lambda: kms(signer=OtherDay)),
        ("scope of no Region", INVALID, lambda: kms(region="nowhere")),
        ("scope of a Region of another partition", INVALID, lambda: kms(region="cn-north-1")),
        ("scope of another service", INVALID, lambda: kms(service="s3")),
        ("scope of kms at cloudhsm", INVALID, lambda: hsm(service="kms")),
        ("scope of cloudhsm at kms", INVALID, lambda: kms(service="cloudhsm")),
        ("scope of kms at sts", "SignatureDoesNotMatch", lambda: sts(service="kms")),
        ("Region changed after signing", INVALID, lambda: kms().replaced(REGION, "ap-south-1")),
        ("tampered body", INVALID, lambda: kms().but(body='{"Limit":1}')),
        ("tampered body at sts", "SignatureDoesNotMatch", lambda: sts().but(body=WHO_AM_I + "&A=1")),
        ("replayed date", INVALID, lambda: kms(clock=minutes(-1)).but(X_Amz_Date=f"{day}000001Z")),
        ("operation changed after signing", INVALID, lambda: kms().but(X_Amz_Target="TrentService.CreateKey")),
        ("X-Amz-Target not signed", INVALID, lambda: kms(signer=leaving_out("x-amz-target"))),
        ("X-Amz-Date not signed", INVALID, lambda: kms(signer=leaving_out("x-amz-date"))),
        ("Host not signed", INVALID, lambda: kms(signer=leaving_out("host"))),
        ("session token not signed", INVALID, lambda: kms(by=SESSION, signer=leaving_out("x-amz-security-token"))),
        ("unknown access key", UNKNOWN, lambda: kms(by=Credentials("AKIANOBODY", "a"))),
        ("unknown access key at sts", "InvalidClientTokenId", lambda: sts(by=Credentials("AKIANOBODY", "a"))),
        ("wrong secret", INVALID, lambda: kms(by=Credentials(LASTING.access_key, "wrong"))),
        ("wrong secret at sts", "SignatureDoesNotMatch", lambda: sts(by=Credentials(LASTING.access_key, "wrong"))),
        ("no session token", UNKNOWN, lambda: kms(by=Credentials(SESSION.access_key, SESSION.secret_key))),
        ("wrong session token", UNKNOWN, lambda: kms(by=Credentials(SESSION.access_key, SESSION.secret_key, "a"))),
        ("expired session token", "ExpiredTokenException", lambda: kms(by=EXPIRED)),
        ("expired session token at sts", "ExpiredToken", lambda: sts(by=EXPIRED)),
        ("no signature", MISSING, lambda: kms().but(without="Authorization")),
        ("no signature at sts", "MissingAuthenticationToken", lambda: sts().but(without="Authorization")),
        ("no date", INCOMPLETE, lambda: kms().but(without="X-Amz-Date")),
        ("a signature without its headers", INCOMPLETE, lambda: kms().replaced("SignedHeaders=", "Headers=")),
        ("a bearer token", INCOMPLETE, lambda: kms().but(Authorization="Bearer a")),
    ]


def with_the_cli(url):
    """Calls of the AWS CLI: what each is, what is expected, and how it is made."""
    beside = Path(sys.executable).with_name("aws")
    aws = str(beside) if beside.exists() else "aws"
    calls = [
        ("kms create-key", INVALID, UNKNOWN),
        ("cloudhsmv2 describe-clusters", INVALID, UNKNOWN),
        ("sts get-caller-identity", "SignatureDoesNotMatch", "InvalidClientTokenId"),
    ]

    def call(arguments, access_key, secret_key, token=None):
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        ours |= {
            "AWS_ENDPOINT_URL": url,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "NO_PROXY": "127.0.0.1,localhost",
        }
        ours |= {"AWS_SESSION_TOKEN": token} if token else {}
        ran = subprocess.run([aws, *arguments.split()], env=ours, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return 200
        told = re.search(r"An error occurred \((\w+)\)", ran.stderr)
        return told.group(1) if told else ran.stderr.strip()

    for arguments, wrong_secret, unknown in calls:
        lasting = (arguments, LASTING.access_key)
        session = (arguments, SESSION.access_key, SESSION.secret_key)
        yield f"aws {arguments}", 200, lambda it=lasting: call(*it, LASTING.secret_key)
        yield f"aws {arguments}, session token", 200, lambda it=session: call(*it, SESSION.token)
        yield f"aws {arguments}, wrong secret", wrong_secret, lambda it=lasting: call(*it, "wrong")
        yield f"aws {arguments}, wrong session token", unknown, lambda it=session: call(*it, "wrong")


def main(url):
    """Makes all requests. Gives the number of those that are not answered as they should be."""
    url = url.rstrip("/")
    checks = [(name, wanted, lambda made=made: made().answer()) for name, wanted, made in by_hand(url)]
    checks += with_the_cli(url)
    good = 0
    for name, wanted, ask in checks:
        seen = ask()
        good += seen == wanted
        print(f"ok       {name}: {seen}" if seen == wanted else f"FAILED   {name}: {seen}, not {wanted}", flush=True)
    print(f"{good} of {len(checks)}")
    return len(checks) - good


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].startswith("http://127.0.0.1:"):
        sys.exit(__doc__)
    sys.exit(1 if main(sys.argv[1]) else 0)
