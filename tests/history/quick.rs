//! The quick comparison of two versions against the slow one, on made-up pages that hide words wherever Markdown can hide them.

use proptest::prelude::*;
use stepwright::history::prose::Prose;
use stepwright::history::quick::same_words;

/// Few words, which are pieces of each other, so that markup joins them to words that stand elsewhere.
const WORDS: [&str; 14] = ["valve", "val", "ve", "Open", "pen", "O", "15", "1", "5", "Note", "x", "link", "Größe", "amp"];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

/// Words in plain text, and in any dress.
fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => word(),
        1 => word().prop_map(|w| format!("**{w}**")),
        1 => word().prop_map(|w| format!("{w}.")),
        1 => word().prop_map(|w| format!("({w})")),
        1 => (word(), word(), prop::sample::select(&[".", "/", "-", ":", "=", ">", "'", ")", "_", "*"][..])).prop_map(|(a, b, sign)| format!("{a}{sign}{b}")),
        1 => word().prop_map(|w| format!("`{w}`")),
        1 => (word(), word()).prop_map(|(a, b)| format!("{a}*{b}*")),
        1 => (word(), word()).prop_map(|(a, b)| format!("{a}<b>{b}</b>")),
        1 => (word(), word(), word()).prop_map(|(a, b, c)| format!("[{a} {b}]({c}.md)")),
        1 => (word(), word(), word()).prop_map(|(a, b, c)| format!("[{a}](p \"{b} {c} {b}\")")),
        1 => (word(), word(), word()).prop_map(|(a, b, c)| format!("{a}[{b}]({c}){a}")),
        1 => (word(), word(), word()).prop_map(|(a, b, c)| format!("[{a}][{b} {c} {b}]")),
        1 => (word(), word()).prop_map(|(a, b)| format!("![{a} {b}]({b}.png)")),
        1 => (word(), word()).prop_map(|(a, b)| format!("<!-- {a} {b} -->")),
        1 => Just("<https://a.example/valve>".to_owned()),
        1 => Just("&#79;pen".to_owned()),
        1 => Just("val&amp;ve".to_owned()),
        1 => Just("[^1]".to_owned()),
        1 => word().prop_map(|w| format!("~~{w}~~")),
        1 => word().prop_map(|w| format!("${w}$")),
    ];
    prop::collection::vec((piece, prop::sample::select(&[" ", " ", " ", "\n", "", "\\\n"][..])), 1..7)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, space)| piece + space).collect())
}

/// A block of a page, as a few lines.
fn block() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => words(),
        2 => (words(), word()).prop_map(|(t, w)| format!("## {} {{#{w} .{w} {w} }}", t.replace('\n', " "))),
        1 => words().prop_map(|t| format!("{}\n---", t.trim())),
        3 => prop::collection::vec((prop::sample::select(&["- ", "1. ", "15) ", ">1. ", ">", "  - ", "- [ ] ", "- [X] ", "> ", ": "][..]), words()), 1..5)
            .prop_map(|items| items.into_iter().map(|(mark, t)| format!("{mark}{}\n", t.replace('\n', " "))).collect()),
        2 => (words(), words(), words()).prop_map(|(a, b, c)| {
            let row = |t: &str| t.replace(['\n', '|'], " ");
            format!("| {} | 5 |\n|--|--|\n| {} | 1 | {} |\n{}\n", row(&a), row(&b), row(&c), row(&c))
        }),
        2 => (word(), word(), words()).prop_map(|(a, b, t)| format!("```{a} {b}\n{t}\n```")),
        1 => (word(), words()).prop_map(|(a, t)| format!("~~~ {a}\n{t}\n\n{t}\n~~~")),
        1 => words().prop_map(|t| format!("    {}", t.replace('\n', " "))),
        2 => (words(), words()).prop_map(|(a, b)| format!("<!--\n{a}\n\n{b}\n-->")),
        1 => (words(), words()).prop_map(|(a, b)| format!("<div class=\"{}\">\n{b}\n</div>", a.replace(['\n', '"'], " "))),
        1 => (words(), words()).prop_map(|(a, b)| format!("<pre {}\n>\n\n{b}</pre>", a.replace('\n', " "))),
        2 => (word(), word(), words()).prop_map(|(a, b, t)| format!("[{a} {b} {a}]: {b}.md\n  \"{}\"", t.replace(['\n', '"'], " "))),
        1 => words().prop_map(|t| format!("[^1]: {}", t.trim())),
        1 => words().prop_map(|t| format!("> [!NOTE]\n> {}", t.replace('\n', "\n> "))),
        1 => (word(), words()).prop_map(|(a, t)| format!(":::note {a}\n{t}\n:::")),
        1 => (word(), words()).prop_map(|(a, t)| format!("!!! tip \"{a}\"\n    {}\n", t.replace('\n', "\n    "))),
        1 => (word(), word()).prop_map(|(a, b)| format!("import {a} from '{b}'")),
    ]
}

