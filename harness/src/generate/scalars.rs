//! Strategies of values that need nothing to exist.

use super::dice::matching;
use super::faults::plain;
use super::scenes::{PASSWORD, proxy, vpc_service};
use kms_conformance_model::{Member, Shape};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Values that the member may well hold.
pub(super) fn scalars(member: &Member) -> BoxedStrategy<Value> {
    match member.name {
        "TrustAnchorCertificate" | "TrustAnchor" => weighted([
            (85, json!({ "$anchor": "a" })),
            (15, json!({ "$anchor": "b" })),
        ]),
        "SignedCert" => one(json!({ "$signed": ["no signing request", "a"] })),
        "KeyStorePassword" => weighted([(80, json!(PASSWORD)), (20, json!("kmsPswd2"))]),
        "Policy" | "ResourcePolicy" => policies(),
        "GranteePrincipal" | "RetiringPrincipal" => principals(),
        "PolicyName" => one(json!("default")),
        "Tags" => tags("TagKey", "TagValue"),
        "TagList" => tags("Key", "Value"),
        "TagKeys" | "TagKeyList" => tag_keys().prop_map(|key| json!([key])).boxed(),
        "Plaintext" | "Message" => (0_u8..200, 1..=64)
            .prop_map(|(byte, length)| json!({ "$bytes": [byte, length] }))
            .boxed(),
        "Description" => (0..3)
            .prop_map(|n| json!(format!("description {n}")))
            .boxed(),
        "PendingWindowInDays" => (7..=30).prop_map(Value::from).boxed(),
        "SubnetIds" => subnets(),
        "AvailabilityZone" => (0..3).prop_map(|n| json!({ "$zone": n })).boxed(),
        "HsmType" => one(json!("hsm2m.medium")),
        "Mode" => weighted([(70, json!("FIPS")), (30, json!("NON_FIPS"))]),
        "NetworkType" => weighted([(70, json!("IPV4")), (30, json!("DUALSTACK"))]),
        "BackupRetentionPolicy" => select(&["7", "90", "379", "6", "380"][..])
            .prop_map(|days| json!({ "Type": "DAYS", "Value": days }))
            .boxed(),
        "DestinationRegion" => one(json!("eu-west-1")),
        "ReplicaRegion" | "PrimaryRegion" => {
            (0..2).prop_map(|n| json!({ "$elsewhere": n })).boxed()
        }
        "IpAddress" => (0..3, 10..210)
            .prop_map(|(net, host)| json!(format!("10.0.{net}.{host}")))
            .boxed(),
        "WrappingKeySpec" => {
            prop_oneof![95 => Just(json!("RSA_2048")), 5 => of_shape(&member.shape)].boxed()
        }
        "WrappingAlgorithm" => {
            let usual = [
                "RSAES_OAEP_SHA_256",
                "RSAES_OAEP_SHA_1",
                "RSA_AES_KEY_WRAP_SHA_256",
            ];
            let usual = select(usual.to_vec()).prop_map(Value::from);
            prop_oneof![4 => usual, 1 => of_shape(&member.shape)].boxed()
        }
        "XksKeyId" => (0..3).prop_map(|n| json!(format!("xks-key-{n}"))).boxed(),
        "XksProxyUriEndpoint" => (0_usize..4).prop_map(proxy).boxed(),
        "XksProxyUriPath" => select(&["/kms/xks/v1", "/example/kms/xks/v1"][..])
            .prop_map(Value::from)
            .boxed(),
        "XksProxyVpcEndpointServiceName" => (0_usize..3).prop_map(vpc_service).boxed(),
        "XksProxyAuthenticationCredential" => one(json!({
            "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
            "RawSecretAccessKey": {"$text": ["s", 43]},
        })),
        _ => of_shape(&member.shape),
    }
}

