//! The theme's files: the built-in theme carried in the binary, replaced file by file from the team's own folder, names hashed by content.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::SiteError;
use super::words::Words;

static DEFAULT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/themes/default");

/// A theme, read.
#[derive(Debug)]
pub struct Theme {
    /// Template name → text.
    pub templates: BTreeMap<String, String>,
    /// Where a template of the team's own stands on disk, for messages.
    pub origins: BTreeMap<String, String>,
    /// Output path → bytes of the static files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Static file's own name → output path.
    pub names: BTreeMap<String, String>,
    /// Messages.
    pub words: Words,
}

/// Reads the built-in theme and the files of `own` over it.
pub fn load(own: Option<&Path>, language: &str) -> Result<Theme, SiteError> {
    let mut all: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    collect(&DEFAULT, &mut all);
    let mut origins = BTreeMap::new();
    let mut own_words = None;
    if let Some(own) = own {
        if !own.is_dir() {
            let why = "there is no such folder; `theme: default` is the built-in theme".to_owned();
            return Err(SiteError::Theme { path: own.display().to_string(), why });
        }
        for entry in walkdir::WalkDir::new(own).sort_by_file_name() {
            let entry = entry.map_err(|e| SiteError::Theme { path: own.display().to_string(), why: e.to_string() })?;
            if !entry.file_type().is_file() {
                continue;
            }
            let relative = entry.path().strip_prefix(own).unwrap_or(entry.path());
            let name = crate::text::path::slashed(relative);
            let bytes = std::fs::read(entry.path())
                .map_err(|e| SiteError::Theme { path: entry.path().display().to_string(), why: e.to_string() })?;
            if name == "words.yaml" {
                own_words = Some((entry.path().display().to_string(), bytes));
                continue;
            }
            let template = name.strip_prefix("templates/").unwrap_or(&name);
            origins.insert(template.to_owned(), entry.path().display().to_string());
            all.insert(name, bytes);
        }
    }
    let words = words(&all, language, own_words)?;
    let mut theme = Theme { templates: BTreeMap::new(), origins, files: BTreeMap::new(), names: BTreeMap::new(), words };
    for (name, bytes) in all {
        if let Some(template) = name.strip_prefix("templates/") {
            let origin = theme.origins.get(template).cloned().unwrap_or_else(|| name.clone());
            let text = String::from_utf8(bytes).map_err(|_| SiteError::Theme { path: origin, why: "not UTF-8 text".to_owned() })?;
            theme.templates.insert(template.to_owned(), text);
        } else if let Some(file) = name.strip_prefix("static/") {
            let bytes = match file {
                "site.js" => with_words(&bytes, &theme.words),
                "search.js" => with_glyphs(&bytes),
                _ if file.ends_with(".css") => compact_css(&String::from_utf8_lossy(&bytes)).into_bytes(),
                _ => bytes,
            };
            let (stem, ext) = file.rsplit_once('.').unwrap_or((file, "bin"));
            let hash = blake3::hash(&bytes).to_hex();
            let output = format!("assets/{stem}.{}.{ext}", &hash[..10]);
            theme.names.insert(file.to_owned(), output.clone());
            theme.files.insert(output, bytes);
        }
    }
    Ok(theme)
}

/// The core script with the words it says in place of its mark.
fn with_words(script: &[u8], words: &Words) -> Vec<u8> {
    let mut said = words.for_scripts();
    said.insert("glyph".to_owned(), super::templates::glyph("overdue").to_owned());
    // `</` cannot stand in a script that somebody might put inline one day.
    let json = serde_json::json!(said).to_string().replace("</", "<\\/");
    String::from_utf8_lossy(script).replace("\"%WORDS%\"", &json).into_bytes()
}

/// The search script with the marks of the states that results show in place of its mark.
fn with_glyphs(script: &[u8]) -> Vec<u8> {
    let shown = ["in-date", "due-soon", "overdue", "suspect", "never", "unknown", "draft", "retired"];
    let glyphs: BTreeMap<&str, &str> = shown.iter().map(|state| (*state, super::templates::glyph(state))).collect();
    let json = serde_json::json!(glyphs).to_string().replace("</", "<\\/");
    String::from_utf8_lossy(script).replace("\"%GLYPHS%\"", &json).into_bytes()
}

