//! The wiki itself as a source: reads spaces through the REST API of Cloud (version 2) or Data Center (version 1) and keeps them as the files that
//! [`super::rest_json`] takes, so that everything after that is one path with every other export.
//!
//! Only reads. Asks again for a page only when its version number is another than last time. Knows the API; what pages become is not its business.

mod address;
mod cache;
mod cloud;
mod data_center;
mod http;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::notice::{Notice, plural};
use super::run::Listener;
use address::Address;
use cache::{Cache, is_plain};
use http::Wiki;
pub use http::{Account, HttpError, Patience};

/// Which wiki, which spaces, as whom.
#[derive(Clone, Default)]
pub struct Source {
    /// Address of the start page.
    pub address: String,
    /// Keys of the spaces.
    pub spaces: Vec<String>,
    /// Who reads.
    pub account: Account,
    /// How long one waits.
    pub patience: Patience,
}

/// What came of reading.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Errors, warnings, remarks.
    pub notices: Vec<Notice>,
    /// Ids of pages that are in the wiki and could not be read.
    pub unread: BTreeSet<String>,
}

/// Brings the folder `cache` to what the wiki holds now. What was read stays there when it ends early, so that the next call goes on from there.
pub fn fetch(source: &Source, cache: &Path, listener: &dyn Listener, stop: &AtomicBool) -> Result<Fetched, HttpError> {
    let bad = source.spaces.iter().find(|s| !is_key(s));
    if let Some(bad) = bad {
        return Err(HttpError::Address { address: bad.clone(), why: "a space is named by its key, such as OPS or ~jdoe".to_owned() });
    }
    let waiting = |pause: Duration| listener.phase("wait", &format!("{} s, as the wiki asks", pause.as_secs()));
    let wiki = Wiki::new(&source.address, source.account.clone(), source.patience, stop, &waiting)?;
    let cache = Cache::new(cache)?;
    cache.forget_spaces(&source.spaces);
    let api: &dyn Api = if is_cloud(&wiki)? { &cloud::Cloud } else { &data_center::DataCenter };
    let mut reader =
        Reader { wiki: &wiki, cache: &cache, listener, out: Fetched::default(), people: BTreeSet::new(), seen: Seen::default() };
    for key in &source.spaces {
        reader.space(api, key)?;
    }
    reader.names(api)?;
    reader.finish();
    Ok(reader.out)
}

