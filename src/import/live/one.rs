//! One page of a wiki with all that goes with it: body, restrictions, files, earlier versions. Runs in several threads at once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cache::{Cache, is_plain};
use super::http::{HttpError, Wiki};
use super::{Api, Seen, id, text, version};

/// How one page is read, by several threads at once.
pub(super) struct One<'a> {
    pub(super) wiki: &'a Wiki<'a>,
    pub(super) cache: &'a Cache,
    pub(super) api: &'a dyn Api,
    pub(super) key: &'a str,
    pub(super) history: bool,
}

impl One<'_> {
    /// Reads the page `id`, of which the lists say `page`, and keeps it.
    pub(super) fn read(&self, id: &str, mut page: Value) -> Result<Seen, HttpError> {
        let mut seen = Seen { pages: 1, ..Seen::default() };
        let (wiki, cache, api, key) = (self.wiki, self.cache, self.api, self.key);
        let known = cache.page(key, id);
        let known = known.filter(|k| k.get("body").is_some() && version(k).is_some() && version(k) == version(&page));
        let Some(fields) = page.as_object_mut() else { return Ok(seen) };
        match known {
            Some(known) => {
                for name in ["body", "labels"] {
                    if let Some(value) = known.get(name) {
                        fields.entry(name.to_owned()).or_insert_with(|| value.clone());
                    }
                }
            }
            None => {
                let body = api.body(wiki, &Value::Object(fields.clone()))?;
                fields.extend(body);
                seen.changed += 1;
            }
        }
        // What anonymous visitors see is restricted to nobody.
        if wiki.has_token() && page.pointer("/restrictions/read/restrictions").is_none() {
            page["restrictions"] = match api.restrictions(wiki, &page) {
                Ok(restrictions) => restrictions,
                Err(HttpError::Status { status: 401 | 403 | 404, .. }) => {
                    seen.unknown_restrictions += 1;
                    json!({"read": {"restrictions": {"user": {"results": [{"type": "unknown"}]}}}})
                }
                Err(error) => return Err(error),
            };
        }
        let attachments = api.attachments(wiki, &page)?;
        for attachment in &attachments {
            self.attachment(id, attachment, &mut seen)?;
        }
        page["children"]["attachment"] = json!({"results": attachments});
        if self.history {
            self.versions(id, &page, &mut seen)?;
        }
        people_of(&page, &mut seen.people);
        cache.keep_page(key, id, &page)?;
        Ok(seen)
    }

    /// Earlier versions never change: each is asked for once.
    fn versions(&self, id: &str, page: &Value, seen: &mut Seen) -> Result<(), HttpError> {
        let have = |number: u64| self.cache.has_version(self.key, id, number);
        if (1..version(page).unwrap_or(1)).all(have) {
            return Ok(());
        }
        for mut earlier in self.api.versions(self.wiki, page, &have)? {
            let Some(number) = version(&earlier) else { continue };
            for name in ["id", "space", "type"] {
                earlier[name] = page[name].clone();
            }
            people_of(&earlier, &mut seen.people);
            self.cache.keep_version(self.key, id, number, &earlier)?;
            seen.versions += 1;
        }
        Ok(())
    }

    fn attachment(&self, page: &str, attachment: &Value, seen: &mut Seen) -> Result<(), HttpError> {
        let (wiki, key) = (self.wiki, self.key);
        let title = text(attachment, "/title").unwrap_or_default();
        let version = text(attachment, "/version/number").unwrap_or_else(|| "1".to_owned());
        let Some(id) = id(attachment).filter(|id| is_plain(id) && is_plain(&version)) else { return Ok(()) };
        seen.files += 1;
        if self.cache.has_file(key, page, &id, &version) {
            return Ok(());
        }
        let link = text(attachment, "/_links/download").or_else(|| text(attachment, "/downloadLink"));
        let Some(link) = link else {
            seen.missing_files.push(format!("\"{title}\": the wiki names no address for it"));
            return Ok(());
        };
        let size = attachment.pointer("/extensions/fileSize").or_else(|| attachment.get("fileSize")).and_then(Value::as_u64);
        let address = wiki.link(&link)?;
        let fetched = self.cache.keep_file([key, page, &id, &version], |file| {
            let came = wiki.download(&address, file)?;
            match size.filter(|s| *s != came) {
                None => Ok(()),
                Some(size) => Err(HttpError::Form { address: address.shown(), why: format!("{came} bytes came, {size} were announced") }),
            }
        });
        match fetched {
            Ok(()) => seen.new_files += 1,
            Err(error) if error.is_local() => seen.missing_files.push(format!("\"{title}\": {error}")),
            // Somebody else's server that does not answer is no reason to give up the wiki.
            Err(error @ HttpError::Broken { .. }) if address.origin != wiki.base().origin => {
                seen.missing_files.push(format!("\"{title}\": {error}"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// People whom the page names only by an id.
fn people_of(page: &Value, people: &mut BTreeSet<String>) {
    let paths = ["/authorId", "/ownerId", "/version/authorId"];
    people.extend(paths.iter().filter_map(|p| text(page, p)));
    let Some(body) = text(page, "/body/storage/value") else { return };
    for attribute in ["ri:account-id=\"", "ri:userkey=\"", "ri:username=\""] {
        for part in body.split(attribute).skip(1) {
            let Some((value, _)) = part.split_once('"') else { continue };
            let prefix = if attribute.contains("username") { "name " } else { "" };
            if !value.is_empty() && value.len() <= 200 && !value.contains(['<', '&']) {
                people.insert(format!("{prefix}{value}"));
            }
        }
    }
}
