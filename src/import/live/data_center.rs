//! Confluence Data Center and Server: version 1 of the API, lists by start and limit.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::http::{HttpError, Wiki};
use super::{Api, encoded, id, list, text, version};

/// Entries asked for in a part of a list; servers give fewer where much is expanded.
const LIMIT: u32 = 100;
/// What a list of pages says of each, so that nothing but the bodies of changed pages is asked for one by one.
const OF_A_PAGE: &str = "version,ancestors,history,metadata.labels,restrictions.read.restrictions.user,restrictions.read.restrictions.group,children.attachment.version";

pub(super) struct DataCenter;

impl Api for DataCenter {
    fn space(&self, wiki: &Wiki<'_>, key: &str) -> Result<Value, HttpError> {
        let space = wiki.json(&wiki.link(&format!("/rest/api/space/{}?expand=homepage", encoded(key)))?)?;
        Ok(json!({"id": space["id"], "key": key, "name": space["name"], "homepage": {"id": space["homepage"]["id"]}}))
    }

    fn pages(&self, wiki: &Wiki<'_>, space: &Value) -> Result<Vec<Value>, HttpError> {
        let key = encoded(&text(space, "/key").unwrap_or_default());
        let of =
            |kind: &str| format!("/rest/api/content?spaceKey={key}&type={kind}&status=current&expand={OF_A_PAGE}&limit={LIMIT}&start=0");
        let mut out = list(wiki, &of("page"))?;
        out.append(&mut list(wiki, &of("blogpost"))?);
        Ok(out)
    }

    fn folders(&self, _: &Wiki<'_>, _: &[Value]) -> Result<Vec<Value>, HttpError> {
        Ok(Vec::new())
    }

    fn body(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Map<String, Value>, HttpError> {
        let answer = wiki.json(&wiki.link(&format!("/rest/api/content/{}?expand=body.storage,version", id(page).unwrap_or_default()))?)?;
        let mut out = Map::new();
        out.insert("body".to_owned(), json!({"storage": answer["body"]["storage"]}));
        // It may have been edited since the list was read; the number belongs to the body.
        out.extend(["version", "title"].into_iter().filter_map(|k| Some((k.to_owned(), answer.get(k)?.clone()))));
        Ok(out)
    }

    fn restrictions(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Value, HttpError> {
        restrictions(wiki, page)
    }

    /// The list of pages says it all.
    fn of_all(&self, _: &Wiki<'_>, _: &Value) -> Result<BTreeMap<String, Map<String, Value>>, HttpError> {
        Ok(BTreeMap::new())
    }

    fn versions(&self, wiki: &Wiki<'_>, page: &Value, have: &dyn Fn(u64) -> bool) -> Result<Vec<Value>, HttpError> {
        let now = version(page).unwrap_or(1);
        let id = id(page).unwrap_or_default();
        let mut out = Vec::new();
        for number in (1..now).filter(|n| !have(*n)) {
            let address = format!("/rest/api/content/{id}?status=historical&version={number}&expand=body.storage,version");
            match wiki.json(&wiki.link(&address)?) {
                Ok(found) => {
                    out.push(json!({"title": found["title"], "version": found["version"], "body": {"storage": found["body"]["storage"]}}));
                }
                // A version that somebody deleted.
                Err(HttpError::Status { status: 404, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }

    fn attachments(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Vec<Value>, HttpError> {
        if let Some(whole) = attachments_at_hand(page) {
            return Ok(whole);
        }
        list(wiki, &format!("/rest/api/content/{}/child/attachment?expand=version&limit={LIMIT}&start=0", id(page).unwrap_or_default()))
    }

    fn people(&self, wiki: &Wiki<'_>, ids: &[String]) -> Result<Vec<Value>, HttpError> {
        let mut out = Vec::new();
        for asked in ids {
            let query = match asked.strip_prefix("name ") {
                Some(name) => format!("username={}", encoded(name)),
                None => format!("key={}", encoded(asked)),
            };
            match wiki.json(&wiki.link(&format!("/rest/api/user?{query}"))?) {
                Ok(found) => out.push(person(&found, asked)),
                // Nobody of that name any more; not asked again.
                Err(HttpError::Status { status: 404, .. }) => out.push(json!({ "asked": asked })),
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }
}

/// The attachments that a list of pages brought along, if these are all.
pub(super) fn attachments_at_hand(page: &Value) -> Option<Vec<Value>> {
    let part = page.pointer("/children/attachment")?;
    let results = part.get("results").and_then(Value::as_array)?;
    let whole = part.pointer("/_links/next").is_none() && (results.len() as u64) < part.get("limit").and_then(Value::as_u64)?;
    whole.then(|| results.clone())
}

/// Who may read a page; the same call in both kinds of wiki.
pub(super) fn restrictions(wiki: &Wiki<'_>, page: &Value) -> Result<Value, HttpError> {
    let id = id(page).unwrap_or_default();
    let address = format!("/rest/api/content/{id}/restriction/byOperation/read?expand=restrictions.user,restrictions.group");
    let answer = wiki.json(&wiki.link(&address)?)?;
    Ok(json!({"read": {"restrictions": answer["restrictions"]}}))
}

/// What is kept of a person: ids, names, whether the account is in use. No e-mail address.
pub(super) fn person(found: &Value, asked: &str) -> Value {
    let mut out = Map::new();
    for name in ["type", "accountId", "userKey", "username", "displayName", "publicName", "accountStatus"] {
        if let Some(value) = found.get(name).filter(|v| v.is_string()) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    out.insert("asked".to_owned(), json!(asked));
    Value::Object(out)
}
