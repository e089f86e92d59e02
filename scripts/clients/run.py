"""Python clients against a served emulator, which is emptied first: boto3, and the AWS Encryption SDK.

    kms-conformance serve --listen 127.0.0.1:4599 &
    python3 scripts/clients/run.py http://127.0.0.1:4599 [part of a task's name]...

Needs boto3, cryptography and aws-encryption-sdk[MPL]. Exits 1 if something is not as AWS documents it.
"""

import sys

from emulator import run

import administration
import encryption_sdk
import key_stores
import material
import pages
import public_keys

MODULES = [key_stores, administration, material, public_keys, pages, encryption_sdk]

if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1].startswith("http"):
        sys.exit(__doc__)
    sys.exit(1 if run(sys.argv[1], MODULES, sys.argv[2:]) else 0)
