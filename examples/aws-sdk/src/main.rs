//! From an empty emulator to a KMS key inside CloudHSM, with the AWS SDK for Rust: the steps of the
//! console, the errors as the SDK types them, and what is inside the HSMs at the end.
//!
//! Run as `cargo run -- http://127.0.0.1:4599`. The emulator is emptied first.

mod certificate;
mod outside;

use aws_sdk_cloudhsmv2::operation::create_hsm::CreateHsmError;
use aws_sdk_cloudhsmv2::types::{ClusterMode, ClusterState, HsmState};
use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kms::operation::create_custom_key_store::CreateCustomKeyStoreError;
use aws_sdk_kms::operation::create_key::CreateKeyError;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{ConnectionStateType, KeyState, OriginType};
use aws_smithy_http_client::Builder;
use outside::Outside;
use serde_json::json;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

const PASSWORD: &str = "correct-horse";
const POLLS: u32 = 60;

/// Why the program ends early.
type Failed = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("give the URL of a served emulator, as in http://127.0.0.1:4599");
        return ExitCode::from(2);
    };
    match walk(&url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("aws-sdk: {failed}");
            ExitCode::FAILURE
        }
    }
}

/// Both services at one endpoint, and the world outside AWS.
struct Aws {
    kms: aws_sdk_kms::Client,
    hsm: aws_sdk_cloudhsmv2::Client,
    outside: Outside,
}

impl Aws {
    fn new(url: &str) -> Aws {
        let credentials = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "not-a-secret",
            None,
            None,
            "example",
        );
        let http = Builder::new().build_http();
        let kms = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(credentials.clone())
            .endpoint_url(url)
            .http_client(http.clone())
            .build();
        let hsm = aws_sdk_cloudhsmv2::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(url)
            .http_client(http)
            .build();
        Aws {
            kms: aws_sdk_kms::Client::from_conf(kms),
            hsm: aws_sdk_cloudhsmv2::Client::from_conf(hsm),
            outside: Outside::new(url),
        }
    }
}

async fn walk(url: &str) -> Result<(), Failed> {
    let aws = Aws::new(url);
    aws.outside.call(&json!({"call": "Reset"}))?;
    let (cluster, anchor) = cluster(&aws).await?;
    println!("cluster  {cluster} is ACTIVE");
    let store = key_store(&aws, &cluster, &anchor).await?;
    println!("store    {store} is CONNECTED");
    let arn = key(&aws, &cluster, &store).await?;
    println!("key      {arn}");
    there_and_back(&aws, &arn).await?;
    disconnected(&aws, &store, &arn).await?;
    println!("errors   are those that the SDK knows");
    let inside = aws
        .outside
        .call(&json!({"call": "HsmKeys", "cluster": cluster}))?;
    must_be(
        "the label inside the HSMs",
        &inside["keys"][0]["label"],
        &json!(arn),
    )?;
    must_be("its length", &inside["keys"][0]["length"], &json!(256))?;
    must_be(
        "whether it can leave",
        &inside["keys"][0]["extractable"],
        &json!(false),
    )?;
    println!("inside   one AES-256 key with the ARN as its label");
    Ok(())
}

/// An active cluster with an HSM in each of two zones. Gives its id and its trust anchor.
async fn cluster(aws: &Aws) -> Result<(String, String), Failed> {
    let subnets = aws.outside.call(&json!({"call": "Subnets"}))?;
    let text = |index: usize, member: &str| {
        subnets["subnets"][index][member]
            .as_str()
            .map(str::to_owned)
            .ok_or("there is no subnet")
    };
    let made = aws
        .hsm
        .create_cluster()
        .hsm_type("hsm2m.medium")
        .mode(ClusterMode::Fips)
        .subnet_ids(text(0, "id")?)
        .subnet_ids(text(1, "id")?)
        .send()
        .await?;
    let cluster = made
        .cluster()
        .and_then(|cluster| cluster.cluster_id())
        .ok_or("no cluster")?
        .to_owned();
    let refused = aws
        .hsm
        .create_hsm()
        .cluster_id(&cluster)
        .availability_zone("us-east-1f")
        .send()
        .await;
    match refused.map_err(|error| error.into_service_error()) {
        Err(CreateHsmError::CloudHsmInvalidRequestException(_)) => {}
        other => return Err(format!("an HSM in a zone without subnet: {other:?}").into()),
    }
    state(aws, &cluster, ClusterState::Uninitialized).await?;
    hsm(aws, &cluster, &text(0, "zone")?).await?;
    let shown = describe(aws, &cluster).await?;
    let csr = shown
        .certificates()
        .and_then(|all| all.cluster_csr())
        .ok_or("no signing request")?;
    let signed = certificate::sign(csr)?;
    aws.hsm
        .initialize_cluster()
        .cluster_id(&cluster)
        .signed_cert(&signed.certificate)
        .trust_anchor(&signed.anchor)
        .send()
        .await?;
    state(aws, &cluster, ClusterState::Initialized).await?;
    let act = |action: &str| json!({"call": "Act", "action": action, "cluster": cluster, "password": PASSWORD});
    aws.outside.call(&act("ActivateCluster"))?;
    aws.outside.call(&act("CreateKmsUser"))?;
    state(aws, &cluster, ClusterState::Active).await?;
    hsm(aws, &cluster, &text(1, "zone")?).await?;
    Ok((cluster, signed.anchor))
}

async fn describe(aws: &Aws, cluster: &str) -> Result<aws_sdk_cloudhsmv2::types::Cluster, Failed> {
    let wanted = vec![cluster.to_owned()];
    let mut pages = aws
        .hsm
        .describe_clusters()
        .filters("clusterIds", wanted)
        .into_paginator()
        .send();
    let page = pages.next().await.ok_or("there is no page of clusters")??;
    let shown = page.clusters().first().ok_or("the cluster is not shown")?;
    Ok(shown.clone())
}

