//! Reading one page of a list.

use crate::lenient::says_the_same;
use crate::mint::{Learnt, Mismatch, Page, Paged, Seen};
use crate::path::Path;
use serde_json::Value;

/// What a page shows, and everything that is wrong with it.
pub(super) fn read(response: &Value, page: &Page<'_>) -> Learnt<Paged> {
    let list = Path::of(page.list);
    let mut wrong: Vec<Mismatch> = Vec::new();
    let entries = list.get(response).and_then(Value::as_array);
    if entries.is_none() {
        wrong.push(mismatch(response, &list, "a list"));
    }
    let entries = entries.map(Vec::as_slice).unwrap_or_default();
    if entries.len() > page.limit {
        let most = format!("at most {} entries", page.limit);
        wrong.push(Mismatch {
            observed: Some(Value::from(format!("{} entries", entries.len()))),
            ..mismatch(response, &list, most)
        });
    }
    let mut shown: Vec<String> = Vec::new();
    for entry in entries {
        match id_of(response, page, entry, &shown) {
            Ok(Some(known)) => shown.push(known),
            Ok(None) => {}
            Err(mismatch) => wrong.push(mismatch),
        }
    }
    let marker = Path::of(page.marker).get(response);
    let next = marker.and_then(Value::as_str);
    let next = next.filter(|text| !text.is_empty()).map(str::to_owned);
    if !page.truncated.is_empty() {
        let at = Path::of(page.truncated);
        let (observed, expected) = (at.get(response), Value::Bool(next.is_some()));
        if observed != Some(&expected) {
            let same = observed.is_some_and(|observed| says_the_same(observed, &expected));
            let expected = format!("true exactly when {} is there", page.marker);
            wrong.push(Mismatch {
                of_form: same,
                ..mismatch(response, &at, expected)
            });
        }
    }
    if next.is_none() {
        let missing = page.rest.iter().filter(|id| !shown.contains(id));
        wrong.extend(missing.map(|missing| {
            let at = entry_of(page, missing);
            mismatch(response, &at, format!("an entry {missing}"))
        }));
    }
    Learnt {
        value: Some(Paged { shown, next }),
        wrong,
    }
}

/// The id of an entry, if it is a known one, after those that were `shown` before it.
fn id_of(
    response: &Value,
    page: &Page<'_>,
    entry: &Value,
    shown: &[String],
) -> Seen<Option<String>> {
    let id = match page.key {
        "" => Some(entry),
        key => entry.get(key),
    };
    let Some(id) = id.and_then(Value::as_str) else {
        let expected = format!("entries with the member {}", page.key);
        return Err(Mismatch {
            observed: None,
            ..mismatch(response, &Path::of(page.list), expected)
        });
    };
    let mut all = page.rest.iter().chain(page.optional);
    let known = all.any(|known| known == id);
    let at = entry_of(page, id);
    if shown.iter().any(|earlier| earlier == id) {
        return Err(mismatch(response, &at, format!("{id} only once")));
    }
    let known_gone = page.gone.contains_key(id) || page.excluded.iter().any(|known| known == id);
    let allowed = known || (page.tolerated)(id) || (page.strangers && !known_gone);
    match allowed {
        true => Ok(known.then(|| id.to_owned())),
        false => Err(mismatch(response, &at, format!("no entry {id}"))),
    }
}

fn mismatch(response: &Value, at: &Path, expected: impl Into<String>) -> Mismatch {
    Mismatch {
        at: Box::new(at.clone()),
        expected: expected.into(),
        observed: at.get(response).filter(|value| !value.is_null()).cloned(),
        of_form: false,
    }
}

/// The path of an entry of a page. It names the entry, so that the rule behind it can be blamed.
fn entry_of(page: &Page<'_>, id: &str) -> Path {
    match page.key {
        "" => Path::of(page.list),
        key => Path::of(page.list).entry(key, id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imbl::OrdMap;
    use serde_json::json;

    #[test]
    fn everything_that_is_wrong_with_a_page_is_told_and_the_rest_is_read() {
        let rest = ["a", "b", "c"].map(str::to_owned);
        let page = Page {
            list: "Keys",
            key: "KeyId",
            rest: &rest,
            optional: &[],
            gone: &OrdMap::new(),
            excluded: &[],
            strangers: false,
            tolerated: |_| false,
            limit: 3,
            marker: "NextMarker",
            truncated: "Truncated",
        };
        let response = json!({
            "Keys": [{"KeyId": "a"}, {"KeyId": "x"}, {}, {"KeyId": "a"}, {"KeyId": "b"}],
            "Truncated": "false",
        });
        let learnt = read(&response, &page);
        assert_eq!(learnt.value.unwrap().shown, ["a", "b"]);
        let expected = learnt
            .wrong
            .iter()
            .map(|it| (it.expected.as_str(), it.of_form));
        assert_eq!(
            expected.collect::<Vec<_>>(),
            [
                ("at most 3 entries", false),
                ("no entry x", false),
                ("entries with the member KeyId", false),
                ("a only once", false),
                ("true exactly when NextMarker is there", true),
                ("an entry c", false),
            ]
        );
        let right = json!({"Keys": [{"KeyId": "c"}, {"KeyId": "a"}, {"KeyId": "b"}],
                           "Truncated": false});
        assert_eq!(read(&right, &page).wrong, []);
    }
}
