//! Every list that is read page by page: walked to its end in pages of one and two, with filters, and
//! with each size of a page at and beyond the limits.

use super::draft::Draft;
use super::pieces::{Paged, alias, grant, new_alias, new_key, root, walk};
use super::scenes::with;
use serde_json::{Value, json};

/// Sizes of pages: none, and those around every limit that some list has.
const LIMITS: &[i64] = &[0, 1, 50, 51, 100, 101, 1000, 1001, -1];

/// How many pages are read at most, where others may have filled the list too.
const MOST_PAGES: usize = 8;

type Write = fn(&mut Draft<'_>);

/// The lists, and what each needs to have more entries than a page.
pub(super) const LISTS: &[(&str, Write)] = &[
    ("keys in pages", |draft| {
        for _ in 0..3 {
            new_key(draft, json!({}));
        }
        in_pages(draft, "ListKeys", &[json!({})]);
    }),
    ("aliases in pages", |draft| {
        let (key, other) = (new_key(draft, json!({})), new_key(draft, json!({})));
        for name in ["page-a", "page-b", "page-c"] {
            new_alias(draft, name, &key);
        }
        new_alias(draft, "page-d", &other);
        let key = json!({ "KeyId": key });
        in_pages(draft, "ListAliases", &[key, json!({})]);
        draft.kms("ListAliases", json!({ "KeyId": alias("page-a") }));
        draft.kms("ListAliases", json!({ "KeyId": other }));
    }),
    ("tags in pages", |draft| {
        let tags: Value = (0..5)
            .map(|n| json!({ "TagKey": format!("t{n}"), "TagValue": format!("v{n}") }))
            .collect();
        let key = new_key(draft, json!({ "Tags": tags }));
        in_pages(draft, "ListResourceTags", &[json!({ "KeyId": key })]);
    }),
    ("policies in pages", |draft| {
        let key = new_key(draft, json!({}));
        in_pages(draft, "ListKeyPolicies", &[json!({ "KeyId": key })]);
    }),
    ("grants in pages", grants),
    ("grants to retire in pages", |draft| {
        let key = new_key(draft, json!({}));
        let retiring = json!({ "RetiringPrincipal": root() });
        for _ in 0..3 {
            draft.kms("CreateGrant", grant(&key, &retiring));
        }
        in_pages(draft, "ListRetirableGrants", &[retiring]);
    }),
    ("rotations in pages", |draft| {
        let key = new_key(draft, json!({}));
        for _ in 0..3 {
            draft.kms("RotateKeyOnDemand", json!({ "KeyId": key }));
            draft.wait(2 * 3_600);
        }
        let all = json!({ "KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" });
        let rotations = json!({ "KeyId": key, "IncludeKeyMaterial": "ROTATIONS_ONLY" });
        in_pages(draft, "ListKeyRotations", &[all, rotations]);
    }),
    ("key stores in pages", |draft| {
        for number in 1..4 {
            let name = format!("page-{number}");
            draft.kms(
                "CreateCustomKeyStore",
                super::scenes::external_store(&name, number),
            );
        }
        in_pages(draft, "DescribeCustomKeyStores", &[json!({})]);
    }),
    ("clusters and their tags in pages", clusters),
];

/// Writes a plan by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let (title, write) = LISTS.get(number)?;
    write(draft);
    Some((*title).to_owned())
}

/// Each list of KMS that these bodies ask for, in pages of one and two, and the first with each size.
fn in_pages(draft: &mut Draft<'_>, operation: &str, bodies: &[Value]) {
    for body in bodies {
        draft.kms(operation, body.clone());
        for limit in [1, 2] {
            let list = Paged {
                service: "kms",
                operation,
                body: with(body, &json!({ "Limit": limit })),
                marker: "Marker",
                next: "NextMarker",
            };
            walk(draft, &list, MOST_PAGES);
        }
    }
    if let Some(body) = bodies.first() {
        for limit in LIMITS {
            draft.kms(operation, with(body, &json!({ "Limit": limit })));
        }
    }
}