/// The one thing both kinds of wiki differ in: what is asked, and how the answer lies.
trait Api {
    /// The space, as `{"id", "key", "name", "homepage": {"id"}}`.
    fn space(&self, wiki: &Wiki<'_>, key: &str) -> Result<Value, HttpError>;
    /// All live pages and blog posts of the space, without bodies.
    fn pages(&self, wiki: &Wiki<'_>, space: &Value) -> Result<Vec<Value>, HttpError>;
    /// Parents of pages that are not pages themselves.
    fn folders(&self, wiki: &Wiki<'_>, pages: &[Value]) -> Result<Vec<Value>, HttpError>;
    /// What only the page itself says: its body, and what goes with it. These fields are added to the page.
    fn body(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Map<String, Value>, HttpError>;
    /// Who may read the page, as `{"read": {"restrictions": {"user": {"results"}, "group": {"results"}}}}`.
    fn restrictions(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Value, HttpError>;
    /// The attachments of the page.
    fn attachments(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Vec<Value>, HttpError>;
    /// Names of people by id.
    fn people(&self, wiki: &Wiki<'_>, ids: &[String]) -> Result<Vec<Value>, HttpError>;
}

/// Cloud has version 2 of the API, Data Center has not.
fn is_cloud(wiki: &Wiki<'_>) -> Result<bool, HttpError> {
    if wiki.base().origin.ends_with(".atlassian.net") || wiki.base().origin.ends_with("://api.atlassian.com") {
        return Ok(true);
    }
    match wiki.json(&wiki.link("/api/v2/spaces?limit=1")?) {
        Ok(answer) => Ok(answer.get("results").is_some()),
        Err(error @ HttpError::Status { status: 401 | 407, .. }) => Err(error),
        // Data Center answers 404, or with its sign-in page.
        Err(HttpError::Status { .. } | HttpError::Form { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Follows a list from its first part to its end. Servers give fewer entries than asked for; the end is where no next part is named and the last one was
/// not full, never where the count was reached.
fn list(wiki: &Wiki<'_>, first: &str) -> Result<Vec<Value>, HttpError> {
    let mut at = wiki.link(first)?;
    let mut out = Vec::new();
    let (mut asked, mut known) = (BTreeSet::new(), BTreeSet::new());
    while asked.insert(at.text()) {
        let answer = wiki.json(&at)?;
        let Some(results) = answer.get("results").and_then(Value::as_array) else {
            return Err(HttpError::Form { address: at.shown(), why: "it has no `results`".to_owned() });
        };
        let before = out.len();
        // A page that moves while the list is read may be named twice.
        out.extend(results.iter().filter(|r| id(r).is_none_or(|id| known.insert(id))).cloned());
        match answer.pointer("/_links/next").and_then(Value::as_str).filter(|n| !n.is_empty()) {
            Some(next) => at = wiki.next_part(next)?,
            None => match further(&at, &answer, results.len()) {
                Some(next) if out.len() > before => at = next,
                _ => break,
            },
        }
    }
    Ok(out)
}

/// The next part of a list that counts by `start` and `limit` and names no next part although this one was full.
fn further(at: &Address, answer: &Value, got: usize) -> Option<Address> {
    let start = answer.get("start").and_then(Value::as_u64)?;
    let limit = answer.get("limit").and_then(Value::as_u64)?;
    if got == 0 || (got as u64) < limit {
        return None;
    }
    let (path, query) = at.path.split_once('?').unwrap_or((&at.path, ""));
    let others: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("start=")).collect();
    let path = format!("{path}?{}&start={}", others.join("&"), start + got as u64);
    Some(Address { origin: at.origin.clone(), path })
}

#[derive(Default)]
struct Seen {
    pages: u64,
    changed: u64,
    files: u64,
    new_files: u64,
    /// Pages whose restrictions nobody tells.
    unknown_restrictions: u64,
    failures: Vec<String>,
    /// The page before this one could not be had although asked for again and again.
    broken: bool,
    missing_files: Vec<String>,
}

struct Reader<'a> {
    wiki: &'a Wiki<'a>,
    cache: &'a Cache,
    listener: &'a dyn Listener,
    out: Fetched,
    people: BTreeSet<String>,
    seen: Seen,
}

impl Reader<'_> {
    fn space(&mut self, api: &dyn Api, key: &str) -> Result<(), HttpError> {
        self.listener.progress("fetch", 0, 0, key);
        let space = api.space(self.wiki, key)?;
        let mut pages = api.pages(self.wiki, &space)?;
        pages.sort_by_key(|p| id(p).map(|id| (id.len(), id)));
        let folders = api.folders(self.wiki, &pages)?;
        let total = pages.len() as u64;
        let mut kept = BTreeSet::new();
        for folder in folders {
            let Some(id) = id(&folder).filter(|id| is_plain(id)) else { continue };
            self.cache.keep_page(key, &id, &dressed(folder, &space, self.wiki))?;
            kept.insert(id);
        }
        for (at, page) in pages.into_iter().enumerate() {
            let title = text(&page, "/title").unwrap_or_default();
            self.listener.progress("fetch", at as u64, total, &title);
            let Some(id) = id(&page).filter(|id| is_plain(id)) else { continue };
            kept.insert(id.clone());
            match self.page(api, key, &id, dressed(page, &space, self.wiki)) {
                Ok(()) => self.seen.broken = false,
                // It went while the list was read.
                Err(error) if error.status() == Some(404) => {
                    kept.remove(&id);
                }
                // One page may make the wiki stumble; two in a row mean that the wiki is down.
                Err(error) if error.is_local() || matches!(error, HttpError::Broken { .. }) && !self.seen.broken => {
                    self.seen.broken = !error.is_local();
                    self.seen.failures.push(format!("\"{title}\" ({id}): {error}"));
                    self.out.unread.insert(id);
                }
                Err(error) => return Err(error),
            }
        }
        self.cache.forget_pages(key, &kept);
        Ok(())
    }

    fn page(&mut self, api: &dyn Api, key: &str, id: &str, mut page: Value) -> Result<(), HttpError> {
        let known = self.cache.page(key, id);
        let version = |v: &Value| v.pointer("/version/number").and_then(Value::as_u64);
        let known = known.filter(|k| k.get("body").is_some() && version(k).is_some() && version(k) == version(&page));
        let Some(fields) = page.as_object_mut() else { return Ok(()) };
        match known {
            Some(known) => {
                for name in ["body", "labels"] {
                    if let Some(value) = known.get(name) {
                        fields.entry(name.to_owned()).or_insert_with(|| value.clone());
                    }
                }
            }
            None => {
                let body = api.body(self.wiki, &Value::Object(fields.clone()))?;
                fields.extend(body);
                self.seen.changed += 1;
            }
        }
        // What anonymous visitors see is restricted to nobody.
        if self.wiki.has_token() && page.pointer("/restrictions/read/restrictions").is_none() {
            page["restrictions"] = match api.restrictions(self.wiki, &page) {
                Ok(restrictions) => restrictions,
                Err(HttpError::Status { status: 401 | 403 | 404, .. }) => {
                    self.seen.unknown_restrictions += 1;
                    json!({"read": {"restrictions": {"user": {"results": [{"type": "unknown"}]}}}})
                }
                Err(error) => return Err(error),
            };
        }
        let attachments = api.attachments(self.wiki, &page)?;
        for attachment in &attachments {
            self.attachment(key, id, attachment)?;
        }
        page["children"] = json!({"attachment": {"results": attachments}});
        self.note_people(&page);
        self.cache.keep_page(key, id, &page)?;
        self.seen.pages += 1;
        Ok(())
    }

    fn attachment(&mut self, key: &str, page: &str, attachment: &Value) -> Result<(), HttpError> {
        let title = text(attachment, "/title").unwrap_or_default();
        let version = text(attachment, "/version/number").unwrap_or_else(|| "1".to_owned());
        let Some(id) = id(attachment).filter(|id| is_plain(id) && is_plain(&version)) else { return Ok(()) };
        self.seen.files += 1;
        if self.cache.has_file(key, page, &id, &version) {
            return Ok(());
        }
        let link = text(attachment, "/_links/download").or_else(|| text(attachment, "/downloadLink"));
        let Some(link) = link else {
            self.seen.missing_files.push(format!("\"{title}\": the wiki names no address for it"));
            return Ok(());
        };
        let size = attachment.pointer("/extensions/fileSize").or_else(|| attachment.get("fileSize")).and_then(Value::as_u64);
        let wiki = self.wiki;
        let address = wiki.link(&link)?;
        let fetched = self.cache.keep_file([key, page, &id, &version], |file| {
            let came = wiki.download(&address, file)?;
            match size.filter(|s| *s != came) {
                None => Ok(()),
                Some(size) => Err(HttpError::Form { address: address.shown(), why: format!("{came} bytes came, {size} were announced") }),
            }
        });
        match fetched {
            Ok(()) => self.seen.new_files += 1,
            Err(error) if error.is_local() => self.seen.missing_files.push(format!("\"{title}\": {error}")),
            // Somebody else's server that does not answer is no reason to give up the wiki.
            Err(error @ HttpError::Broken { .. }) if address.origin != wiki.base().origin => {
                self.seen.missing_files.push(format!("\"{title}\": {error}"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// People whom the page names only by an id.
    fn note_people(&mut self, page: &Value) {
        let paths = ["/authorId", "/ownerId", "/version/authorId"];
        self.people.extend(paths.iter().filter_map(|p| text(page, p)));
        let Some(body) = text(page, "/body/storage/value") else { return };
        for attribute in ["ri:account-id=\"", "ri:userkey=\"", "ri:username=\""] {
            for part in body.split(attribute).skip(1) {
                let Some((value, _)) = part.split_once('"') else { continue };
                let prefix = if attribute.contains("username") { "name " } else { "" };
                if !value.is_empty() && value.len() <= 200 && !value.contains(['<', '&']) {
                    self.people.insert(format!("{prefix}{value}"));
                }
            }
        }
    }

    fn names(&mut self, api: &dyn Api) -> Result<(), HttpError> {
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        let earlier = self.cache.people();
        for person in earlier.iter().filter_map(|p| p.get("results")).filter_map(Value::as_array).flatten() {
            if let Some(asked) = text(person, "/asked") {
                known.insert(asked, person.clone());
            }
        }
        let unknown: Vec<String> = self.people.iter().filter(|p| !known.contains_key(*p)).cloned().collect();
        match api.people(self.wiki, &unknown) {
            Ok(found) => {
                for person in found {
                    known.insert(text(&person, "/asked").unwrap_or_default(), person);
                }
                let results: Vec<Value> = known.into_values().collect();
                self.cache.keep_people(&json!({ "results": results }))?;
            }
            Err(error @ HttpError::Status { .. }) => self.out.notices.push(
                Notice::warning(format!(
                    "names of {} cannot be read",
                    if unknown.len() == 1 { "1 person".to_owned() } else { format!("{} people", unknown.len()) }
                ))
                .why(error.to_string())
                .next("a token that may see profiles, or names in the plan"),
            ),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn finish(&mut self) {
        let seen = &self.seen;
        self.listener.phase(
            "fetch",
            &format!(
                "{}, {} new or changed; {}, {} new",
                plural(seen.pages, "page"),
                super::notice::count(seen.changed),
                plural(seen.files, "file"),
                super::notice::count(seen.new_files)
            ),
        );
        if seen.unknown_restrictions > 0 {
            let pages = plural(seen.unknown_restrictions, "page");
            self.out.notices.push(
                Notice::warning(format!("whether {pages} may be seen by everybody is not known, so they count as restricted"))
                    .why("the account may not ask for restrictions")
                    .next("a token that may (scope read:content.restriction:confluence), or `import: true` in the plan"),
            );
        }
        for failure in &seen.failures {
            self.out.notices.push(Notice::error(format!("{failure}: not read")).next("the same command later; it goes on with these"));
        }
        if let Some(first) = seen.missing_files.first() {
            let more = if seen.missing_files.len() > 1 { format!(" and {} more", seen.missing_files.len() - 1) } else { String::new() };
            self.out.notices.push(
                Notice::error(format!("{} not fetched", plural(seen.missing_files.len() as u64, "attachment")))
                    .why(format!("{first}{more}"))
                    .next("the same command later; it fetches what is missing"),
            );
        }
    }
}

/// A page with what the reader of REST answers wants to find in it: its space by key, and the wiki's address.
fn dressed(mut page: Value, space: &Value, wiki: &Wiki<'_>) -> Value {
    page["space"] = space.clone();
    let base = wiki.base().text();
    if !page["_links"].is_object() {
        page["_links"] = json!({});
    }
    page["_links"]["base"] = Value::String(base);
    page
}

fn id(value: &Value) -> Option<String> {
    text(value, "/id")
}

fn text(value: &Value, path: &str) -> Option<String> {
    match value.pointer(path)? {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A space's key: letters and digits; `~` begins that of a person.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 255 && !key.starts_with('.') && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"~._-".contains(&b))
}

/// Percent-encodes a value of a query.
fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// `once`, `3 times`.
fn times(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}
