//! Takes away what a run made: at once where AWS allows it, and else by setting its end.

use super::finding_lost;
use super::journal::Entry;
use super::target::AwsTarget;
use super::things::{Kind, Thing};
use crate::target::{Lost, Request};
use crate::wire::{Answer, reply};
use kms_conformance_model::{Refused, Reply, Service};
use serde_json::{Value, json};
use std::time::Duration;

/// What a clean-up came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// What is gone, or will be by itself.
    pub gone: usize,
    /// What is left, and why.
    pub left: Vec<(Thing, String)>,
    /// What may have been made and could not be looked for, and why.
    pub unsure: Vec<String>,
}

impl Cleaned {
    /// Whether nothing is left.
    pub fn is_complete(&self) -> bool {
        self.left.is_empty() && self.unsure.is_empty()
    }
}

/// The shortest time that AWS keeps a key whose deletion is scheduled, in days.
const SHORTEST_WINDOW: u32 = 7;

/// How often something is tried that AWS may allow a little later.
const TRIES: u32 = 40;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// What becomes of an attempt.
enum Attempt {
    /// It is gone, or will be by itself.
    Gone,
    /// It is worth trying again; why it did not work.
    Later(String),
    /// It is not.
    Never(String),
}

impl AwsTarget {
    /// Takes away everything that the journal tells of, and writes down what is gone. What may have
    /// been made without an answer is looked for by the tag of the run, once it must have shown.
    pub async fn clean_up(&self) -> Cleaned {
        let mut cleaned = Cleaned::default();
        let unanswered = self.journal().unanswered();
        for (n, intent) in unanswered {
            match finding_lost::find(self, &intent).await {
                Ok(things) => {
                    let at = intent.at;
                    let made = things.into_iter().map(|thing| Entry::Made { n, thing, at });
                    let nothing = Entry::Nothing { n };
                    for entry in made.chain([nothing]) {
                        self.write_down(entry, &mut cleaned);
                    }
                }
                Err(why) => {
                    let word = intent.kind.word();
                    let place = &intent.region;
                    cleaned
                        .unsure
                        .push(format!("perhaps a {word} in {place}: {why}"));
                }
            }
        }
        self.take_away(&mut cleaned).await;
        cleaned
    }

    /// Takes away what is known to have been made, after a plan of a run that goes on.
    pub async fn clean_up_known(&self) -> Cleaned {
        let mut cleaned = Cleaned::default();
        self.take_away(&mut cleaned).await;
        cleaned
    }

    async fn take_away(&self, cleaned: &mut Cleaned) {
        let mut left = self.journal().left();
        // Aliases before their keys, replicas before their primary key, stores before their cluster.
        left.sort_by_key(|(thing, at)| (order(thing.kind), std::cmp::Reverse(*at)));
        for (thing, at) in left {
            match self.insist(&thing, at).await {
                Attempt::Gone => {
                    cleaned.gone += 1;
                    self.write_down(Entry::Gone { thing }, cleaned);
                }
                Attempt::Later(why) | Attempt::Never(why) => cleaned.left.push((thing, why)),
            }
        }
    }

    fn write_down(&self, entry: Entry, cleaned: &mut Cleaned) {
        if let Err(error) = self.journal().add(entry) {
            cleaned.unsure.push(error.to_string());
        }
    }

    /// Takes a thing away, as often as it may need. What is said not to exist may only not have shown
    /// yet, as long as it is young.
    async fn insist(&self, thing: &Thing, made: i64) -> Attempt {
        let mut last = Attempt::Later("it was not tried".to_owned());
        for _ in 0..TRIES {
            last = match thing.kind {
                Kind::Alias => self.delete_alias(thing, made).await,
                Kind::Key => self.schedule_deletion(thing, made).await,
                Kind::KeyStore => self.delete_store(thing, made).await,
                Kind::Hsm => self.delete_hsm(thing, made).await,
                Kind::Cluster => self.delete_cluster(thing, made).await,
            };
            if !matches!(last, Attempt::Later(_)) {
                return last;
            }
            tokio::time::sleep(PAUSE).await;
        }
        last
    }

