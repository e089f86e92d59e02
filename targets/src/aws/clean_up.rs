//! Takes away what a run made: at once where AWS allows it, and else by setting its end.

use super::call::CallError;
use super::finding_lost;
use super::journal::{Entry, Intent};
use super::target::AwsTarget;
use super::things::{Kind, Thing};
use kms_conformance_model::Service;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

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

/// The first pause between two tries; each later one is twice as long.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest one.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How long something is tried that AWS may allow a little later.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same for HSMs and clusters, which take minutes to come and to go.
const PATIENCE_WITH_HSMS: Duration = Duration::from_secs(20 * 60);

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
    /// Takes away everything that the journal tells of, and writes down what is gone. It first waits
    /// until all that was done shows everywhere. What may have been made without an answer is looked
    /// for by the tag of the run.
    pub async fn clean_up(&self) -> Cleaned {
        self.let_show().await;
        let (unanswered, unreadable) = {
            let journal = self.journal();
            (journal.unanswered(), journal.unreadable())
        };
        let mut cleaned = Cleaned::default();
        if unreadable > 0 {
            let why = format!("{unreadable} lines of the journal cannot be read");
            cleaned.unsure.push(why);
        }
        for (n, intent) in unanswered {
            match finding_lost::find(self, &intent).await {
                Ok(things) => self.found(n, &intent, things, &mut cleaned),
                Err(why) => {
                    let word = intent.kind.word();
                    let place = &intent.region;
                    let why = format!("perhaps a {word} in {place}: {why}");
                    cleaned.unsure.push(why);
                }
            }
        }
        for thing in self.in_order() {
            match self.insist(&thing).await {
                Attempt::Gone => {
                    cleaned.gone += 1;
                    self.write_down(Entry::Gone { thing }, &mut cleaned);
                }
                Attempt::Later(why) | Attempt::Never(why) => cleaned.left.push((thing, why)),
            }
        }
        cleaned
    }

    /// Tries once to take away what is known to have been made, after a plan of a run that goes on.
    /// What does not go now is tried again at the end.
    pub async fn clean_up_known(&self) {
        let mut cleaned = Cleaned::default();
        for thing in self.in_order() {
            if matches!(self.attempt(&thing).await, Attempt::Gone) {
                self.write_down(Entry::Gone { thing }, &mut cleaned);
            }
        }
    }

    /// Waits until all that was done shows everywhere, at the most as long as that may take.
    async fn let_show(&self) {
        let longest =
            self.options.consistency + self.options.consistency.min(self.options.time_out);
        let begun = Instant::now();
        while !self.has_shown() && begun.elapsed() < longest {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What came of an intent without an answer. Each thing gets an intent of its own, so that none is
    /// lost if this is cut short.
    fn found(&self, n: u64, intent: &Intent, things: Vec<Thing>, cleaned: &mut Cleaned) {
        for thing in things {
            let written = self.journal().intend(intent.clone());
            match written {
                Ok(n) => {
                    let at = intent.at;
                    self.write_down(Entry::Made { n, thing, at }, cleaned);
                }
                Err(error) => cleaned.unsure.push(error.to_string()),
            }
        }
        self.write_down(Entry::Nothing { n }, cleaned);
    }

    /// What is left: aliases before their keys, replicas before their primary key, stores before their
    /// cluster.
    fn in_order(&self) -> Vec<Thing> {
        let mut left = self.journal().left();
        left.sort_by_key(|(thing, at)| (order(thing.kind), std::cmp::Reverse(*at)));
        left.into_iter().map(|(thing, _)| thing).collect()
    }

    fn write_down(&self, entry: Entry, cleaned: &mut Cleaned) {
        let written = self.journal().add(entry);
        if let Err(error) = written {
            cleaned.unsure.push(error.to_string());
        }
    }

    /// Takes a thing away, as often as it may need.
    async fn insist(&self, thing: &Thing) -> Attempt {
        let patience = match thing.kind {
            Kind::Hsm | Kind::Cluster => PATIENCE_WITH_HSMS,
            Kind::Alias | Kind::Key | Kind::KeyStore => PATIENCE,
        };
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let last = self.attempt(thing).await;
            if !matches!(last, Attempt::Later(_)) || begun.elapsed() >= patience {
                return last;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, thing: &Thing) -> Attempt {
        match thing.kind {
            Kind::Alias => self.delete_alias(thing).await,
            Kind::Key => self.schedule_deletion(thing).await,
            Kind::KeyStore => self.delete_store(thing).await,
            Kind::Hsm => self.delete_hsm(thing).await,
            Kind::Cluster => self.delete_cluster(thing).await,
        }
    }

    async fn delete_alias(&self, thing: &Thing) -> Attempt {
        // A plan may have deleted it, and somebody else may have made one of the same name since.
        let body = json!({ "KeyId": thing.id });
        let described = self
            .call(Service::Kms, "DescribeKey", &thing.region, &body)
            .await;
        let target = match &described {
            Ok(described) => described.pointer("/KeyMetadata/KeyId"),
            Err(error) => return self.missing(error),
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
            Err(error) => self.missing(&error),
        }
    }

    async fn schedule_deletion(&self, thing: &Thing) -> Attempt {
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
                // What was cancelled a moment ago may still look as if it were pending.
                Some("PendingDeletion" | "PendingReplicaDeletion") if self.has_shown() => {
                    Attempt::Gone
                }
                state => Attempt::Later(format!("its state is {}", state.unwrap_or("unknown"))),
            };
        }
        if error.denied {
            return self.regain(thing).await;
        }
        self.missing(&error)
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

    async fn delete_store(&self, thing: &Thing) -> Attempt {
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
        self.missing(&error)
    }

    async fn delete_hsm(&self, thing: &Thing) -> Attempt {
        let cluster = match self.cluster_of(thing).await {
            Ok(Some(cluster)) => cluster,
            Ok(None) => return self.absent("no cluster shows it"),
            Err(why) => return Attempt::Later(why),
        };
        let body = json!({ "ClusterId": cluster, "HsmId": thing.id });
        match self
            .call(Service::CloudHsm, "DeleteHsm", &thing.region, &body)
            .await
        {
            Ok(_) => Attempt::Gone,
            Err(error) => self.missing(&error),
        }
    }

    /// The cluster that an HSM is in.
    async fn cluster_of(&self, hsm: &Thing) -> Result<Option<String>, String> {
        let clusters = finding_lost::clusters(self, &hsm.region).await?;
        let holds = |cluster: &&Value| {
            let hsms = cluster.get("Hsms").and_then(Value::as_array);
            let mut hsms = hsms.into_iter().flatten();
            hsms.any(|it| it.get("HsmId").is_some_and(|id| *id == hsm.id))
        };
        let cluster = clusters.iter().find(holds);
        let id = cluster.and_then(|cluster| cluster.get("ClusterId")?.as_str());
        Ok(id.map(str::to_owned))
    }

    async fn delete_cluster(&self, thing: &Thing) -> Attempt {
        let body = json!({ "ClusterId": thing.id });
        match self
            .call(Service::CloudHsm, "DeleteCluster", &thing.region, &body)
            .await
        {
            Ok(_) => self.delete_backups(thing).await,
            Err(error) if error.is("CloudHsmInvalidRequestException") => Attempt::Later(error.why),
            Err(error) => match self.missing(&error) {
                Attempt::Gone => self.delete_backups(thing).await,
                other => other,
            },
        }
    }

    /// Deletes the backups that AWS made of a cluster.
    async fn delete_backups(&self, cluster: &Thing) -> Attempt {
        let region = &cluster.region;
        let backups = match finding_lost::backups(self, region, &cluster.id).await {
            Ok(backups) => backups,
            Err(why) => return Attempt::Later(format!("its backups: {why}")),
        };
        for backup in &backups {
            let text = |member: &str| backup.get(member).and_then(Value::as_str);
            let id = text("BackupId").unwrap_or_default();
            match text("BackupState") {
                Some("READY") => {
                    let body = json!({ "BackupId": id });
                    let deleted = self.call(Service::CloudHsm, "DeleteBackup", region, &body);
                    if let Err(error) = deleted.await {
                        return Attempt::Later(format!("its backup {id}: {}", error.why));
                    }
                }
                Some("CREATE_IN_PROGRESS") => {
                    return Attempt::Later(format!("its backup {id} is being made"));
                }
                _ => {}
            }
        }
        Attempt::Gone
    }

    /// What an error means for something that is to be taken away.
    fn missing(&self, error: &CallError) -> Attempt {
        if error.error.ends_with("NotFoundException") {
            return self.absent(&error.why);
        }
        match error.denied || error.hopeless {
            true => Attempt::Never(error.why.clone()),
            false => Attempt::Later(error.why.clone()),
        }
    }

    /// Whether something that is not found is gone, or may not have shown yet.
    fn absent(&self, why: &str) -> Attempt {
        match self.has_shown() {
            true => Attempt::Gone,
            false => Attempt::Later(why.to_owned()),
        }
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
