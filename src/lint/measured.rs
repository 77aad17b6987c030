//! How often rules were right, counted by hand on public documentation trees: one table for all rules.
//!
//! `measured.tsv` has one line per rule and tree: findings read, and how many of them a maintainer would thank us for. Its head names the
//! trees. A rule that is right less than nine times in ten is mended and read again, or is not of high confidence.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

/// Findings of one rule read on one tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// The tree's short name; see [`trees`].
    pub tree: &'static str,
    /// Findings read: fifty drawn at random, or all there are.
    pub read: u32,
    /// Of these, right.
    pub right: u32,
}

/// A tree findings were read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// Its short name.
    pub name: &'static str,
    /// What it is, and where it comes from.
    pub about: &'static str,
}

struct Table {
    trees: Vec<Tree>,
    rules: BTreeMap<&'static str, Vec<Measured>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { trees: Vec::new(), rules: BTreeMap::new() };
    for line in include_str!("measured.tsv").lines().filter(|l| !l.starts_with('#')) {
        let cells: Vec<&'static str> = line.split('\t').collect();
        match cells.as_slice() {
            ["tree", name, about] => table.trees.push(Tree { name, about }),
            [rule, tree, read, right] => {
                if let (Ok(read), Ok(right)) = (read.parse(), right.parse()) {
                    table.rules.entry(rule).or_default().push(Measured { tree, read, right });
                }
            }
            _ => {}
        }
    }
    table
});

/// The trees, in the order of the table.
pub fn trees() -> &'static [Tree] {
    &TABLE.trees
}

/// What was counted for a rule; empty if no finding of it was read.
pub fn of(rule: &str) -> &'static [Measured] {
    TABLE.rules.get(rule).map_or(&[], Vec::as_slice)
}

/// Findings read and right over all trees; `None` if there were none.
pub fn total(rule: &str) -> Option<(u32, u32)> {
    let all = of(rule);
    (!all.is_empty()).then(|| (all.iter().map(|m| m.read).sum(), all.iter().map(|m| m.right).sum()))
}

/// `97 % of 236 findings read by hand: handbook 48 of 50, runbooks 2 of 2`, or that none was read.
pub fn words(rule: &str) -> String {
    let Some((read, right)) = total(rule).filter(|(read, _)| *read > 0) else {
        return "no finding was read".to_owned();
    };
    let each: Vec<String> = of(rule).iter().map(|m| format!("{} {} of {}", m.tree, m.right, m.read)).collect();
    let noun = if read == 1 { "finding" } else { "findings" };
    format!("{} % of {read} {noun} read by hand: {}", right * 100 / read, each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Confidence, rules};

    #[test]
    fn the_table_names_rules_and_trees_that_exist_and_nothing_is_counted_twice() {
        let names = rules::names();
        for (rule, all) in &TABLE.rules {
            assert!(names.contains(rule), "{rule}");
            for (n, one) in all.iter().enumerate() {
                assert!(trees().iter().any(|t| t.name == one.tree), "{rule}: {}", one.tree);
                assert!(one.right <= one.read && all[..n].iter().all(|o| o.tree != one.tree), "{rule}: {one:?}");
            }
        }
        let lines = include_str!("measured.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(lines, trees().len() + TABLE.rules.values().map(Vec::len).sum::<usize>(), "a line is not of the form of the others");
    }

    #[test]
    fn rules_of_high_confidence_are_right_nine_times_in_ten() {
        for rule in rules::all().iter().map(|r| r.meta()).filter(|m| m.confidence == Confidence::High) {
            if let Some((read, right)) = total(rule.name).filter(|(read, _)| *read >= 10) {
                assert!(right * 10 >= read * 9, "{}: {right} of {read}", rule.name);
            }
        }
    }
}
