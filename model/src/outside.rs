//! Outside actions: what no AWS operation does. The emulator performs them and the judge believes
//! them, both by the same code.

use crate::card::{Card, Evidence};
use crate::resource::Resource;
use crate::state::{
    ClusterState, HsmState, KmsUser, Password, ProxyFailure, ProxyTrouble, State, Traced,
};
use serde::{Deserialize, Serialize};

/// Something that happens outside AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all_fields = "snake_case")]
pub enum OutsideAction {
    /// The administrator sets a password: the cluster becomes active.
    ActivateCluster {
        /// The id of the cluster.
        cluster: String,
    },
    /// Somebody makes the crypto user `kmsuser`.
    CreateKmsUser {
        /// The id of the cluster.
        cluster: String,
        /// Its password.
        password: String,
        /// The HSMs on which the user is not made.
        #[serde(default)]
        missing_on: Vec<String>,
    },
    /// Somebody changes the password of `kmsuser`.
    ChangeKmsUserPassword {
        /// The id of the cluster.
        cluster: String,
        /// The new password.
        password: String,
    },
    /// Somebody deletes `kmsuser`.
    DeleteKmsUser {
        /// The id of the cluster.
        cluster: String,
    },
    /// Somebody logs in as `kmsuser`, which works only with the right password and so never after
    /// KMS rotated it.
    LogInKmsUser {
        /// The id of the cluster.
        cluster: String,
    },
    /// Somebody logs `kmsuser` out.
    LogOutKmsUser {
        /// The id of the cluster.
        cluster: String,
    },
    /// Somebody tries wrong passwords for `kmsuser`.
    FailLogins {
        /// The id of the cluster.
        cluster: String,
        /// How often.
        times: u32,
    },
    /// An HSM breaks and is shown as degraded.
    FailHsm {
        /// The id of the cluster.
        cluster: String,
        /// The id of the HSM.
        hsm: String,
    },
    /// Somebody changes the rules of the cluster's security group, or restores them.
    ChangeSecurityGroup {
        /// The id of the cluster.
        cluster: String,
        /// Whether it differs from what CloudHSM made.
        changed: bool,
    },
    /// Somebody deletes a subnet.
    DeleteSubnet {
        /// The id of the subnet.
        subnet: String,
    },
    /// The free addresses of a subnet run out, or come back.
    FillSubnet {
        /// The id of the subnet.
        subnet: String,
        /// Whether no address is free.
        full: bool,
    },
    /// Somebody deletes a key inside the HSMs and their backups.
    DeleteHsmKey {
        /// The id of the cluster.
        cluster: String,
        /// The label of the key.
        label: String,
    },
    /// An external key store proxy starts to fail, or recovers.
    FailProxy {
        /// Its endpoint.
        endpoint: String,
        /// The connection error it causes, or the name of a [`ProxyFailure`]; empty when it
        /// recovers.
        error: Option<String>,
    },
    /// An external key is deleted, disabled or changed in its key manager, or comes back.
    ChangeExternalKey {
        /// The endpoint of its proxy.
        endpoint: String,
        /// The id of the external key.
        key: String,
        /// The name of the [`ProxyFailure`] that the proxy has for it; empty when it is well.
        error: Option<String>,
    },
}

/// Why an outside action cannot happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible(pub String);

impl std::fmt::Display for Impossible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Impossible {}

const ACTIVATION: Card = Card {
    id: "HSM-SM-01",
    says: "A cluster becomes ACTIVE when its administrator sets a password through the HSM client.",
    cite: "cloudhsm/latest/userguide/activate-cluster.html",
    evidence: Evidence::Documented,
};

const HSM_FAILURE: Card = Card {
    id: "HSM-CH-07",
    says: "An HSM that failed is shown as DEGRADED.",
    cite: "recording issues/cloudhsmv2-observations, aws-samples issue 17",
    evidence: Evidence::Observed,
};

impl OutsideAction {
    /// Changes the state as the action does, in whichever Region has what it names. What does not
    /// exist makes it impossible, and nothing changes.
    pub fn act(&self, state: &mut State) -> Result<(), Impossible> {
        let impossible = match self.act_here(state) {
            Ok(()) => return Ok(()),
            Err(impossible) => impossible,
        };
        let regions: Vec<String> = state.elsewhere.keys().cloned().collect();
        let mut done = regions
            .iter()
            .map(|region| state.in_region(region, |state| self.act_here(state)));
        match done.any(|done| done.is_ok()) {
            true => Ok(()),
            false => Err(impossible),
        }
    }

