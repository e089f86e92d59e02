//! Texts that references make of others.

/// The text with so many characters: cut, or filled up with `a`.
pub(crate) fn sized(text: &str, length: usize) -> String {
    let filled = text.chars().chain(std::iter::repeat('a'));
    filled.take(length).collect()
}

/// The characters of the text from one place to before another.
pub(crate) fn part(text: &str, from: usize, to: usize) -> String {
    let length = to.saturating_sub(from);
    text.chars().skip(from).take(length).collect()
}

/// 17 hex digits that differ from name to name and from salt to salt (FNV-1a).
pub(crate) fn serial(name: &str, salt: &str) -> String {
    let salted = [name, "-", salt].concat();
    let hash = salted
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:017x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_filled_up() {
        assert_eq!(
            (sized("ab", 4), sized("ab", 1)),
            ("abaa".to_owned(), "a".to_owned())
        );
        assert_eq!(
            (part("abcd", 1, 3), part("abcd", 3, 1)),
            ("bc".to_owned(), String::new())
        );
    }

    #[test]
    fn serial_numbers_differ_from_name_to_name_and_from_salt_to_salt() {
        assert_eq!(serial("a", "s").len(), 17);
        assert_ne!(serial("a", "s"), serial("b", "s"));
        assert_ne!(serial("a", "s"), serial("a", "t"));
    }
}
