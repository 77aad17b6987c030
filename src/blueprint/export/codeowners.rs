//! CODEOWNERS lines: whose approval a pull request needs when it touches a blueprint or its page. From `control.approvers`, or else
//! `control.owner`; accounts are those in `roles.yaml`.

use super::{Loss, Names, lose};
use crate::blueprint::model::Blueprint;

/// Lines for the blueprint at `path` (from the top of the repository) and for its page below the same `prefix`.
pub(super) fn lines(b: &Blueprint, path: &str, prefix: &str, names: &Names<'_>, losses: &mut Vec<Loss>) -> String {
    let Some(control) = &b.control else {
        lose(losses, None, "who approves", "left out: there is no `control.approvers`", false);
        return String::new();
    };
    let roles: Vec<&String> =
        if control.approvers.is_empty() { control.owner.iter().collect() } else { control.approvers.iter().collect() };
    let mut accounts: Vec<&str> = Vec::new();
    for role in &roles {
        let bound = names.roles.and_then(|f| f.roles.get(*role)).map(|r| r.github.as_slice()).unwrap_or_default();
        let known: Vec<&str> = bound.iter().map(String::as_str).filter(|a| a.contains('@') && !a.contains(char::is_whitespace)).collect();
        if known.is_empty() {
            lose(losses, None, format!("approver `{role}`"), "nobody is asked: no account under `github:` in roles.yaml", true);
        }
        accounts.extend(known.into_iter().filter(|a| !accounts.contains(a)).collect::<Vec<_>>());
    }
    if accounts.len() > 1 && control.approvers.len() > 1 {
        lose(losses, None, "every approver has to approve", "one of the accounts on a line is enough for CODEOWNERS", true);
    }
    if accounts.is_empty() {
        return String::new();
    }
    let page = b.source.as_ref().map(|s| format!("{prefix}{}", s.page));
    let who = accounts.join(" ");
    [Some(path.to_owned()), page].into_iter().flatten().map(|p| format!("/{} {who}\n", escaped(&p))).collect()
}

/// A path as a pattern that means only itself.
fn escaped(path: &str) -> String {
    let special = |c: char| matches!(c, ' ' | '#' | '*' | '?' | '[' | ']' | '!' | '\\');
    path.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}
