//! Formulas: TeX becomes MathML, which browsers set without a script or a font of ours. What the converter cannot read stays text.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use super::html::escape;

/// Bytes of a formula above which it stays text.
const LONGEST: usize = 8_000;
/// Groups, environments and commands inside each other. The converter goes down into them call by call; what people write has a few.
const DEEPEST: usize = 24;

static CONVERTER: LazyLock<Option<LatexToMathML>> = LazyLock::new(|| LatexToMathML::new(MathCoreConfig::default()).ok());

/// The formula as MathML with its TeX as alternative text, if it can be read. `display` sets it on a line of its own.
pub fn mathml(tex: &str, display: bool) -> Option<String> {
    let tex = tex.trim();
    if tex.is_empty() || tex.len() > LONGEST || depth(tex) > DEEPEST {
        return None;
    }
    let mode = if display { MathDisplay::Block } else { MathDisplay::Inline };
    let converter = CONVERTER.as_ref()?;
    // Whatever a page holds, it costs a formula at most.
    let set = catch_unwind(AssertUnwindSafe(|| converter.convert_with_local_counter(tex, mode))).ok()?.ok()?;
    // The HTML standard's validator knows this attribute of tables not yet.
    let set = ["true", "false"].iter().fold(set, |set, style| {
        let plain = format!("<mtable displaystyle=\"{style}\"");
        set.replace(&format!("{plain} scriptlevel=\"0\""), &plain)
    });
    let rest = set.strip_prefix("<math")?;
    let mut out = String::with_capacity(set.len() + tex.len() + 16);
    out.push_str("<math alttext=\"");
    escape(tex, &mut out);
    out.push('"');
    unstyled(rest, &mut out);
    Some(out)
}

/// How deep a formula nests, or more: commands that follow each other may take each other as arguments.
fn depth(tex: &str) -> usize {
    let (mut groups, mut chain, mut deepest) = (0usize, 0usize, 0usize);
    let mut rest = tex;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '{' | '[' => groups += 1,
            '}' | ']' => (groups, chain) = (groups.saturating_sub(1), 0),
            '^' | '_' => chain += 1,
            '\\' => {
                let name = rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
                taken += name;
                match &rest[1..=name] {
                    "begin" | "left" => groups += 1,
                    "end" | "right" => (groups, chain) = (groups.saturating_sub(1), 0),
                    "" => (taken, chain) = (taken + rest[1..].chars().next().map_or(0, char::len_utf8), 0),
                    _ => chain += 1,
                }
            }
            c if c.is_whitespace() => {}
            _ => chain = 0,
        }
        deepest = deepest.max(groups + chain);
        rest = &rest[taken..];
    }
    deepest
}

/// The site's policy allows no `style=`: of each only how a column stands is kept.
fn unstyled(mut rest: &str, out: &mut String) {
    while let Some((before, after)) = rest.split_once(" style=\"") {
        let (style, after) = after.split_once('"').unwrap_or((after, ""));
        out.push_str(before);
        for side in ["left", "right"] {
            if style.contains(&format!("text-align: {side}")) {
                out.push_str(&format!(" data-align=\"{side}\""));
            }
        }
        rest = after;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_set_and_keep_their_source() {
        let got = mathml("t_{now} - \\frac{a}{b}", false).unwrap();
        assert!(
            got.starts_with("<math alttext=\"t_{now} - \\frac{a}{b}\">") && got.contains("<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
            "{got}"
        );
        let block = mathml("\\begin{aligned} a &= b \\\\ &< c \\end{aligned}", true).unwrap();
        assert!(block.contains("display=\"block\"") && block.contains("data-align=\"right\"") && !block.contains(" style="), "{block}");
        assert!(block.contains("&lt;") && block.contains("alttext=\"\\begin{aligned} a &amp;= b \\\\ &amp;&lt; c"), "{block}");
    }

    #[test]
    fn what_cannot_be_read_stays_text() {
        for text in ["\\nosuchcommand{x}", "a_{b", "", "\\href{javascript:alert(1)}{x}"] {
            assert_eq!(mathml(text, false), None, "{text}");
        }
        let hostile = mathml("\\text{<img src=x onerror=alert(1)>} \" onload=\"x", false).unwrap();
        assert!(!hostile.contains("<img") && !hostile.contains("\" onload"), "{hostile}");
    }

    #[test]
    fn nested_without_end_it_comes_to_an_end() {
        for part in ["{", "[", "x^{", "x_", "\\sqrt", "\\hat ", "\\frac{", "\\left(", "\\begin{matrix}", "\\not", "\\text{", "{^\\bar"] {
            let open = part.repeat(LONGEST / part.len());
            let _ = mathml(&open, true);
            let _ = mathml(&format!("{open}x{}", "}".repeat(1_000)), true);
            let deep = part.repeat(DEEPEST / 2 - 1);
            let _ = mathml(&format!("{deep}x{}", "}".repeat(DEEPEST)), true);
        }
        assert!(depth("\\frac{\\sqrt{a_1^2}}{\\hat{b}} + \\alpha\\beta") < 8);
    }

    proptest::proptest! {
        #[test]
        fn nothing_of_a_formula_becomes_markup(tex in "([a-z0-9<>&\"'{}$^_ ]|\\\\[a-z]{1,5}|\\\\text\\{|\\\\color\\{red\\}|\\\\begin\\{array\\}\\{l\\|c\\}){0,12}") {
            if let Some(got) = mathml(&tex, true) {
                let tags = got.split('<').skip(1).map(|t| t.trim_start_matches('/').split([' ', '>', '/']).next().unwrap_or(""));
                for tag in tags {
                    assert!(tag == "math" || tag.starts_with('m') || ["b", "span", "semantics"].contains(&tag), "{tag}: {got}");
                }
                assert!(!got.contains(" style="), "{got}");
            }
        }
    }
}
