//! Confluence Cloud: version 2 of the API, lists by cursor; version 1 where version 2 has nothing (restrictions, names).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::cache::is_plain;
use super::http::{HttpError, Wiki};
use super::{Api, encoded, id, list, text, version};

/// The most entries of a part of a list.
const LIMIT: u32 = 250;
/// The most entries of a part of a search that expands much, and of a list of versions with their bodies.
const SEARCHED: u32 = 100;
const VERSIONS: u32 = 50;
/// What a search says of each page.
const OF_A_PAGE: &str = "metadata.labels,restrictions.read.restrictions.user,restrictions.read.restrictions.group,children.attachment.version,children.attachment.extensions";
/// People asked for at once.
const PEOPLE: usize = 50;

pub(super) struct Cloud;

impl Api for Cloud {
    fn space(&self, wiki: &Wiki<'_>, key: &str) -> Result<Value, HttpError> {
        let address = wiki.link(&format!("/api/v2/spaces?keys={}", encoded(key)))?;
        let answer = wiki.json(&address)?;
        let found = answer.get("results").and_then(Value::as_array);
        let found = found.into_iter().flatten().find(|s| text(s, "/key").is_some_and(|k| k.eq_ignore_ascii_case(key)));
        let Some(space) = found else {
            let said = Some(format!("no space {key}"));
            return Err(HttpError::Status { status: 404, address: address.shown(), said, token: wiki.has_token() });
        };
        Ok(json!({"id": space["id"], "key": key, "name": space["name"], "homepage": {"id": space["homepageId"]}}))
    }

    fn pages(&self, wiki: &Wiki<'_>, space: &Value) -> Result<Vec<Value>, HttpError> {
        let space = id(space).unwrap_or_default();
        let mut out = list(wiki, &format!("/api/v2/spaces/{}/pages?limit={LIMIT}", encoded(&space)))?;
        let mut posts = list(wiki, &format!("/api/v2/spaces/{}/blogposts?limit={LIMIT}", encoded(&space)))?;
        for post in &mut posts {
            post["type"] = json!("blogpost");
        }
        out.append(&mut posts);
        Ok(out)
    }

