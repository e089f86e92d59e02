//! Another client of the account.

use kms_conformance_model::Service;
use kms_conformance_targets::{HttpTarget, Request, Target};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Builder;

/// How long it rests between two rounds.
const PAUSE: Duration = Duration::from_millis(50);

/// How many clusters and key stores it makes at the most to fill an account.
const MOST_MADE: usize = 12;

/// How many aliases it leaves at the most.
const MOST_LEFT: usize = 20;

/// A client that makes and uses keys, aliases, grants, tags, key stores and clusters, and takes most of
/// them away again. It judges nothing, and goes on whatever is answered.
pub struct Neighbour<'t> {
    target: &'t dyn Target,
    name: String,
    rounds: usize,
    calls: usize,
    /// Key stores and clusters that it could not take away.
    stuck: usize,
}

impl<'t> Neighbour<'t> {
    /// A client whose names begin with this one.
    pub fn new(target: &'t dyn Target, name: &str) -> Neighbour<'t> {
        Neighbour {
            target,
            name: name.to_owned(),
            rounds: 0,
            calls: 0,
            stuck: 0,
        }
    }

    /// How many requests it has sent.
    pub const fn calls(&self) -> usize {
        self.calls
    }

    /// Uses the account for some 30 requests. Every third round is about key stores and clusters too.
    pub async fn round(&mut self) {
        self.rounds += 1;
        self.keys().await;
        if self.rounds % 3 == 1 && self.stuck < 2 {
            self.key_store().await;
            self.cluster().await;
        }
    }

    /// Makes as many clusters and key stores as the account may have.
    pub async fn crowd(&mut self) {
        for number in 0..MOST_MADE {
            let store = self.external_store(&format!("{}-full-{number}", self.name));
            self.kms("CreateCustomKeyStore", store).await;
            let cluster = new_cluster();
            self.ask(Service::CloudHsm, "CreateCluster", cluster).await;
        }
    }

    async fn keys(&mut self) {
        let name = format!("{}-{}", self.name, self.rounds);
        let tags = json!([{"TagKey": "owner", "TagValue": self.name}]);
        let made = json!({"Description": name, "Tags": tags});
        let (Some(key), Some(other)) = (self.create_key(&made).await, self.create_key(&made).await)
        else {
            return;
        };
        let this = json!({ "KeyId": key });
        let alias = format!("alias/{name}");
        let target = |key: &str| json!({"AliasName": alias, "TargetKeyId": key});
        self.kms("CreateAlias", target(&key)).await;
        self.kms("DescribeKey", json!({ "KeyId": alias })).await;
        self.kms("UpdateAlias", target(&other)).await;
        self.kms("TagResource", json!({"KeyId": key, "Tags": tags}))
            .await;
        self.kms("ListResourceTags", this.clone()).await;
        let text = json!({"KeyId": key, "Plaintext": "bmVpZ2hib3Vy"});
        if let Some(sealed) = self.kms("Encrypt", text).await {
            let blob = json!({ "CiphertextBlob": sealed.get("CiphertextBlob") });
            self.kms("Decrypt", blob).await;
        }
        let data_key = json!({"KeyId": key, "KeySpec": "AES_256"});
        self.kms("GenerateDataKey", data_key).await;
        self.grants(&key).await;
        let description = json!({"KeyId": key, "Description": "used"});
        self.kms("UpdateKeyDescription", description).await;
        self.kms("DisableKey", this.clone()).await;
        self.kms("EnableKey", this.clone()).await;
        self.kms("ListKeys", json!({})).await;
        self.kms("ListAliases", json!({})).await;
        if self.rounds > MOST_LEFT {
            self.kms("DeleteAlias", json!({ "AliasName": alias })).await;
        }
        for key in [key, other] {
            let deletion = json!({"KeyId": key, "PendingWindowInDays": 7});
            self.kms("ScheduleKeyDeletion", deletion).await;
        }
    }

    async fn create_key(&mut self, body: &Value) -> Option<String> {
        let made = self.kms("CreateKey", body.clone()).await?;
        text(&made, "/KeyMetadata/KeyId")
    }

    async fn grants(&mut self, key: &str) {
        let grant = json!({
            "KeyId": key,
            "GranteePrincipal": "arn:aws:iam::123456789012:role/neighbour",
            "Operations": ["Encrypt", "Decrypt"],
        });
        let made = self.kms("CreateGrant", grant).await;
        self.kms("ListGrants", json!({ "KeyId": key })).await;
        if let Some(made) = made {
            let grant = json!({"KeyId": key, "GrantId": made.get("GrantId")});
            self.kms("RevokeGrant", grant).await;
        }
    }

    /// A key store before an external proxy, which needs no cluster. Its proxy is known by its name.
    fn external_store(&self, name: &str) -> Value {
        json!({
            "CustomKeyStoreName": name,
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "XksProxyConnectivity": "PUBLIC_ENDPOINT",
            "XksProxyUriEndpoint": format!("https://{name}.example.net"),
            "XksProxyUriPath": "/kms/xks/v1",
            "XksProxyAuthenticationCredential": {
                "AccessKeyId": "NEIGHBOURSACCESSKEYA",
                "RawSecretAccessKey": "n".repeat(43),
            },
        })
    }

    async fn key_store(&mut self) {
        let made = self.external_store(&format!("{}-{}", self.name, self.rounds));
        let Some(made) = self.kms("CreateCustomKeyStore", made).await else {
            return;
        };
        let store = json!({ "CustomKeyStoreId": made.get("CustomKeyStoreId") });
        self.kms("DescribeCustomKeyStores", json!({})).await;
        self.kms("ConnectCustomKeyStore", store.clone()).await;
        self.kms("DescribeCustomKeyStores", store.clone()).await;
        self.kms("DisconnectCustomKeyStore", store.clone()).await;
        self.kms("DescribeCustomKeyStores", store.clone()).await;
        let gone = self.kms("DeleteCustomKeyStore", store).await;
        self.stuck += usize::from(gone.is_none());
    }

    async fn cluster(&mut self) {
        let made = self
            .ask(Service::CloudHsm, "CreateCluster", new_cluster())
            .await;
        let Some(id) = made.and_then(|made| text(&made, "/Cluster/ClusterId")) else {
            return;
        };
        let tags = json!({"ResourceId": id, "TagList": [{"Key": "owner", "Value": self.name}]});
        self.ask(Service::CloudHsm, "TagResource", tags).await;
        self.ask(Service::CloudHsm, "DescribeClusters", json!({}))
            .await;
        let gone = json!({ "ClusterId": id });
        let gone = self.ask(Service::CloudHsm, "DeleteCluster", gone).await;
        self.stuck += usize::from(gone.is_none());
    }

    async fn kms(&mut self, operation: &str, body: Value) -> Option<Value> {
        self.ask(Service::Kms, operation, body).await
    }

    /// What a success answered.
    async fn ask(&mut self, service: Service, operation: &str, body: Value) -> Option<Value> {
        self.calls += 1;
        let request = Request::new(service, operation, &body);
        let response = self.target.send(&request).await.ok()?;
        let answer = serde_json::from_slice(&response.body).unwrap_or_default();
        (response.status == 200).then_some(answer)
    }
}

/// A cluster in two of the subnets of the account's default VPC.
fn new_cluster() -> Value {
    json!({
        "HsmType": "hsm2m.medium", "Mode": "FIPS",
        "SubnetIds": ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"],
    })
}

fn text(of: &Value, place: &str) -> Option<String> {
    of.pointer(place).and_then(Value::as_str).map(str::to_owned)
}

/// Uses the account at this URL until it is told to stop, or has sent so many requests; how many it
/// sent.
pub(super) fn use_account(url: &str, region: &str, most: usize, stop: &AtomicBool) -> usize {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return 0;
    };
    runtime.block_on(async {
        let Ok(target) = HttpTarget::new(url, region).await else {
            return 0;
        };
        let mut neighbour = Neighbour::new(&target, "neighbour");
        while neighbour.calls() < most && !stop.load(Ordering::Acquire) {
            neighbour.round().await;
            tokio::time::sleep(PAUSE).await;
        }
        neighbour.calls()
    })
}
