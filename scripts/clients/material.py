"""What keys do with secrets: encryption, data keys, data key pairs, MACs, and material of one's own."""

import hashlib
import hmac
import os
from datetime import timedelta

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from emulator import must, must_be, must_refuse


def secrets_go_there_and_back(aws):
    kms = aws.kms
    errors = kms.exceptions
    key, other = aws.key(), aws.key_in_store()
    context = {"Department": "IT", "Purpose": "test"}
    sealed = kms.encrypt(KeyId=key["Arn"], Plaintext=b"a secret", EncryptionContext=context)["CiphertextBlob"]
    must(b"a secret" not in sealed, "the ciphertext holds the plaintext")
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
    must_be("the plaintext", opened["Plaintext"], b"a secret")
    must_be("the key", opened["KeyId"], key["Arn"])
    must_refuse(errors.InvalidCiphertextException, kms.decrypt, CiphertextBlob=sealed)
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    must_refuse(errors.InvalidCiphertextException, kms.decrypt, CiphertextBlob=changed, EncryptionContext=context)
    must_refuse(
        errors.IncorrectKeyException,
        kms.decrypt,
        CiphertextBlob=sealed,
        EncryptionContext=context,
        KeyId=other["KeyId"],
    )
    moved = kms.re_encrypt(
        CiphertextBlob=sealed, SourceEncryptionContext=context, DestinationKeyId=other["KeyId"]
    )
    must_be("both keys", (moved["SourceKeyId"], moved["KeyId"]), (key["Arn"], other["Arn"]))
    must_be("the plaintext", kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"], b"a secret")
    must_refuse(errors.DryRunOperationException, kms.encrypt, KeyId=key["KeyId"], Plaintext=b"a", DryRun=True)


def data_keys_open_again(aws):
    kms = aws.kms
    key = aws.key()["KeyId"]
    for how, length in (({"KeySpec": "AES_128"}, 16), ({"KeySpec": "AES_256"}, 32), ({"NumberOfBytes": 24}, 24)):
        made = kms.generate_data_key(KeyId=key, **how)
        must_be("the length", len(made["Plaintext"]), length)
        must_be("the data key", kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"], made["Plaintext"])
        hidden = kms.generate_data_key_without_plaintext(KeyId=key, **how)
        must("Plaintext" not in hidden, "the plaintext is shown")
        must_be("the length", len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]), length)
    must(kms.generate_random(NumberOfBytes=32) != kms.generate_random(NumberOfBytes=32), "bytes repeat")


def data_key_pairs_are_pairs(aws):
    kms = aws.kms
    key = aws.key()["KeyId"]
    specs = {
        "RSA_2048": lambda k: k.key_size == 2048,
        "RSA_3072": lambda k: k.key_size == 3072,
        "ECC_NIST_P256": lambda k: k.curve.name == "secp256r1",
        "ECC_NIST_P384": lambda k: k.curve.name == "secp384r1",
        "ECC_NIST_P521": lambda k: k.curve.name == "secp521r1",
        "ECC_SECG_P256K1": lambda k: k.curve.name == "secp256k1",
    }
    for spec, fits in specs.items():
        made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext={"a": "b"})
        private = serialization.load_der_private_key(made["PrivateKeyPlaintext"], None)
        must(fits(private), f"the private key is no {spec}")
        must_be(f"the public key of {spec}", der(private.public_key()), made["PublicKey"])
        opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
        must_be(f"the private key of {spec}", opened["Plaintext"], made["PrivateKeyPlaintext"])
        must_be("the spec", made["KeyPairSpec"], spec)
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    must("PrivateKeyPlaintext" not in hidden, "the private key is shown")
    opened = kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"])["Plaintext"]
    private = serialization.load_der_private_key(opened, None)
    must_be("the public key", der(private.public_key()), hidden["PublicKey"])


