//! Real certificates: signing requests of clusters, an authority that signs them, and the check of
//! what InitializeCluster is given.

use kms_conformance_model::state::CertificateFault;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer, DnType,
    IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

/// How many certificates a trust anchor may have, its root last (HSM-IC-04).
const LONGEST_CHAIN: usize = 4;

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[error("no certificate could be made: {0}")]
pub struct CertificateError(#[from] rcgen::Error);

/// An issuing authority with a self-signed certificate on P-256.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// Makes an authority with a new key.
    ///
    /// # Errors
    /// When `name` cannot stand in a certificate.
    pub fn new(name: &str) -> Result<Authority, CertificateError> {
        let mut params = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        Ok(Authority(CertifiedIssuer::self_signed(params, key)?))
    }

    /// Its certificate in PEM, which is the trust anchor of what it signs.
    pub fn certificate_pem(&self) -> String {
        self.0.pem()
    }

    /// Signs a signing request in PEM and gives the certificate in PEM.
    ///
    /// # Errors
    /// When the text is no signing request or its own signature is wrong.
    pub fn sign(&self, csr_pem: &str) -> Result<String, CertificateError> {
        let request = CertificateSigningRequestParams::from_pem(csr_pem)?;
        Ok(request.signed_by(&self.0)?.pem())
    }
}

/// A signing request of a new cluster in PEM, on P-256. AWS uses RSA 2048, which its documentation
/// does not promise; the private key stays in the HSM there and is dropped here.
pub fn cluster_csr() -> String {
    let name = format!("HSM:{:016X}:PARTN:1, for FIPS mode", rand::random::<u64>());
    // Making a key fails only where the system has no random numbers.
    try_cluster_csr(&name).unwrap_or_default()
}

fn try_cluster_csr(name: &str) -> Result<String, CertificateError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    Ok(named(name).serialize_request(&key)?.pem()?)
}

/// A certificate as HSM hardware brings it. It is self-signed, since the maker's key is not ours.
pub(crate) fn hardware_certificate() -> String {
    let name = format!("HSM hardware {:016X}", rand::random::<u64>());
    Authority::new(&name)
        .map(|authority| authority.certificate_pem())
        .unwrap_or_default()
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    let names = &mut params.distinguished_name;
    names.push(DnType::CommonName, name);
    names.push(DnType::OrganizationName, "kms-conformance");
    params
}

/// What is wrong with a signed cluster certificate and its trust anchor; `None` where they are good
/// (HSM-IC-02, HSM-IC-04).
///
/// All three are PEM. An empty `csr_pem` stands for a request that nobody has seen, and then no key
/// is the wrong one. The trust anchor is a self-signed root, or a chain of up to four certificates
/// with the root last, of which the first signed the cluster certificate. Validity periods are not
/// looked at. Signatures by P-521 keys or with SHA-224 cannot be checked and count as wrong.
pub fn verify(
    csr_pem: &str,
    signed_cert_pem: &str,
    trust_anchor_pem: &str,
) -> Option<CertificateFault> {
    let (Some(signed), Some(anchor)) = (blocks(signed_cert_pem), blocks(trust_anchor_pem)) else {
        return Some(CertificateFault::Unreadable);
    };
    let (Some(signed), Some(anchor)) = (certificates(&signed), certificates(&anchor)) else {
        return Some(CertificateFault::Unreadable);
    };
    let ([certificate], [.., root]) = (signed.as_slice(), anchor.as_slice()) else {
        return Some(CertificateFault::Unreadable);
    };
    if anchor.len() > LONGEST_CHAIN {
        return Some(CertificateFault::Unreadable);
    }
    if !is_self_signed_root(root) {
        return Some(CertificateFault::NotSelfSigned);
    }
    let signers = anchor.iter();
    let signees = std::iter::once(certificate).chain(anchor.iter());
    if !signees
        .zip(signers)
        .all(|(signee, signer)| is_signed_by(signee, signer))
    {
        return Some(CertificateFault::WrongSigner);
    }
    if csr_pem.is_empty() {
        return None;
    }
    match public_key_of_request(csr_pem) {
        Some(key) if key == certificate.public_key().raw => None,
        _ => Some(CertificateFault::WrongKey),
    }
}

/// The PEM blocks of a text; `None` where one is broken.
fn blocks(pem: &str) -> Option<Vec<Pem>> {
    Pem::iter_from_buffer(pem.as_bytes())
        .collect::<Result<_, _>>()
        .ok()
}

