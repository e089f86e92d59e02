//! The principals that grants name.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidArn, Validation};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Account, State};

/// An operation that names principals.
pub(crate) trait NamesPrincipals: 'static {
    /// The principals that it names.
    fn principals(&self) -> impl Iterator<Item = &str>;
}

/// A text that is no principal at all.
pub(crate) const fn no_principal<Op: NamesPrincipals>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "GR-06",
            says: "A principal is the ARN of an account, a user, a role, a federated user or a \
                   session of a role.",
            cite: "kms/latest/APIReference/API_CreateGrant.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[InvalidArn, Validation]),
        when: |_, input| input.principals().any(|text| !may_be_principal(text)),
    }
}

/// A principal that may not be there: IAM knows it, and KMS asks.
pub(crate) const fn unknown_principal<Op: NamesPrincipals>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "GR-06a",
            says: "A principal that does not exist is refused, and so may be one that is no ARN; only \
                   the account itself is known to exist.",
            cite: "github.com/hashicorp/terraform-provider-aws/pull/3038",
            evidence: Evidence::Observed,
        },
        stage: Stage::Condition,
        error: may(&[InvalidArn]),
        when: |state, input| {
            let mut principals = input.principals();
            principals.any(|text| may_be_principal(text) && !is_this_account(state, text))
        },
    }
}

/// A principal that a list is asked for and that is none of this account.
pub(crate) const fn principal_elsewhere<Op: NamesPrincipals>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "GR-06b",
            says: "A list of grants may refuse a principal that is not one of the account.",
            cite: "kms/latest/APIReference/API_ListRetirableGrants.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: may(&[InvalidArn, Validation]),
        when: |state, input| {
            let mut principals = input.principals();
            principals.any(|text| !is_this_account(state, text))
        },
    }
}

/// Whether a text is the ARN of an account, a user, a role or a session, or stands for one: an account
/// id, a unique id, the name of a service.
fn may_be_principal(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, resource] => {
            let kinds = ["user/", "role/"];
            let named = kinds.iter().any(|kind| is_below(resource, kind));
            is_account_id(account) && (*resource == "root" || named)
        }
        ["arn", _, "sts", "", account, resource] => {
            let kinds = ["assumed-role/", "federated-user/"];
            is_account_id(account) && kinds.iter().any(|kind| is_below(resource, kind))
        }
        [_] => is_account_id(text) || is_unique_id(text) || is_service(text),
        _ => false,
    }
}

fn is_below(resource: &str, kind: &str) -> bool {
    let name = resource.strip_prefix(kind);
    name.is_some_and(|name| !name.is_empty())
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text has the form of the unique id of an IAM identity, which AWS shows where it cannot
/// find the ARN. Source: `github.com/aws/aws-sdk-go/issues/1718`.
fn is_unique_id(text: &str) -> bool {
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.len() >= 16 && text.starts_with('A') && text.bytes().all(upper)
}

fn is_service(text: &str) -> bool {
    text.contains('.') && !text.contains(['/', ':'])
}

fn is_this_account(state: &State, text: &str) -> bool {
    text == root(&state.account, &state.account.id)
}

/// Whether two texts name the same principal; `None` where one is the id of an account and the other
/// its ARN, which may be the same to AWS.
pub(crate) fn is_same(account: &Account, one: &str, other: &str) -> Option<bool> {
    let arn = |text: &str| match is_account_id(text) {
        true => root(account, text),
        false => text.to_owned(),
    };
    match one == other {
        true => Some(true),
        false => (arn(one) != arn(other)).then_some(false),
    }
}

/// The ARN that stands for a whole account.
pub(crate) fn root(account: &Account, id: &str) -> String {
    format!("arn:{}:iam::{id}:root", account.partition)
}

/// Whether `shown` may stand for a principal besides its ARN: AWS shows the unique id of one that it
/// cannot find, and the service of one that is a service.
pub(crate) fn stands_for_another(shown: &str) -> bool {
    is_unique_id(shown) || is_service(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_accounts_users_roles_and_sessions() {
        for text in [
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/path/someone",
            "arn:aws-cn:iam::111122223333:role/some",
            "arn:aws:sts::111122223333:assumed-role/some/session",
            "arn:aws:sts::111122223333:federated-user/someone",
            "111122223333",
            "AROAEXAMPLEEXAMPLE12",
            "sns.amazonaws.com",
        ] {
            assert!(may_be_principal(text), "{text}");
        }
        for text in [
            "nobody",
            "arn:aws:iam::111122223333:group/some",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::1111:root",
            "arn:aws:s3:::bucket",
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "alias/some",
            "a:b",
        ] {
            assert!(!may_be_principal(text), "{text}");
        }
    }

    #[test]
    fn an_account_may_be_the_same_by_its_id_and_its_arn() {
        let account = Account::new("111122223333", "us-east-1");
        let (id, arn) = ("111122223333", "arn:aws:iam::111122223333:root");
        assert_eq!(is_same(&account, arn, arn), Some(true));
        assert_eq!(is_same(&account, id, arn), None);
        assert_eq!(is_same(&account, "444455556666", arn), Some(false));
    }
}
