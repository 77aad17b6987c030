//! Ways of writing that other generators know and CommonMark does not, put into CommonMark before it is parsed: boxes (`:::note`, `!!! note`)
//! become alerts, tabs (`=== "Linux"`) those of the website with a bold name each, and of MDX the statements, tags and comments are taken out.
//!
//! Every offset of the new text leads back to the file, so that findings and edits still point at what people wrote. Sources: the
//! documentation of Docusaurus (admonitions, MDX), Python-Markdown (admonition, details), PyMdown Extensions (tabbed).

mod boxes;
mod mdx;

use std::ops::Range;

/// A text in CommonMark, and where its parts stand in the text it was made from.
pub(super) struct Plain {
    /// The new text.
    pub(super) text: String,
    /// Values of `id=` on tags that were taken out.
    pub(super) anchors: Vec<String>,
    pieces: Vec<Piece>,
}

/// A run of the new text: taken from `from` on, or put in at `from`.
struct Piece {
    at: usize,
    from: usize,
    taken: bool,
}

impl Plain {
    /// The range of the old text that a range of the new one comes from.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.old(range.start, range.start);
        let end = if range.end > range.start { self.old(range.end - 1, range.end) } else { start };
        start..end.max(start)
    }

    /// `at` in the old text, by the piece that `within` lies in.
    fn old(&self, within: usize, at: usize) -> usize {
        let piece = self.pieces.partition_point(|p| p.at <= within).saturating_sub(1);
        self.pieces.get(piece).map_or(at, |p| if p.taken { p.from + (at - p.at) } else { p.from })
    }

    fn take(&mut self, text: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let goes_on = self.pieces.last().is_some_and(|p| p.taken && p.from + (self.text.len() - p.at) == range.start);
        if !goes_on {
            self.pieces.push(Piece { at: self.text.len(), from: range.start, taken: true });
        }
        self.text.push_str(&text[range]);
    }

    fn put(&mut self, text: &str, from: usize) {
        if !text.is_empty() {
            self.pieces.push(Piece { at: self.text.len(), from, taken: false });
            self.text.push_str(text);
        }
    }
}

/// The text in CommonMark; `None` if it is that already. `mdx` says that the file's name promises MDX.
pub(super) fn plain(text: &str, mdx: bool) -> Option<Plain> {
    let mdx = mdx || mdx::has_import(text);
    let boxes = boxes::any(text);
    if !mdx && !boxes {
        return None;
    }
    let mut anchors = Vec::new();
    let cuts = if mdx { mdx::cuts(text, &mut anchors) } else { Vec::new() };
    if cuts.is_empty() && !boxes {
        return None;
    }
    Some(boxes::read(text, cuts, Plain { text: String::with_capacity(text.len()), anchors, pieces: Vec::new() }))
}

/// Mark and length of the fence that a line opens; a backtick behind backticks makes it code in a sentence.
fn opens_fence(trimmed: &str) -> Option<(u8, usize)> {
    let mark = trimmed.bytes().next().filter(|b| matches!(b, b'`' | b'~'))?;
    let run = trimmed.bytes().take_while(|b| *b == mark).count();
    (run >= 3 && !(mark == b'`' && trimmed[run..].contains('`'))).then_some((mark, run))
}

