//! Raw HTML in Markdown: what comes from a wiki is hostile, so it goes through a sanitiser that parses as browsers do.
//!
//! Our own output inside a run of raw HTML is held back behind marks (private-use characters) and put in afterwards, so that it is neither parsed
//! again nor reachable from an attribute.

use std::borrow::Cow;
use std::collections::HashSet;

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// True for a block or tag that is a comment only.
pub fn is_comment(html: &str) -> bool {
    let trimmed = html.trim();
    trimmed.starts_with("<!--") && trimmed.find("-->").is_some_and(|end| end + 3 == trimmed.len())
}

/// Writes the mark of the `n`th held-back part.
pub fn mark(n: usize, out: &mut String) {
    out.push(OPEN);
    out.push_str(&n.to_string());
    out.push(CLOSE);
}

/// The HTML with only harmless elements and attributes left; `address` rewrites or refuses every link and picture.
pub fn sanitise<'f>(html: &str, address: impl Fn(&str) -> Option<String> + Send + Sync + 'f) -> String {
    let relative = move |url: &str| address(url).map(Cow::Owned);
    let mut builder = ammonia::Builder::default();
    builder
        .url_schemes(HashSet::from([
            "http", "https", "mailto", "tel", "sms", "ftp", "sftp", "ssh", "git", "irc", "xmpp", "slack", "msteams",
        ]))
        .link_rel(Some("noopener"))
        .add_generic_attributes(["id"])
        .add_tag_attributes("a", ["name"])
        .add_tag_attributes("details", ["open"])
        .url_relative(ammonia::UrlRelative::Custom(Box::new(Relative(relative))))
        .attribute_filter(|element, attribute, value| {
            if value.contains([OPEN, CLOSE]) {
                return None;
            }
            match (element, attribute) {
                // Pictures of other hosts are left out: reading a page calls nobody.
                ("img", "src") if crate::page::corpus::is_external(value) => None,
                (_, "cite") => None,
                // Ids of the theme's own parts cannot be taken.
                (_, "id" | "name") if value.starts_with("sw-") => None,
                _ => Some(Cow::Borrowed(value)),
            }
        });
    described(&builder.clean(html).to_string())
}

/// A picture without a description gets an empty one: it is then skipped by assistive software instead of being read out by its file name.
fn described(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len());
    for (n, part) in clean.split("<img").enumerate() {
        if n > 0 {
            let tag = part.split('>').next().unwrap_or(part);
            out.push_str(if tag.contains(" alt=") { "<img" } else { "<img alt=\"\"" });
        }
        out.push_str(part);
    }
    out
}

/// Gives the closure the lifetimes the sanitiser asks for.
struct Relative<F>(F);

impl<'f, F: Fn(&str) -> Option<Cow<'static, str>> + Send + Sync + 'f> ammonia::UrlRelativeEvaluate<'f> for Relative<F> {
    fn evaluate<'url>(&self, url: &'url str) -> Option<Cow<'url, str>> {
        (self.0)(url)
    }
}

/// Puts the held-back parts in the place of their marks.
pub fn restore(clean: &str, own: &[String], out: &mut String) {
    let mut rest = clean;
    while let Some(at) = rest.find(OPEN) {
        out.push_str(&rest[..at]);
        rest = &rest[at + OPEN.len_utf8()..];
        let Some(end) = rest.find(CLOSE) else { continue };
        if let Some(part) = rest[..end].parse::<usize>().ok().and_then(|n| own.get(n)) {
            out.push_str(part);
            rest = &rest[end + CLOSE.len_utf8()..];
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(html: &str) -> String {
        sanitise(html, |d| Some(d.to_owned()))
    }

    #[test]
    fn scripts_and_tricks_do_not_get_through() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\"&#106;avascript:alert(1)\">x</a>",
            "<a href=\"java\tscript:alert(1)\">x</a>",
            "<svg><script>alert(1)</script></svg>",
            "<svg onload=alert(1)>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
            "<div style=\"background:url(javascript:alert(1))\">x</div>",
            "<form action=\"javascript:alert(1)\"><button>x</button></form>",
            "<img src=\"data:text/html,<script>alert(1)</script>\">",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<template><script>alert(1)</script></template>",
            "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
            "<base href=\"https://evil.example/\">",
            "<object data=\"javascript:alert(1)\"></object><embed src=\"javascript:alert(1)\">",
            "<link rel=stylesheet href=\"https://evil.example/x.css\">",
            "<style>@import 'https://evil.example/x.css'</style>",
        ] {
            let out = clean(hostile).to_lowercase();
            for bad in ["script", "onerror", "onload", "style", "srcdoc", "<svg", "<form", "<iframe", "<meta", "<base", "data:", "evil"] {
                assert!(!out.contains(bad) || (bad == "onerror" && !out.contains("<img")), "{hostile} gave {out}");
            }
        }
    }

    #[test]
    fn marks_inside_attributes_are_dropped_with_them() {
        let mut mixed = String::from("<div title=\"");
        mark(0, &mut mixed);
        mixed.push_str("\">x</div>");
        mark(0, &mut mixed);
        let mut out = String::new();
        restore(&clean(&mixed), &["<b class=\"c\">y</b>".to_owned()], &mut out);
        assert_eq!(out, "<div>x</div><b class=\"c\">y</b>");
    }
}
