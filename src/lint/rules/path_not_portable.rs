//! `path-not-portable`: a file name that some machine refuses.

use crate::config::Severity;
use crate::text::Span;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct PathNotPortable;

static META: RuleMeta = RuleMeta {
    name: "path-not-portable",
    code: "SW508",
    what: "A path holds a character or a name that Windows refuses, or is too long for it.",
    why: "The repository cannot be checked out there, and links to the file break.",
    how: "Rename the file.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: true,
    bad: &[
        "=== content/ops/aux.md\n# A\n",
        "=== content/ops/what?.md\n# A\n",
        "=== content/a.md\n# A\n=== content/plan: final.png\nx\n",
    ],
    good: &[
        "=== content/ops/auxiliary.md\n# A\n",
    ],
    precision: "Follows from the paths.",
};

impl Rule for PathNotPortable {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let files = workspace.corpus.files.iter().map(|f| (f.as_str(), None));
        let pages = workspace.corpus.pages.iter().map(|p| (p.path(), Some(&p.source)));
        for (path, source) in pages.chain(files) {
            let Some(why) = refused(path) else { continue };
            let source = source.cloned().unwrap_or_else(|| crate::workspace::bare_source(path));
            out.push(
                Finding::new(&META, &source, Span::default(), format!("{path} cannot be checked out on Windows: {why}"))
                    .help(Help::Next("rename the file; the next run names the links to it".into())),
            );
        }
    }
}

/// Longest path that Windows takes without special settings, with room for the folder of the repository.
const LONGEST: usize = 200;

fn refused(path: &str) -> Option<String> {
    if path.chars().count() > LONGEST {
        return Some(format!("{} characters, more than {LONGEST}", path.chars().count()));
    }
    for part in path.split('/') {
        if let Some(c) = part.chars().find(|c| matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\') || c.is_control()) {
            return Some(format!("`{}` is not allowed in names", c.escape_default()));
        }
        let stem = part.split('.').next().unwrap_or(part).to_lowercase();
        let numbered = |name: &str| stem.strip_prefix(name).is_some_and(|n| matches!(n.as_bytes(), [b'1'..=b'9']));
        if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt") {
            return Some(format!("`{part}` is a reserved name"));
        }
        if part.ends_with(['.', ' ']) {
            return Some(format!("`{part}` ends with a full stop or a space"));
        }
    }
    None
}
