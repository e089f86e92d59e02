"""Clusters, HSMs, key stores, and the keys in them."""

from botocore.exceptions import ClientError
from emulator import must, must_be, must_refuse, wait_until


def a_cluster_lives_and_dies(aws):
    hsm = aws.hsm
    errors = hsm.exceptions
    cluster, _ = aws.active_cluster("a-password", hsms=2)
    shown = aws.shown_cluster(cluster)
    must_be("the states of the HSMs", {h["State"] for h in shown["Hsms"]}, {"ACTIVE"})
    must_be("the number of zones", len({h["AvailabilityZone"] for h in shown["Hsms"]}), 2)
    must_refuse(errors.CloudHsmInvalidRequestException, hsm.delete_cluster, ClusterId=cluster)
    hsm.modify_cluster(
        ClusterId=cluster, BackupRetentionPolicy={"Type": "DAYS", "Value": "30"}
    )
    must_be("the retention", aws.shown_cluster(cluster)["BackupRetentionPolicy"]["Value"], "30")
    hsm.tag_resource(ResourceId=cluster, TagList=[{"Key": "Owner", "Value": "security"}])
    tags = hsm.list_tags(ResourceId=cluster)["TagList"]
    must_be("the tags", tags, [{"Key": "Owner", "Value": "security"}])
    hsm.untag_resource(ResourceId=cluster, TagKeyList=["Owner"])
    must_be("the tags", hsm.list_tags(ResourceId=cluster)["TagList"], [])
    for one in shown["Hsms"]:
        hsm.delete_hsm(ClusterId=cluster, HsmId=one["HsmId"])
    wait_until("the HSMs", [], lambda: aws.shown_cluster(cluster)["Hsms"])
    backups = hsm.describe_backups(Filters={"clusterIds": [cluster]})["Backups"]
    must(backups, "the last HSM of a cluster leaves a backup")
    backup = backups[0]["BackupId"]
    must_be("the backup", hsm.delete_backup(BackupId=backup)["Backup"]["BackupState"], "PENDING_DELETION")
    must_be("the backup", hsm.restore_backup(BackupId=backup)["Backup"]["BackupState"], "READY")
    hsm.delete_cluster(ClusterId=cluster)
    must_refuse(
        errors.CloudHsmResourceNotFoundException,
        hsm.create_hsm,
        ClusterId="cluster-abcdefghijk",
        AvailabilityZone=aws.subnets()[0]["zone"],
    )


def a_key_store_lives_and_dies(aws):
    kms = aws.kms
    errors = kms.exceptions
    cluster, anchor = aws.active_cluster("correct-horse")
    arguments = {
        "CustomKeyStoreName": "short-lived",
        "CloudHsmClusterId": cluster,
        "TrustAnchorCertificate": anchor,
        "KeyStorePassword": "correct-horse",
    }
    must_refuse(
        errors.CloudHsmClusterNotFoundException,
        kms.create_custom_key_store,
        **{**arguments, "CloudHsmClusterId": "cluster-abcdefghijk"},
    )
    must_refuse(
        errors.IncorrectTrustAnchorException,
        kms.create_custom_key_store,
        **{**arguments, "TrustAnchorCertificate": "not the certificate"},
    )
    store = kms.create_custom_key_store(**arguments)["CustomKeyStoreId"]
    in_store = {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store}
    must_refuse(errors.CustomKeyStoreInvalidStateException, kms.create_key, **in_store)
    aws.connect(store)
    must_refuse(
        errors.CustomKeyStoreInvalidStateException, kms.delete_custom_key_store, CustomKeyStoreId=store
    )
    key = aws.key(**in_store)["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"in the HSMs")["CiphertextBlob"]
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    wait_until("the connection", "DISCONNECTED", lambda: aws.connection(store))
    must_be("the state of the key", kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Unavailable")
    must_refuse(errors.KMSInvalidStateException, kms.decrypt, CiphertextBlob=sealed)
    must_refuse(errors.CustomKeyStoreHasCMKsException, kms.delete_custom_key_store, CustomKeyStoreId=store)
    kms.update_custom_key_store(CustomKeyStoreId=store, NewCustomKeyStoreName="renamed")
    aws.connect(store)
    must_be("the plaintext", kms.decrypt(CiphertextBlob=sealed)["Plaintext"], b"in the HSMs")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws.advance(days=8)
    must_refuse(errors.NotFoundException, kms.describe_key, KeyId=key)
    must_be("the keys inside", aws.outside("HsmKeys", cluster=cluster)["keys"], [])
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    wait_until("the connection", "DISCONNECTED", lambda: aws.connection(store))
    kms.delete_custom_key_store(CustomKeyStoreId=store)
    must_refuse(
        errors.CustomKeyStoreNotFoundException, kms.describe_custom_key_stores, CustomKeyStoreId=store
    )


def a_wrong_password_fails_the_connection(aws):
    kms = aws.kms
    cluster, anchor = aws.active_cluster("correct-horse")
    made = kms.create_custom_key_store(
        CustomKeyStoreName="wrong-password",
        CloudHsmClusterId=cluster,
        TrustAnchorCertificate=anchor,
        KeyStorePassword="battery-staple",
    )
    store = made["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    wait_until("the connection", "FAILED", lambda: aws.connection(store))
    shown = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"][0]
    must_be("the reason", shown["ConnectionErrorCode"], "INVALID_CREDENTIALS")
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    wait_until("the connection", "DISCONNECTED", lambda: aws.connection(store))
    kms.update_custom_key_store(CustomKeyStoreId=store, KeyStorePassword="correct-horse")
    aws.connect(store)


def a_key_in_a_key_store_is_inside_the_hsms(aws):
    kms = aws.kms
    store, cluster = aws.key_store()
    key = aws.key_in_store()
    must_be("the store", key["CustomKeyStoreId"], store)
    must_be("the cluster", key["CloudHsmClusterId"], cluster)
    must_be("the origin", key["Origin"], "AWS_CLOUDHSM")
    inside = [one for one in aws.outside("HsmKeys", cluster=cluster)["keys"] if one["label"] == key["Arn"]]
    must_be("the number of keys inside with this label", len(inside), 1)
    facts = {name: inside[0][name] for name in ("class", "length", "persistent", "extractable")}
    wanted = {"class": "AES", "length": 256, "persistent": True, "extractable": False}
    must_be("the key inside", facts, wanted)
    made = kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256", EncryptionContext={"a": "b"})
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    must_be("the data key", opened["Plaintext"], made["Plaintext"])
    must_be("the length", len(kms.generate_random(NumberOfBytes=32, CustomKeyStoreId=store)["Plaintext"]), 32)


def keys_in_key_stores_are_only_of_one_kind(aws):
    kms = aws.kms
    errors = kms.exceptions
    store, _ = aws.key_store()
    in_store = {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store}
    for more in ({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, {"MultiRegion": True}):
        try:
            kms.create_key(**in_store, **more)
        except ClientError as refused:
            code = refused.response["Error"]["Code"]
            must(code in ("UnsupportedOperationException", "ValidationException"), f"the error is {code}")
            continue
        must(False, f"a key with {more} is made in a key store")
    key = aws.key_in_store()["KeyId"]
    must_refuse(errors.UnsupportedOperationException, kms.enable_key_rotation, KeyId=key)


TASKS = [
    a_cluster_lives_and_dies,
    a_key_store_lives_and_dies,
    a_wrong_password_fails_the_connection,
    a_key_in_a_key_store_is_inside_the_hsms,
    keys_in_key_stores_are_only_of_one_kind,
]