    fn act_here(&self, state: &mut State) -> Result<(), Impossible> {
        match self {
            OutsideAction::ActivateCluster { cluster } => activate(state, cluster),
            OutsideAction::CreateKmsUser {
                cluster,
                password,
                missing_on,
            } => {
                let user = KmsUser {
                    password: Password::Chosen(password.clone()),
                    logged_in: false,
                    bad_logins: 0,
                    missing_on: missing_on.iter().cloned().collect(),
                };
                activated(state, cluster)?.kmsuser = Some(user);
                Ok(())
            }
            OutsideAction::ChangeKmsUserPassword { cluster, password } => {
                let user = kmsuser(state, cluster)?;
                user.password = Password::Chosen(password.clone());
                user.bad_logins = 0;
                Ok(())
            }
            OutsideAction::DeleteKmsUser { cluster } => {
                kmsuser(state, cluster)?;
                activated(state, cluster)?.kmsuser = None;
                Ok(())
            }
            OutsideAction::LogInKmsUser { cluster } => {
                let user = kmsuser(state, cluster)?;
                if matches!(user.password, Password::Rotated(_)) {
                    return Err(Impossible("only KMS knows the password".to_owned()));
                }
                user.logged_in = true;
                Ok(())
            }
            OutsideAction::LogOutKmsUser { cluster } => {
                kmsuser(state, cluster)?.logged_in = false;
                Ok(())
            }
            OutsideAction::FailLogins { cluster, times } => {
                let user = kmsuser(state, cluster)?;
                user.bad_logins = user.bad_logins.saturating_add(*times);
                Ok(())
            }
            OutsideAction::FailHsm { cluster, hsm } => fail_hsm(state, cluster, hsm),
            OutsideAction::ChangeSecurityGroup { cluster, changed } => {
                known(state, cluster)?.security_group_changed = *changed;
                Ok(())
            }
            OutsideAction::DeleteSubnet { subnet } => {
                subnet_mut(state, subnet)?.deleted = true;
                Ok(())
            }
            OutsideAction::FillSubnet { subnet, full } => {
                subnet_mut(state, subnet)?.has_free_addresses = !full;
                Ok(())
            }
            OutsideAction::DeleteHsmKey { cluster, label } => {
                match known(state, cluster)?.keys.remove(label) {
                    Some(_) => Ok(()),
                    None => Err(Impossible(format!("{cluster} has no key {label}"))),
                }
            }
            OutsideAction::FailProxy { endpoint, error } => fail_proxy(state, endpoint, error),
            OutsideAction::ChangeExternalKey {
                endpoint,
                key,
                error,
            } => change_external_key(state, (endpoint.clone(), key.clone()), error.as_deref()),
        }
    }
}

fn activate(state: &mut State, id: &str) -> Result<(), Impossible> {
    let now = state.now;
    let cluster = known(state, id)?;
    if cluster.state.value != ClusterState::Initialized {
        return Err(Impossible(format!(
            "{id} is {}",
            cluster.state.value.wire_name()
        )));
    }
    cluster.state = Traced {
        value: ClusterState::Active,
        by: &ACTIVATION,
    };
    cluster.since = now;
    Ok(())
}

fn fail_hsm(state: &mut State, cluster: &str, hsm: &str) -> Result<(), Impossible> {
    let now = state.now;
    let standing = known(state, cluster)?
        .hsms
        .get_mut(hsm)
        .filter(|hsm| {
            matches!(
                hsm.state.value,
                HsmState::Active | HsmState::CreateInProgress
            )
        })
        .ok_or_else(|| Impossible(format!("{cluster} has no working HSM {hsm}")))?;
    standing.state = Traced {
        value: HsmState::Degraded,
        by: &HSM_FAILURE,
    };
    standing.since = now;
    state
        .unsettled
        .remove(&Resource::Hsm(cluster.to_owned(), hsm.to_owned()));
    Ok(())
}

fn fail_proxy(state: &mut State, endpoint: &str, error: &Option<String>) -> Result<(), Impossible> {
    match error {
        None => {
            state.outside.failing_proxies.remove(endpoint);
        }
        Some(name) => {
            let trouble = ProxyTrouble::named(name)
                .ok_or_else(|| Impossible(format!("{name} is no failure of a proxy")))?;
            state
                .outside
                .failing_proxies
                .insert(endpoint.to_owned(), trouble);
        }
    }
    Ok(())
}

fn change_external_key(
    state: &mut State,
    key: (String, String),
    error: Option<&str>,
) -> Result<(), Impossible> {
    match error {
        None => {
            state.outside.failing_keys.remove(&key);
        }
        Some(name) => {
            let failure = ProxyTrouble::named(name)
                .and_then(ProxyTrouble::failure)
                .filter(|failure: &ProxyFailure| !failure.is_of_the_proxy())
                .ok_or_else(|| Impossible(format!("{name} is no failure of a single key")))?;
            state.outside.failing_keys.insert(key, failure);
        }
    }
    Ok(())
}

fn known<'s>(state: &'s mut State, id: &str) -> Result<&'s mut crate::state::Cluster, Impossible> {
    state
        .cluster_mut(id)
        .ok_or_else(|| Impossible(format!("there is no cluster {id}")))
}

fn activated<'s>(
    state: &'s mut State,
    id: &str,
) -> Result<&'s mut crate::state::Cluster, Impossible> {
    let cluster = known(state, id)?;
    let usable = matches!(
        cluster.state.value,
        ClusterState::Active | ClusterState::UpdateInProgress | ClusterState::Degraded
    );
    if usable {
        Ok(cluster)
    } else {
        Err(Impossible(format!("{id} was never activated")))
    }
}

fn kmsuser<'s>(state: &'s mut State, id: &str) -> Result<&'s mut KmsUser, Impossible> {
    let cluster = activated(state, id)?;
    cluster
        .kmsuser
        .as_mut()
        .ok_or_else(|| Impossible(format!("{id} has no kmsuser")))
}

fn subnet_mut<'s>(
    state: &'s mut State,
    id: &str,
) -> Result<&'s mut crate::state::Subnet, Impossible> {
    let subnet = state.outside.subnets.get_mut(id);
    subnet.ok_or_else(|| Impossible(format!("there is no subnet {id}")))
}
