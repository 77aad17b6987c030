//! A text block as words: flattened inlines, split into tokens with their word classes, and into sentences.
//!
//! Buffers are reused from block to block. Knows words, not what they mean for the verdict.

use std::ops::Range;

use super::lexicon::{Bits, LABEL, Lexicon, PHRASED};
use crate::page::{Inline, InlineKind};

/// Style and form of a token.
pub mod form {
    /// Begins with a capital letter.
    pub const CAPITAL: u16 = 1;
    /// At least two letters, all capitals.
    pub const ALL_CAPS: u16 = 1 << 1;
    /// A code span.
    pub const CODE: u16 = 1 << 2;
    /// In a link.
    pub const LINK: u16 = 1 << 3;
    /// In strong emphasis.
    pub const STRONG: u16 = 1 << 4;
    /// Begins with a digit.
    pub const NUMBER: u16 = 1 << 5;
}

/// What stands between a token and the one before it.
pub mod gap {
    /// A comma.
    pub const COMMA: u16 = 1;
    /// `.`, `!` or `?`.
    pub const STOP: u16 = 1 << 1;
    /// `:`
    pub const COLON: u16 = 1 << 2;
    /// `;`
    pub const SEMICOLON: u16 = 1 << 3;
    /// An opening bracket.
    pub const OPEN: u16 = 1 << 4;
    /// A closing bracket.
    pub const CLOSE: u16 = 1 << 5;
    /// A dash with blanks around it, or `=`, `|`.
    pub const DASH: u16 = 1 << 6;
    /// A quotation mark.
    pub const QUOTE: u16 = 1 << 7;
    /// An arrow or `>` between words, as in click paths.
    pub const ARROW: u16 = 1 << 8;
    /// White space after any of the above (or alone).
    pub const SPACE: u16 = 1 << 9;
    /// `?`
    pub const QUESTION: u16 = 1 << 10;
    /// A line break with meaning.
    pub const BREAK: u16 = 1 << 11;
    /// A sign that people use as a bullet or tick (`•`, `→` at a line start, `✓`, `☐`).
    pub const BULLET: u16 = 1 << 12;
    /// Inverted marks that open a Spanish question.
    pub const INVERTED: u16 = 1 << 13;
}

/// A word, number or code span.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// Place in [`Line::text`] and [`Line::lower`].
    pub range: (u32, u32),
    /// Word classes.
    pub bits: Bits,
    /// See [`form`].
    pub form: u16,
    /// See [`gap`].
    pub before: u16,
}

/// The character at a byte. ASCII, most of every text, costs one look; what other scripts need comes after.
#[inline]
fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at) {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        Some(_) => text[at..].chars().next(),
        None => None,
    }
}

#[inline]
fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

#[inline]
fn is_capital(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_uppercase() } else { c.is_uppercase() }
}

/// Adds text in lower case, byte for byte as long as it was: letters whose lower case has another length stay as they are.
fn push_lower(text: &str, out: &mut String) {
    if text.is_ascii() {
        let at = out.len();
        out.push_str(text);
        out[at..].make_ascii_lowercase();
        return;
    }
    for c in text.chars() {
        let mut low = c.to_lowercase();
        match (low.next(), low.next()) {
            (Some(l), None) if l.len_utf8() == c.len_utf8() => out.push(l),
            _ => out.push(c),
        }
    }
}

/// One text block.
#[derive(Debug, Default)]
pub struct Line {
    /// As a reader sees it.
    pub text: String,
    /// The same in lower case, byte for byte.
    pub lower: String,
    /// Its words.
    pub tokens: Vec<Token>,
    /// Images in it.
    pub images: u32,
    /// Ends in a question mark.
    pub asks: bool,
    /// Ends in a colon.
    pub announces: bool,
    /// Ends in a full stop or the like.
    pub stops: bool,
    /// What stands after the last word.
    gap: u16,
}

