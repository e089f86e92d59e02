"""A served emulator as the scripts here see it: clients of both services, outside calls, and how tasks are run."""

import json
import os
import sys
import time
import traceback
import urllib.request
from datetime import datetime, timedelta, timezone

REGION = os.environ.get("REGION", "us-east-1")
ACCOUNT = os.environ.get("ACCOUNT", "123456789012")
POLLS = int(os.environ.get("POLLS", "60"))
PAUSE = float(os.environ.get("PAUSE", "0.2"))

# Nothing of the user's own configuration is used. boto3 reads this when it is imported.
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)
os.environ.update(
    AWS_CONFIG_FILE="/dev/null",
    AWS_SHARED_CREDENTIALS_FILE="/dev/null",
    AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY="not-a-secret",
    AWS_DEFAULT_REGION=REGION,
    AWS_EC2_METADATA_DISABLED="true",
    NO_PROXY="127.0.0.1,localhost",
    no_proxy="127.0.0.1,localhost",
)

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


class Wrong(Exception):
    """Something is not as AWS documents it."""


def must(condition, what):
    """Ends the task unless the condition holds."""
    if not condition:
        raise Wrong(what)


def must_be(what, seen, wanted):
    """Ends the task unless both are the same."""
    must(seen == wanted, f"{what} is {seen!r} and must be {wanted!r}")