/// A place in a text, from 0 to 1, and what is done there.
#[derive(Debug, Clone)]
enum Edit {
    /// Something put in at a space.
    Put(f64, String),
    /// A word taken out, with the space after it.
    Take(f64),
    /// A space made a line break, or a line break a space.
    Break(f64),
    /// Any character taken out.
    Drop(f64),
    /// Any characters put in anywhere.
    Insert(f64, &'static str),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || 0.0..1.0_f64;
    let marks =
        prop::sample::select(&["*", "`", "<!--", "-->", "\n\n", "\n", "```\n", "<b>", "](", ")", "[", "]: ", "|", "\\", "_", "    "][..]);
    prop_oneof![
        3 => (at(), words()).prop_map(|(at, t)| Edit::Put(at, t)),
        2 => (at(), word()).prop_map(|(at, w)| Edit::Put(at, format!("<!-- {w} -->"))),
        2 => at().prop_map(Edit::Take),
        4 => at().prop_map(Edit::Break),
        1 => at().prop_map(Edit::Drop),
        3 => (at(), marks).prop_map(|(at, mark)| Edit::Insert(at, mark)),
    ]
}

/// The last position up to a share of the text where `is` holds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn place(text: &str, share: f64, is: impl Fn(char) -> bool) -> Option<usize> {
    let before = (text.len() as f64 * share) as usize;
    text.char_indices().take_while(|(at, _)| *at <= before).filter(|(_, c)| is(*c)).last().map(|(at, _)| at)
}

fn apply(text: &mut String, edit: &Edit) {
    match edit {
        Edit::Put(share, what) => {
            if let Some(at) = place(text, *share, char::is_whitespace) {
                text.insert_str(at + 1, &format!("{what} "));
            }
        }
        Edit::Take(share) => {
            if let Some(at) = place(text, *share, char::is_whitespace) {
                let end = text[at + 1..].find(char::is_whitespace).map_or(text.len(), |n| at + 1 + n);
                text.replace_range(at..end, "");
            }
        }
        Edit::Break(share) => {
            if let Some(at) = place(text, *share, char::is_whitespace) {
                let other = if text[at..].starts_with(' ') { "\n" } else { " " };
                text.replace_range(at..=at, other);
            }
        }
        Edit::Drop(share) => {
            if let Some(at) = place(text, *share, |_| true) {
                text.remove(at);
            }
        }
        Edit::Insert(share, what) => {
            if let Some(at) = place(text, *share, |_| true) {
                text.insert_str(at, what);
            }
        }
    }
}

fn cases() -> u32 {
    std::env::var("STEPWRIGHT_QUICK").ok().and_then(|n| n.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_without_parsing_is_what_parsing_tells(
        blocks in prop::collection::vec(block(), 1..7),
        front in any::<[bool; 2]>(),
        edits in prop::collection::vec(edit(), 0..4),
    ) {
        let body = blocks.join("\n\n");
        let with = |front: bool, body: &str| if front { format!("---\ntitle: Open valve\n---\n{body}\n") } else { body.to_owned() };
        let old = with(front[0], &body);
        let mut new = with(front[1], &body);
        for edit in &edits {
            apply(&mut new, edit);
        }
        for (a, b) in [(&old, &new), (&new, &old)] {
            if let Some(told) = same_words(a, b) {
                prop_assert_eq!(told, Prose::of_file(a) == Prose::of_file(b), "{:?}\n{:?}", a, b);
            }
        }
    }
}
