//! Emoticons of the old set and the commonest short names, as characters. The old set carries meaning in check tables, so it is never dropped.

/// Name (or short name without colons) → character.
const NAMES: &[(&str, &str)] = &[
    ("+1", "👍"),
    ("-1", "👎"),
    ("atlassian-check_mark", "✅"),
    ("atlassian-cross_mark", "❌"),
    ("atlassian-info", "ℹ️"),
    ("atlassian-light_bulb_off", "💡"),
    ("atlassian-light_bulb_on", "💡"),
    ("atlassian-minus", "➖"),
    ("atlassian-plus", "➕"),
    ("atlassian-question_mark", "❓"),
    ("atlassian-warning", "⚠️"),
    ("blue-star", "⭐"),
    ("broken-heart", "💔"),
    ("check_mark", "✅"),
    ("cheeky", "😛"),
    ("cross", "❌"),
    ("cross_mark", "❌"),
    ("green-star", "⭐"),
    ("heart", "❤️"),
    ("info", "ℹ️"),
    ("information", "ℹ️"),
    ("laugh", "😃"),
    ("light-off", "💡"),
    ("light-on", "💡"),
    ("minus", "➖"),
    ("plus", "➕"),
    ("question", "❓"),
    ("red-star", "⭐"),
    ("sad", "🙁"),
    ("slight_frown", "🙁"),
    ("slight_smile", "🙂"),
    ("smile", "🙂"),
    ("star", "⭐"),
    ("thumbs-down", "👎"),
    ("thumbs-up", "👍"),
    ("tick", "✅"),
    ("warning", "⚠️"),
    ("white_check_mark", "✅"),
    ("wink", "😉"),
    ("x", "❌"),
    ("yellow-star", "⭐"),
];

/// Marks of wiki markup and of `alt` texts in old exports → name in the old set.
const SIGNS: &[(&str, &str)] = &[
    ("!", "warning"),
    ("*", "yellow-star"),
    ("*b", "blue-star"),
    ("*g", "green-star"),
    ("*r", "red-star"),
    ("*y", "yellow-star"),
    ("+", "plus"),
    ("-", "minus"),
    ("/", "tick"),
    ("?", "question"),
    ("add", "plus"),
    ("check", "tick"),
    ("error", "cross"),
    ("forbidden", "minus"),
    ("help_16", "question"),
    ("i", "information"),
    ("lightbulb", "light-off"),
    ("lightbulb_on", "light-on"),
    ("n", "thumbs-down"),
    ("off", "light-off"),
    ("on", "light-on"),
    ("star_blue", "blue-star"),
    ("star_green", "green-star"),
    ("star_red", "red-star"),
    ("star_yellow", "yellow-star"),
    ("thumbs_down", "thumbs-down"),
    ("thumbs_up", "thumbs-up"),
    ("x", "cross"),
    ("y", "thumbs-up"),
];

/// The character for a name, a `:short_name:` or a sign such as `(/)`.
pub(super) fn from_name(name: &str) -> Option<&'static str> {
    let name = name.trim().trim_matches(':').trim_matches(['(', ')']).to_ascii_lowercase();
    let look = |key: &str| NAMES.iter().find(|(n, _)| *n == key).map(|(_, c)| *c);
    look(&name).or_else(|| SIGNS.iter().find(|(s, _)| *s == name).and_then(|(_, n)| look(n)))
}

/// The character for a picture of the wiki's set of emoticons, by its address.
pub(super) fn of_address(address: &str) -> Option<&'static str> {
    let file = address.contains("/emoticons/").then(|| address.split('?').next()?.rsplit('/').next()?.split('.').next())??;
    from_name(file)
}

/// The character for an emoticon's name; `keycap: 1` is a digit with a frame.
pub(super) fn named(name: &str) -> Option<String> {
    let keycap = name.trim().strip_prefix("keycap:").map(str::trim).filter(|k| matches!(k.as_bytes(), [b'0'..=b'9' | b'#' | b'*']));
    keycap.map(|k| format!("{k}\u{fe0f}\u{20e3}")).or_else(|| from_name(name).map(str::to_owned))
}

/// The character for an id of hexadecimal code points: `1f600`, `1f468-200d-1f4bb`.
pub(super) fn from_code_points(id: &str) -> Option<String> {
    let chars: Option<String> = id.split('-').map(|part| u32::from_str_radix(part, 16).ok().and_then(char::from_u32)).collect();
    // A digit alone is no emoji, a digit with a keycap around it is.
    chars.filter(|c| c.chars().any(|c| c > '\u{a0}') && !c.contains(char::is_control))
}

/// Some exports write the fallback character as `\\ud83d\\udd17`.
pub(super) fn unescaped(text: &str) -> String {
    if !text.starts_with("\\u") {
        return text.to_owned();
    }
    let units: Option<Vec<u16>> = text.split("\\u").skip(1).map(|hex| u16::from_str_radix(hex, 16).ok()).collect();
    units.and_then(|u| String::from_utf16(&u).ok()).filter(|t| !t.is_empty()).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_signs_and_code_points() {
        assert_eq!(super::from_name(":white_check_mark:"), Some("✅"));
        assert_eq!(super::from_name("(/)"), Some("✅"));
        assert_eq!(super::from_name("no-such"), None);
        assert_eq!(super::from_code_points("1f600").as_deref(), Some("😀"));
        assert_eq!(super::from_code_points("atlassian-check"), None);
        assert_eq!(super::unescaped("\\uD83D\\uDD17"), "🔗");
    }
}