def must_refuse(errors, call, **arguments):
    """Calls, and ends the task unless the answer is this exception of the client, or one of several."""
    try:
        call(**arguments)
    except errors as refused:
        must_be("the status", refused.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        return
    raise Wrong(f"a call succeeded and must be refused with {errors}")


def must_be_invalid(call, **arguments):
    """The same for ValidationException, for which botocore has no class."""
    try:
        call(**arguments)
    except ClientError as refused:
        must_be("the error", refused.response["Error"]["Code"], "ValidationException")
        return
    raise Wrong("a call succeeded and must be refused with ValidationException")


def wait_until(what, wanted, ask):
    """Asks until the answer is the wanted one."""
    seen = None
    for _ in range(POLLS):
        seen = ask()
        if seen == wanted:
            return
        time.sleep(PAUSE)
    raise Wrong(f"{what} is {seen!r} after {POLLS} polls and must become {wanted!r}")


class Emulator:
    """Clients of one emulator, and the world outside its AWS."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        # Only the emulator has /_outside, so this also keeps the scripts away from AWS.
        must(b"kms-conformance" in self._http("/_outside/health"), f"{url} is not the emulator")
        os.environ["AWS_ENDPOINT_URL_KMS"] = self.url
        self.kms = self.client("kms")
        self.hsm = self.client("cloudhsmv2")
        self._store = None

    def client(self, service):
        """A client of boto3 that tries once."""
        config = Config(region_name=REGION, retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=self.url, config=config)

    def _http(self, path, data=None):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.url + path, data=data), timeout=30) as answer:
            return answer.read()

    def outside(self, call, **members):
        """Does what no AWS operation does."""
        return json.loads(self._http("/_outside", json.dumps({"call": call, **members}).encode()))

    def reset(self):
        """Empties the account."""
        self.outside("Reset")
        self._store = None

    def advance(self, **time_span):
        """Moves the clock forward, as in advance(days=7)."""
        span = timedelta(**time_span)
        self.outside("Advance", milliseconds=int(span.total_seconds() * 1000))

    def now(self):
        """What the clock of the emulator shows."""
        return datetime.fromtimestamp(self.outside("Clock")["now"] / 1000, timezone.utc)

    def subnets(self):
        """The subnets of the account, each with its id and zone."""
        return self.outside("Subnets")["subnets"]

    def shown_cluster(self, cluster):
        """What DescribeClusters shows of a cluster."""
        shown = self.hsm.describe_clusters(Filters={"clusterIds": [cluster]})["Clusters"]
        must_be("the number of clusters with one id", len(shown), 1)
        return shown[0]

    def active_cluster(self, password, hsms=2):
        """Makes an active cluster with the user kmsuser. Gives its id and its trust anchor."""
        subnets = self.subnets()
        made = self.hsm.create_cluster(
            HsmType="hsm2m.medium", Mode="FIPS", SubnetIds=[subnet["id"] for subnet in subnets]
        )
        cluster = made["Cluster"]["ClusterId"]
        state = lambda: self.shown_cluster(cluster)["State"]
        wait_until("the state of the cluster", "UNINITIALIZED", state)
        self.add_hsm(cluster, subnets[0]["zone"])
        csr = self.shown_cluster(cluster)["Certificates"]["ClusterCsr"]
        certificate, anchor = signed(csr)
        self.hsm.initialize_cluster(ClusterId=cluster, SignedCert=certificate, TrustAnchor=anchor)
        wait_until("the state of the cluster", "INITIALIZED", state)
        self.outside("Act", action="ActivateCluster", cluster=cluster)
        self.outside("Act", action="CreateKmsUser", cluster=cluster, password=password)
        wait_until("the state of the cluster", "ACTIVE", state)
        for subnet in subnets[1:hsms]:
            self.add_hsm(cluster, subnet["zone"])
        return cluster, anchor

    def add_hsm(self, cluster, zone):
        """Makes an HSM and waits for it. Gives its id."""
        made = self.hsm.create_hsm(ClusterId=cluster, AvailabilityZone=zone)
        hsm = made["Hsm"]["HsmId"]
        state = lambda: [h["State"] for h in self.shown_cluster(cluster)["Hsms"] if h["HsmId"] == hsm]
        wait_until("the state of the HSM", ["ACTIVE"], state)
        return hsm

    def connection(self, store):
        """The ConnectionState of a key store."""
        shown = self.kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
        return shown[0]["ConnectionState"]

    def connect(self, store):
        """Connects a key store and waits for it."""
        self.kms.connect_custom_key_store(CustomKeyStoreId=store)
        wait_until("the connection", "CONNECTED", lambda: self.connection(store))

    def key_store(self):
        """A connected key store, made by the first task that needs one: its id and that of its cluster."""
        if self._store is None:
            cluster, anchor = self.active_cluster("correct-horse")
            made = self.kms.create_custom_key_store(
                CustomKeyStoreName="of-the-clients",
                CloudHsmClusterId=cluster,
                TrustAnchorCertificate=anchor,
                KeyStorePassword="correct-horse",
            )
            self.connect(made["CustomKeyStoreId"])
            self._store = made["CustomKeyStoreId"], cluster
        return self._store

    def key(self, **arguments):
        """Makes a key and gives its metadata."""
        return self.kms.create_key(**arguments)["KeyMetadata"]

    def key_in_store(self):
        """Makes a key in the key store and gives its metadata."""
        return self.key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=self.key_store()[0])


def signed(csr):
    """A certificate for the signing request of a cluster, and that of the authority, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    request = x509.load_pem_x509_csr(csr.encode())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "customerCA")])
    now = datetime.now(timezone.utc)

    def certificate(subject, public_key):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(name)
        builder = builder.public_key(public_key).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1))
        builder = builder.not_valid_after(now + timedelta(days=3650))
        made = builder.sign(key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    return certificate(request.subject, request.public_key()), certificate(name, key.public_key())


def run(url, modules, wanted):
    """Runs the tasks of modules, or those with the wanted names. Gives the number of those that failed."""
    emulator = Emulator(url)
    failed = 0
    for module in modules:
        emulator.reset()
        for task in module.TASKS:
            name = f"{module.__name__}.{task.__name__}"
            if wanted and not any(part in name for part in wanted):
                continue
            try:
                task(emulator)
                print(f"ok       {name}", flush=True)
            except ClientError as refused:
                failed += 1
                print(f"FAILED   {name}: {refused} (line {line(module)})", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAILED   {name}: {type(error).__name__}: {error} (line {line(module)})", flush=True)
    return failed


def line(module):
    """The line of the module at which the current exception passed."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    lines = [frame.lineno for frame in frames if frame.filename == module.__file__]
    return lines[-1] if lines else "?"