/// The certificates in PEM blocks; `None` where one holds something else.
fn certificates(blocks: &[Pem]) -> Option<Vec<X509Certificate<'_>>> {
    blocks
        .iter()
        .map(|block| {
            let (rest, certificate) = X509Certificate::from_der(&block.contents).ok()?;
            (block.label == "CERTIFICATE" && rest.is_empty()).then_some(certificate)
        })
        .collect()
}

/// RFC 5280 wants basic constraints in the certificate of an authority that has extensions at all.
fn is_self_signed_root(root: &X509Certificate<'_>) -> bool {
    let has_constraints = matches!(root.basic_constraints(), Ok(Some(_)));
    is_signed_by(root, root) && (root.extensions().is_empty() || has_constraints)
}

fn is_signed_by(signee: &X509Certificate<'_>, signer: &X509Certificate<'_>) -> bool {
    signee.issuer() == signer.subject()
        && signee.verify_signature(Some(signer.public_key())).is_ok()
}

fn public_key_of_request(csr_pem: &str) -> Option<Vec<u8>> {
    let blocks = blocks(csr_pem)?;
    let [block] = blocks.as_slice() else {
        return None;
    };
    let (_, request) = X509CertificationRequest::from_der(&block.contents).ok()?;
    let key = request.certification_request_info.subject_pki.raw;
    Some(key.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (String, String, Authority) {
        let authority = Authority::new("anchor").unwrap();
        let csr = cluster_csr();
        let certificate = authority.sign(&csr).unwrap();
        (csr, certificate, authority)
    }

    #[test]
    fn what_the_authority_signs_is_good() {
        let (csr, certificate, authority) = signed();
        assert_eq!(
            verify(&csr, &certificate, &authority.certificate_pem()),
            None
        );
    }

    #[test]
    fn text_that_is_no_single_certificate_is_unreadable() {
        let (csr, certificate, authority) = signed();
        let anchor = authority.certificate_pem();
        let unreadable = Some(CertificateFault::Unreadable);
        let twice = format!("{certificate}{certificate}");
        let cut = &certificate[..certificate.len() / 2];
        for broken in ["", "hello", cut, &csr, &twice] {
            assert_eq!(verify(&csr, broken, &anchor), unreadable, "{broken}");
        }
        let five = anchor.repeat(5);
        for broken in ["", "hello", &csr, &five] {
            assert_eq!(verify(&csr, &certificate, broken), unreadable, "{broken}");
        }
    }

    #[test]
    fn an_anchor_that_did_not_sign_itself_is_no_root() {
        let (csr, certificate, _) = signed();
        let fault = verify(&csr, &certificate, &certificate);
        assert_eq!(fault, Some(CertificateFault::NotSelfSigned));
    }

    #[test]
    fn another_authority_of_the_same_name_did_not_sign() {
        let (csr, certificate, _) = signed();
        let impostor = Authority::new("anchor").unwrap().certificate_pem();
        let fault = verify(&csr, &certificate, &impostor);
        assert_eq!(fault, Some(CertificateFault::WrongSigner));
    }

    #[test]
    fn a_certificate_for_the_key_of_another_cluster_has_the_wrong_key() {
        let (_, certificate, authority) = signed();
        let anchor = authority.certificate_pem();
        let wrong_key = Some(CertificateFault::WrongKey);
        assert_eq!(verify(&cluster_csr(), &certificate, &anchor), wrong_key);
        assert_eq!(verify("hello", &certificate, &anchor), wrong_key);
    }

    #[test]
    fn no_key_is_wrong_for_a_request_that_nobody_has_seen() {
        let (_, certificate, authority) = signed();
        assert_eq!(verify("", &certificate, &authority.certificate_pem()), None);
        let impostor = Authority::new("other").unwrap().certificate_pem();
        let fault = verify("", &certificate, &impostor);
        assert_eq!(fault, Some(CertificateFault::WrongSigner));
    }

    #[test]
    fn a_broken_request_is_not_signed() {
        let (csr, _, authority) = signed();
        assert!(authority.sign("hello").is_err());
        assert!(authority.sign(&csr.replace('\n', "\nA")).is_err());
    }

    #[test]
    fn hardware_certificates_are_self_signed_roots() {
        let pem = hardware_certificate();
        let blocks = blocks(&pem).unwrap();
        assert!(is_self_signed_root(&certificates(&blocks).unwrap()[0]));
    }
}
