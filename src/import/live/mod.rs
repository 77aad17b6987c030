//! The wiki itself as a source: reads spaces through the REST API of Cloud (version 2) or Data Center (version 1) and keeps them as the files that
//! [`super::rest_json`] takes, so that everything after that is one path with every other export.
//!
//! Only reads. Asks again for a page only when its version number is another than last time. Knows the API; what pages become is not its business.

mod address;
mod cache;
mod cloud;
mod data_center;
mod http;
mod one;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::listener::Listener;
use super::notice::{Notice, plural};
use address::Address;
use cache::{Cache, is_plain};
use http::Wiki;
pub use http::{Account, HttpError, Patience};
use one::One;

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
    /// Read earlier versions of pages too.
    pub history: bool,
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
        Reader { wiki: &wiki, cache: &cache, listener, history: source.history, out: Fetched::default(), seen: Seen::default() };
    for key in &source.spaces {
        reader.space(api, key)?;
    }
    reader.names(api)?;
    reader.finish();
    Ok(reader.out)
}

/// The one thing both kinds of wiki differ in: what is asked, and how the answer lies.
trait Api: Sync {
    /// The space, as `{"id", "key", "name", "homepage": {"id"}}`.
    fn space(&self, wiki: &Wiki<'_>, key: &str) -> Result<Value, HttpError>;
    /// All live pages and blog posts of the space, without bodies.
    fn pages(&self, wiki: &Wiki<'_>, space: &Value) -> Result<Vec<Value>, HttpError>;
    /// Parents of pages that are not pages themselves.
    fn folders(&self, wiki: &Wiki<'_>, pages: &[Value]) -> Result<Vec<Value>, HttpError>;
    /// What only the page itself says: its body, and what goes with it. These fields are added to the page.
    fn body(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Map<String, Value>, HttpError>;
    /// What one question answers for all pages of the space: restrictions, labels, attachments, by page id. What is not in it is asked page by page.
    fn of_all(&self, wiki: &Wiki<'_>, space: &Value) -> Result<BTreeMap<String, Map<String, Value>>, HttpError>;
    /// The versions of the page before this one, as pages. `have` says which numbers are known already.
    fn versions(&self, wiki: &Wiki<'_>, page: &Value, have: &dyn Fn(u64) -> bool) -> Result<Vec<Value>, HttpError>;
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

/// What reading one page, or all, brought.
#[derive(Default)]
struct Seen {
    pages: u64,
    changed: u64,
    versions: u64,
    files: u64,
    new_files: u64,
    /// Pages whose restrictions nobody tells.
    unknown_restrictions: u64,
    failures: Vec<String>,
    missing_files: Vec<String>,
    people: BTreeSet<String>,
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.pages += other.pages;
        self.changed += other.changed;
        self.versions += other.versions;
        self.files += other.files;
        self.new_files += other.new_files;
        self.unknown_restrictions += other.unknown_restrictions;
        self.failures.extend(other.failures);
        self.missing_files.extend(other.missing_files);
        self.people.extend(other.people);
    }
}

struct Reader<'a> {
    wiki: &'a Wiki<'a>,
    cache: &'a Cache,
    listener: &'a dyn Listener,
    history: bool,
    out: Fetched,
    seen: Seen,
}

/// Pages read at the same time: enough to hide the way to the wiki and back, few enough not to be a burden.
const AT_ONCE: usize = 4;

impl Reader<'_> {
    fn space(&mut self, api: &dyn Api, key: &str) -> Result<(), HttpError> {
        self.listener.progress("fetch", 0, 0, key);
        let space = api.space(self.wiki, key)?;
        let mut pages = api.pages(self.wiki, &space)?;
        pages.sort_by_key(|p| id(p).map(|id| (id.len(), id)));
        let folders = api.folders(self.wiki, &pages)?;
        let mut kept = BTreeSet::new();
        for folder in folders {
            let Some(id) = id(&folder).filter(|id| is_plain(id)) else { continue };
            self.cache.keep_page(key, &id, &dressed(folder, &space, self.wiki))?;
            kept.insert(id);
        }
        self.add_what_one_question_answers(api, &space, &mut pages)?;
        let comments = self.comments(&space, key)?;
        let pages: Vec<(String, String, Value)> = pages
            .into_iter()
            .filter_map(|page| {
                let id = id(&page).filter(|id| is_plain(id))?;
                let title = text(&page, "/title").unwrap_or_default();
                let mut page = dressed(page, &space, self.wiki);
                page["children"]["comment"] = json!({"results": comments.get(&id).cloned().unwrap_or_default()});
                Some((id, title, page))
            })
            .collect();
        let read = self.all_pages(api, key, &pages);
        // One page may make the wiki stumble; two in a row mean that the wiki is down.
        let mut broken = false;
        for ((id, title, _), result) in pages.iter().zip(read) {
            kept.insert(id.clone());
            match result {
                Some(Ok(seen)) => {
                    broken = false;
                    self.seen.add(seen);
                }
                // It went while the list was read.
                Some(Err(error)) if error.status() == Some(404) => {
                    kept.remove(id);
                }
                Some(Err(error)) if error.is_local() || matches!(error, HttpError::Broken { .. }) && !broken => {
                    broken = !error.is_local();
                    self.seen.failures.push(format!("\"{title}\" ({id}): {error}"));
                    self.out.unread.insert(id.clone());
                }
                Some(Err(error)) => return Err(error),
                None => return Err(HttpError::Stopped),
            }
        }
        self.cache.forget_pages(key, &kept);
        Ok(())
    }

    /// Reads pages, several at once. `None` for those not reached because the wiki went away or somebody stopped it.
    fn all_pages(&self, api: &dyn Api, key: &str, pages: &[(String, String, Value)]) -> Vec<Option<Result<Seen, HttpError>>> {
        let page = One { wiki: self.wiki, cache: self.cache, api, key, history: self.history };
        let (next, done, ended) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let broken = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<Result<Seen, HttpError>>>> = pages.iter().map(|_| Mutex::new(None)).collect();
        let work = || {
            while !ended.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((id, title, value)) = pages.get(at) else { return };
                self.listener.progress("fetch", done.fetch_add(1, Ordering::Relaxed) as u64, pages.len() as u64, title);
                let result = page.read(id, value.clone());
                match &result {
                    Ok(_) => broken.store(0, Ordering::Relaxed),
                    Err(error) if error.is_local() => {}
                    // One that is broken may be the page's own fault; several are the wiki's.
                    Err(HttpError::Broken { .. }) if broken.fetch_add(1, Ordering::Relaxed) < AT_ONCE => {}
                    Err(_) => ended.store(true, Ordering::Relaxed),
                }
                if let Ok(mut slot) = results[at].lock() {
                    *slot = Some(result);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(pages.len()) {
                scope.spawn(work);
            }
        });
        let mut out: Vec<_> = results.into_iter().map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        // What ended it is told, not that others were not reached.
        let end = out.iter().position(|r| matches!(r, Some(Err(e)) if !e.is_local() && !matches!(e, HttpError::Broken { .. })));
        let end = end.or_else(|| out.iter().rposition(|r| matches!(r, Some(Err(HttpError::Broken { .. })))));
        if let (Some(end), Some(hole)) = (end, out.iter().position(Option::is_none)) {
            out.swap(end, hole);
            out.truncate(hole + 1);
        }
        out
    }

    /// Restrictions, labels and attachments that come with one question for all pages. A wiki that refuses it is asked page by page.
    fn add_what_one_question_answers(&mut self, api: &dyn Api, space: &Value, pages: &mut [Value]) -> Result<(), HttpError> {
        let mut found = match api.of_all(self.wiki, space) {
            Ok(found) => found,
            Err(error) if error.is_local() => return Ok(()),
            Err(error) => return Err(error),
        };
        for page in pages {
            let Some(more) = id(page).and_then(|id| found.remove(&id)) else { continue };
            if let Some(fields) = page.as_object_mut() {
                fields.extend(more);
            }
        }
        Ok(())
    }

    /// All comments of the space by the page they stand under: one question in both kinds of wiki.
    fn comments(&mut self, space: &Value, key: &str) -> Result<BTreeMap<String, Vec<Value>>, HttpError> {
        let key_of = text(space, "/key").unwrap_or_else(|| key.to_owned());
        let query = encoded(&format!("space = \"{key_of}\" and type = comment"));
        let found =
            match list(self.wiki, &format!("/rest/api/content/search?cql={query}&expand=body.storage,container,history&limit=100")) {
                Ok(found) => found,
                Err(error) if error.is_local() => {
                    self.out.notices.push(Notice::warning(format!("comments in {key} not read")).why(error.to_string()).next(
                        "an account that may search; without comments the pages are the same, and the loss report does not name them",
                    ));
                    Vec::new()
                }
                Err(error) => return Err(error),
            };
        let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for comment in found {
            let Some(page) = text(&comment, "/container/id") else { continue };
            let kept = json!({"id": comment["id"], "type": "comment", "history": {"createdDate": comment["history"]["createdDate"]}, "body": {"storage": {"value": comment["body"]["storage"]["value"]}}});
            out.entry(page).or_default().push(kept);
        }
        Ok(out)
    }

    fn names(&mut self, api: &dyn Api) -> Result<(), HttpError> {
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        let earlier = self.cache.people();
        for person in earlier.iter().filter_map(|p| p.get("results")).filter_map(Value::as_array).flatten() {
            if let Some(asked) = text(person, "/asked") {
                known.insert(asked, person.clone());
            }
        }
        let unknown: Vec<String> = self.seen.people.iter().filter(|p| !known.contains_key(*p)).cloned().collect();
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
                "{}, {} new or changed{}; {}, {} new",
                plural(seen.pages, "page"),
                super::notice::count(seen.changed),
                if seen.versions > 0 { format!(", {}", plural(seen.versions, "earlier version")) } else { String::new() },
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
    for name in ["_links", "children"] {
        if !page[name].is_object() {
            page[name] = json!({});
        }
    }
    page["_links"]["base"] = Value::String(base);
    page
}

fn id(value: &Value) -> Option<String> {
    text(value, "/id")
}

fn version(page: &Value) -> Option<u64> {
    page.pointer("/version/number").and_then(Value::as_u64)
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
