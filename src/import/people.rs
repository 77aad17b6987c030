//! Names of people as they may stand in a page: a display name or a login, never an e-mail address, never an account id.

/// The name to write for a person with that display name and login.
pub fn presentable(name: Option<&str>, login: &str) -> Option<String> {
    let name =
        name.map(str::trim).filter(|n| !n.is_empty()).map(|n| n.trim_end_matches("(Unlicensed)").trim_end_matches("(Deactivated)").trim());
    if let Some(name) = name.filter(|n| !n.contains('@') && !n.is_empty()) {
        return Some(name.to_owned());
    }
    let login = name.filter(|n| n.contains('@')).unwrap_or(login).trim();
    let login = login.split('@').next().unwrap_or(login);
    (!login.is_empty() && !is_key(login)).then(|| login.to_owned())
}

/// Whether a text is a key that only the wiki understands: 32 hex digits, 24 hex digits, or `digits:uuid`.
pub fn is_key(text: &str) -> bool {
    let hex = |t: &str| t.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid = |t: &str| {
        t.len() == 36 && t.bytes().enumerate().all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
    };
    matches!(text.len(), 24 | 32) && hex(text)
        || uuid(text)
        || text.split_once(':').is_some_and(|(a, b)| uuid(b) && a.len() <= 20 && a.bytes().all(|c| c.is_ascii_alphanumeric()))
}

/// Replaces e-mail addresses by their local part.
pub fn without_mail(text: &str) -> String {
    match text.split_once('@') {
        Some((local, _)) if !local.is_empty() && !local.contains(' ') => local.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mail_address_and_no_key_becomes_a_name() {
        assert_eq!(presentable(Some("Jo Doe (Unlicensed)"), "jdoe").as_deref(), Some("Jo Doe"));
        assert_eq!(presentable(None, "jo.doe@example.org").as_deref(), Some("jo.doe"));
        assert_eq!(presentable(Some("jo@example.org"), "x").as_deref(), Some("jo"));
        assert_eq!(presentable(None, "ff808081549b2e8201549b2e98730002"), None);
        assert_eq!(presentable(None, "557058:2c90b38d-6a8b-4e9e-b4ef-0f6cbb5f2f86"), None);
    }
}
