//! The `Authorization` header:
//! `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX`.

use super::canonical::ALGORITHM;
use super::refusal::Refusal;

/// The header, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Authorization<'h> {
    /// The id of the access key.
    pub access_key: &'h str,
    /// The day in the scope: `20150830`.
    pub date: &'h str,
    /// The Region in the scope.
    pub region: &'h str,
    /// The service in the scope.
    pub service: &'h str,
    /// The end of the scope.
    pub terminator: &'h str,
    /// The names of the signed headers, as they stand there.
    pub signed_headers: Vec<&'h str>,
    /// The signature, in hex.
    pub signature: &'h str,
}

const PARAMETERS: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];

/// Reads the header. Blanks around the commas are free, and so is the order of the parameters.
pub(super) fn read(header: &str) -> Result<Authorization<'_>, Refusal> {
    let parameters = header
        .strip_prefix(ALGORITHM)
        .filter(|rest| rest.starts_with(' '))
        .unwrap_or_default();
    let value = |name: &str| {
        let pairs = parameters
            .split(',')
            .filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(known, _)| known.trim() == name);
        let first = values.next().map(|(_, value)| value.trim());
        // One that is given twice says nothing.
        first.filter(|value| !value.is_empty() && values.next().is_none())
    };
    let [Some(credential), Some(signed_headers), Some(signature)] = PARAMETERS.map(value) else {
        let missing = PARAMETERS.into_iter().filter(|name| value(name).is_none());
        return Err(Refusal::Incomplete(missing.collect()));
    };
    let parts: Vec<&str> = credential.split('/').collect();
    let [access_key, date, region, service, terminator] = parts.as_slice() else {
        return Err(Refusal::MalformedCredential);
    };
    Ok(Authorization {
        access_key,
        date,
        region,
        service,
        terminator,
        signed_headers: signed_headers.split(';').collect(),
        signature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "AWS4-HMAC-SHA256 Credential=AK/20150830/us-east-1/kms/aws4_request, \
                        SignedHeaders=host;x-amz-date, Signature=00ff";

    #[test]
    fn its_parameters_may_stand_in_any_order_and_with_any_blanks() {
        let expected = read(GOOD).unwrap();
        assert_eq!(expected.access_key, "AK");
        assert_eq!(expected.date, "20150830");
        assert_eq!((expected.region, expected.service), ("us-east-1", "kms"));
        assert_eq!(expected.signed_headers, ["host", "x-amz-date"]);
        assert_eq!(expected.signature, "00ff");
        let other = "AWS4-HMAC-SHA256 Signature=00ff,SignedHeaders=host;x-amz-date ,  \
                     Credential=AK/20150830/us-east-1/kms/aws4_request";
        assert_eq!(read(other), Ok(expected));
    }

    #[test]
    fn what_is_missing_or_given_twice_is_named() {
        let all = Err(Refusal::Incomplete(PARAMETERS.to_vec()));
        for none in [
            "",
            "Bearer abc",
            "AWS4-HMAC-SHA512 Credential=a/b/c/d/e",
            "AWS4-HMAC-SHA256",
        ] {
            assert_eq!(read(none), all, "{none}");
        }
        let twice = format!("{GOOD}, Signature=00ff");
        assert_eq!(read(&twice), Err(Refusal::Incomplete(vec!["Signature"])));
        let empty = GOOD.replace("host;x-amz-date", "");
        assert_eq!(
            read(&empty),
            Err(Refusal::Incomplete(vec!["SignedHeaders"]))
        );
    }

    #[test]
    fn a_credential_has_five_parts() {
        for parts in ["AK", "AK/20150830/us-east-1/kms", "AK/a/b/c/d/aws4_request"] {
            let header = GOOD.replace("AK/20150830/us-east-1/kms/aws4_request", parts);
            assert_eq!(read(&header), Err(Refusal::MalformedCredential), "{parts}");
        }
    }
}
