//! Names that look like a mistyped one.

/// How many names are suggested.
const MOST: usize = 3;

/// The names with the fewest differences from `wanted`, the likeliest first. None where all of them
/// differ in more than half of their letters.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (distance(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, name)| distance * 2 <= name.chars().count().max(2))
        .collect();
    ranked.sort_unstable();
    ranked
        .into_iter()
        .take(MOST)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// How many letters must be put in, taken out or replaced: the distance of Levenshtein, row by row.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut next = vec![line + 1];
        for ((to, above), diagonal) in right.iter().zip(row.iter().skip(1)).zip(&row) {
            let before = next.last().copied().unwrap_or_default();
            let replaced = diagonal + usize::from(from != *to);
            next.push(replaced.min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ck-36", "ck-36"), 0);
    }

    #[test]
    fn the_likeliest_comes_first_and_nonsense_finds_nothing() {
        assert_eq!(nearest("ck-37", ["VAL-01", "CK-36", "CK-09a"])[0], "CK-36");
        assert!(nearest("zzzzzz", ["CK-36", "VAL-01"]).is_empty());
    }
}