impl Line {
    /// Reads inlines in place of what was here.
    pub fn read(&mut self, nodes: &[Inline], lexicon: &Lexicon) {
        self.clear();
        self.nodes(nodes, 0);
        self.finish(lexicon);
    }

    /// Reads plain text in place of what was here.
    pub fn read_text(&mut self, text: &str, lexicon: &Lexicon) {
        self.clear();
        self.push(text, 0);
        self.finish(lexicon);
    }

    fn clear(&mut self) {
        self.text.clear();
        self.lower.clear();
        self.tokens.clear();
        self.images = 0;
        self.gap = 0;
    }

    fn finish(&mut self, lexicon: &Lexicon) {
        self.asks = self.gap & gap::QUESTION != 0;
        self.announces = self.gap & gap::COLON != 0;
        self.stops = self.gap & gap::STOP != 0;
        for token in &mut self.tokens {
            if token.form & (form::CODE | form::NUMBER) == 0 {
                token.bits = lexicon.bits(&self.lower[token.range.0 as usize..token.range.1 as usize]);
            }
        }
    }

    fn nodes(&mut self, nodes: &[Inline], style: u16) {
        for node in nodes {
            match &node.kind {
                InlineKind::Text(t) => self.push(t, style),
                InlineKind::Code(t) | InlineKind::Math(t, _) => self.push_code(t, style | form::CODE),
                InlineKind::Strong(n) => self.nodes(n, style | form::STRONG),
                InlineKind::Emphasis(n) => self.nodes(n, style),
                InlineKind::Strike(_) | InlineKind::FootnoteRef(_) => {}
                InlineKind::Link(_, _, n) => self.nodes(n, style | form::LINK),
                InlineKind::Image(..) => self.images += 1,
                InlineKind::Html(tag) => {
                    if tag.get(..3).is_some_and(|t| t.eq_ignore_ascii_case("<br")) {
                        self.break_line();
                    }
                }
                InlineKind::SoftBreak => {
                    self.push_raw(" ");
                    self.gap |= gap::SPACE;
                }
                InlineKind::HardBreak => self.break_line(),
            }
        }
    }

    fn break_line(&mut self) {
        self.push_raw(" ");
        self.gap |= gap::BREAK | gap::SPACE;
    }

    fn push_raw(&mut self, text: &str) {
        self.text.push_str(text);
        self.lower.push_str(text);
    }

    fn push_code(&mut self, text: &str, style: u16) {
        let start = self.offset();
        self.push_raw(text);
        self.token((start, self.offset()), style);
    }