    fn folders(&self, wiki: &Wiki<'_>, pages: &[Value]) -> Result<Vec<Value>, HttpError> {
        let have: BTreeSet<String> = pages.iter().filter_map(id).collect();
        let parent = |v: &Value| Some((text(v, "/parentId")?, text(v, "/parentType")?));
        let mut open: BTreeMap<String, String> = pages.iter().filter_map(parent).filter(|(id, _)| !have.contains(id)).collect();
        let mut asked = BTreeSet::new();
        let mut out = Vec::new();
        while let Some((id, kind)) = open.pop_first() {
            if !is_plain(&id) || !asked.insert(id.clone()) || have.contains(&id) {
                continue;
            }
            let kind = match kind.as_str() {
                "folder" | "whiteboard" | "database" | "embed" => kind,
                _ => continue,
            };
            match wiki.json(&wiki.link(&format!("/api/v2/{kind}s/{id}"))?) {
                Ok(mut found) => {
                    open.extend(parent(&found));
                    found["type"] = json!("folder");
                    found["body"] = json!({"storage": {"value": ""}});
                    out.push(found);
                }
                // Its pages stand at the top of the space then.
                Err(error) if error.is_local() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }

    fn body(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Map<String, Value>, HttpError> {
        let kind = kind(page);
        let address = format!("/api/v2/{kind}/{}?body-format=storage&include-labels=true", id(page).unwrap_or_default());
        let answer = wiki.json(&wiki.link(&address)?)?;
        let mut labels = answer.get("labels").cloned().unwrap_or(Value::Null);
        // Only the first labels come with the page.
        if answer.pointer("/labels/meta/hasMore") == Some(&Value::Bool(true)) {
            labels = json!({"results": list(wiki, &format!("/api/v2/{kind}/{}/labels?limit={LIMIT}", id(page).unwrap_or_default()))?});
        }
        let version = answer.get("version").cloned().unwrap_or(Value::Null);
        let title = answer.get("title").cloned().unwrap_or(Value::Null);
        let mut out = Map::new();
        out.insert("body".to_owned(), answer.get("body").cloned().unwrap_or(json!({"storage": {"value": ""}})));
        // It may have been edited since the list was read; the number belongs to the body.
        out.extend(
            [("labels", labels), ("version", version), ("title", title)]
                .into_iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k.to_owned(), v)),
        );
        Ok(out)
    }

    /// Version 2 has no such question; the search of version 1 has, and tells of each page what its lists would.
    fn of_all(&self, wiki: &Wiki<'_>, space: &Value) -> Result<BTreeMap<String, Map<String, Value>>, HttpError> {
        let query = encoded(&format!("space = \"{}\" and type in (page, blogpost)", text(space, "/key").unwrap_or_default()));
        let found = list(wiki, &format!("/rest/api/content/search?cql={query}&expand={OF_A_PAGE}&limit={SEARCHED}"))?;
        let only = |page: &Value| {
            let named = |name: &str| Some((name.to_owned(), page.get(name).filter(|v| v.is_object())?.clone()));
            ["metadata", "restrictions", "children"].iter().filter_map(|n| named(n)).collect::<Map<_, _>>()
        };
        Ok(found.iter().filter_map(|page| Some((id(page)?, only(page)))).collect())
    }

    fn versions(&self, wiki: &Wiki<'_>, page: &Value, have: &dyn Fn(u64) -> bool) -> Result<Vec<Value>, HttpError> {
        let now = version(page).unwrap_or(1);
        let id = id(page).unwrap_or_default();
        let found = list(wiki, &format!("/api/v2/{}/{id}/versions?body-format=storage&limit={VERSIONS}", kind(page)))?;
        let number = |v: &Value| v.get("number").and_then(Value::as_u64);
        let wanted = found.into_iter().filter(|v| number(v).is_some_and(|n| n < now && !have(n)));
        Ok(wanted
            .map(|v| {
                let of = v.get("page").or_else(|| v.get("blogpost")).cloned().unwrap_or(Value::Null);
                let version =
                    json!({"number": v["number"], "createdAt": v["createdAt"], "authorId": v["authorId"], "message": v["message"]});
                let body = if of["body"].is_object() { of["body"].clone() } else { json!({"storage": {"value": ""}}) };
                json!({"title": of["title"], "version": version, "body": body})
            })
            .collect())
    }

    fn restrictions(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Value, HttpError> {
        super::data_center::restrictions(wiki, page)
    }

    fn attachments(&self, wiki: &Wiki<'_>, page: &Value) -> Result<Vec<Value>, HttpError> {
        if let Some(whole) = super::data_center::attachments_at_hand(page) {
            return Ok(whole);
        }
        list(wiki, &format!("/api/v2/{}/{}/attachments?limit={LIMIT}", kind(page), id(page).unwrap_or_default()))
    }

    fn people(&self, wiki: &Wiki<'_>, ids: &[String]) -> Result<Vec<Value>, HttpError> {
        let mut out = Vec::new();
        for part in ids.chunks(PEOPLE) {
            let query: Vec<String> = part.iter().filter(|p| !p.contains(' ')).map(|p| format!("accountId={}", encoded(p))).collect();
            if query.is_empty() {
                continue;
            }
            let found = list(wiki, &format!("/rest/api/user/bulk?{}&limit={PEOPLE}", query.join("&")))?;
            out.extend(found.iter().filter_map(|p| Some(super::data_center::person(p, &text(p, "/accountId")?))));
        }
        Ok(out)
    }
}

fn kind(page: &Value) -> &'static str {
    if page["type"] == "blogpost" { "blogposts" } else { "pages" }
}
