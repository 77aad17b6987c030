//! From bytes of an export to text: byte order marks, declared encodings, and a last resort that loses nothing in silence.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Text, and what had to be assumed.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// Name of the encoding taken, when it was not plain UTF-8.
    pub other: Option<&'static str>,
    /// The bytes contradict what the file says of itself: byte offset of the first such place.
    pub broken_at: Option<usize>,
}

/// Decodes an HTML file: byte order mark, else `charset=` in its first 4 KiB, else UTF-8; a file that is no UTF-8 although it should be is taken as
/// windows-1252, as browsers do.
pub fn decode_html(bytes: &[u8]) -> Decoded {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let (text, _, _) = encoding.decode(bytes);
        return Decoded { text: text.into_owned(), other: named(encoding), broken_at: None };
    }
    let declared = charset(&bytes[..bytes.len().min(4096)]).unwrap_or(UTF_8);
    if declared != UTF_8 {
        let (text, _, bad) = declared.decode(bytes);
        return Decoded { text: text.into_owned(), other: named(declared), broken_at: bad.then_some(0) };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: text.to_owned(), other: None, broken_at: None },
        Err(error) => {
            let good = error.valid_up_to();
            // A single bad byte in a long UTF-8 text is damage; a text that keeps failing was never UTF-8.
            let lossy = String::from_utf8_lossy(bytes);
            let bad = lossy.matches('\u{fffd}').count();
            let wide = lossy.chars().filter(|c| !c.is_ascii()).count() - bad;
            let text = if bad > wide { WINDOWS_1252.decode(bytes).0.into_owned() } else { lossy.into_owned() };
            Decoded { other: (bad > wide).then_some("windows-1252"), text, broken_at: Some(good) }
        }
    }
}

fn named(encoding: &'static Encoding) -> Option<&'static str> {
    (encoding != UTF_8).then(|| encoding.name())
}

/// The encoding named by `charset=…` or an XML declaration.
fn charset(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let at = head.find("charset=").map(|i| i + 8).or_else(|| head.find("encoding=").map(|i| i + 9))?;
    let name: String = head[at..]
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    Encoding::for_label(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_assumed_and_broken() {
        assert_eq!(decode_html("<p>größe".as_bytes()).text, "<p>größe");
        let latin = decode_html(b"<meta charset=iso-8859-1><p>gr\xf6\xdfe");
        assert_eq!((latin.text.ends_with("größe"), latin.broken_at), (true, None));
        let lying = decode_html(b"<meta charset=utf-8><p>gr\xf6\xdfe");
        assert!(lying.text.ends_with("größe") && lying.broken_at.is_some());
        let damaged = decode_html("<p>größe und länge \u{e9}".as_bytes().iter().copied().chain([0xff]).collect::<Vec<_>>().as_slice());
        assert!(damaged.text.contains("größe") && damaged.text.ends_with('\u{fffd}'));
    }
}
