"""The AWS Encryption SDK: what it encrypts under a KMS key it decrypts again, and only with the right context."""

import logging
import warnings

import aws_encryption_sdk
import botocore.session
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput, CreateAwsKmsMultiKeyringInput
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from emulator import must, must_be

# It logs each refusal that it meets, and the tasks here want some.
logging.getLogger("aws_encryption_sdk").setLevel(logging.CRITICAL)

CONTEXT = {"purpose": "demonstration", "owner": "security"}
SECRET = b"a secret that is longer than KMS would encrypt by itself. " * 200


def client():
    return aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )


def keyring(aws, key, client_of_kms=None):
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    kms = client_of_kms or aws.kms
    return providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=kms))


def fails(what, call, **arguments):
    try:
        call(**arguments)
    except Exception as error:  # The SDK has a family of exceptions of its own for each layer.
        must(not isinstance(error, (TypeError, AttributeError, NameError)), f"{what}: {error!r}")
        return
    must(False, f"{what} works")


def with_keyring(aws, key, other):
    """There and back with a keyring, and not with another context or key."""
    sdk = client()
    ring = keyring(aws, key)
    sealed, header = sdk.encrypt(source=SECRET, keyring=ring, encryption_context=CONTEXT)
    must(SECRET[:50] not in sealed, "the message holds the plaintext")
    must_be("the context", {k: header.encryption_context[k] for k in CONTEXT}, CONTEXT)
    must(key.encode() in sealed, "the message does not name the key")
    opened, _ = sdk.decrypt(source=sealed, keyring=ring, encryption_context=CONTEXT)
    must_be("the plaintext", opened, SECRET)
    wrong = {**CONTEXT, "purpose": "something else"}
    fails("another context", sdk.decrypt, source=sealed, keyring=ring, encryption_context=wrong)
    forged = sealed.replace(b"demonstration", b"demonstratioN")
    must(forged != sealed, "the message does not hold the context")
    fails("a forged context", sdk.decrypt, source=forged, keyring=ring)
    fails("another key", sdk.decrypt, source=sealed, keyring=keyring(aws, other))


def a_keyring_encrypts_and_decrypts(aws):
    with_keyring(aws, aws.key()["Arn"], aws.key()["Arn"])


def a_keyring_uses_a_key_in_a_key_store(aws):
    with_keyring(aws, aws.key_in_store()["Arn"], aws.key()["Arn"])


def either_of_two_keys_decrypts(aws):
    sdk = client()
    one, two = aws.key()["Arn"], aws.key_in_store()["Arn"]
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    # The multi-keyring makes its own clients, which find the emulator by AWS_ENDPOINT_URL_KMS.
    both = providers.create_aws_kms_multi_keyring(
        CreateAwsKmsMultiKeyringInput(generator=one, kms_key_ids=[two])
    )
    sealed, _ = sdk.encrypt(source=SECRET, keyring=both, encryption_context=CONTEXT)
    for key in (one, two):
        opened, _ = sdk.decrypt(source=sealed, keyring=keyring(aws, key))
        must_be("the plaintext", opened, SECRET)
    aws.kms.disable_key(KeyId=one)
    opened, _ = sdk.decrypt(source=sealed, keyring=both)
    must_be("the plaintext", opened, SECRET)


def a_master_key_provider_encrypts_and_decrypts(aws):
    sdk = client()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for key in (aws.key()["Arn"], aws.key_in_store()["Arn"]):
            provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(
                key_ids=[key], botocore_session=botocore.session.Session()
            )
            sealed, _ = sdk.encrypt(source=SECRET, key_provider=provider, encryption_context=CONTEXT)
            opened, header = sdk.decrypt(source=sealed, key_provider=provider)
            must_be("the plaintext", opened, SECRET)
            must_be("the context", {k: header.encryption_context[k] for k in CONTEXT}, CONTEXT)
            forged = sealed.replace(b"demonstration", b"demonstratioN")
            try:
                sdk.decrypt(source=forged, key_provider=provider)
            except AWSEncryptionSDKClientError:
                continue
            must(False, "a message with a forged context is decrypted")


TASKS = [
    a_keyring_encrypts_and_decrypts,
    a_keyring_uses_a_key_in_a_key_store,
    either_of_two_keys_decrypts,
    a_master_key_provider_encrypts_and_decrypts,
]
