//! What stands before the steps of a script: where it runs, and the helpers that it uses.

/// The endpoint and the environment of the AWS CLI, with the Region to be filled in.
pub(super) const ENVIRONMENT: &str = r#"set -u

endpoint=${1:-${AWS_ENDPOINT_URL:-}}
if [ -z "$endpoint" ]; then
  echo "usage: sh $0 ENDPOINT-URL" >&2
  exit 2
fi
endpoint=${endpoint%/}
region=${REGION:-@region@}
unset AWS_PROFILE AWS_ENDPOINT_URL_KMS AWS_ENDPOINT_URL_CLOUDHSM_V2
export AWS_ENDPOINT_URL="$endpoint" AWS_REGION="$region" AWS_DEFAULT_REGION="$region"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true
export AWS_MAX_ATTEMPTS=1 AWS_PAGER=
"#;

/// A helper: what a script that needs it holds, and its definition.
pub(super) struct Helper {
    /// How its use is told.
    pub sign: &'static str,
    /// The text that defines it.
    pub text: &'static str,
}

/// The helpers. One that uses another comes before it.
pub(super) const HELPERS: &[Helper] = &[
    Helper {
        sign: "$run",
        text: "# Names are new each time.\nrun=$(date +%s)\n",
    },
    Helper {
        sign: "text_of ",
        text: "text_of() { cat \"$dir/$1\"; }\n",
    },
    Helper {
        sign: "json_of ",
        text: "# A file as the inside of a JSON string.\n\
               json_of() { awk '{ printf \"%s\\\\n\", $0 }' \"$dir/$1\"; }\n",
    },
    Helper {
        sign: "base64_of ",
        text: "base64_of() { base64 <\"$dir/$1\" | tr -d '\\n'; }\n",
    },
    Helper {
        sign: "bytes ",
        text: "# bytes BYTE COUNT: a byte, as often as that.\n\
               bytes() { head -c \"$2\" /dev/zero | tr '\\0' \"$1\"; }\n",
    },
    Helper {
        sign: "flip ",
        text: r#"# flip BYTE FILE: the file with one bit of that byte changed.
flip() {
  at=$(($1 % $(wc -c <"$dir/$2")))
  byte=$(od -An -tu1 -j "$at" -N 1 "$dir/$2")
  head -c "$at" "$dir/$2"
  printf '%b' "\\0$(printf '%o' "$((byte ^ 1))")"
  tail -c "+$((at + 2))" "$dir/$2"
}
"#,
    },
    Helper {
        sign: "authority ",
        text: r#"# authority NAME: a certificate authority of our own.
authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=$1" \
    -keyout "$dir/$1.key" -out "$dir/$1.crt" 2>"$dir/openssl.log"
}
"#,
    },
    Helper {
        sign: "sign ",
        text: r#"# sign REQUEST AUTHORITY: the certificate that the authority gives for a signing request.
sign() {
  printf '%s\n' "$1" >"$dir/request.csr"
  openssl x509 -req -days 3650 -in "$dir/request.csr" -CA "$dir/$2.crt" -CAkey "$dir/$2.key" \
    -CAcreateserial 2>"$dir/openssl.log"
}
"#,
    },
    Helper {
        sign: "member ",
        text: "# member NAME: the text that JSON holds under that name.\n\
               member() { grep -o \"\\\"$1\\\" *: *\\\"[^\\\"]*\\\"\" | head -n 1 | cut -d '\"' -f 4; }\n",
    },
    Helper {
        sign: "send ",
        text: r#"# send SERVICE TARGET: sends standard input as it is, which the AWS CLI does not. The signature is
# made with credentials that do not exist.
send() {
  curl --silent --show-error --include --max-time 60 --user test:test \
    --aws-sigv4 "aws:amz:${3:-$region}:$1" --header 'Content-Type: application/x-amz-json-1.1' \
    --header "X-Amz-Target: $2" --data-binary @- "$endpoint/"
  echo
}
"#,
    },
    Helper {
        sign: "outside ",
        text: r#"# What no AWS operation does. Only the emulator of kms-conformance can be asked for it; elsewhere do
# it by hand.
outside() { curl --silent --show-error --fail-with-body --data-binary @- "$endpoint/_outside"; }
"#,
    },
];
