//! `secret-shaped-text`: a password or token in a page.

use crate::config::Severity;
use crate::text::Span;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

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
    precision: "Expected, to be measured; placeholders, variables and plain words are left out.",
};

impl Rule for SecretShapedText {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let from = cx.page.body.start as usize;
        for line in cx.page.source.line_of(cx.page.body.start).. {
            let Some(span) = cx.page.source.line_span(line) else { break };
            let text = cx.page.source.slice(span);
            if span.range().end < from || text.len() > LONGEST_LINE {
                continue;
            }
            let Some((kind, range)) = crate::blueprint::check::secret_in(text) else { continue };
            let start = span.range().start;
            let value = &text[range.clone()];
            let head: String = value.chars().take(3).collect();
            out.push(
                Finding::new(&META, &cx.page.source, Span::new(start + range.start, start + range.end), format!("this looks like {kind}"))
                    .evidence(format!("{head}…, {} characters", value.chars().count()))
                    .help(Help::Next("name the place where it is kept instead, and change the secret: git keeps the old text".into())),
            );
        }
    }
}

/// Lines beyond this are data, not text.
const LONGEST_LINE: usize = 4_000;
