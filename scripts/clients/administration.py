"""Keys and what belongs to them: kinds, states, aliases, tags, policies, grants, rotation, replicas."""

import json
from datetime import timedelta

from emulator import ACCOUNT, REGION, must, must_be, must_be_invalid, must_refuse

ROLE = f"arn:aws:iam::{ACCOUNT}:role/Worker"
RETIRING = f"arn:aws:iam::{ACCOUNT}:role/Retiring"

# What DescribeKey shows of each kind: the member with the algorithms, and what it holds.
KINDS = [
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", ["SYMMETRIC_DEFAULT"]),
    ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
    (
        "RSA_4096",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        [f"RSASSA_{padding}_SHA_{bits}" for padding in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)],
    ),
    ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
    ("ECC_NIST_P384", "KEY_AGREEMENT", "KeyAgreementAlgorithms", ["ECDH"]),
    ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
    ("HMAC_384", "GENERATE_VERIFY_MAC", "MacAlgorithms", ["HMAC_SHA_384"]),
    ("ML_DSA_65", "SIGN_VERIFY", "SigningAlgorithms", ["ML_DSA_SHAKE_256"]),
]


def keys_are_of_many_kinds(aws):
    kms = aws.kms
    for spec, usage, member, algorithms in KINDS:
        key = aws.key(KeySpec=spec, KeyUsage=usage, Description=spec)
        shown = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        must_be("what was made", shown, key)
        must_be(f"{member} of {spec}", sorted(shown[member]), sorted(algorithms))
        must_be("the Arn", shown["Arn"], f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{shown['KeyId']}")
        must_be("the spec under its old name", shown["CustomerMasterKeySpec"], spec)
    must_be_invalid(kms.create_key, KeySpec="HMAC_256", KeyUsage="SIGN_VERIFY")


def keys_have_states(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key()["KeyId"]
    state = lambda: kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    must_be("the state", state(), "Enabled")
    kms.disable_key(KeyId=key)
    must_be("the state", state(), "Disabled")
    must_refuse(errors.DisabledException, kms.encrypt, KeyId=key, Plaintext=b"a")
    kms.enable_key(KeyId=key)
    kms.update_key_description(KeyId=key, Description="of one day")
    must_be("the description", kms.describe_key(KeyId=key)["KeyMetadata"]["Description"], "of one day")
    scheduled = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    must_be("the state", (scheduled["KeyState"], state()), ("PendingDeletion", "PendingDeletion"))
    must_refuse(errors.KMSInvalidStateException, kms.encrypt, KeyId=key, Plaintext=b"a")
    must_refuse(errors.KMSInvalidStateException, kms.enable_key, KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    must_be("the state", state(), "Disabled")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws.advance(days=8)
    must_refuse(errors.NotFoundException, kms.describe_key, KeyId=key)


def aliases_name_keys(aws):
    kms = aws.kms
    errors = kms.exceptions
    one, two = aws.key()["KeyId"], aws.key()["KeyId"]
    name = "alias/administration"
    kms.create_alias(AliasName=name, TargetKeyId=one)
    must_refuse(errors.AlreadyExistsException, kms.create_alias, AliasName=name, TargetKeyId=two)
    must_refuse(errors.NotFoundException, kms.create_alias, AliasName=name + "2", TargetKeyId=one[:-12] + "0" * 12)
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}"
    for key_id in (name, arn):
        must_be("the key", kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyId"], one)
    kms.update_alias(AliasName=name, TargetKeyId=two)
    must_be("the aliases", kms.list_aliases(KeyId=one)["Aliases"], [])
    must_be("the aliases", [a["AliasName"] for a in kms.list_aliases(KeyId=two)["Aliases"]], [name])
    kms.delete_alias(AliasName=name)
    must_refuse(errors.NotFoundException, kms.describe_key, KeyId=name)


def tags_are_kept(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key(Tags=[{"TagKey": "Purpose", "TagValue": "test"}])["KeyId"]
    tags = lambda: {t["TagKey"]: t["TagValue"] for t in kms.list_resource_tags(KeyId=key)["Tags"]}
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "Owner", "TagValue": ""}, {"TagKey": "Purpose", "TagValue": "b"}])
    must_be("the tags", tags(), {"Owner": "", "Purpose": "b"})
    kms.untag_resource(KeyId=key, TagKeys=["Purpose"])
    must_be("the tags", tags(), {"Owner": ""})
    twice = [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]
    must_refuse(errors.TagException, kms.tag_resource, KeyId=key, Tags=twice)


def policies_are_kept(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key()["KeyId"]
    must_be("the policies", kms.list_key_policies(KeyId=key)["PolicyNames"], ["default"])
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    must_be("whom the default policy allows", policy["Statement"][0]["Action"], "kms:*")
    policy["Statement"].append(
        {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:Decrypt", "Resource": "*"}
    )
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    must_be("the policy", json.loads(kms.get_key_policy(KeyId=key)["Policy"]), policy)
    must_refuse(
        errors.MalformedPolicyDocumentException, kms.put_key_policy, KeyId=key, PolicyName="default", Policy="{"
    )


def grants_are_made_listed_and_ended(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key()
    arguments = {
        "KeyId": key["KeyId"],
        "GranteePrincipal": ROLE,
        "RetiringPrincipal": RETIRING,
        "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"Department": "IT"}},
        "Name": "for-the-worker",
    }
    made = kms.create_grant(**arguments)
    must_be("a grant made twice by one name", kms.create_grant(**arguments)["GrantId"], made["GrantId"])
    other = kms.create_grant(KeyId=key["Arn"], GranteePrincipal=ROLE, Operations=["DescribeKey"])
    grants = {grant["GrantId"]: grant for grant in kms.list_grants(KeyId=key["KeyId"])["Grants"]}
    must_be("the grants", set(grants), {made["GrantId"], other["GrantId"]})
    shown = grants[made["GrantId"]]
    must_be("the operations", sorted(shown["Operations"]), ["Decrypt", "Encrypt"])
    must_be("the grantee", shown["GranteePrincipal"], ROLE)
    must_be("the constraints", shown["Constraints"], arguments["Constraints"])
    must_be("the name", shown["Name"], "for-the-worker")
    must_be("the key", shown["KeyId"], key["Arn"])
    one = kms.list_grants(KeyId=key["KeyId"], GrantId=made["GrantId"])["Grants"]
    must_be("the grants with one id", [grant["GrantId"] for grant in one], [made["GrantId"]])
    retirable = kms.list_retirable_grants(RetiringPrincipal=RETIRING)["Grants"]
    must_be("the retirable grants", [grant["GrantId"] for grant in retirable], [made["GrantId"]])
    kms.encrypt(
        KeyId=key["KeyId"], Plaintext=b"a", EncryptionContext={"Department": "IT"}, GrantTokens=[made["GrantToken"]]
    )
    kms.retire_grant(GrantToken=made["GrantToken"])
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=other["GrantId"])
    must_be("the grants", kms.list_grants(KeyId=key["KeyId"])["Grants"], [])
    gone = (errors.NotFoundException, errors.InvalidGrantIdException)
    must_refuse(gone, kms.revoke_grant, KeyId=key["KeyId"], GrantId=other["GrantId"])
    must_refuse(errors.InvalidGrantTokenException, kms.retire_grant, GrantToken="bm90IGEgdG9rZW4=")


def keys_rotate(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key()["KeyId"]
    must_be("the rotation", kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)
    old = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    must_be("the rotation", (status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 90))
    left = status["NextRotationDate"] - kms.describe_key(KeyId=key)["KeyMetadata"]["CreationDate"]
    must(timedelta(days=89) <= left <= timedelta(days=91), f"the next rotation is in {left}")
    before = kms.decrypt(CiphertextBlob=old)["KeyMaterialId"]
    kms.rotate_key_on_demand(KeyId=key)
    aws.advance(hours=1)
    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    must_be("the rotations", [one["RotationType"] for one in rotations], ["ON_DEMAND"])
    opened = kms.decrypt(CiphertextBlob=old)
    must_be("what was encrypted before", opened["Plaintext"], b"before")
    must_be("the material of what was encrypted before", opened["KeyMaterialId"], before)
    new = kms.encrypt(KeyId=key, Plaintext=b"after")["CiphertextBlob"]
    must(kms.decrypt(CiphertextBlob=new)["KeyMaterialId"] != before, "the material has not changed")
    aws.advance(days=92)
    types = [one["RotationType"] for one in kms.list_key_rotations(KeyId=key)["Rotations"]]
    must_be("the rotations", sorted(types), ["AUTOMATIC", "ON_DEMAND"])
    kms.disable_key_rotation(KeyId=key)
    must_be("the rotation", kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)
    signing = aws.key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyId"]
    must_refuse(errors.UnsupportedOperationException, kms.enable_key_rotation, KeyId=signing)


def keys_are_replicated(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key(MultiRegion=True)
    must(key["KeyId"].startswith("mrk-"), f"the id is {key['KeyId']}")
    configuration = key["MultiRegionConfiguration"]
    must_be("the type", configuration["MultiRegionKeyType"], "PRIMARY")
    made = kms.replicate_key(KeyId=key["KeyId"], ReplicaRegion="us-west-2", Description="there")
    replica = made["ReplicaKeyMetadata"]
    must_be("the id of the replica", replica["KeyId"], key["KeyId"])
    must_be("the Arn of the replica", replica["Arn"], key["Arn"].replace(REGION, "us-west-2"))
    must_be("its type", replica["MultiRegionConfiguration"]["MultiRegionKeyType"], "REPLICA")
    must_refuse(
        errors.AlreadyExistsException, kms.replicate_key, KeyId=key["KeyId"], ReplicaRegion="us-west-2"
    )
    single = aws.key()["KeyId"]
    must_refuse(errors.UnsupportedOperationException, kms.replicate_key, KeyId=single, ReplicaRegion="us-west-2")
    shown = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
    must_be("the replicas", [one["Region"] for one in shown["ReplicaKeys"]], ["us-west-2"])


def the_primary_region_changes(aws):
    kms = aws.kms
    key = aws.key(MultiRegion=True)["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion="us-west-2")
    aws.advance(hours=1)
    kms.update_primary_region(KeyId=key, PrimaryRegion="us-west-2")
    aws.advance(hours=1)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
    must_be("the type", shown["MultiRegionKeyType"], "REPLICA")
    must_be("the Region of the primary", shown["PrimaryKey"]["Region"], "us-west-2")


def the_last_use_is_shown(aws):
    kms = aws.kms
    key = aws.key()
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"a")
    usage = kms.get_key_last_usage(KeyId=key["KeyId"])
    must_be("the creation date", usage["KeyCreationDate"], key["CreationDate"])
    if "KeyLastUsage" in usage:
        must_be("the last operation", usage["KeyLastUsage"]["Operation"], "Encrypt")


TASKS = [
    keys_are_of_many_kinds,
    keys_have_states,
    aliases_name_keys,
    tags_are_kept,
    policies_are_kept,
    grants_are_made_listed_and_ended,
    keys_rotate,
    keys_are_replicated,
    the_primary_region_changes,
    the_last_use_is_shown,
]