fn grants(draft: &mut Draft<'_>) {
    let (key, other) = (new_key(draft, json!({})), new_key(draft, json!({})));
    let role =
        |name: &str| json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":role/", name] });
    let account = json!({ "$account": true });
    let made: Vec<Value> = [root(), root(), account.clone(), root()]
        .into_iter()
        .map(|grantee| {
            let body = grant(&key, &json!({ "GranteePrincipal": grantee }));
            let made = draft.kms("CreateGrant", body);
            json!({ "$of": [made, "GrantId"] })
        })
        .collect();
    let elsewhere = draft.kms("CreateGrant", grant(&other, &json!({})));
    let elsewhere = json!({ "$of": [elsewhere, "GrantId"] });
    let this = json!({ "KeyId": key });
    in_pages(
        draft,
        "ListGrants",
        &[
            this.clone(),
            with(&this, &json!({ "GranteePrincipal": root() })),
        ],
    );
    let first = made.first();
    for filters in [
        json!({ "GrantId": first }),
        json!({ "GrantId": made.last(), "Limit": 1 }),
        json!({ "GrantId": first, "GranteePrincipal": root() }),
        json!({ "GrantId": first, "GranteePrincipal": role("nobody-here") }),
        json!({ "GranteePrincipal": account }),
        json!({ "GranteePrincipal": role("nobody-here") }),
        json!({ "GrantId": elsewhere }),
        json!({ "KeyId": other }),
        json!({ "KeyId": other, "GrantId": first }),
    ] {
        draft.kms("ListGrants", with(&this, &filters));
    }
}

fn clusters(draft: &mut Draft<'_>) {
    let body = json!({
        "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": [{"$subnet": 0}, {"$subnet": 1}],
    });
    let tags: Value = (0..3)
        .map(|n| json!({ "Key": format!("t{n}"), "Value": format!("v{n}") }))
        .collect();
    let made = draft.hsm("CreateCluster", with(&body, &json!({ "TagList": tags })));
    let cluster = json!({ "$of": [made, "Cluster.ClusterId"] });
    let made = draft.hsm("CreateCluster", body);
    let other = json!({ "$of": [made, "Cluster.ClusterId"] });
    for (operation, body) in [
        ("DescribeClusters", json!({})),
        (
            "DescribeClusters",
            json!({ "Filters": {"clusterIds": [cluster, other]} }),
        ),
        ("DescribeBackups", json!({})),
        ("ListTags", json!({ "ResourceId": cluster })),
    ] {
        for size in [1, 2] {
            let list = Paged {
                service: "cloudhsmv2",
                operation,
                body: with(&body, &json!({ "MaxResults": size })),
                marker: "NextToken",
                next: "NextToken",
            };
            walk(draft, &list, 4);
        }
        for size in [0, 100, 101] {
            draft.hsm(operation, with(&body, &json!({ "MaxResults": size })));
        }
    }
    for filters in [
        json!({ "clusterIds": [cluster] }),
        json!({ "clusterIds": [{"$unknown": "ClusterId"}] }),
        json!({ "clusterIds": [cluster], "states": ["DELETED"] }),
        json!({ "clusterIds": [cluster, other], "states": ["CREATE_IN_PROGRESS", "UNINITIALIZED"] }),
        json!({ "clusterIds": [cluster], "vpcIds": ["vpc-99999999999999999"] }),
        json!({ "states": ["ACTIVE"] }),
    ] {
        draft.hsm("DescribeClusters", json!({ "Filters": filters }));
    }
    for filters in [
        json!({ "sourceBackupIds": [{"$unknown": "BackupId"}] }),
        json!({ "backupIds": [{"$unknown": "BackupId"}] }),
        json!({ "clusterIds": [cluster], "neverExpires": ["false"] }),
    ] {
        draft.hsm("DescribeBackups", json!({ "Filters": filters }));
    }
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    for (operation, body) in [
        (
            "TagResource",
            json!({ "TagList": [tag("t0", "new"), tag("more", "")] }),
        ),
        (
            "TagResource",
            json!({ "TagList": [tag("same", "1"), tag("same", "2")] }),
        ),
        (
            "UntagResource",
            json!({ "TagKeyList": ["t1", "no-such-tag"] }),
        ),
        ("UntagResource", json!({ "TagKeyList": ["t2"] })),
    ] {
        draft.hsm(operation, with(&json!({ "ResourceId": cluster }), &body));
        draft.hsm("ListTags", json!({ "ResourceId": cluster }));
        draft.hsm("ListTags", json!({ "ResourceId": other }));
    }
}
