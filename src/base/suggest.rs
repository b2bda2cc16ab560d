//! Did-you-mean, and what there is.

/// As many names are listed: nobody reads more.
const MOST: usize = 40;

/// Names in a row: the first ones, and how many more there are.
pub fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let shown: Vec<&str> = names.by_ref().take(MOST).collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Longer names, in bytes, are nobody's slip of the pen: comparing two takes time by the product of their lengths.
const LONGEST: usize = 1_000;

/// The candidate nearest to `name`: equal but for case first, else within an edit distance of a third of its length.
///
/// ```
/// use prov::base::suggest::nearest;
/// assert_eq!(nearest("regoin", ["name", "region"]), Some("region"));
/// assert_eq!(nearest("regionregion", ["name", "region"]), Some("region"));
/// assert_eq!(nearest("colour", ["name", "region"]), None);
/// ```
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            if candidate.eq_ignore_ascii_case(name) {
                return Some((0, candidate));
            }
            // Written twice in a row.
            if is_twice(name, candidate) || is_twice(candidate, name) {
                return Some((1, candidate));
            }
            // Lengths differ by at most the distance; skips most of a long list for nothing.
            if candidate.len().abs_diff(name.len()) > 4 * limit || candidate.len().max(name.len()) > LONGEST {
                return None;
            }
            let distance = strsim::osa_distance(&candidate.to_lowercase(), &name.to_lowercase());
            (distance <= limit).then_some((distance.max(1), candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn is_twice(long: &str, short: &str) -> bool {
    !short.is_empty() && long.len() == 2 * short.len() && long.starts_with(short) && long.ends_with(short)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn names_of_a_megabyte_are_not_compared_letter_by_letter() {
        let name = |last: char| "a".repeat(1 << 20) + &last.to_string();
        assert_eq!(nearest(&name('b'), [name('c').as_str()]), None);
        assert_eq!(nearest(&name('b'), [name('B').as_str()]), Some(name('B').as_str()));
    }
}