    async fn delete_alias(&self, thing: &Thing, made: i64) -> Attempt {
        // A plan may have deleted it, and somebody else may have made one of the same name since.
        let body = json!({ "KeyId": thing.id });
        let described = self
            .call(Service::Kms, "DescribeKey", &thing.region, &body)
            .await;
        let target = match &described {
            Ok(described) => described.pointer("/KeyMetadata/KeyId"),
            Err(error) => return self.missing(error, made),
        };
        let ours = target.and_then(Value::as_str).is_some_and(|key| {
            let journal = self.journal();
            journal.knows(key, &thing.region)
        });
        if !ours {
            return Attempt::Gone;
        }
        let body = json!({ "AliasName": thing.id });
        match self
            .call(Service::Kms, "DeleteAlias", &thing.region, &body)
            .await
        {
            Ok(_) => Attempt::Gone,
            Err(error) => self.missing(&error, made),
        }
    }

    async fn schedule_deletion(&self, thing: &Thing, made: i64) -> Attempt {
        let region = &thing.region;
        let body = json!({ "KeyId": thing.id, "PendingWindowInDays": SHORTEST_WINDOW });
        let error = match self
            .call(Service::Kms, "ScheduleKeyDeletion", region, &body)
            .await
        {
            Ok(_) => return Attempt::Gone,
            Err(error) => error,
        };
        if error.is("KMSInvalidStateException") {
            let body = json!({ "KeyId": thing.id });
            let described = self.call(Service::Kms, "DescribeKey", region, &body).await;
            let described = described.unwrap_or_default();
            let state = described.pointer("/KeyMetadata/KeyState");
            return match state.and_then(Value::as_str) {
                Some("PendingDeletion" | "PendingReplicaDeletion") => Attempt::Gone,
                state => Attempt::Later(format!("its state is {}", state.unwrap_or("unknown"))),
            };
        }
        if error.denied {
            return self.regain(thing).await;
        }
        self.missing(&error, made)
    }

