//! Looks for what may have been made though no answer told so: by the tag of the run, or by a name
//! that was free before.

use super::call::CallError;
use super::journal::Intent;
use super::target::AwsTarget;
use super::things::{CLOUD_HSM_TAG, KMS_TAG, Kind, Thing, has_tag};
use kms_conformance_model::Service;
use serde_json::{Value, json};

/// How far the clocks may differ, in milliseconds.
const SKEW: i64 = 5 * 60 * 1_000;

/// What came of the intent: nothing, or something that the journal does not know yet.
pub(super) async fn find(aws: &AwsTarget, intent: &Intent) -> Result<Vec<Thing>, String> {
    let region = intent.region.as_str();
    let ids = match intent.kind {
        Kind::Key => keys(aws, region).await?,
        Kind::Alias => aliases(aws, region, intent).await?,
        Kind::KeyStore => stores(aws, region, intent).await?,
        Kind::Cluster => tagged_clusters(aws, region).await?,
        Kind::Hsm => hsms(aws, region, intent).await?,
    };
    let things = ids.into_iter().map(|id| Thing {
        kind: intent.kind,
        id,
        region: region.to_owned(),
    });
    let journal = aws.journal();
    Ok(things
        .filter(|thing| match thing.kind {
            // Another one of the same name may have been made before.
            Kind::Alias => !journal.left().iter().any(|(known, _)| known == thing),
            _ => !journal.knows(&thing.id, &thing.region),
        })
        .collect())
}

/// The keys with the tag of the run.
async fn keys(aws: &AwsTarget, region: &str) -> Result<Vec<String>, String> {
    let of = (Service::Kms, "ListKeys", "Keys");
    let listed = entries(aws, of, region, json!({ "Limit": 1000 })).await?;
    let mut found = Vec::new();
    for key in listed {
        let Some(id) = key.get("KeyId").and_then(Value::as_str) else {
            continue;
        };
        let body = json!({ "KeyId": id, "Limit": 50 });
        let tags = match pages(
            aws,
            (Service::Kms, "ListResourceTags", "Tags"),
            region,
            body,
        )
        .await
        {
            Ok(tags) => tags,
            // A key of the run is its own account's, and no policy that it may have hides its tags.
            Err(error) if error.denied => continue,
            Err(error) => return Err(error.why),
        };
        if has_tag(&tags, KMS_TAG, &aws.options.run) {
            found.push(id.to_owned());
        }
    }
    Ok(found)
}

/// The alias of this name, if it is of one of the run's keys.
async fn aliases(aws: &AwsTarget, region: &str, intent: &Intent) -> Result<Vec<String>, String> {
    let of = (Service::Kms, "ListAliases", "Aliases");
    let listed = entries(aws, of, region, json!({ "Limit": 100 })).await?;
    let found = listed.iter().filter(|alias| {
        let text = |member: &str| alias.get(member).and_then(Value::as_str);
        text("AliasName") == intent.name.as_deref()
            && text("TargetKeyId").is_some_and(|key| aws.journal().knows(key, region))
    });
    Ok(texts(found, "AliasName"))
}

/// The key store of this name, if it is no older than the intent.
async fn stores(aws: &AwsTarget, region: &str, intent: &Intent) -> Result<Vec<String>, String> {
    let of = (Service::Kms, "DescribeCustomKeyStores", "CustomKeyStores");
    let listed = entries(aws, of, region, json!({ "Limit": 100 })).await?;
    let found = listed.iter().filter(|store| {
        let name = store.get("CustomKeyStoreName").and_then(Value::as_str);
        let made = store.get("CreationDate").and_then(Value::as_f64);
        let young = made.is_some_and(|made| (made * 1_000.0) as i64 >= intent.at - SKEW);
        name == intent.name.as_deref() && young
    });
    Ok(texts(found, "CustomKeyStoreId"))
}

/// The clusters with the tag of the run.
async fn tagged_clusters(aws: &AwsTarget, region: &str) -> Result<Vec<String>, String> {
    let listed = clusters(aws, region).await?;
    let found = listed.iter().filter(|cluster| {
        let tags = cluster.get("TagList").and_then(Value::as_array);
        tags.is_some_and(|tags| has_tag(tags, CLOUD_HSM_TAG, &aws.options.run))
    });
    Ok(texts(found, "ClusterId"))
}

/// The HSMs of the cluster in which one was to be made, which is the run's own.
async fn hsms(aws: &AwsTarget, region: &str, intent: &Intent) -> Result<Vec<String>, String> {
    let listed = clusters(aws, region).await?;
    let ours = listed.iter().filter(|cluster| {
        cluster.get("ClusterId").and_then(Value::as_str) == intent.name.as_deref()
    });
    let hsms = ours.filter_map(|cluster| cluster.get("Hsms")?.as_array());
    let alive = hsms
        .flatten()
        .filter(|hsm| hsm.get("State").is_none_or(|it| it != "DELETED"));
    Ok(texts(alive, "HsmId"))
}

/// All clusters of a Region that are not deleted.
pub(super) async fn clusters(aws: &AwsTarget, region: &str) -> Result<Vec<Value>, String> {
    let of = (Service::CloudHsm, "DescribeClusters", "Clusters");
    let mut found = entries(aws, of, region, json!({})).await?;
    found.retain(|it| it.get("State").is_none_or(|it| it != "DELETED"));
    Ok(found)
}

/// All backups of a cluster.
pub(super) async fn backups(
    aws: &AwsTarget,
    region: &str,
    cluster: &str,
) -> Result<Vec<Value>, String> {
    let body = json!({ "Filters": { "clusterIds": [cluster] } });
    entries(
        aws,
        (Service::CloudHsm, "DescribeBackups", "Backups"),
        region,
        body,
    )
    .await
}

/// All entries of a list, with why they cannot be had in words.
async fn entries(
    aws: &AwsTarget,
    of: (Service, &str, &str),
    region: &str,
    body: Value,
) -> Result<Vec<Value>, String> {
    let listed = pages(aws, of, region, body).await;
    listed.map_err(|error| error.why)
}

/// All entries of a list, page by page: of the list that this operation of this service shows as this
/// member.
async fn pages(
    aws: &AwsTarget,
    (service, operation, member): (Service, &str, &str),
    region: &str,
    mut body: Value,
) -> Result<Vec<Value>, CallError> {
    let (shown, asked) = match service {
        Service::Kms => ("NextMarker", "Marker"),
        Service::CloudHsm => ("NextToken", "NextToken"),
    };
    let mut found = Vec::new();
    loop {
        let page = aws.call(service, operation, region, &body).await?;
        let entries = page.get(member).and_then(Value::as_array);
        found.extend(entries.into_iter().flatten().cloned());
        let next = page.get(shown).filter(|marker| !marker.is_null());
        let Some((next, members)) = next.zip(body.as_object_mut()) else {
            return Ok(found);
        };
        members.insert(asked.to_owned(), next.clone());
    }
}

fn texts<'a>(entries: impl Iterator<Item = &'a Value>, member: &str) -> Vec<String> {
    let texts = entries.filter_map(|entry| entry.get(member)?.as_str());
    texts.map(str::to_owned).collect()
}
