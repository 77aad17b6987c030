//! Inline content as plain text that remembers where every character stands, cut into sentences and tokens.
//!
//! Knows Markdown inlines and nothing of what sentences mean.

use std::ops::Range;

use crate::page::{Inline, InlineKind, Inlines};

/// Plain text of a paragraph, heading or cell with a way back to the source.
#[derive(Debug, Default, Clone)]
pub(crate) struct Flow {
    /// The text. Soft line breaks are spaces, hard ones line ends.
    pub(crate) text: String,
    /// Pairs of (byte in `text`, byte in the source), one per piece.
    map: Vec<(usize, u32)>,
    /// Code spans.
    pub(crate) code: Vec<Range<usize>>,
    /// Strong emphasis.
    pub(crate) strong: Vec<Range<usize>>,
    /// Links: their text and their position in the page's list.
    pub(crate) links: Vec<(Range<usize>, usize)>,
    /// It holds an image.
    pub(crate) image: bool,
}

/// HTML elements whose tags say nothing to a reader of plain text; other `<words>` are placeholders.
const TAGS: [&str; 33] = [
    "a", "abbr", "b", "br", "center", "code", "del", "details", "div", "em", "font", "h1", "h2", "h3", "h4", "hr", "i", "img", "ins",
    "kbd", "li", "mark", "ol", "p", "s", "small", "span", "strong", "sub", "summary", "sup", "u", "ul",
];

impl Flow {
    /// Flattens inline content.
    pub(crate) fn of(inlines: &Inlines) -> Self {
        let mut flow = Self::default();
        flow.push_all(&inlines.nodes);
        flow
    }

    /// A text without markup and without a place in a source.
    pub(crate) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    fn push_all(&mut self, nodes: &[Inline]) {
        for node in nodes {
            self.push(node);
        }
    }

    fn push(&mut self, node: &Inline) {
        let at = self.text.len();
        match &node.kind {
            InlineKind::Text(t) | InlineKind::Math(t, _) => self.piece(t, node.span.start),
            InlineKind::Code(t) => {
                self.piece(t, node.span.start + 1);
                self.code.push(at..self.text.len());
            }
            InlineKind::Strong(nodes) => {
                self.push_all(nodes);
                self.strong.push(at..self.text.len());
            }
            InlineKind::Emphasis(nodes) | InlineKind::Strike(nodes) => self.push_all(nodes),
            InlineKind::Link(index, _, nodes) => {
                self.push_all(nodes);
                self.links.push((at..self.text.len(), *index));
            }
            InlineKind::Image(..) => self.image = true,
            InlineKind::SoftBreak => self.piece(" ", node.span.start),
            InlineKind::HardBreak => self.piece("\n", node.span.start),
            InlineKind::Html(html) => self.html(html, node.span.start),
            InlineKind::FootnoteRef(_) => {}
        }
    }

    fn html(&mut self, html: &str, at: u32) {
        let name: String = html.trim_start_matches(['<', '/']).chars().take_while(char::is_ascii_alphanumeric).collect();
        if name.eq_ignore_ascii_case("br") {
            self.piece("\n", at);
        } else if !html.starts_with("<!") && !TAGS.contains(&name.to_ascii_lowercase().as_str()) {
            self.piece(html, at);
        }
    }

    fn piece(&mut self, text: &str, source: u32) {
        self.map.push((self.text.len(), source));
        self.text.push_str(text);
    }

    /// The byte in the source of a byte of the text.
    pub(crate) fn source(&self, at: usize) -> u32 {
        let i = self.map.partition_point(|(t, _)| *t <= at);
        match i.checked_sub(1).and_then(|i| self.map.get(i)) {
            Some((t, s)) => s + u32::try_from(at - t).unwrap_or(0),
            None => 0,
        }
    }

