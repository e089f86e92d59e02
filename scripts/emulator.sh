# Read by the scripts beside it: the AWS CLI and the world outside AWS, for the emulator whose URL is
# the first argument or ENDPOINT. REGION, ACCOUNT, POLLS and PAUSE as in those scripts.

endpoint=${1:-${ENDPOINT:-}}
region=${REGION:-us-east-1}
account=${ACCOUNT:-123456789012}
polls=${POLLS:-60}
pause=${PAUSE:-1}

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 1
}

[[ $endpoint == http* ]] || fail 'give the URL of a served emulator, as in http://127.0.0.1:4599'
endpoint=${endpoint%/}

# Nothing of the user's own configuration is used. An empty AWS_PAGER does what --no-cli-pager does,
# which version 1 of the AWS CLI does not know.
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=not-a-secret
export AWS_REGION=$region AWS_DEFAULT_REGION=$region
export AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

# Only the emulator has /_outside, so this also keeps the script away from AWS.
health=$(curl --silent --max-time 10 --noproxy '*' "$endpoint/_outside/health") ||
  fail "nothing answers at $endpoint"
[[ $health == *kms-conformance* ]] || fail "$endpoint is not the emulator of kms-conformance"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

kms() { aws kms --endpoint-url "$endpoint" --output text "$@"; }
hsm() { aws cloudhsmv2 --endpoint-url "$endpoint" --output text "$@"; }

# What no AWS operation does: the JSON of the call comes from standard input, so that a password is
# on no command line.
outside() {
  curl --silent --show-error --fail-with-body --noproxy '*' --data-binary @- "$endpoint/_outside" ||
    fail 'the emulator refused an outside call'
}

# The values of a text member in JSON, one a line.
member() { grep -o "\"$1\":\"[^\"]*\"" | cut -d '"' -f 4; }

must_be() {
  [[ $2 == "$3" ]] || fail "$1 is '$2' and must be '$3'"
}

# Asks until the answer is the wanted one.
wait_until() {
  local what=$1 wanted=$2 seen=
  shift 2
  for ((poll = 1; poll <= polls; poll++)); do
    seen=$("$@")
    [[ $seen == "$wanted" ]] && return
    sleep "$pause"
  done
  fail "$what is '$seen' after $polls polls and must become '$wanted'"
}
