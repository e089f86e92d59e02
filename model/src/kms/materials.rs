//! The ids of key materials, which several operations show.

use crate::mint::Form;
use crate::path::Path;
use crate::state::{Key, Traced};
use crate::success::Success;

/// Shows the id of the material of this number, if keys of this kind have such ids. It is another one
/// for each material, and the rule that rotated the key is to blame if it is not.
pub(crate) fn show_material(
    success: &mut Success<'_>,
    key: &Key,
    number: usize,
    at: &Path,
    required: bool,
) {
    let Some(material) = key.material(number).filter(|_| key.can_rotate()) else {
        return;
    };
    let rotated = material.rotated.as_ref().map(|rotated| rotated.by);
    match (&material.id, rotated) {
        (Some(id), Some(by)) if required => {
            success.show_made(at, by, id.as_str());
        }
        (Some(id), Some(by)) => {
            success.may_show_traced(at, &Traced { value: (), by }, id.as_str());
        }
        (Some(id), None) if required => success.show(at, id.as_str()),
        (Some(id), None) => success.may_show(at, id.as_str()),
        (None, Some(by)) => {
            let known = key.material_ids();
            let id = success.fresh(at, Form::Hex64, (by, &known), required);
            learn(success, key, number, id);
        }
        (None, None) => {
            let id = match required {
                true => success.text(at, Form::Hex64),
                false => success.may_text(at, Form::Hex64),
            };
            learn(success, key, number, id);
        }
    }
}

/// Remembers the id of a material.
pub(crate) fn learn(success: &mut Success<'_>, key: &Key, number: usize, id: Option<String>) {
    let key = success.state.key_mut(&key.id);
    if let Some(material) = key.and_then(|key| key.material_mut(number)) {
        material.id = id;
    }
}