/// Values that meet the limits of the shape.
fn of_shape(shape: &Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Choice(allowed) if !allowed.is_empty() => {
            select(allowed.to_vec()).prop_map(Value::from).boxed()
        }
        Shape::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Whole { min, max } => (*min..=*max).prop_map(Value::from).boxed(),
        Shape::Text {
            pattern: Some(pattern),
            ..
        } => {
            let other = plain(shape, 0);
            let Some(texts) = matching(pattern) else {
                return one(other);
            };
            let usable = move |text: String| match text.is_empty() {
                true => other.clone(),
                false => json!(text),
            };
            texts.prop_map(usable).boxed()
        }
        _ => {
            let shape = *shape;
            (0_usize..5).prop_map(move |n| plain(&shape, n)).boxed()
        }
    }
}

/// Principals: usually one of a few, now and then one that is none.
fn principals() -> BoxedStrategy<Value> {
    let account = json!({ "$account": true });
    let below = |resource: &str| json!({ "$concat": ["arn:aws:iam::", account, resource] });
    weighted([
        (1, json!("nobody")),
        (1, below(":group/some")),
        (1, account.clone()),
        (
            1,
            json!("arn:aws:sts::444455556666:assumed-role/some/session"),
        ),
        (8, below(":root")),
        (4, below(":role/user-0")),
        (4, below(":role/user-1")),
    ])
}

fn subnets() -> BoxedStrategy<Value> {
    let of =
        |numbers: &[u8]| -> Value { numbers.iter().map(|n| json!({ "$subnet": n })).collect() };
    weighted([
        (4, of(&[0, 1, 2])),
        (1, of(&[0, 1])),
        (1, of(&[1])),
        (1, of(&[0, 0])),
        (1, json!([{ "$unknown": "SubnetId" }])),
    ])
}

fn tag_keys() -> impl Strategy<Value = String> {
    (0..4).prop_map(|n| format!("tag-{n}"))
}

/// Tags, whose keys and values have these names: usually two, now and then a key twice, a reserved one,
/// or one tag too many.
fn tags(key: &'static str, value: &'static str) -> BoxedStrategy<Value> {
    let tag = move |name: &str, n: usize| json!({ key: name, value: format!("v{n}") });
    let two = (tag_keys(), 0_usize..3, 0_usize..3)
        .prop_map(move |(name, one, other)| json!([tag(&name, one), tag("another", other)]));
    let many: Value = (0..51).map(|n| tag(&format!("many-{n}"), n)).collect();
    prop_oneof![
        9 => two,
        1 => Just(json!([tag("same", 1), tag("same", 2)])),
        1 => Just(json!([tag("AWS:reserved", 1)])),
        1 => Just(many),
    ]
    .boxed()
}

/// Key policies: usually a good one, sometimes one of those that AWS refuses.
pub(super) fn policies() -> BoxedStrategy<Value> {
    let root = json!({ "$concat": ["arn:aws:iam::", { "$account": true }, ":root"] });
    let other = json!({ "$concat": ["arn:aws:iam::", "444455556666", ":root"] });
    let policy = |statements: Value| json!({ "$json": { "Version": "2012-10-17", "Statement": statements } });
    let allow = |who: &Value, what: Value| {
        json!({
            "Effect": "Allow", "Principal": {"AWS": who}, "Action": what, "Resource": "*",
        })
    };
    let everything = || json!("kms:*");
    weighted([
        (
            4,
            policy(json!([
                allow(&root, everything()),
                allow(&other, json!(["kms:DescribeKey"])),
            ])),
        ),
        (1, json!("this is not a policy")),
        (1, policy(json!([allow(&json!("nobody"), everything())]))),
        (
            1,
            policy(json!([{ "Effect": "Allow", "Action": "kms:*", "Resource": "*" }])),
        ),
        (1, policy(json!([allow(&other, everything())]))),
        (
            1,
            policy(json!([allow(
                &root,
                json!(["kms:Describe*", "kms:Encrypt"])
            )])),
        ),
        (
            1,
            policy(json!([
                { "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*" },
            ])),
        ),
    ])
}

fn one(value: Value) -> BoxedStrategy<Value> {
    Just(value).boxed()
}

/// One of these values, each as often as its weight says.
fn weighted(values: impl IntoIterator<Item = (u32, Value)>) -> BoxedStrategy<Value> {
    let each = values
        .into_iter()
        .map(|(weight, value)| (weight, Just(value)));
    proptest::strategy::Union::new_weighted(each.collect()).boxed()
}
