//! `image-without-alt`: an image that says nothing to those who cannot see it.

use crate::config::Severity;
use crate::page::{BlockKind, InlineKind, Inlines, Row, Tree};
use crate::text::Span;

use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct ImageWithoutAlt;

static META: RuleMeta = RuleMeta {
    name: "image-without-alt",
    code: "SW506",
    what: "An image has no alternative text, or one that is only a file name, a number or the word image.",
    why: "People who use a screen reader, and everybody when the file does not load, learn nothing from it. In a procedure the picture often is the step.",
    how: "Say in a few words what the picture shows. For a picture that only decorates, use HTML with `alt=\"\"` and `role=\"presentation\"`.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "![](plan.png)\n",
        "![image](plan.png)\n",
        "![IMG_2031.JPG](plan.png)\n",
        "![image2019-3-4 10:11:12](plan.png)\n",
    ],
    good: &[
        "![The save button is at the top right](plan.png)\n",
        "`![](x.png)`\n",
        "![](img/featured-image.png)\n",
        "| kind | icon |\n| --- | --- |\n| Pod | ![](pod.png) |\n",
    ],
    precision: "Whether an image only decorates is told by its file name, or by text beside it in a table.",
};

impl Rule for ImageWithoutAlt {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let mut named = None;
        for image in &cx.page.body.images {
            let alt = image.alt.trim();
            let file = image.dest.rsplit('/').next().unwrap_or(&image.dest);
            let message = if alt.is_empty() {
                if decorates(file) || named.get_or_insert_with(|| named_in_tables(cx.tree())).iter().any(|s| s.contains(image.span)) {
                    continue;
                }
                format!("image {file} has no alternative text")
            } else if says_nothing(alt, file) {
                format!("alternative text \"{alt}\" of an image says nothing")
            } else {
                continue;
            };
            out.push(
                Finding::new(&META, &cx.page.source, image.span, message)
                    .evidence(format!("file {}", image.dest))
                    .help(Help::Example(format!("![what the picture shows]({})", image.dest))),
            );
        }
    }
}

/// Cells of tables that a neighbour names: text in the same row or column says what the picture is, and a screen reader would say it twice.
fn named_in_tables(tree: &Tree) -> Vec<Span> {
    let mut out = Vec::new();
    tree.walk(&mut |block| {
        let BlockKind::Table(table) = &block.kind else { return };
        let rows: Vec<&Row> = std::iter::once(&table.head).chain(&table.rows).collect();
        let says = |cell: &Inlines| !cell.text().trim().is_empty() && !cell.nodes.iter().any(|n| matches!(n.kind, InlineKind::Image(..)));
        for row in &rows {
            let in_row = row.cells.iter().any(says);
            for (column, cell) in row.cells.iter().enumerate() {
                if in_row || rows.iter().skip(1).any(|r| r.cells.get(column).is_some_and(says)) {
                    out.push(cell.span);
                }
            }
        }
    });
    out
}

/// True for pictures that say nothing, by their file name: an empty text is the right one for those.
fn decorates(file: &str) -> bool {
    const WORDS: [&str; 9] = ["banner", "hero", "cover", "featured", "divider", "spacer", "separator", "background", "decoration"];
    let lower = file.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|part| WORDS.contains(&part))
}

/// Only a file name, a number, or a word for "picture".
fn says_nothing(alt: &str, file: &str) -> bool {
    let lower = alt.to_lowercase();
    let stem = |name: &str| name.rsplit_once('.').map_or(name.to_owned(), |(s, _)| s.to_owned());
    let extension = lower.rsplit_once('.').is_some_and(|(_, e)| matches!(e, "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "bmp"));
    let word = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | ':' | '_' | '.' | '(' | ')'));
    let decoded = crate::page::corpus::percent_decode(file).to_lowercase();
    extension && !lower.contains(' ')
        || matches!(word, "" | "image" | "img" | "picture" | "pic" | "photo" | "screenshot" | "screen shot" | "bild" | "imagen" | "alt" | "alt text" | "text")
        || lower == decoded
        || lower == stem(&decoded) && lower.chars().any(|c| c.is_ascii_digit())
}