async fn state(aws: &Aws, cluster: &str, wanted: ClusterState) -> Result<(), Failed> {
    for _ in 0..POLLS {
        if describe(aws, cluster).await?.state() == Some(&wanted) {
            return Ok(());
        }
        pause().await;
    }
    Err(format!("the cluster does not become {wanted}").into())
}

async fn hsm(aws: &Aws, cluster: &str, zone: &str) -> Result<(), Failed> {
    aws.hsm
        .create_hsm()
        .cluster_id(cluster)
        .availability_zone(zone)
        .send()
        .await?;
    for _ in 0..POLLS {
        let shown = describe(aws, cluster).await?;
        if shown
            .hsms()
            .iter()
            .all(|hsm| hsm.state() == Some(&HsmState::Active))
        {
            return Ok(());
        }
        pause().await;
    }
    Err("the HSM does not become active".into())
}

/// A connected key store. Before it is connected, no key can be made in it.
async fn key_store(aws: &Aws, cluster: &str, anchor: &str) -> Result<String, Failed> {
    let create = |password: &str| {
        aws.kms
            .create_custom_key_store()
            .custom_key_store_name("of-the-sdk")
            .cloud_hsm_cluster_id(cluster)
            .trust_anchor_certificate(anchor)
            .key_store_password(password)
    };
    let refused = create(PASSWORD)
        .trust_anchor_certificate("another")
        .send()
        .await;
    match refused.map_err(|error| error.into_service_error()) {
        Err(CreateCustomKeyStoreError::IncorrectTrustAnchorException(_)) => {}
        other => return Err(format!("a store with a wrong anchor: {other:?}").into()),
    }
    let made = create(PASSWORD).send().await?;
    let store = made.custom_key_store_id().ok_or("no key store")?.to_owned();
    let refused = create_key(aws, &store).send().await;
    match refused.map_err(|error| error.into_service_error()) {
        Err(CreateKeyError::CustomKeyStoreInvalidStateException(_)) => {}
        other => return Err(format!("a key in a store that is not connected: {other:?}").into()),
    }
    aws.kms
        .connect_custom_key_store()
        .custom_key_store_id(&store)
        .send()
        .await?;
    connection(aws, &store, ConnectionStateType::Connected).await?;
    Ok(store)
}

async fn connection(aws: &Aws, store: &str, wanted: ConnectionStateType) -> Result<(), Failed> {
    for _ in 0..POLLS {
        let shown = aws
            .kms
            .describe_custom_key_stores()
            .custom_key_store_id(store)
            .send()
            .await?;
        let state = shown
            .custom_key_stores()
            .first()
            .and_then(|store| store.connection_state());
        if state == Some(&wanted) {
            return Ok(());
        }
        pause().await;
    }
    Err(format!("the key store does not become {wanted}").into())
}

fn create_key(
    aws: &Aws,
    store: &str,
) -> aws_sdk_kms::operation::create_key::builders::CreateKeyFluentBuilder {
    aws.kms
        .create_key()
        .origin(OriginType::AwsCloudhsm)
        .custom_key_store_id(store)
}

/// A key in the key store, by its ARN.
async fn key(aws: &Aws, cluster: &str, store: &str) -> Result<String, Failed> {
    let made = create_key(aws, store)
        .description("of the SDK")
        .send()
        .await?;
    let made = made.key_metadata().ok_or("no key")?;
    must_be(
        "the cluster of the key",
        &made.cloud_hsm_cluster_id(),
        &Some(cluster),
    )?;
    must_be("its state", &made.key_state(), &Some(&KeyState::Enabled))?;
    Ok(made.arn().ok_or("no ARN")?.to_owned())
}

async fn there_and_back(aws: &Aws, arn: &str) -> Result<(), Failed> {
    let plaintext = Blob::new("a secret");
    let sealed = aws
        .kms
        .encrypt()
        .key_id(arn)
        .plaintext(plaintext.clone())
        .encryption_context("purpose", "example")
        .send()
        .await?;
    let sealed = sealed.ciphertext_blob().ok_or("no ciphertext")?.clone();
    let decrypt = aws.kms.decrypt().ciphertext_blob(sealed);
    let opened = decrypt
        .clone()
        .encryption_context("purpose", "example")
        .send()
        .await?;
    must_be("the plaintext", &opened.plaintext(), &Some(&plaintext))?;
    let refused = decrypt
        .encryption_context("purpose", "another")
        .send()
        .await;
    match refused.map_err(|error| error.into_service_error()) {
        Err(DecryptError::InvalidCiphertextException(_)) => Ok(()),
        other => Err(format!("another context: {other:?}").into()),
    }
}

/// A key whose store is disconnected can do nothing.
async fn disconnected(aws: &Aws, store: &str, arn: &str) -> Result<(), Failed> {
    aws.kms
        .disconnect_custom_key_store()
        .custom_key_store_id(store)
        .send()
        .await?;
    connection(aws, store, ConnectionStateType::Disconnected).await?;
    let refused = aws
        .kms
        .encrypt()
        .key_id(arn)
        .plaintext(Blob::new("a secret"))
        .send()
        .await;
    match refused {
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_kms_invalid_state_exception()) =>
        {
            Ok(())
        }
        other => Err(format!("a key that cannot be reached: {other:?}").into()),
    }
}

fn must_be<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, wanted: &T) -> Result<(), Failed> {
    if seen == wanted {
        Ok(())
    } else {
        Err(format!("{what} is {seen:?} and must be {wanted:?}").into())
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}
