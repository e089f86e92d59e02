#!/usr/bin/env bash
# What people do with KMS at a terminal, with nothing but the AWS CLI and openssl: keys of several
# kinds, signatures and secrets that openssl checks, MACs, data key pairs, aliases, tags, policies,
# states, grants, rotation and lists in pages. Exits 1 where something is not as AWS documents it.
#
#   kms-conformance serve --listen 127.0.0.1:4599 &
#   bash scripts/kms-by-hand.sh http://127.0.0.1:4599 [task]...
#
# Without names of tasks, all are done. ENDPOINT, REGION and ACCOUNT as in key-in-a-key-store.sh.
set -euo pipefail
umask 077
source "$(dirname "${BASH_SOURCE[0]}")/emulator.sh"

cd "$dir"
printf 'attack at dawn' >message
printf 'attack at noon' >other-message

# What a command prints must be an error of this type.
must_refuse() {
  local error=$1 said
  shift
  if said=$("$@" 2>&1); then fail "'$*' succeeds and must be refused with $error"; fi
  [[ $said == *"($error)"* ]] || fail "'$*' says '$said' and must be refused with $error"
}

new_key() { kms create-key --query KeyMetadata.KeyId "$@"; }
key_state() { kms describe-key --key-id "$1" --query KeyMetadata.KeyState; }
public_key() {
  kms get-public-key --key-id "$1" --query PublicKey | base64 --decode >public.der
  openssl pkey -pubin -inform DER -in public.der -out public.pem || fail 'openssl reads no public key'
}
sign() {
  kms sign --key-id "$1" --signing-algorithm "$2" --message fileb://message --query Signature |
    base64 --decode >signature
}
# Whether KMS finds the signature good.
verified() {
  kms verify --key-id "$1" --signing-algorithm "$2" --message "fileb://$3" \
    --signature fileb://signature --query SignatureValid
}

kinds() {
  local spec usage key
  while read -r spec usage; do
    key=$(new_key --key-spec "$spec" --key-usage "$usage")
    must_be "the spec" "$(kms describe-key --key-id "$key" --query KeyMetadata.KeySpec)" "$spec"
    must_be "the usage" "$(kms describe-key --key-id "$key" --query KeyMetadata.KeyUsage)" "$usage"
  done <<'EOF_KINDS'
SYMMETRIC_DEFAULT ENCRYPT_DECRYPT
RSA_2048 ENCRYPT_DECRYPT
RSA_2048 SIGN_VERIFY
ECC_NIST_P384 SIGN_VERIFY
ECC_NIST_P256 KEY_AGREEMENT
HMAC_256 GENERATE_VERIFY_MAC
EOF_KINDS
}

states() {
  local key
  key=$(new_key)
  kms disable-key --key-id "$key"
  must_be 'the state' "$(key_state "$key")" Disabled
  must_refuse DisabledException kms encrypt --key-id "$key" --plaintext fileb://message
  kms enable-key --key-id "$key"
  kms schedule-key-deletion --key-id "$key" --pending-window-in-days 7 >/dev/null
  must_be 'the state' "$(key_state "$key")" PendingDeletion
  must_refuse KMSInvalidStateException kms encrypt --key-id "$key" --plaintext fileb://message
  kms cancel-key-deletion --key-id "$key" >/dev/null
  must_be 'the state' "$(key_state "$key")" Disabled
}

aliases() {
  local one two
  one=$(new_key)
  two=$(new_key)
  kms create-alias --alias-name alias/by-hand --target-key-id "$one"
  must_refuse AlreadyExistsException kms create-alias --alias-name alias/by-hand --target-key-id "$two"
  kms update-alias --alias-name alias/by-hand --target-key-id "$two"
  must_be 'the key' "$(kms describe-key --key-id alias/by-hand --query KeyMetadata.KeyId)" "$two"
  must_be 'the alias' "$(kms list-aliases --key-id "$two" --query 'Aliases[].AliasName')" alias/by-hand
  kms delete-alias --alias-name alias/by-hand
  must_refuse NotFoundException kms describe-key --key-id alias/by-hand
}

