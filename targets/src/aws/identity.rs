//! Who calls: the account that the credentials are of.

/// What to ask of the Security Token Service.
pub(super) const QUESTION: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// The account in an answer to the question.
pub(super) fn account(answer: &str) -> Option<String> {
    let (_, rest) = answer.split_once("<Account>")?;
    let (account, _) = rest.split_once("</Account>")?;
    let is_number = account.bytes().all(|byte| byte.is_ascii_digit());
    (account.len() == 12 && is_number).then(|| account.to_owned())
}
