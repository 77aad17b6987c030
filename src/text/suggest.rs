//! "Did you mean": the one nearest name, or none.

/// The candidate nearest to `word` by edit distance with transpositions: at most 1 away for words of up to 4 letters,
/// at most 2 above. Ties go to the first in order, so give candidates in a stable order.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = if word.chars().count() <= 4 { 1 } else { 2 };
    let folded = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = strsim::damerau_levenshtein(&folded, &candidate.to_lowercase());
        if distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggests_one_near_name_only() {
        assert_eq!(nearest("reveiw-every", ["reviewed", "review-every"]), Some("review-every"));
        assert_eq!(nearest("draft", ["owner", "order"]), None);
        assert_eq!(nearest("kid", ["kind"]), Some("kind"));
    }
}