tags_and_policies() {
  local key
  key=$(new_key --tags TagKey=Purpose,TagValue=test)
  kms tag-resource --key-id "$key" --tags TagKey=Owner,TagValue=security
  kms untag-resource --key-id "$key" --tag-keys Purpose
  must_be 'the tags' "$(kms list-resource-tags --key-id "$key" --query 'Tags[].TagKey')" Owner
  must_be 'the policies' "$(kms list-key-policies --key-id "$key" --query 'PolicyNames')" default
  kms get-key-policy --key-id "$key" --policy-name default --query Policy >policy.json
  kms put-key-policy --key-id "$key" --policy-name default --policy file://policy.json
  printf '{' >broken.json
  must_refuse MalformedPolicyDocumentException \
    kms put-key-policy --key-id "$key" --policy-name default --policy file://broken.json
}

pages() {
  local number key tags=()
  for number in {1..5}; do tags+=("TagKey=key-$number,TagValue=$number"); done
  key=$(new_key --tags "${tags[@]}")
  must_be 'the number of tags' "$(kms list-resource-tags --key-id "$key" --page-size 2 \
    --query 'Tags[].TagKey' | wc -w)" 5
  new_key >/dev/null
  new_key >/dev/null
  must_be 'the keys by pages' "$(kms list-keys --page-size 2 --query 'Keys[].KeyId' | xargs -n1 | sort)" \
    "$(kms list-keys --query 'Keys[].KeyId' | xargs -n1 | sort)"
  must_be 'the number of keys' "$(aws kms --endpoint-url "$endpoint" --output json list-keys \
    --max-items 2 | grep -c '"KeyId"')" 2
}