    fn offset(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn token(&mut self, range: (u32, u32), form: u16) {
        let before = std::mem::take(&mut self.gap);
        self.tokens.push(Token { range, bits: 0, form, before });
    }

    /// Splits text into tokens and gaps.
    fn push(&mut self, text: &str, style: u16) {
        let base = self.offset();
        self.text.push_str(text);
        push_lower(text, &mut self.lower);
        let place = |at: usize| base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let mut at = 0;
        while let Some(c) = char_at(text, at) {
            let mut end = at + c.len_utf8();
            if !is_letter(c) {
                self.note_gap(c, &text[..at], &text[end..]);
                at = end;
                continue;
            }
            let mut capitals = u32::from(is_capital(c));
            let mut letters = 1u32;
            while let Some(d) = char_at(text, end) {
                let next = end + d.len_utf8();
                if is_letter(d) {
                    capitals += u32::from(is_capital(d));
                    letters += u32::from(!d.is_ascii_digit() && d.is_alphabetic());
                } else {
                    let after = char_at(text, next);
                    let joins = matches!(d, '\'' | '’' | '-' | '_') && after.is_some_and(is_letter);
                    let number = matches!(d, '.' | ',' | ':') && c.is_ascii_digit() && after.is_some_and(|x| x.is_ascii_digit());
                    if !(joins || number) {
                        break;
                    }
                }
                end = next;
            }
            let mut form = style;
            form |= if is_capital(c) { form::CAPITAL } else { 0 };
            form |= if letters > 1 && capitals == letters { form::ALL_CAPS } else { 0 };
            form |= if c.is_ascii_digit() { form::NUMBER } else { 0 };
            self.token((place(at), place(end)), form);
            at = end;
        }
    }

    fn note_gap(&mut self, c: char, before: &str, after: &str) {
        let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
        self.gap |= match c {
            ' ' | '\t' | '\n' | '\r' | '\u{a0}' => gap::SPACE,
            ',' => gap::COMMA,
            '.' | '!' => gap::STOP,
            '?' => gap::STOP | gap::QUESTION,
            ':' => gap::COLON,
            ';' => gap::SEMICOLON,
            '(' | '[' | '{' => gap::OPEN,
            ')' | ']' | '}' => gap::CLOSE,
            '–' | '—' => gap::DASH,
            '-' if blank(before.chars().next_back()) && blank(after.chars().next()) => gap::DASH,
            '=' | '|' => gap::DASH,
            '"' | '“' | '”' | '„' | '«' | '»' | '‘' => gap::QUOTE,
            '→' | '>' | '⇒' | '➜' | '➔' | '›' => gap::ARROW,
            '•' | '✓' | '✔' | '☐' | '☑' | '☒' | '□' | '■' | '▪' | '●' | '◦' | '✅' | '❏' | '⬜' => gap::BULLET,
            '¿' | '¡' => gap::INVERTED,
            _ => 0,
        };
    }

    /// A token's word in lower case.
    pub fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |t| &self.lower[t.range.0 as usize..t.range.1 as usize])
    }

    /// The text from one token to another (exclusive), as written.
    pub fn excerpt(&self, range: Range<usize>) -> &str {
        match (self.tokens.get(range.start), range.end.checked_sub(1).and_then(|e| self.tokens.get(e))) {
            (Some(first), Some(last)) => self.text.get(first.range.0 as usize..last.range.1 as usize).unwrap_or(""),
            _ => "",
        }
    }

    /// Up to `N` words from `index` on, for phrases.
    pub fn words_from(&self, index: usize) -> ([&str; 6], usize) {
        let mut out = [""; 6];
        let mut n = 0;
        while n < 6 && index + n < self.tokens.len() {
            out[n] = self.word(index + n);
            n += 1;
        }
        (out, n)
    }

    /// Phrase classes that begin at a token.
    pub fn phrases(&self, index: usize, at_start: bool, wanted: u32, lexicon: &Lexicon) -> u32 {
        let token = &self.tokens[index];
        if token.bits & PHRASED == 0 && !(at_start && wanted & super::lexicon::TEXT_PHRASES == 0) {
            return 0;
        }
        let (words, n) = self.words_from(index);
        lexicon.phrases_at(&words[..n], at_start, wanted)
    }

    /// Sentences as token ranges (a hand-written number or "Step 3." belongs to what follows): they end at `.`, `!`, `?` or `:` before white space and a capital, and at line breaks.
    pub fn sentences(&self, out: &mut Vec<Range<usize>>) {
        out.clear();
        let mut start = 0;
        for (i, token) in self.tokens.iter().enumerate().skip(1) {
            let ended = token.before & (gap::STOP | gap::COLON) != 0 && token.before & gap::SPACE != 0;
            let opens = token.form & (form::CAPITAL | form::CODE | form::NUMBER | form::STRONG | form::LINK) != 0
                || token.before & (gap::QUOTE | gap::OPEN | gap::INVERTED) != 0;
            let label = match i - start {
                1 => self.tokens[start].form & form::NUMBER != 0 || self.tokens[start].range.1 - self.tokens[start].range.0 == 1,
                2 => self.tokens[start].bits & LABEL != 0 && self.tokens[i - 1].form & form::NUMBER != 0,
                _ => false,
            };
            if (ended && opens && !label) || token.before & (gap::BREAK | gap::BULLET) != 0 {
                out.push(start..i);
                start = i;
            }
        }
        if start < self.tokens.len() {
            out.push(start..self.tokens.len());
        }
    }
}