    /// Gives a key whose policy keeps its owner from deleting it the default policy.
    async fn regain(&self, thing: &Thing) -> Attempt {
        let account = self.account();
        let partition = kms_conformance_model::state::partition_of(&thing.region);
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:{partition}:iam::{account}:root") },
                "Action": "kms:*",
                "Resource": "*",
            }],
        });
        let body = json!({
            "KeyId": thing.id, "PolicyName": "default", "Policy": policy.to_string(),
        });
        match self
            .call(Service::Kms, "PutKeyPolicy", &thing.region, &body)
            .await
        {
            Ok(_) => Attempt::Later("its policy was set right".to_owned()),
            Err(error) if error.denied => Attempt::Never(error.why),
            Err(error) => Attempt::Later(error.why),
        }
    }

    async fn delete_store(&self, thing: &Thing, made: i64) -> Attempt {
        let body = json!({ "CustomKeyStoreId": thing.id });
        let region = &thing.region;
        let error = match self
            .call(Service::Kms, "DeleteCustomKeyStore", region, &body)
            .await
        {
            Ok(_) => return Attempt::Gone,
            Err(error) => error,
        };
        if error.is("CustomKeyStoreHasCMKsException") {
            let why = "it holds keys that AWS keeps for seven days; clean up again after that";
            let _ = self
                .call(Service::Kms, "DisconnectCustomKeyStore", region, &body)
                .await;
            return Attempt::Never(why.to_owned());
        }
        if error.is("CustomKeyStoreInvalidStateException") {
            let _ = self
                .call(Service::Kms, "DisconnectCustomKeyStore", region, &body)
                .await;
            return Attempt::Later("it has to be disconnected first".to_owned());
        }
        self.missing(&error, made)
    }

    async fn delete_hsm(&self, thing: &Thing, made: i64) -> Attempt {
        let Some(cluster) = self.cluster_of(thing).await else {
            return self.young(made, "no cluster shows it");
        };
        let body = json!({ "ClusterId": cluster, "HsmId": thing.id });
        match self
            .call(Service::CloudHsm, "DeleteHsm", &thing.region, &body)
            .await
        {
            Ok(_) => Attempt::Gone,
            Err(error) => self.missing(&error, made),
        }
    }

    /// The cluster that an HSM is in.
    async fn cluster_of(&self, hsm: &Thing) -> Option<String> {
        let clusters = finding_lost::clusters(self, &hsm.region).await.ok()?;
        let holds = |cluster: &&Value| {
            let hsms = cluster.get("Hsms").and_then(Value::as_array);
            let mut hsms = hsms.into_iter().flatten();
            hsms.any(|it| it.get("HsmId").is_some_and(|id| *id == hsm.id))
        };
        let cluster = clusters.iter().find(holds)?;
        Some(cluster.get("ClusterId")?.as_str()?.to_owned())
    }

    async fn delete_cluster(&self, thing: &Thing, made: i64) -> Attempt {
        let body = json!({ "ClusterId": thing.id });
        match self
            .call(Service::CloudHsm, "DeleteCluster", &thing.region, &body)
            .await
        {
            Ok(_) => self.delete_backups(thing).await,
            Err(error) if error.is("CloudHsmInvalidRequestException") => Attempt::Later(error.why),
            Err(error) => self.missing(&error, made),
        }
    }

    /// Deletes the backups that AWS made of a cluster.
    async fn delete_backups(&self, cluster: &Thing) -> Attempt {
        let region = &cluster.region;
        let body = json!({ "Filters": { "clusterIds": [cluster.id] }, "MaxResults": 50 });
        let listed = self
            .call(Service::CloudHsm, "DescribeBackups", region, &body)
            .await;
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => return Attempt::Never(format!("its backups: {}", error.why)),
        };
        let backups = listed.get("Backups").and_then(Value::as_array);
        for backup in backups.into_iter().flatten() {
            let text = |member: &str| backup.get(member).and_then(Value::as_str);
            let (Some(id), Some("READY")) = (text("BackupId"), text("BackupState")) else {
                continue;
            };
            let body = json!({ "BackupId": id });
            let deleted = self
                .call(Service::CloudHsm, "DeleteBackup", region, &body)
                .await;
            if let Err(error) = deleted {
                return Attempt::Never(format!("its backup {id}: {}", error.why));
            }
        }
        Attempt::Gone
    }

    /// What an error means for something that was made at this moment.
    fn missing(&self, error: &CallError, made: i64) -> Attempt {
        if error.error.ends_with("NotFoundException") {
            return self.young(made, &error.why);
        }
        match error.denied {
            true => Attempt::Never(error.why.clone()),
            false => Attempt::Later(error.why.clone()),
        }
    }

    /// Whether something that is not found is gone, or may not have shown yet.
    fn young(&self, made: i64, why: &str) -> Attempt {
        match self.must_show(made) {
            true => Attempt::Gone,
            false => Attempt::Later(why.to_owned()),
        }
    }

    /// Whether what was made at this moment shows everywhere by now.
    pub(super) fn must_show(&self, made: i64) -> bool {
        let bound = i64::try_from(self.options.consistency.as_millis()).unwrap_or(i64::MAX);
        AwsTarget::now().saturating_sub(made) > bound
    }

    /// Asks for something that may be asked for again if no answer comes.
    pub(super) async fn call(
        &self,
        service: Service,
        operation: &str,
        region: &str,
        body: &Value,
    ) -> Result<Value, CallError> {
        let request = Request::new(service, operation, body).to_region(region);
        let mut last = CallError::of("it was not tried");
        for _ in 0..TRIES {
            last = match self.send_at_pace(&request).await {
                Ok(response) => match reply(&response) {
                    Answer::Reply(Reply::Done(response)) => return Ok(response),
                    Answer::Reply(Reply::Refused(refused)) if refused.status < 500 => {
                        return Err(CallError::refused(refused));
                    }
                    Answer::Reply(Reply::Refused(refused)) => CallError::refused(refused),
                    Answer::Reply(Reply::Lost(why))
                    | Answer::Unsupported(why)
                    | Answer::Broke(why) => CallError::of(&why),
                },
                Err(Lost::Denied(why)) => {
                    return Err(CallError {
                        denied: true,
                        ..CallError::of(&why)
                    });
                }
                Err(lost) => CallError::of(&lost.to_string()),
            };
            tokio::time::sleep(PAUSE).await;
        }
        Err(last)
    }
}

/// Why a request of the clean-up did not succeed.
#[derive(Clone, Debug)]
pub(super) struct CallError {
    /// The error type; empty where none came.
    error: String,
    /// What there is to tell.
    pub(super) why: String,
    /// Whether the caller may not ask for it.
    denied: bool,
}

impl CallError {
    fn of(why: &str) -> CallError {
        CallError {
            error: String::new(),
            why: why.to_owned(),
            denied: false,
        }
    }

    fn refused(refused: Refused) -> CallError {
        let message = refused.message.unwrap_or_default();
        CallError {
            why: format!("{} {message}", refused.error).trim_end().to_owned(),
            denied: refused.error.ends_with("AccessDeniedException"),
            error: refused.error,
        }
    }

    fn is(&self, error: &str) -> bool {
        self.error == error
    }
}

/// What goes first.
const fn order(kind: Kind) -> u8 {
    match kind {
        Kind::Alias => 0,
        Kind::Key => 1,
        Kind::KeyStore => 2,
        Kind::Hsm => 3,
        Kind::Cluster => 4,
    }
}
