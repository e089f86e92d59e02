//! Certificates against the real `openssl`.

#![cfg(test)]

use kms_conformance_model::state::CertificateFault;
use kms_conformance_targets::x509::{Authority, cluster_csr, verify};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A folder to run `openssl` in; `None`, with a message, where it is not installed.
fn workshop() -> Option<TempDir> {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: openssl is not installed");
        return None;
    }
    Some(tempfile::tempdir().unwrap())
}

fn openssl(folder: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "openssl {arguments}\n{text}");
    text
}

fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

/// Makes an anchor with `openssl` and lets it sign a cluster's request; gives the fault found.
fn signed_by_openssl(new_key: &str, digest: &str) -> Option<Option<CertificateFault>> {
    let folder = workshop()?;
    let at = folder.path();
    write(&folder, "csr.pem", &cluster_csr());
    openssl(at, &format!("{new_key} -out ca.key"));
    openssl(
        at,
        &format!("req -new -x509 -days 3652 -key ca.key -{digest} -subj /CN=anchor -out ca.pem"),
    );
    openssl(
        at,
        &format!(
            "x509 -req -days 3652 -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -{digest} -out signed.pem"
        ),
    );
    Some(verify(
        &read(&folder, "csr.pem"),
        &read(&folder, "signed.pem"),
        &read(&folder, "ca.pem"),
    ))
}

#[test]
fn openssl_verifies_the_signing_request_of_a_cluster() {
    let Some(folder) = workshop() else { return };
    write(&folder, "csr.pem", &cluster_csr());
    let text = openssl(folder.path(), "req -in csr.pem -verify -noout -subject");
    assert!(text.contains("verify OK"), "{text}");
    assert!(text.contains("HSM:"), "{text}");
}

#[test]
fn openssl_verifies_what_the_authority_signs() {
    let Some(folder) = workshop() else { return };
    let authority = Authority::new("anchor").unwrap();
    let csr = cluster_csr();
    write(&folder, "ca.pem", &authority.certificate_pem());
    write(&folder, "signed.pem", &authority.sign(&csr).unwrap());
    let text = openssl(folder.path(), "verify -CAfile ca.pem signed.pem");
    assert!(text.contains("signed.pem: OK"), "{text}");
}

#[test]
fn anchors_made_by_openssl_are_accepted() {
    for (new_key, digest) in [
        (
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            "sha256",
        ),
        (
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
            "sha512",
        ),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            "sha256",
        ),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
            "sha384",
        ),
    ] {
        let Some(fault) = signed_by_openssl(new_key, digest) else {
            return;
        };
        assert_eq!(fault, None, "{new_key} {digest}");
    }
}

#[test]
fn an_rsa_request_is_signed_and_accepted_too() {
    let Some(folder) = workshop() else { return };
    let at = folder.path();
    openssl(
        at,
        "req -new -newkey rsa:2048 -nodes -keyout hsm.key -subj /CN=HSM -out csr.pem",
    );
    let csr = read(&folder, "csr.pem");
    let authority = Authority::new("anchor").unwrap();
    let signed = authority.sign(&csr).unwrap();
    assert_eq!(verify(&csr, &signed, &authority.certificate_pem()), None);
}

#[test]
fn an_anchor_that_is_no_authority_but_has_extensions_is_refused() {
    let Some(folder) = workshop() else { return };
    let at = folder.path();
    write(&folder, "csr.pem", &cluster_csr());
    write(
        &folder,
        "ca.cnf",
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\nkeyUsage=keyCertSign\n",
    );
    openssl(at, "genrsa -out ca.key 2048");
    openssl(
        at,
        "req -config ca.cnf -new -x509 -key ca.key -subj /CN=anchor -out ca.pem",
    );
    openssl(
        at,
        "x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out signed.pem",
    );
    let fault = verify(
        &read(&folder, "csr.pem"),
        &read(&folder, "signed.pem"),
        &read(&folder, "ca.pem"),
    );
    assert_eq!(fault, Some(CertificateFault::NotSelfSigned));
}

#[test]
fn a_chain_of_four_with_the_root_last_is_accepted_and_no_longer_one() {
    let Some(folder) = workshop() else { return };
    let at = folder.path();
    write(&folder, "ext.cnf", "basicConstraints=critical,CA:TRUE\n");
    openssl(at, "genrsa -out 0.key 2048");
    openssl(at, "req -new -x509 -key 0.key -subj /CN=0 -out 0.pem");
    let mut chain = read(&folder, "0.pem");
    for level in 1..5 {
        let above = level - 1;
        let csr = cluster_csr();
        write(&folder, "csr.pem", &csr);
        openssl(
            at,
            &format!(
                "x509 -req -in csr.pem -CA {above}.pem -CAkey {above}.key -CAcreateserial -out signed.pem"
            ),
        );
        let expected = (level > 4).then_some(CertificateFault::Unreadable);
        assert_eq!(
            verify(&csr, &read(&folder, "signed.pem"), &chain),
            expected,
            "{level}"
        );
        openssl(
            at,
            &format!(
                "req -new -newkey rsa:2048 -nodes -keyout {level}.key -subj /CN={level} -out {level}.csr"
            ),
        );
        openssl(
            at,
            &format!(
                "x509 -req -in {level}.csr -CA {above}.pem -CAkey {above}.key -CAcreateserial -extfile ext.cnf -out {level}.pem"
            ),
        );
        chain = format!("{}{chain}", read(&folder, &format!("{level}.pem")));
    }
    let csr = cluster_csr();
    write(&folder, "csr.pem", &csr);
    openssl(
        at,
        "x509 -req -in csr.pem -CA 4.pem -CAkey 4.key -CAcreateserial -out signed.pem",
    );
    let fault = verify(&csr, &read(&folder, "signed.pem"), &chain);
    assert_eq!(fault, Some(CertificateFault::Unreadable));
}
