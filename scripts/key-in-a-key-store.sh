#!/usr/bin/env bash
# From an empty emulator to a KMS key inside CloudHSM, with nothing but the AWS CLI and openssl.
# Then the key is described, used and looked for inside the HSMs. Exits 1 where something is not as
# it must be.
#
#   kms-conformance serve --listen 127.0.0.1:4599 &
#   bash scripts/key-in-a-key-store.sh http://127.0.0.1:4599
#
# ENDPOINT may be given as a variable too. REGION (us-east-1) and ACCOUNT (123456789012) are those of
# the emulator. What takes time is asked for at most POLLS (60) times, PAUSE (1) seconds apart.
set -euo pipefail
umask 077
source "$(dirname "${BASH_SOURCE[0]}")/emulator.sh"

other_account=444455556666
alias_name=alias/in-the-hsms

cluster_shows() { hsm describe-clusters --filters "clusterIds=$cluster" --query "Clusters[0].$1"; }
store_shows() {
  kms describe-custom-key-stores --custom-key-store-id "$store" --query "CustomKeyStores[0].$1"
}
key_shows() { kms describe-key --key-id "$alias_name" --query "KeyMetadata.$1"; }

# A cluster with one HSM, whose certificate our own authority signs.
subnets=$(outside <<<'{"call":"Subnets"}')
mapfile -t subnet_ids < <(member id <<<"$subnets")
mapfile -t zones < <(member zone <<<"$subnets")
((${#zones[@]} >= 2)) || fail 'the emulator has fewer than two subnets'
cluster=$(hsm create-cluster --hsm-type hsm2m.medium --mode FIPS --subnet-ids "${subnet_ids[@]}" \
  --query Cluster.ClusterId)
wait_until 'the state of the cluster' UNINITIALIZED cluster_shows State
hsm create-hsm --cluster-id "$cluster" --availability-zone "${zones[0]}" >"$dir/first-hsm"
wait_until 'the state of the first HSM' ACTIVE cluster_shows 'Hsms[0].State'
wait_until 'whether there is a signing request' True cluster_shows 'Certificates.ClusterCsr!=`null`'
cluster_shows Certificates.ClusterCsr >"$dir/cluster.csr"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=customerCA' \
  -keyout "$dir/authority.key" -out "$dir/authority.crt" 2>"$dir/openssl.log" ||
  fail 'openssl made no authority'
openssl x509 -req -days 3650 -in "$dir/cluster.csr" -CA "$dir/authority.crt" \
  -CAkey "$dir/authority.key" -CAcreateserial -out "$dir/cluster.crt" 2>"$dir/openssl.log" ||
  fail 'openssl signed no certificate'
hsm initialize-cluster --cluster-id "$cluster" --signed-cert "file://$dir/cluster.crt" \
  --trust-anchor "file://$dir/authority.crt" >"$dir/initialized"
wait_until 'the state of the cluster' INITIALIZED cluster_shows State

# On AWS these two are done with the HSM client, cloudhsm-cli: `cluster activate` and `user create`.
password=$(openssl rand -hex 12)
outside >"$dir/outside" <<<"{\"call\":\"Act\",\"action\":\"ActivateCluster\",\"cluster\":\"$cluster\"}"
outside >"$dir/outside" <<<"{\"call\":\"Act\",\"action\":\"CreateKmsUser\",\"cluster\":\"$cluster\",
  \"password\":\"$password\"}"
wait_until 'the state of the cluster' ACTIVE cluster_shows State
hsm create-hsm --cluster-id "$cluster" --availability-zone "${zones[1]}" >"$dir/second-hsm"
wait_until 'the number of active HSMs' 2 cluster_shows "length(Hsms[?State=='ACTIVE'])"
printf 'cluster  %s is ACTIVE with HSMs in %s and %s\n' "$cluster" "${zones[0]}" "${zones[1]}"

# The key store.
cat >"$dir/store.json" <<EOF_STORE
{"CustomKeyStoreName": "in-the-hsms", "CloudHsmClusterId": "$cluster", "KeyStorePassword": "$password"}
EOF_STORE
store=$(kms create-custom-key-store --cli-input-json "file://$dir/store.json" \
  --trust-anchor-certificate "file://$dir/authority.crt" --query CustomKeyStoreId)
kms connect-custom-key-store --custom-key-store-id "$store" >"$dir/connected"
wait_until 'the state of the key store' CONNECTED store_shows ConnectionState
printf 'store    %s is CONNECTED\n' "$store"

# The key: look that the store is connected and its cluster sound, then make it.
must_be 'the connection state' "$(kms describe-custom-key-stores \
  --query "CustomKeyStores[?CloudHsmClusterId=='$cluster'].ConnectionState")" CONNECTED
must_be 'the state of the cluster' "$(cluster_shows State)" ACTIVE
cat >"$dir/policy.json" <<EOF_POLICY
{
  "Version": "2012-10-17",
  "Id": "in-the-hsms",
  "Statement": [
    {
      "Sid": "Administrators",
      "Effect": "Allow",
      "Principal": {"AWS": ["arn:aws:iam::$account:root", "arn:aws:iam::$account:role/KeyAdministrators"]},
      "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*",
                 "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource",
                 "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"],
      "Resource": "*"
    },
    {
      "Sid": "Users",
      "Effect": "Allow",
      "Principal": {"AWS": ["arn:aws:iam::$account:root", "arn:aws:iam::$account:role/KeyUsers"]},
      "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      "Resource": "*"
    },
    {
      "Sid": "AnotherAccount",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::$other_account:root"},
      "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      "Resource": "*"
    }
  ]
}
EOF_POLICY
key_arn=$(kms create-key --origin AWS_CLOUDHSM --custom-key-store-id "$store" \
  --description 'A key whose material is in our own HSMs' --policy "file://$dir/policy.json" \
  --tags TagKey=Purpose,TagValue=demonstration TagKey=Owner,TagValue=security \
  --query KeyMetadata.Arn)
kms create-alias --alias-name "$alias_name" --target-key-id "$key_arn"
printf 'key      %s\n' "$key_arn"

# What describe-key, the tags and the policy show.
must_be 'the Arn' "$(key_shows Arn)" "$key_arn"
must_be 'the CustomKeyStoreId' "$(key_shows CustomKeyStoreId)" "$store"
must_be 'the CloudHsmClusterId' "$(key_shows CloudHsmClusterId)" "$cluster"
must_be 'the Origin' "$(key_shows Origin)" AWS_CLOUDHSM
must_be 'the KeyState' "$(key_shows KeyState)" Enabled
must_be 'the Description' "$(key_shows Description)" 'A key whose material is in our own HSMs'
must_be 'the tag Purpose' "$(kms list-resource-tags --key-id "$key_arn" \
  --query "Tags[?TagKey=='Purpose'].TagValue")" demonstration
policy=$(kms get-key-policy --key-id "$key_arn" --policy-name default --query Policy)
[[ $policy == *"$other_account"* ]] || fail "the policy does not name the account $other_account"

# There and back again, by the alias.
printf 'a short secret' >"$dir/plain"
kms encrypt --key-id "$alias_name" --plaintext "fileb://$dir/plain" \
  --encryption-context purpose=demonstration --query CiphertextBlob |
  base64 --decode >"$dir/sealed"
if grep -q 'a short secret' "$dir/sealed"; then fail 'the ciphertext holds the plaintext'; fi
kms decrypt --key-id "$alias_name" --ciphertext-blob "fileb://$dir/sealed" \
  --encryption-context purpose=demonstration --query Plaintext |
  base64 --decode >"$dir/opened"
cmp -s "$dir/plain" "$dir/opened" || fail 'decrypting does not give back what was encrypted'
printf 'used     encrypted and decrypted through %s\n' "$alias_name"

# What is inside the HSMs, which on AWS the HSM client lists: `key list`.
inside=$(outside <<<"{\"call\":\"HsmKeys\",\"cluster\":\"$cluster\"}")
must_be 'the label of the key inside the HSMs' "$(member label <<<"$inside")" "$key_arn"
must_be 'its class' "$(member class <<<"$inside")" AES
for fact in '"length":256' '"persistent":true' '"extractable":false'; do
  [[ $inside == *"$fact"* ]] || fail "the key inside the HSMs is not $fact"
done
printf 'inside   one AES-256 key, persistent, not extractable, with the ARN as its label\n'
printf 'all is as it must be\n'