def macs_are_verified(aws):
    kms = aws.kms
    errors = kms.exceptions
    for bits in (224, 256, 384, 512):
        key = aws.key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
        arguments = {"KeyId": key, "Message": b"a message", "MacAlgorithm": f"HMAC_SHA_{bits}"}
        mac = kms.generate_mac(**arguments)["Mac"]
        must_be("the length", len(mac), bits // 8)
        must_be("a MAC made again", kms.generate_mac(**arguments)["Mac"], mac)
        must_be("MacValid", kms.verify_mac(**arguments, Mac=mac)["MacValid"], True)
        wrong = {**arguments, "Message": b"another"}
        must_refuse(errors.KMSInvalidMacException, kms.verify_mac, **wrong, Mac=mac)
    must_refuse(
        errors.InvalidKeyUsageException, kms.generate_mac, **{**arguments, "KeyId": aws.key()["KeyId"]}
    )


def material_is_imported_and_deleted(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key(Origin="EXTERNAL")["KeyId"]
    state = lambda: kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    must_be("the state", state(), "PendingImport")
    must_refuse(errors.KMSInvalidStateException, kms.encrypt, KeyId=key, Plaintext=b"a")
    material = os.urandom(32)
    import_into(aws, key, material, "RSAES_OAEP_SHA_256", ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    must_be("the state", state(), "Enabled")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"a secret")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    must_be("the state", state(), "PendingImport")
    must_refuse(errors.KMSInvalidStateException, kms.decrypt, CiphertextBlob=sealed)
    try:
        import_into(aws, key, os.urandom(32), "RSAES_OAEP_SHA_1", ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
        must(False, "other material is imported into a key that had some")
    except errors.IncorrectKeyMaterialException:
        pass
    until = aws.now() + timedelta(days=30)
    import_into(aws, key, material, "RSAES_OAEP_SHA_256", ValidTo=until, ExpirationModel="KEY_MATERIAL_EXPIRES")
    must_be("the plaintext", kms.decrypt(CiphertextBlob=sealed)["Plaintext"], b"a secret")
    aws.advance(days=31)
    must_be("the state", state(), "PendingImport")


def an_import_needs_its_own_token(aws):
    kms = aws.kms
    errors = kms.exceptions
    key, other = aws.key(Origin="EXTERNAL")["KeyId"], aws.key(Origin="EXTERNAL")["KeyId"]
    given = parameters(aws, key, "RSAES_OAEP_SHA_256")
    of_other = parameters(aws, other, "RSAES_OAEP_SHA_256")
    wrapped = wrap(given["PublicKey"], os.urandom(32), "RSAES_OAEP_SHA_256")
    arguments = {"KeyId": key, "EncryptedKeyMaterial": wrapped, "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    must_refuse(
        errors.InvalidImportTokenException, kms.import_key_material, **arguments, ImportToken=of_other["ImportToken"]
    )
    broken = {**arguments, "EncryptedKeyMaterial": b"\0" * 384}
    must_refuse(
        errors.InvalidCiphertextException, kms.import_key_material, **broken, ImportToken=given["ImportToken"]
    )
    aws.advance(hours=25)
    must_refuse(
        errors.ExpiredImportTokenException, kms.import_key_material, **arguments, ImportToken=given["ImportToken"]
    )


def an_imported_mac_key_makes_known_macs(aws):
    kms = aws.kms
    key = aws.key(Origin="EXTERNAL", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    material = os.urandom(32)
    import_into(aws, key, material, "RSAES_OAEP_SHA_256", ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    mac = kms.generate_mac(KeyId=key, Message=b"a message", MacAlgorithm="HMAC_SHA_256")["Mac"]
    must_be("the MAC", mac, hmac.digest(material, b"a message", hashlib.sha256))


def an_imported_private_key_signs(aws):
    kms = aws.kms
    for spec, usage, private, algorithm in (
        ("ECC_NIST_P256", "SIGN_VERIFY", ec.generate_private_key(ec.SECP256R1()), "ECDSA_SHA_256"),
        ("RSA_2048", "SIGN_VERIFY", rsa.generate_private_key(65537, 2048), "RSASSA_PKCS1_V1_5_SHA_256"),
    ):
        key = aws.key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyId"]
        material = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        import_into(aws, key, material, "RSA_AES_KEY_WRAP_SHA_256", ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
        must_be(f"the public key of {spec}", kms.get_public_key(KeyId=key)["PublicKey"], der(private.public_key()))
        signature = kms.sign(KeyId=key, Message=b"a message", SigningAlgorithm=algorithm)["Signature"]
        if spec.startswith("ECC"):
            private.public_key().verify(signature, b"a message", ec.ECDSA(hashes.SHA256()))
        else:
            private.public_key().verify(signature, b"a message", padding.PKCS1v15(), hashes.SHA256())


def parameters(aws, key, algorithm):
    """A wrapping key and its token."""
    return aws.kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_3072"
    )


def import_into(aws, key, material, algorithm, **arguments):
    """Imports material into a key, wrapped as the algorithm says."""
    given = parameters(aws, key, algorithm)
    left = given["ParametersValidTo"] - aws.now()
    must(timedelta(hours=23) < left < timedelta(hours=25), f"the parameters are valid for {left}")
    aws.kms.import_key_material(
        KeyId=key,
        ImportToken=given["ImportToken"],
        EncryptedKeyMaterial=wrap(given["PublicKey"], material, algorithm),
        **arguments,
    )


def wrap(public_key, material, algorithm):
    """Key material under the wrapping key: by OAEP, or by AES key wrap with an AES key under OAEP before it."""
    public = serialization.load_der_public_key(public_key)
    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    if algorithm.startswith("RSAES_OAEP"):
        return public.encrypt(material, oaep)
    aes = os.urandom(32)
    return public.encrypt(aes, oaep) + keywrap.aes_key_wrap_with_padding(aes, material)


def der(public):
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


TASKS = [
    secrets_go_there_and_back,
    data_keys_open_again,
    data_key_pairs_are_pairs,
    macs_are_verified,
    material_is_imported_and_deleted,
    an_import_needs_its_own_token,
    an_imported_mac_key_makes_known_macs,
    an_imported_private_key_signs,
]
