"""Signs requests with botocore: a JSON list of requests on standard input, their Authorization headers out."""

import datetime
import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from unittest import mock


def sign(request):
    credentials = Credentials(request["access_key"], request["secret_key"], request["token"])
    signed = AWSRequest("POST", request["url"], headers=request["headers"], data=request["body"].encode())
    moment = datetime.datetime.fromtimestamp(request["at"], datetime.timezone.utc)
    # Old versions take the time from datetime.utcnow, new ones from a function of their own.
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        SigV4Auth(credentials, request["service"], request["region"]).add_auth(signed)
    return signed.headers["Authorization"]


print(json.dumps([sign(request) for request in json.load(sys.stdin)]))
