//! Signatures of requests to external key store proxies: AWS Signature Version 4, as the
//! specification of the proxy API wants it in its appendix A.

use crate::sigv4::{ALGORITHM, TERMINATOR, hex, sign, signing_key};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// The service in the credential scope.
const SERVICE: &str = "kms-xks-proxy";
const SIGNED_HEADERS: &str = "host;x-amz-date";

/// What KMS signs requests to a proxy with. Neither part is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    /// The id of the access key.
    pub access_key: String,
    /// Its secret.
    pub secret: Zeroizing<String>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

/// A POST to be signed.
#[derive(Debug)]
pub(super) struct ToSign<'r> {
    /// The host, and the port where it is not the usual one, as the `Host` header has it.
    pub host: &'r str,
    /// The path. It has only characters that are written as they are.
    pub path: &'r str,
    /// The moment, as the `X-Amz-Date` header has it.
    pub moment: &'r str,
    /// The Region of KMS.
    pub region: &'r str,
    /// The body.
    pub body: &'r [u8],
}

/// The `Authorization` header of a request.
pub(super) fn authorization(request: &ToSign<'_>, credential: &Credential) -> String {
    let date: String = request.moment.chars().take(8).collect();
    let scope = format!("{date}/{}/{SERVICE}/{TERMINATOR}", request.region);
    let canonical = format!(
        "POST\n{}\n\nhost:{}\nx-amz-date:{}\n\n{SIGNED_HEADERS}\n{}",
        request.path,
        request.host,
        request.moment,
        hex(&Sha256::digest(request.body))
    );
    let to_sign = format!(
        "{ALGORITHM}\n{}\n{scope}\n{}",
        request.moment,
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let key = signing_key(&credential.secret, &date, request.region, SERVICE);
    format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={}",
        credential.access_key,
        hex(&sign(&key, to_sign.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_that_botocore_makes() {
        let credential = Credential {
            access_key: "AKIAI2SFODNN7EXAMPLEA".to_owned(),
            secret: Zeroizing::new("FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE".to_owned()),
        };
        let request = ToSign {
            host: "xks.example.com",
            path: "/example/kms/xks/v1/health",
            moment: "20260102T030405Z",
            region: "eu-west-1",
            body: b"{\"a\":1}",
        };
        let expected = "AWS4-HMAC-SHA256 Credential=AKIAI2SFODNN7EXAMPLEA/20260102/eu-west-1/\
                        kms-xks-proxy/aws4_request, SignedHeaders=host;x-amz-date, Signature=\
                        5400182e54a0494121448d0b3bb04e4cbf6f100b85d17610bbdb4ed335f79130";
        assert_eq!(authorization(&request, &credential), expected);
        assert_eq!(format!("{credential:?}"), "Credential");
    }
}
