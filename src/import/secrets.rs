//! Text that looks like a secret: keys and tokens whose form leaves no doubt. A page with one is held back, and shown masked.
//!
//! Only forms with a fixed prefix or frame are listed, so that prose and examples never stop a page. Knows text only.

use std::sync::LazyLock;

use regex::Regex;

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// What it looks like.
    pub kind: &'static str,
    /// The text, masked.
    pub masked: String,
    /// Bytes of the text it was found in.
    pub at: std::ops::Range<usize>,
}

/// Kinds and forms, as their issuers publish them.
const FORMS: [(&str, &str); 13] = [
    ("private key", r"-----BEGIN (?:RSA |DSA |EC |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----[\sA-Za-z0-9+/=:,&;<>-]{64,}"),
    ("AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b"),
    ("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}\b"),
    ("Slack token", r"\bxox[abposr]-[0-9A-Za-z]{8,}-[0-9A-Za-z-]{10,}\b"),
    ("Slack webhook", r"https://hooks\.slack\.com/services/T[0-9A-Z]{7,}/B[0-9A-Z]{7,}/[0-9A-Za-z]{20,}"),
    ("Stripe key", r"\b[rs]k_live_[0-9A-Za-z]{20,}\b"),
    ("Google API key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("Atlassian API token", r"\bATATT3[A-Za-z0-9_=-]{60,}\b"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("SendGrid key", r"\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{40,}\b"),
    ("Azure storage key", r"\bAccountKey=[A-Za-z0-9+/]{86}=="),
    (
        "address with a password",
        r"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?|ftp|https?)://[A-Za-z0-9._-]+:[^\s:/@<>{}$*\[\]&]{6,}@[A-Za-z0-9.-]+",
    ),
];

/// Words that mark an example; a find that holds one is none.
const EXAMPLES: [&str; 11] =
    ["example", "xxxx", "your", "sample", "placeholder", "changeme", "dummy", "password", "secret", "passwd", "1234567890"];

/// Secrets in `text`, in order.
pub fn find(text: &str) -> Vec<Secret> {
    static FOUND: LazyLock<Vec<(&'static str, Regex)>> =
        LazyLock::new(|| FORMS.iter().map(|(kind, form)| (*kind, Regex::new(form).expect("the forms are literals"))).collect());
    static ANY: LazyLock<regex::RegexSet> =
        LazyLock::new(|| regex::RegexSet::new(FORMS.iter().map(|(_, form)| *form)).expect("the forms are literals"));
    let mut out = Vec::new();
    for at in ANY.matches(text) {
        let (kind, form) = &FOUND[at];
        for hit in form.find_iter(text) {
            let lower = hit.as_str().to_lowercase();
            let example = *kind != "private key" && EXAMPLES.iter().any(|e| lower.contains(e));
            if !example {
                out.push(Secret { kind, masked: mask(hit.as_str()), at: hit.range() });
            }
        }
    }
    out.sort_by_key(|s| (s.at.start, s.at.end));
    out
}

/// The first four characters and a count.
fn mask(text: &str) -> String {
    let first: String = text.chars().take(4).collect();
    format!("{first}… ({} characters)", text.chars().count())
}

/// `text` with every e-mail address taken out, for reports.
pub fn without_mail(text: &str) -> String {
    static MAIL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+").expect("a literal"));
    MAIL.replace_all(text, "(e-mail address)").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_forms_only() {
        // Put together at run time, so that scanners of this repository stay quiet.
        let key = format!("{}{}", "AKIA", "Q3EGRT5ZLOPW7NBV");
        let found = find(&format!("use {key} here"));
        assert_eq!((found[0].kind, found[0].masked.as_str()), ("AWS access key", "AKIA… (20 characters)"));
        assert!(find("AKIAIOSFODNN7EXAMPLE").is_empty());
        assert!(find("password: hunter2, token = abc").is_empty());
        assert!(find("postgres://user:password@host/db").is_empty());
        assert_eq!(find("postgres://app:k3!vTq9z@db.internal/x")[0].kind, "address with a password");
        assert!(find("https://host/a:b@c").is_empty());
        assert_eq!(without_mail("ask jo@example.org"), "ask (e-mail address)");
    }
}
