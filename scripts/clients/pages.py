"""Every paginator that botocore has for both services, a few entries a page."""

from administration import RETIRING, ROLE
from emulator import must, must_be


def pages(client, operation, entries, size, **arguments):
    """All entries of a list, asked for by pages of this size at most."""
    paginator = client.get_paginator(operation)
    found, number = [], 0
    for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": size}):
        must(len(page[entries]) <= size, f"a page of {operation} has {len(page[entries])} entries")
        found += page[entries]
        number += 1
    return found, number


def all_once(client, operation, entries, wanted, name, size=2, **arguments):
    """The list holds each wanted name once, over as many pages as needed."""
    found, number = pages(client, operation, entries, size, **arguments)
    names = [entry if name is None else entry[name] for entry in found]
    must_be(f"how often {operation} shows an entry", len(names), len(set(names)))
    must(set(wanted) <= set(names), f"{operation} leaves out {set(wanted) - set(names)}")
    must(number * size >= len(names), f"{operation} has {number} pages for {len(names)} entries")


def keys_are_listed(aws):
    keys = [aws.key()["KeyId"] for _ in range(5)]
    all_once(aws.kms, "list_keys", "Keys", keys, "KeyId")
    some = aws.kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2, "MaxItems": 3})
    result = some.build_full_result()
    must_be("the number of keys", len(result["Keys"]), 3)
    rest = {"PageSize": 2, "StartingToken": result["NextToken"]}
    rest = aws.kms.get_paginator("list_keys").paginate(PaginationConfig=rest).build_full_result()
    seen = [key["KeyId"] for key in result["Keys"] + rest["Keys"]]
    must(set(keys) <= set(seen), "what is listed after a token and before it is not all")
    must_be("how often a key is listed", len(seen), len(set(seen)))


def aliases_are_listed(aws):
    key = aws.key()["KeyId"]
    names = [f"alias/page/{number}" for number in range(5)]
    for name in names:
        aws.kms.create_alias(AliasName=name, TargetKeyId=key)
    all_once(aws.kms, "list_aliases", "Aliases", names, "AliasName")
    all_once(aws.kms, "list_aliases", "Aliases", names, "AliasName", KeyId=key)


def tags_are_listed(aws):
    tags = [{"TagKey": f"key-{number}", "TagValue": str(number)} for number in range(5)]
    key = aws.key(Tags=tags)["KeyId"]
    all_once(aws.kms, "list_resource_tags", "Tags", [tag["TagKey"] for tag in tags], "TagKey", KeyId=key)


def policies_are_listed(aws):
    key = aws.key()["KeyId"]
    all_once(aws.kms, "list_key_policies", "PolicyNames", ["default"], None, KeyId=key)


def key_stores_are_listed(aws):
    stores = [aws.key_store()[0]]
    cluster, anchor = aws.active_cluster("correct-horse")
    made = aws.kms.create_custom_key_store(
        CustomKeyStoreName="of-the-pages",
        CloudHsmClusterId=cluster,
        TrustAnchorCertificate=anchor,
        KeyStorePassword="correct-horse",
    )
    stores.append(made["CustomKeyStoreId"])
    all_once(
        aws.kms, "describe_custom_key_stores", "CustomKeyStores", stores, "CustomKeyStoreId", size=1
    )


def clusters_are_listed(aws):
    clusters = [aws.key_store()[1]]
    subnets = [subnet["id"] for subnet in aws.subnets()]
    made = aws.hsm.create_cluster(HsmType="hsm2m.medium", Mode="FIPS", SubnetIds=subnets)
    clusters.append(made["Cluster"]["ClusterId"])
    all_once(aws.hsm, "describe_clusters", "Clusters", clusters, "ClusterId", size=1)


def tags_of_clusters_are_listed(aws):
    cluster = aws.key_store()[1]
    tags = [{"Key": f"key-{number}", "Value": str(number)} for number in range(5)]
    aws.hsm.tag_resource(ResourceId=cluster, TagList=tags)
    wanted = [tag["Key"] for tag in tags]
    all_once(aws.hsm, "list_tags", "TagList", wanted, "Key", ResourceId=cluster)


def backups_are_listed(aws):
    cluster, _ = aws.active_cluster("correct-horse")
    hsms = aws.shown_cluster(cluster)["Hsms"]
    for one in hsms:
        aws.hsm.delete_hsm(ClusterId=cluster, HsmId=one["HsmId"])
    shown, _ = pages(aws.hsm, "describe_backups", "Backups", 5)
    must(shown, "a cluster without HSMs has no backup")
    all_once(aws.hsm, "describe_backups", "Backups", [b["BackupId"] for b in shown], "BackupId", size=1)


def grants_are_listed(aws):
    key = aws.key()["KeyId"]
    arguments = {"KeyId": key, "GranteePrincipal": ROLE, "RetiringPrincipal": RETIRING}
    operations = ["Encrypt", "Decrypt", "DescribeKey", "GenerateDataKey", "ReEncryptFrom"]
    grants = [aws.kms.create_grant(**arguments, Operations=[one])["GrantId"] for one in operations]
    all_once(aws.kms, "list_grants", "Grants", grants, "GrantId", KeyId=key)
    all_once(
        aws.kms, "list_retirable_grants", "Grants", grants, "GrantId", RetiringPrincipal=RETIRING
    )


def rotations_are_listed(aws):
    key = aws.key()["KeyId"]
    for _ in range(3):
        aws.kms.rotate_key_on_demand(KeyId=key)
        aws.advance(hours=1)
    shown, number = pages(aws.kms, "list_key_rotations", "Rotations", 2, KeyId=key)
    must_be("the number of rotations", len(shown), 3)
    must_be("the number of pages", number, 2)
    dates = [rotation["RotationDate"] for rotation in shown]
    must_be("how often a rotation is listed", len(dates), len(set(dates)))


def no_paginator_is_left_out(aws):
    kms = {
        "describe_custom_key_stores",
        "list_aliases",
        "list_grants",
        "list_key_policies",
        "list_key_rotations",
        "list_keys",
        "list_resource_tags",
        "list_retirable_grants",
    }
    hsm = {"describe_backups", "describe_clusters", "list_tags"}
    for client, tried in ((aws.kms, kms), (aws.hsm, hsm)):
        operations = client.meta.method_to_api_mapping
        paged = {name for name in operations if client.can_paginate(name)}
        must_be("what botocore can page", paged, tried)


TASKS = [
    keys_are_listed,
    aliases_are_listed,
    tags_are_listed,
    policies_are_listed,
    key_stores_are_listed,
    clusters_are_listed,
    tags_of_clusters_are_listed,
    backups_are_listed,
    grants_are_listed,
    rotations_are_listed,
    no_paginator_is_left_out,
]