/// A style sheet without comments and without white space that means nothing; strings are left alone.
fn compact_css(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else if c == '"' {
            let end = rest[1..].find('"').map_or(rest.len(), |at| at + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if c.is_whitespace() {
            rest = rest.trim_start();
            let tight = |c: char| matches!(c, '{' | '}' | ';' | ',' | ':');
            // `a :is(b)` and `a:is(b)` differ, so a colon keeps the space before it.
            let before = out.chars().last().is_none_or(tight);
            let after = rest.chars().next().is_none_or(|c| matches!(c, '{' | '}' | ';' | ','));
            if !before && !after {
                out.push(' ');
            }
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn words(all: &BTreeMap<String, Vec<u8>>, language: &str, own: Option<(String, Vec<u8>)>) -> Result<Words, SiteError> {
    let read = |name: &str, bytes: &[u8], fallback: Option<&Words>| {
        let text = std::str::from_utf8(bytes).map_err(|_| SiteError::Theme { path: name.to_owned(), why: "not UTF-8 text".to_owned() })?;
        Words::parse(text, fallback).map_err(|why| SiteError::Theme { path: name.to_owned(), why })
    };
    let mut words = match all.get("words.yaml") {
        Some(bytes) => read("words.yaml", bytes, None)?,
        None => Words::default(),
    };
    let primary = language.split('-').next().unwrap_or(language);
    if let Some(bytes) = all.get(&format!("words.{primary}.yaml")) {
        words = read(&format!("words.{primary}.yaml"), bytes, Some(&words))?;
    }
    if let Some((path, bytes)) = own {
        let known = std::mem::take(&mut words);
        words = read(&path, &bytes, Some(&known))?;
        let said = |key: &str| {
            let name = format!("words.{}", key.replace('-', "_"));
            all.iter().any(|(file, text)| file.starts_with("templates/") && String::from_utf8_lossy(text).contains(&name))
        };
        if let Some(key) = words.keys().find(|key| !known.has(key) && !said(key)) {
            let text = String::from_utf8_lossy(&bytes);
            let line = text.lines().position(|l| l.trim_start().trim_start_matches('"').starts_with(key)).map_or(1, |n| n + 1);
            let near = crate::text::nearest(key, known.keys()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(SiteError::Theme { path: format!("{path}:{line}"), why: format!("no template says the word `{key}`{near}") });
        }
    }
    Ok(words)
}

fn collect(dir: &Dir<'static>, out: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        out.insert(file.path().to_string_lossy().replace('\\', "/"), file.contents().to_vec());
    }
    for inner in dir.dirs() {
        collect(inner, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_lose_only_what_means_nothing() {
        let css = "/* x */\n.a :is(p, b) {\n  margin: calc(1px + 2px) 0;\n  content: \" ; /* \";\n}\n@media (min-width: 1px) { .a + .b { x: y } }\n";
        assert_eq!(compact_css(css), ".a :is(p,b){margin:calc(1px + 2px) 0;content:\" ; /* \";}@media (min-width:1px){.a + .b{x:y}}");
    }

    #[test]
    fn a_word_that_nothing_says_is_told_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("words.yaml"), "home: Anfang\nserch: Suche\n").unwrap();
        let said = load(Some(dir.path()), "en").unwrap_err().to_string();
        assert!(said.contains("words.yaml:2: no template says the word `serch`; did you mean `search`?"), "{said}");
        std::fs::write(dir.path().join("words.yaml"), "home: [Anfang]\n").unwrap();
        let said = load(Some(dir.path()), "en").unwrap_err().to_string();
        assert!(said.contains("words.yaml") && said.contains("line 1"), "{said}");
        // A template of the theme's own may say words of its own.
        std::fs::create_dir(dir.path().join("templates")).unwrap();
        std::fs::write(dir.path().join("templates/404.html"), "{{ words.serch }}").unwrap();
        std::fs::write(dir.path().join("words.yaml"), "serch: Suche\n").unwrap();
        assert_eq!(load(Some(dir.path()), "en").unwrap().words.get("serch"), "Suche");
    }

    #[test]
    fn german_words_keep_the_places_of_the_english_ones() {
        let (english, german) = (load(None, "en").unwrap().words, load(None, "de-AT").unwrap().words);
        let places = |text: &str| {
            let mut all: Vec<String> = text.split('{').skip(1).filter_map(|p| p.split('}').next()).map(str::to_owned).collect();
            all.sort();
            all
        };
        assert_eq!(german.get("search"), "Suche");
        for key in german.keys() {
            assert!(english.has(key), "{key} is no word of the theme");
            assert_eq!(places(english.get(key)), places(german.get(key)), "{key}");
        }
        // German is laid over English, so a word it lacks would be English.
        let raw = |name: &str| Words::parse(std::str::from_utf8(DEFAULT.get_file(name).unwrap().contents()).unwrap(), None).unwrap();
        let (english, german) = (raw("words.yaml"), raw("words.de.yaml"));
        assert_eq!(english.keys().collect::<Vec<_>>(), german.keys().collect::<Vec<_>>());
    }

    #[test]
    fn the_built_in_theme_stays_within_its_bytes() {
        let theme = load(None, "en").unwrap();
        let size = |name: &str| theme.files[&theme.names[name]].len();
        let source = DEFAULT.get_file("static/site.css").unwrap().contents().len();
        assert!(source <= 24_000, "site.css has {source} bytes as it is written");
        assert!(size("site.css") <= 24_000, "site.css has {} bytes", size("site.css"));
        assert!(size("site.js") <= 18_000, "site.js has {} bytes", size("site.js"));
        assert!(size("search.js") <= 24_000, "search.js has {} bytes", size("search.js"));
        assert!(size("mode.js") <= 512, "mode.js has {} bytes", size("mode.js"));
    }
}