fn closes_fence(trimmed: &str, mark: u8, length: usize) -> bool {
    trimmed.len() >= length && trimmed.bytes().all(|b| b == mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        plain(text, false).map_or_else(|| "unchanged".to_owned(), |p| p.text)
    }

    fn mdx(text: &str) -> String {
        plain(text, true).map_or_else(|| "unchanged".to_owned(), |p| p.text)
    }

    #[test]
    fn code_in_a_sentence_opens_no_fence_and_what_nobody_closes_ends_with_the_page() {
        assert_eq!(mdx("```a``` <A b={1}/>x\n"), "```a``` x\n");
        for text in ["a\\", "{/* ééab", "\\é"] {
            let _ = plain(text, true);
        }
    }

    #[test]
    fn boxes_with_colons_become_alerts() {
        assert_eq!(of("A\n\n:::note\n\nText\n\n:::\n\nB\n"), "A\n\n> [!NOTE]\n>\n> Text\n>\n\n\nB\n");
        assert_eq!(of(":::danger[Hot *pan*]\nText\n:::\n"), "> [!CAUTION]\n> Hot *pan*\n>\n> Text\n\n");
        assert_eq!(
            of("1. a\n\n   :::tip Title\n   Text\n\n   - x\n   :::\n\n2. b\n"),
            "1. a\n\n   > [!TIP]\n   > **Title**\n   >\n   > Text\n   >\n   > - x\n\n\n2. b\n"
        );
        for text in [
            ":::note\nnever closed\n",
            "::: package.module.Class\n:::\n",
            ":::image type=\"content\" source=\"a.png\":::\n",
            "```\n:::note\n:::\n```\n",
        ] {
            assert!(plain(text, false).is_none_or(|p| p.text == text), "{text}");
        }
    }

    #[test]
    fn indented_boxes_and_tabs_lose_their_indent() {
        assert_eq!(
            of("A\n!!! warning \"Hot\"\n    Text\n\n        code\n\nB\n"),
            "A\n> [!WARNING]\n> **Hot**\n>\n> Text\n>\n>     code\n>\nB\n"
        );
        assert_eq!(
            of("1. a\n\n    ??? note\n        - x\n            - y\n    end\n"),
            "1. a\n\n    > [!NOTE]\n    > - x\n    >     - y\n\n    end\n"
        );
        assert_eq!(
            of("=== \"Linux\"\n\n    ```sh\n    ls\n    ```\n\n=== \"Mac\"\n\n    1. a\n"),
            "<!-- tabs:start -->\n\n<!-- tab:Linux -->\n**Linux**\n\n\n```sh\nls\n```\n\n<!-- tab:Mac -->\n**Mac**\n\n\n1. a\n\n<!-- tabs:end -->\n\n"
        );
        assert_eq!(of("!!! note\n\nNot in it.\n"), "!!! note\n\nNot in it.\n");
    }

    #[test]
    fn tabs_end_where_their_indent_does_whatever_stands_in_them() {
        // In a list, inside a box, with tabs inside, and a second group directly behind the first.
        assert_eq!(
            of("1. a\n\n    === \"A\"\n        x\n    === \"B\"\n        y\n\n2. b\n"),
            "1. a\n\n    <!-- tabs:start -->\n\n    <!-- tab:A -->\n    **A**\n\n    x\n\n    <!-- tab:B -->\n    **B**\n\n    y\n\n    <!-- tabs:end -->\n\n2. b\n"
        );
        assert_eq!(
            of("!!! note\n    === \"A\"\n        x\n\nz\n"),
            "> [!NOTE]\n> <!-- tabs:start -->\n>\n> <!-- tab:A -->\n> **A**\n>\n> x\n>\n> <!-- tabs:end -->\n>\nz\n"
        );
        let marks = |text: &str| -> Vec<String> {
            of(text).lines().filter_map(|l| l.trim().strip_prefix("<!-- ")?.strip_suffix(" -->")).map(str::to_owned).collect()
        };
        let nested = "=== \"A\"\n    === \"C\"\n        x\n    === \"D\"\n        y\n=== \"B\"\n    z\n";
        assert_eq!(marks(nested), ["tabs:start", "tab:A", "tabs:start", "tab:C", "tab:D", "tabs:end", "tab:B", "tabs:end"]);
        assert_eq!(marks("=== \"A\"\n    x\n===! \"B\"\n    y\n"), ["tabs:start", "tab:A", "tabs:end", "tabs:start", "tab:B", "tabs:end"]);
        // Code without an end does not swallow the mark.
        assert_eq!(
            of("=== \"A\"\n    ~~~\n    x\ny\n"),
            "<!-- tabs:start -->\n\n<!-- tab:A -->\n**A**\n\n~~~\nx\n~~~\n\n<!-- tabs:end -->\n\ny\n"
        );
        assert!(of("=== \"A --> b\"\n    x").ends_with("<!-- tab:A —> b -->\n**A --> b**\n\nx\n\n<!-- tabs:end -->\n\n"));
    }

    #[test]
    fn of_mdx_only_the_markdown_stays() {
        let text = "import Tabs from '@theme/Tabs';\nimport {\n  A,\n} from './a';\n\nexport const x = {\n  a: 1,\n};\n\n# T {/* c */}\n\n<Tabs\n  groupId=\"os\"\n  values={[{label: 'a > b'}]}>\n  <TabItem value=\"a\">\n\n    1. Stop `<A>` it.\n    2. Start <Key id=\"k\">Enter</Key> it.\n\n  </TabItem>\n</Tabs>\n\nimport is a word. x < y\n";
        let got = mdx(text);
        assert!(!got.contains("import Tabs") && !got.contains("const x") && !got.contains("<Tab") && !got.contains("values="), "{got}");
        assert!(
            got.contains("# T <!-- c -->\n")
                && got.contains("\n1. Stop `<A>` it.\n2. Start Enter it.\n")
                && got.ends_with("import is a word. x < y\n"),
            "{got}"
        );
        assert_eq!(plain(text, true).unwrap().anchors, ["k"]);
        assert_eq!(of("import antigravity\n\nText about import 'x'.\n"), "unchanged");
    }

    #[test]
    fn places_lead_back_to_the_file() {
        let text = "!!! note\n    Größe 1\n\n    - zwei\n\nend\n";
        let plain = plain(text, false).unwrap();
        for word in ["Größe 1", "zwei", "- zwei", "end"] {
            let at = plain.text.find(word).unwrap();
            assert_eq!(&text[plain.origin(&(at..at + word.len()))], word);
        }
    }

    /// Without an end in sight where any of them is read from each of its openings on.
    #[test]
    fn hostile_pages_of_two_megabytes_come_to_an_end() {
        const SIZE: usize = 2_000_000;
        let repeated = |part: &str| part.repeat(SIZE / part.len());
        let mut pages: Vec<String> = [
            ":::note\n",
            ":::note\n:::\n",
            "!!! note\n\n",
            "<A>\n",
            "<A/>",
            "<A\n/>",
            "<a{",
            "{/*\n",
            "{/*",
            "import {\n\n",
            "import a\n'b' c\n",
            "export const a = {\n\n",
            "=== \"a\"\n\tx\n",
            "===! \"a\"\n\tx\n",
        ]
        .map(repeated)
        .into();
        pages.push(format!("```\n{}", repeated("import a from 'b'\n")));
        pages.push(repeated(":::note\n") + &repeated(":::\n"));
        pages.push((1..1_900).rev().map(|n| format!("{} ", "`".repeat(n))).collect());
        for page in pages {
            if let Some(plain) = plain(&page, true) {
                assert!(plain.text.len() < 16 * page.len(), "{}", &page[..20]);
            }
        }
    }

    proptest! {
        #[test]
        fn every_place_is_one_of_the_file(text in "(:::note\n|:::\n|!!! tip\n|    |=== \"a\"\n|```\n|import a from 'b'\n|<A>|</A>|<a b=\\{1\\}>|\\{/\\* é \\*/\\}|\\{/\\*|\\\\|- |1\\. |é|\n|\n\n|x ){0,40}") {
            if let Some(plain) = plain(&text, true) {
                let mut last = 0;
                for (at, c) in plain.text.char_indices() {
                    let origin = plain.origin(&(at..at + c.len_utf8()));
                    prop_assert!(text.get(origin.clone()).is_some() && origin.start >= last, "{origin:?}");
                    last = origin.start;
                }
            }
        }
    }
}