    /// The trimmed text of a range.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("").trim()
    }

    /// Sentences as ranges without surrounding space.
    pub(crate) fn sentences(&self) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut start = 0;
        let bytes = self.text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            let ends = bytes[i] == b'\n' || matches!(bytes[i], b'.' | b'!' | b'?') && self.is_end(i);
            if ends {
                // Quotes and brackets that close belong to the sentence they end.
                let mut end = i + 1;
                while let Some(c) = self.text[end..].chars().next().filter(|c| matches!(c, '"' | '\'' | ')' | '”' | '’' | '!' | '?' | '.'))
                {
                    end += c.len_utf8();
                }
                self.keep(start..end, &mut out);
                start = end;
                i = end;
            } else {
                i += 1;
            }
        }
        self.keep(start..self.text.len(), &mut out);
        out
    }

    fn keep(&self, range: Range<usize>, out: &mut Vec<Range<usize>>) {
        let text = &self.text[range.clone()];
        let lead = text.len() - text.trim_start().len();
        let trimmed = text.trim();
        if !trimmed.is_empty() {
            let start = range.start + lead;
            out.push(start..start + trimmed.len());
        }
    }

    fn is_end(&self, at: usize) -> bool {
        if self.code.iter().any(|c| c.contains(&at)) {
            return false;
        }
        let after = &self.text[at + 1..];
        let mut rest = after.trim_start_matches(['"', '\'', ')', '”', '’', '!', '?', '.']);
        if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return false;
        }
        rest = rest.trim_start();
        let before = &self.text[..at];
        let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("").to_lowercase();
        let abbreviation = matches!(
            word.as_str(),
            "e.g"
                | "i.e"
                | "etc"
                | "vs"
                | "no"
                | "eg"
                | "ie"
                | "mr"
                | "ms"
                | "mrs"
                | "dr"
                | "approx"
                | "incl"
                | "fig"
                | "z.b"
                | "ggf"
                | "bzw"
                | "ca"
                | "d.h"
        ) || word.len() == 1 && word.chars().all(char::is_alphanumeric) && before.trim().len() <= 3
            || word.chars().all(|c| c.is_ascii_digit()) && before.trim().len() == word.len();
        !(abbreviation
            && rest.chars().next().is_none_or(|c| c.is_lowercase() || c.is_ascii_digit() || word.len() <= 2 && before.trim().len() <= 3))
    }

    /// Tokens of a range.
    pub(crate) fn tokens(&self, range: &Range<usize>) -> Vec<Token> {
        tokenize(&self.text[range.clone()], range.start, &self.code)
    }
}

/// A word, a code span or a mark.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// First byte in the flow.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
    /// Lower case, curly apostrophes straightened; the mark itself for punctuation.
    pub(crate) low: String,
    /// Begins with a capital letter.
    pub(crate) capital: bool,
    /// All capitals, or with a capital inside, and longer than one letter.
    pub(crate) acronym: bool,
    /// A code span (whole).
    pub(crate) code: bool,
}

impl Token {
    /// A word rather than a mark.
    pub(crate) fn is_word(&self) -> bool {
        self.code || self.low.starts_with(char::is_alphanumeric)
    }
}

/// Cuts a text into tokens; `base` is added to their places; code ranges are in the coordinates of the result.
pub(crate) fn tokenize(text: &str, base: usize, code: &[Range<usize>]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let start = base + text.len() - rest.len();
        if let Some(span) = code.iter().find(|r| r.start == start && r.end > r.start) {
            let len = (span.end - start).min(rest.len());
            out.push(Token { start, end: start + len, low: rest[..len].to_lowercase(), capital: false, acronym: false, code: true });
            rest = &rest[len..];
            continue;
        }
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let word = if c.is_alphanumeric() { word_len(rest, start, code) } else { c.len_utf8() };
        let ending = if c.is_alphanumeric() { open_ending(&rest[word..]) } else { "" };
        let len = word + ending.len();
        let raw = &rest[..word];
        let mut low = raw.to_lowercase().replace('’', "'");
        low.extend(ending.chars().filter(|c| c.is_alphabetic()));
        let capitals = raw.chars().skip(1).filter(|c| c.is_uppercase()).count();
        let capital = c.is_uppercase();
        out.push(Token { start, end: start + len, low, capital, acronym: capital && capitals > 0, code: false });
        rest = &rest[len..];
    }
    split_contractions(out)
}

/// Letters, digits and what joins them inside a word ("R&D"): apostrophes, hyphens, dots and slashes before another letter.
fn word_len(rest: &str, start: usize, code: &[Range<usize>]) -> usize {
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        if i > 0 && code.iter().any(|r| r.start == start + i) {
            break;
        }
        let digits = c == ',' && rest[..i].ends_with(|d: char| d.is_ascii_digit()) && chars.peek().is_some_and(|(_, n)| n.is_ascii_digit());
        let joins =
            digits || matches!(c, '\'' | '’' | '-' | '.' | '/' | '_' | '@' | '&') && chars.peek().is_some_and(|(_, n)| n.is_alphanumeric());
        if !(c.is_alphanumeric() || joins) {
            break;
        }
        end = i + c.len_utf8();
    }
    end.max(1)
}

