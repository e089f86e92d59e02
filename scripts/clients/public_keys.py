"""Asymmetric keys, checked from outside with their public keys: signatures, encryption, key agreement."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa, utils
from emulator import must, must_be, must_be_invalid, must_refuse

MESSAGE = b"attack at dawn"
DIGESTS = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {
    "ECC_NIST_P256": (ec.SECP256R1, "ECDSA_SHA_256"),
    "ECC_NIST_P384": (ec.SECP384R1, "ECDSA_SHA_384"),
    "ECC_NIST_P521": (ec.SECP521R1, "ECDSA_SHA_512"),
    "ECC_SECG_P256K1": (ec.SECP256K1, "ECDSA_SHA_256"),
}


def public_key(aws, key):
    """The public key of a key."""
    shown = aws.kms.get_public_key(KeyId=key["KeyId"])
    must_be("the key", shown["KeyId"], key["Arn"])
    must_be("the spec and the usage", (shown["KeySpec"], shown["KeyUsage"]), (key["KeySpec"], key["KeyUsage"]))
    return serialization.load_der_public_key(shown["PublicKey"])


def digest_of(digest):
    hasher = hashes.Hash(digest)
    hasher.update(MESSAGE)
    return hasher.finalize()


def external_mu(public):
    """What ML-DSA signs in the place of the message, made as FIPS 204 says, with an empty context."""
    key = hashlib.shake_256(public.public_bytes_raw()).digest(64)
    return hashlib.shake_256(key + b"\0\0" + MESSAGE).digest(64)


def signatures(aws, spec, algorithms, check):
    """Signs with a new key and each algorithm, and has the signatures checked inside and outside KMS."""
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    public = public_key(aws, key)
    for algorithm in algorithms:
        arguments = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
        messages = [("RAW", MESSAGE)]
        if algorithm.startswith(("ECDSA", "RSASSA")):
            messages.append(("DIGEST", digest_of(DIGESTS[algorithm[-3:]])))
        if algorithm.startswith("ML_DSA"):
            messages.append(("EXTERNAL_MU", external_mu(public)))
        for kind, message in messages:
            made = kms.sign(**arguments, Message=message, MessageType=kind)
            must_be("the key", (made["KeyId"], made["SigningAlgorithm"]), (key["Arn"], algorithm))
            check(public, made["Signature"], MESSAGE, algorithm)
            valid = {**arguments, "Message": message, "MessageType": kind, "Signature": made["Signature"]}
            must_be("SignatureValid", kms.verify(**valid)["SignatureValid"], True)
        wrong = {**arguments, "Message": b"attack at noon", "Signature": made["Signature"]}
        must_refuse(errors.KMSInvalidSignatureException, kms.verify, **wrong)
        try:
            check(public, made["Signature"], b"attack at noon", algorithm)
        except InvalidSignature:
            continue
        must(False, f"a signature by {algorithm} fits another message")
    must_refuse(
        errors.InvalidKeyUsageException, kms.encrypt, KeyId=key["KeyId"], Plaintext=b"a"
    )


def rsa_keys_sign(aws):
    def check(public, signature, message, algorithm):
        digest = DIGESTS[algorithm[-3:]]
        pkcs1 = padding.PKCS1v15()
        # The salt of KMS is as long as the digest.
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        public.verify(signature, message, pkcs1 if "PKCS1" in algorithm else pss, digest)

    algorithms = [f"RSASSA_{kind}_SHA_{bits}" for kind in ("PSS", "PKCS1_V1_5") for bits in DIGESTS]
    for size in (2048, 3072):
        signatures(aws, f"RSA_{size}", algorithms, check)


def elliptic_curves_sign(aws):
    def check(public, signature, message, algorithm):
        public.verify(signature, message, ec.ECDSA(DIGESTS[algorithm[-3:]]))

    for spec, (_, algorithm) in CURVES.items():
        signatures(aws, spec, [algorithm], check)


def edwards_keys_sign(aws):
    def check(public, signature, message, _):
        must(isinstance(public, ed25519.Ed25519PublicKey), "the public key is no Ed25519 key")
        public.verify(signature, message)

    signatures(aws, "ECC_NIST_EDWARDS25519", ["ED25519_SHA_512"], check)


def lattice_keys_sign(aws):
    for size in ("44", "65", "87"):
        kind = getattr(mldsa, f"MLDSA{size}PublicKey")

        def check(public, signature, message, _):
            must(isinstance(public, kind), f"the public key is no ML-DSA-{size} key")
            public.verify(signature, message)

        signatures(aws, f"ML_DSA_{size}", ["ML_DSA_SHAKE_256"], check)


def what_the_public_key_seals_the_key_opens(aws):
    kms = aws.kms
    errors = kms.exceptions
    key = aws.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    public = public_key(aws, key)
    for algorithm, digest in (("RSAES_OAEP_SHA_1", hashes.SHA1()), ("RSAES_OAEP_SHA_256", hashes.SHA256())):
        sealed = public.encrypt(MESSAGE, padding.OAEP(padding.MGF1(digest), digest, None))
        arguments = {"KeyId": key["KeyId"], "EncryptionAlgorithm": algorithm}
        opened = kms.decrypt(**arguments, CiphertextBlob=sealed)
        must_be("what was sealed outside", opened["Plaintext"], MESSAGE)
        sealed = kms.encrypt(**arguments, Plaintext=MESSAGE)["CiphertextBlob"]
        must_be("the length", len(sealed), 256)
        must_be("what was sealed inside", kms.decrypt(**arguments, CiphertextBlob=sealed)["Plaintext"], MESSAGE)
        longest = 256 - 2 * digest.digest_size - 2
        kms.encrypt(**arguments, Plaintext=b"a" * longest)
        must_be_invalid(kms.encrypt, **arguments, Plaintext=b"a" * (longest + 1))
    foreign = rsa.generate_private_key(65537, 2048).public_key()
    sealed = foreign.encrypt(MESSAGE, padding.OAEP(padding.MGF1(digest), digest, None))
    must_refuse(errors.InvalidCiphertextException, kms.decrypt, **arguments, CiphertextBlob=sealed)


def keys_agree_on_secrets(aws):
    kms = aws.kms
    for spec, (curve, _) in CURVES.items():
        if spec == "ECC_SECG_P256K1":
            continue
        key = aws.key(KeySpec=spec, KeyUsage="KEY_AGREEMENT")
        public = public_key(aws, key)
        private = ec.generate_private_key(curve())
        ours = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        derived = kms.derive_shared_secret(KeyId=key["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=ours)
        must_be(f"the secret of {spec}", derived["SharedSecret"], private.exchange(ec.ECDH(), public))
        must_be("the origin", derived["KeyOrigin"], "AWS_KMS")
    must_be_invalid(
        kms.derive_shared_secret, KeyId=key["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=b"not a key"
    )


def a_digest_has_its_length(aws):
    kms = aws.kms
    key = aws.key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyId"]
    arguments = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256", "MessageType": "DIGEST"}
    signature = kms.sign(**arguments, Message=digest_of(hashes.SHA256()))["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    digest = utils.Prehashed(hashes.SHA256())
    public.verify(signature, digest_of(hashes.SHA256()), ec.ECDSA(digest))
    must_be_invalid(kms.sign, **arguments, Message=b"too short")


TASKS = [
    rsa_keys_sign,
    elliptic_curves_sign,
    edwards_keys_sign,
    lattice_keys_sign,
    what_the_public_key_seals_the_key_opens,
    keys_agree_on_secrets,
    a_digest_has_its_length,
]
