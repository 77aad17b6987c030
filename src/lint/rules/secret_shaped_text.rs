//! `secret-shaped-text`: a password or token in a page.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::text::{Span, secrets};

pub(super) struct SecretShapedText;

static META: RuleMeta = RuleMeta {
    name: "secret-shaped-text",
    code: "SW604",
    what: "Text has the form of a password, a token or a private key.",
    why: "Git never forgets: whoever can read the repository has it, also after it is taken out.",
    how: "Replace it with the name of the place where it is kept, and change the secret.",
    severity: Some(Severity::Error),
    confidence: Confidence::Medium,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: true,
    bad: &[
        "Log in with password: hunter22x!\n",
        "```sh\nexport TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\n```\n",
    ],
    good: &[
        "Log in with the password from the vault.\n",
        "```sh\nmysql --password \"$DB_PASSWORD\"\n```\n",
        "token = <your-token-1>\n",
    ],
    precision: "On 4,666 pages of public documentation it speaks of 21 places: keys, tokens, passwords beside their name, two links with a token in them, and two addresses whose second name is no password. Nearly all are samples, which only their writers can tell.",
};

impl Rule for SecretShapedText {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let from = cx.page.body.start as usize;
        for secret in secrets::suspect(&cx.page.source.text()[from..]) {
            let span = Span::new(from + secret.at.start, from + secret.at.end);
            let line = cx.page.source.line_of(span.start);
            if cx.page.source.line_span(line).is_some_and(|line| line.range().len() > LONGEST_LINE) {
                continue;
            }
            out.push(
                Finding::new(&META, &cx.page.source, span, format!("this looks like a secret: {}", secret.kind))
                    .evidence(secret.masked)
                    .help(Help::Next("name the place where it is kept instead, and change the secret: git keeps the old text".into())),
            );
        }
    }
}

/// Lines beyond this are data, not text.
const LONGEST_LINE: usize = 4_000;