data_keys() {
  local key opened
  key=$(new_key)
  read -r -a made < <(kms generate-data-key --key-id "$key" --key-spec AES_256 \
    --encryption-context a=b --query '[Plaintext, CiphertextBlob]')
  base64 --decode <<<"${made[1]}" >sealed
  opened=$(kms decrypt --ciphertext-blob fileb://sealed --encryption-context a=b --query Plaintext)
  must_be 'the data key' "$opened" "${made[0]}"
  must_refuse InvalidCiphertextException kms decrypt --ciphertext-blob fileb://sealed
  must_be 'the number of random bytes' \
    "$(kms generate-random --number-of-bytes 24 --query Plaintext | base64 --decode | wc -c)" 24
}

data_key_pairs() {
  local key
  key=$(new_key)
  read -r -a made < <(kms generate-data-key-pair --key-id "$key" --key-pair-spec ECC_NIST_P256 \
    --query '[PrivateKeyPlaintext, PrivateKeyCiphertextBlob, PublicKey]')
  base64 --decode <<<"${made[0]}" >private.der
  base64 --decode <<<"${made[1]}" >sealed
  base64 --decode <<<"${made[2]}" >public.der
  openssl pkey -inform DER -in private.der -pubout -outform DER -out derived.der ||
    fail 'openssl reads no private key'
  cmp -s public.der derived.der || fail 'the private key and the public key are no pair'
  kms decrypt --ciphertext-blob fileb://sealed --query Plaintext | base64 --decode >opened
  cmp -s private.der opened || fail 'the encrypted private key is another'
}

macs() {
  local key mac
  key=$(new_key --key-spec HMAC_256 --key-usage GENERATE_VERIFY_MAC)
  mac=$(kms generate-mac --key-id "$key" --mac-algorithm HMAC_SHA_256 --message fileb://message --query Mac)
  base64 --decode <<<"$mac" >mac
  must_be 'the length of the MAC' "$(wc -c <mac)" 32
  must_be 'MacValid' "$(kms verify-mac --key-id "$key" --mac-algorithm HMAC_SHA_256 \
    --message fileb://message --mac fileb://mac --query MacValid)" True
  must_refuse KMSInvalidMacException kms verify-mac --key-id "$key" --mac-algorithm HMAC_SHA_256 \
    --message fileb://other-message --mac fileb://mac
}

rsa_signatures() {
  local key options
  key=$(new_key --key-spec RSA_2048 --key-usage SIGN_VERIFY)
  public_key "$key"
  for algorithm in RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PSS_SHA_512; do
    sign "$key" "$algorithm"
    options=()
    # The salt of KMS is as long as the digest.
    [[ $algorithm == *PSS* ]] && options=(-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest)
    openssl dgst "-sha${algorithm##*_}" -verify public.pem "${options[@]}" -signature signature message \
      >openssl.log || fail "openssl does not verify $algorithm"
    must_be 'SignatureValid' "$(verified "$key" "$algorithm" message)" True
    must_refuse KMSInvalidSignatureException verified "$key" "$algorithm" other-message
  done
}

elliptic_signatures() {
  local key spec bits
  while read -r spec bits; do
    key=$(new_key --key-spec "$spec" --key-usage SIGN_VERIFY)
    public_key "$key"
    sign "$key" "ECDSA_SHA_$bits"
    openssl dgst "-sha$bits" -verify public.pem -signature signature message >openssl.log ||
      fail "openssl does not verify $spec"
    must_be 'SignatureValid' "$(verified "$key" "ECDSA_SHA_$bits" message)" True
    must_refuse KMSInvalidSignatureException verified "$key" "ECDSA_SHA_$bits" other-message
  done <<'EOF_CURVES'
ECC_NIST_P256 256
ECC_NIST_P384 384
ECC_NIST_P521 512
ECC_SECG_P256K1 256
EOF_CURVES
}

public_encryption() {
  local key
  key=$(new_key --key-spec RSA_2048 --key-usage ENCRYPT_DECRYPT)
  public_key "$key"
  openssl pkeyutl -encrypt -pubin -inkey public.pem -in message -out sealed \
    -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 ||
    fail 'openssl does not encrypt'
  kms decrypt --key-id "$key" --encryption-algorithm RSAES_OAEP_SHA_256 \
    --ciphertext-blob fileb://sealed --query Plaintext | base64 --decode >opened
  cmp -s message opened || fail 'KMS does not open what openssl sealed with the public key'
}

key_agreement() {
  local key
  key=$(new_key --key-spec ECC_NIST_P256 --key-usage KEY_AGREEMENT)
  public_key "$key"
  openssl ecparam -name prime256v1 -genkey -noout -out ours.pem
  openssl pkey -in ours.pem -pubout -outform DER -out ours.der
  openssl pkeyutl -derive -inkey ours.pem -peerkey public.pem -out secret ||
    fail 'openssl derives no secret'
  kms derive-shared-secret --key-id "$key" --key-agreement-algorithm ECDH --public-key fileb://ours.der \
    --query SharedSecret | base64 --decode >derived
  cmp -s secret derived || fail 'KMS and openssl agree on different secrets'
}

grants() {
  local key grant
  key=$(new_key)
  grant=$(kms create-grant --key-id "$key" --operations Encrypt Decrypt --query GrantId \
    --grantee-principal "arn:aws:iam::$account:role/Worker")
  must_be 'the grant' "$(kms list-grants --key-id "$key" --query 'Grants[].GrantId')" "$grant"
  kms revoke-grant --key-id "$key" --grant-id "$grant"
  must_be 'the grants' "$(kms list-grants --key-id "$key" --query 'Grants[].GrantId')" ''
}

rotation() {
  local key
  key=$(new_key)
  kms enable-key-rotation --key-id "$key" --rotation-period-in-days 180
  must_be 'the rotation' "$(kms get-key-rotation-status --key-id "$key" \
    --query '[KeyRotationEnabled, RotationPeriodInDays]' | xargs)" 'True 180'
  kms encrypt --key-id "$key" --plaintext fileb://message --query CiphertextBlob |
    base64 --decode >sealed
  kms rotate-key-on-demand --key-id "$key" >/dev/null
  outside <<<'{"call":"Advance","milliseconds":3600000}' >/dev/null
  must_be 'the rotations' "$(kms list-key-rotations --key-id "$key" \
    --query 'Rotations[].RotationType')" ON_DEMAND
  kms decrypt --ciphertext-blob fileb://sealed --query Plaintext | base64 --decode >opened
  cmp -s message opened || fail 'what was encrypted before the rotation is lost'
}

tasks=(kinds states aliases tags_and_policies pages data_keys data_key_pairs macs rsa_signatures
  elliptic_signatures public_encryption key_agreement grants rotation)
shift || true
(($#)) && tasks=("$@")
for task in "${tasks[@]}"; do
  "$task"
  printf 'ok       %s\n' "$task"
done
