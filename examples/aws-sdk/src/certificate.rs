//! The certificate of a cluster, signed by an authority that openssl makes.

use crate::Failed;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, process};

/// What `InitializeCluster` takes, both PEM.
pub struct Signed {
    /// The certificate of the cluster.
    pub certificate: String,
    /// That of the authority.
    pub anchor: String,
}

/// Signs the signing request of a cluster.
pub fn sign(csr: &str) -> Result<Signed, Failed> {
    let dir = env::temp_dir().join(format!("aws-sdk-{}", process::id()));
    fs::create_dir(&dir)?;
    let signed = sign_in(&dir, csr);
    fs::remove_dir_all(&dir)?;
    signed
}

fn sign_in(dir: &Path, csr: &str) -> Result<Signed, Failed> {
    fs::write(dir.join("cluster.csr"), csr)?;
    openssl(
        dir,
        "req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=customerCA -keyout ca.key -out ca.crt",
    )?;
    openssl(
        dir,
        "x509 -req -days 3650 -in cluster.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out cluster.crt",
    )?;
    Ok(Signed {
        certificate: fs::read_to_string(dir.join("cluster.crt"))?,
        anchor: fs::read_to_string(dir.join("ca.crt"))?,
    })
}

fn openssl(dir: &Path, arguments: &str) -> Result<(), Failed> {
    let status = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(dir)
        .stderr(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("openssl failed: {arguments}").into())
    }
}
