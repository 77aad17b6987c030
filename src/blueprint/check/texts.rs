//! What must not stand in texts: people (they leave, roles stay) and secrets (git never forgets).

use std::sync::LazyLock;

use regex::Regex;

use super::{Checker, Code, Path, at};
use crate::blueprint::model::Scalar;
use crate::text::secrets::{self, Secret};

pub(super) fn run(c: &mut Checker<'_>) {
    for (text, path) in short_texts(c) {
        if let Some(who) = person(text) {
            c.report(Code::Person, &path, format!("`{who}` looks like a person; name the role here and the person in roles.yaml"));
        }
    }
    for (text, path) in all_texts(c) {
        if let Some(Secret { kind, .. }) = secrets::suspect(text).first() {
            c.report(
                Code::Secret,
                &path,
                format!("this looks like a secret: {kind}; keep it in a secret store and write where to find it"),
            );
        }
    }
}

/// Titles, labels and the like, where a name is surely meant as a name.
fn short_texts<'a>(c: &Checker<'a>) -> Vec<(&'a str, Path)> {
    let b = c.blueprint;
    let mut out: Vec<(&str, Path)> = vec![(&b.title, at!["title"])];
    for (id, role) in &b.roles {
        out.push((&role.title, at!["roles", id, "title"]));
        out.extend(role.about.iter().map(|t| (t.as_str(), at!["roles", id, "about"])));
    }
    for (i, step) in c.steps() {
        out.push((&step.title, at!["steps", i, "title"]));
        out.extend(step.checklist.iter().enumerate().map(|(j, k)| (k.text.as_str(), at!["steps", i, "checklist", j])));
        out.extend(step.notes.iter().enumerate().map(|(j, n)| (n.text.as_str(), at!["steps", i, "notes", j, "text"])));
    }
    if let Some(imported) = b.control.as_ref().and_then(|c| c.imported.as_ref()) {
        out.extend(imported.approved_by.iter().enumerate().map(|(i, t)| (t.as_str(), at!["control", "imported", "approved-by", i])));
    }
    out
}

fn all_texts<'a>(c: &Checker<'a>) -> Vec<(&'a str, Path)> {
    let mut out = short_texts(c);
    let b = c.blueprint;
    out.extend(b.summary.iter().map(|t| (t.as_str(), at!["summary"])));
    let fields = b.inputs.iter().enumerate().map(|(i, f)| (f, at!["inputs", i]));
    let own = c.steps().flat_map(|(i, s)| s.fields.iter().enumerate().map(move |(j, f)| (f, at!["steps", i, "fields", j])));
    for (field, path) in fields.chain(own) {
        if let Some(Scalar::Text(text)) = &field.default {
            out.push((text, [path.clone(), at!["default"]].concat()));
        }
        out.extend(field.help.iter().map(|t| (t.as_str(), [path.clone(), at!["help"]].concat())));
    }
    for (i, step) in c.steps() {
        out.extend(step.text.iter().map(|t| (t.as_str(), at!["steps", i, "text"])));
        out.extend(step.result.iter().map(|t| (t.as_str(), at!["steps", i, "result"])));
        out.extend(
            step.review.iter().enumerate().filter_map(|(j, r)| Some((r.evidence.as_deref()?, at!["steps", i, "review", j, "evidence"]))),
        );
    }
    out
}

fn regex(cell: &'static LazyLock<Regex>) -> &'static Regex {
    cell
}

/// An address, account id or mention that belongs to one person. Shared mailboxes are not people.
fn person(text: &str) -> Option<&str> {
    static MAIL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\b([a-z0-9][a-z0-9._%+-]*)@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}\b").expect("a fixed pattern"));
    static MENTION: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:^|[\s(])(@[a-z][a-z0-9]*[._-]?[a-z0-9]+)(?:$|[\s,.;:)])").expect("a fixed pattern"));
    static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(\d{6}:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24})\b").expect("a fixed pattern")
    });
    const SHARED: [&str; 28] = [
        "support",
        "help",
        "helpdesk",
        "info",
        "contact",
        "team",
        "office",
        "billing",
        "finance",
        "accounts",
        "accounting",
        "invoices",
        "payroll",
        "hr",
        "people",
        "security",
        "abuse",
        "it",
        "ops",
        "oncall",
        "admin",
        "postmaster",
        "noreply",
        "legal",
        "privacy",
        "sales",
        "press",
        "jobs",
    ];
    if let Some(found) = regex(&MAIL).captures_iter(text).find(|f| {
        let local = f[1].to_lowercase();
        !local.split(['.', '-', '_', '+']).any(|part| SHARED.contains(&part))
    }) {
        return found.get(0).map(|m| m.as_str());
    }
    regex(&MENTION).captures(text).or_else(|| regex(&ACCOUNT).captures(text)).and_then(|f| f.get(1)).map(|m| m.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_mailboxes_and_code() {
        assert_eq!(person("Ask ada.l@example.org for access"), Some("ada.l@example.org"));
        assert_eq!(person("Page @jsmith"), Some("@jsmith"));
        assert_eq!(person("Write to it-support@example.org"), None);
        assert_eq!(person("Meet @ noon"), None);
    }
}