/// Endings that leave number or gender open: "Maintainer(s)", "Mitarbeiter:innen".
const OPEN_ENDINGS: [&str; 10] = ["(s)", "(es)", "(in)", "(innen)", ":in", ":innen", "*in", "*innen", "/-in", "/-innen"];

/// The ending of [`OPEN_ENDINGS`] that a word has in the text right behind it.
fn open_ending(behind: &str) -> &'static str {
    let ends = |ending: &str| behind.strip_prefix(ending).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    OPEN_ENDINGS.into_iter().find(|e| ends(e)).unwrap_or("")
}

/// A word without such an ending.
pub(crate) fn without_open_ending(word: &str) -> &str {
    OPEN_ENDINGS.iter().find_map(|e| word.strip_suffix(e)).unwrap_or(word)
}

/// "you'll" becomes "you" and "'ll"; "it's" and possessives stay.
fn split_contractions(tokens: Vec<Token>) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        let cut = ["'ll", "'re", "'ve"].iter().find_map(|e| token.low.strip_suffix(e).map(|s| (s.to_owned(), (*e).to_owned())));
        match cut {
            Some((stem, ending)) if !token.code && !stem.is_empty() => {
                let at = token.start + stem.len();
                let ending = match ending.as_str() {
                    "'re" => "are".to_owned(),
                    "'ve" => "have".to_owned(),
                    _ => ending,
                };
                out.push(Token { end: at, low: stem, ..token.clone() });
                out.push(Token { start: at, low: ending, capital: false, acronym: false, ..token });
            }
            _ => out.push(token),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{BlockKind, Page};
    use crate::text::Source;

    fn flow(text: &str) -> (Page, Flow) {
        let page = Page::parse(Source::new("p.md", text));
        let BlockKind::Paragraph(inlines) = &page.tree()[0].kind else { panic!("no paragraph") };
        let flow = Flow::of(inlines);
        (page, flow)
    }

    #[test]
    fn endings_that_leave_number_or_gender_open_belong_to_their_word() {
        let text = "Maintainer(s) (see below) und Mitarbeiter:innen, Leiter/-in";
        let words: Vec<_> =
            tokenize(text, 0, &[]).into_iter().filter(Token::is_word).map(|t| (text[t.start..t.end].to_owned(), t.low)).collect();
        let of = |raw: &str| words.iter().find(|(r, _)| r == raw).map(|(_, low)| low.as_str());
        assert_eq!(of("Maintainer(s)"), Some("maintainers"), "{words:?}");
        assert_eq!(of("Mitarbeiter:innen"), Some("mitarbeiterinnen"), "{words:?}");
        assert_eq!(of("Leiter/-in"), Some("leiterin"), "{words:?}");
        assert_eq!(of("see"), Some("see"), "{words:?}");
    }

    #[test]
    fn sentences_end_at_stops_not_in_abbreviations_or_code() {
        let (page, flow) = flow("Run `a. b` first, e.g. on host A. Then\n**stop** it! You'll see.");
        let found: Vec<_> = flow.sentences().iter().map(|s| flow.slice(s).to_owned()).collect();
        assert_eq!(found, ["Run a. b first, e.g. on host A.", "Then stop it!", "You'll see."]);
        let stop = flow.text.find("stop").unwrap();
        assert_eq!(page.source.line_of(flow.source(stop)), 2);
    }

    #[test]
    fn placeholders_stay_and_markup_goes() {
        let (_, flow) = flow("load <user>.json<br>with <kbd>Q</kbd>");
        assert_eq!(flow.text, "load <user>.json\nwith Q");
    }

    #[test]
    fn tokens_know_code_and_contractions() {
        let (_, flow) = flow("You'll need `kubectl get`, then Q&A.");
        let all = 0..flow.text.len();
        let low: Vec<_> = flow.tokens(&all).into_iter().map(|t| t.low).collect();
        assert_eq!(low, ["you", "'ll", "need", "kubectl get", ",", "then", "q&a", "."]);
    }
}
