//! Text for XML 1.0, for the formats we write by hand.

/// Escaped for element content and attributes in double quotes; characters XML 1.0 cannot hold are left out.
pub fn escaped(text: &str) -> String {
    let holds = |c: &char| (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    quick_xml::escape::partial_escape(text.chars().filter(holds).collect::<String>()).replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(super::escaped("a<b & \"c\"\u{1b}[0m\u{ffff}\n"), "a&lt;b &amp; &quot;c&quot;[0m\n");
    }
}
