//! A wiki for tests: answers over HTTP as the documented REST APIs of Cloud (version 2, cursors) and Data Center (version 1, start and limit) do, and
//! misbehaves on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What kind of wiki.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cloud,
    DataCenter,
    /// A server of files, with nothing of a wiki.
    Files,
}

/// A page.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) title: &'static str,
    pub(super) parent: Option<(&'static str, &'static str)>,
    pub(super) version: u64,
    pub(super) body: String,
    pub(super) restricted: bool,
    pub(super) post: bool,
    /// Name, version, bytes, address of the file where it is not the usual one.
    pub(super) files: Vec<(&'static str, u64, &'static [u8], Option<String>)>,
    /// Bodies of versions 1, 2 … before the one that counts.
    pub(super) earlier: Vec<&'static str>,
    pub(super) comments: Vec<&'static str>,
}

impl Page {
    pub(super) fn new(title: &'static str, parent: Option<&'static str>, body: &str) -> Self {
        let parent = parent.map(|p| (p, "page"));
        Self {
            title,
            parent,
            version: 1,
            body: body.to_owned(),
            restricted: false,
            post: false,
            files: Vec::new(),
            earlier: Vec::new(),
            comments: Vec::new(),
        }
    }
}

/// A misdeed, done once to the first request whose path holds the text.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// A status, with `Retry-After: 0`.
    Status(u16),
    /// Status 429 with that many seconds of `Retry-After`.
    Wait(u32),
    /// Half the answer, then the connection is gone.
    Cut,
    /// A sign-in page.
    SignIn,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) pages: BTreeMap<&'static str, Page>,
    pub(super) faults: VecDeque<(&'static str, Fault)>,
    /// Faults that never end.
    pub(super) always: Vec<(&'static str, u16)>,
    /// Path and query of each request, with its `Authorization`.
    pub(super) asked: Vec<(String, Option<String>)>,
    pub(super) authorization: Option<&'static str>,
    /// Host that links to further parts name instead of none.
    pub(super) links_name: Option<&'static str>,
}

/// See the module.
pub(super) struct Wiki {
    pub(super) address: String,
    pub(super) state: Arc<Mutex<State>>,
}

impl Wiki {
    pub(super) fn new(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(kind, &stream, &shared));
            }
        });
        let context = if kind == Kind::Cloud { "/wiki" } else { "/confluence" };
        Self { address: format!("{address}{context}"), state }
    }

    /// Paths asked for since the last call.
    pub(super) fn asked(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }
}

fn serve(kind: Kind, stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("GET"), "an import only reads");
        let target = words.next().unwrap_or_default().to_owned();
        let mut authorization = None;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case("authorization")) {
                assert!(!name.is_empty());
                authorization = Some(value.trim().to_owned());
            }
        }
        let mut state = state.lock().unwrap();
        state.asked.push((target.clone(), authorization.clone()));
        let fault = state.faults.iter().position(|(part, _)| target.contains(part)).and_then(|at| state.faults.remove(at));
        let always = state.always.iter().find(|(part, _)| target.contains(part)).map(|(_, s)| *s);
        let (status, headers, body) = match (&fault, always) {
            (Some((_, Fault::Status(status))), _) => (*status, "Retry-After: 0\r\n".to_owned(), b"{\"message\":\"not now\"}".to_vec()),
            (Some((_, Fault::Wait(seconds))), _) => (429, format!("Retry-After: {seconds}\r\n"), b"{\"message\":\"later\"}".to_vec()),
            (Some((_, Fault::SignIn)), _) => {
                (200, "Content-Type: text/html\r\n".to_owned(), b"<!DOCTYPE html><title>Log in</title>".to_vec())
            }
            (_, Some(status)) => (status, "Retry-After: 0\r\n".to_owned(), b"{\"message\":\"broken for good\"}".to_vec()),
            _ if kind != Kind::Files && state.authorization.is_some() && authorization.as_deref() != state.authorization => {
                (401, String::new(), b"{\"message\":\"who are you\"}".to_vec())
            }
            _ => answer(kind, &target, &state),
        };
        drop(state);
        let cut = matches!(fault, Some((_, Fault::Cut)));
        let mut stream = stream;
        let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        let sent = if cut { &body[..body.len() / 2] } else { &body };
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent)).is_err() || cut {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

type Answer = (u16, String, Vec<u8>);

fn answer(kind: Kind, target: &str, state: &State) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = |name: &str| query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
    let json = |value: Value| (200, "Content-Type: application/json\r\n".to_owned(), value.to_string().into_bytes());
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let none = || (404, "Content-Type: application/json\r\n".to_owned(), b"{\"message\":\"nothing here\"}".to_vec());
    match (kind, parts.as_slice()) {
        (Kind::Files, _) => (200, String::new(), b"from elsewhere".to_vec()),
        (Kind::Cloud, ["wiki", "api", "v2", rest @ ..]) => cloud(rest, &asked, state).map_or_else(none, json),
        (Kind::Cloud, ["wiki", "rest", "api", "user", "bulk"]) => {
            let ids = query.split('&').filter_map(|p| p.strip_prefix("accountId="));
            let known = ids.map(
                |id| json!({"type": "known", "accountId": id.replace("%3A", ":"), "displayName": "Jo Doe", "email": "jo@example.com"}),
            );
            json(json!({"results": known.collect::<Vec<_>>(), "start": 0, "limit": 50, "size": 1}))
        }
        (_, [_, "rest", "api", "content", "search"]) => json(search(kind, &asked, state)),
        (_, [_, "rest", "api", "content", id, "restriction", "byOperation", "read"]) => match state.pages.get(id) {
            Some(page) => json(json!({"operation": "read", "restrictions": restrictions(page)})),
            None => none(),
        },
        (_, [_, "download", id, name]) => download(state, id, name),
        (Kind::DataCenter, ["confluence", "rest", "api", rest @ ..]) => data_center(rest, &asked, state).map_or_else(none, json),
        _ => none(),
    }
}

fn download(state: &State, id: &str, name: &str) -> Answer {
    let file = state.pages.get(id).and_then(|p| p.files.iter().find(|f| f.0 == name));
    match file {
        Some((_, _, _, Some(elsewhere))) => (302, format!("Location: {elsewhere}\r\n"), Vec::new()),
        Some((_, _, bytes, None)) => (200, String::new(), bytes.to_vec()),
        None => (404, String::new(), Vec::new()),
    }
}

/// The search of version 1, which both kinds have: two entries a part, by cursor in Cloud, by start and limit elsewhere.
fn search(kind: Kind, asked: &dyn Fn(&str) -> Option<String>, state: &State) -> Value {
    let query = asked("cql")
        .unwrap_or_default()
        .replace("%20", " ")
        .replace("%22", "\"")
        .replace("%3D", "=")
        .replace("%28", "(")
        .replace("%29", ")")
        .replace("%2C", ",");
    assert!(query.starts_with("space = \"OPS\" and type "), "{query}");
    let mut all: Vec<Value> = Vec::new();
    for (id, page) in &state.pages {
        if query.ends_with("type = comment") {
            let of = |(n, text): (usize, &&str)| {
                json!({"id": format!("9{id}{n}"), "type": "comment", "status": "current", "container": {"id": id, "type": "page", "title": page.title},
                    "history": {"createdDate": "2024-07-01T08:00:00.000Z", "createdBy": {"displayName": "Jo Doe", "email": "jo@example.com"}},
                    "body": {"storage": {"value": format!("<p>{text}</p>"), "representation": "storage"}}})
            };
            all.extend(page.comments.iter().enumerate().map(of));
        } else {
            let file = |(name, version, bytes, at): &(&str, u64, &[u8], Option<String>)| {
                let size = if at.is_some() { "from elsewhere".len() } else { bytes.len() };
                json!({"id": format!("att{}", name.len()), "type": "attachment", "title": name, "extensions": {"mediaType": "text/plain", "fileSize": size, "fileId": format!("f-{name}")},
                    "version": {"number": version}, "_links": {"download": format!("/download/{id}/{name}")}})
            };
            let files: Vec<Value> = page.files.iter().take(2).map(file).collect();
            all.push(json!({"id": id, "type": "page", "title": page.title, "metadata": {"labels": {"results": [{"prefix": "global", "name": "oncall"}]}},
                "restrictions": {"read": {"operation": "read", "restrictions": restrictions(page)}},
                "children": {"attachment": {"size": files.len(), "limit": 2, "results": files}}}));
        }
    }
    let cloud = kind == Kind::Cloud;
    let from: usize =
        asked("cursor").and_then(|c| c.strip_prefix("after")?.parse().ok()).or(asked("start").and_then(|s| s.parse().ok())).unwrap_or(0);
    let next = (from + 2 < all.len()).then(|| {
        let at = if cloud { format!("cursor=after{}", from + 2) } else { format!("limit=2&start={}", from + 2) };
        format!("/rest/api/content/search?cql={}&{at}", asked("cql").unwrap_or_default())
    });
    let results: Vec<Value> = all.into_iter().skip(from).take(2).collect();
    let mut links = json!({"base": "https://wiki.example.com", "context": if cloud { "/wiki" } else { "/confluence" }});
    if let Some(next) = next {
        links["next"] = json!(next);
    }
    json!({"size": results.len(), "results": results, "start": from, "limit": 2, "_links": links})
}

fn restrictions(page: &Page) -> Value {
    let who = if page.restricted { json!([{"type": "known", "displayName": "Jo Doe"}]) } else { json!([]) };
    json!({"user": {"results": who}, "group": {"results": []}})
}

fn cloud(path: &[&str], asked: &dyn Fn(&str) -> Option<String>, state: &State) -> Option<Value> {
    let of = |id: &str, page: &Page| {
        json!({"id": id, "status": "current", "title": page.title, "spaceId": "65", "parentId": page.parent.map(|p| p.0), "parentType": page.parent.map(|p| p.1),
            "position": id.parse::<u64>().unwrap(), "authorId": "5b:1", "createdAt": "2024-05-01T10:00:00.000Z",
            "version": {"number": page.version, "createdAt": "2024-06-01T10:00:00.000Z", "authorId": "5b:1"}, "_links": {"webui": format!("/spaces/OPS/pages/{id}")}})
    };
    // Two entries a part, whatever was asked for.
    let parted = |all: Vec<Value>, path: &str| {
        let from: usize = asked("cursor").and_then(|c| c.strip_prefix("after")?.parse().ok()).unwrap_or(0);
        let next = (from + 2 < all.len()).then(|| {
            format!(
                "{}/wiki/api/v2/{path}{}limit=250&cursor=after{}",
                state.links_name.unwrap_or(""),
                if path.contains('?') { '&' } else { '?' },
                from + 2
            )
        });
        let results: Vec<Value> = all.into_iter().skip(from).take(2).collect();
        match next {
            Some(next) => json!({"results": results, "_links": {"next": next}}),
            None => json!({"results": results, "_links": {}}),
        }
    };
    match path {
        ["spaces"] => {
            let space = json!({"id": "65", "key": "OPS", "name": "Operations", "homepageId": "100"});
            Some(json!({"results": if asked("keys").is_none_or(|k| k == "OPS") { vec![space] } else { vec![] }, "_links": {}}))
        }
        ["spaces", "65", kind @ ("pages" | "blogposts")] => {
            let all = state.pages.iter().filter(|(_, p)| p.post == (*kind == "blogposts")).map(|(id, p)| of(id, p)).collect();
            Some(parted(all, &format!("spaces/65/{kind}")))
        }
        ["folders", "900"] => Some(json!({"id": "900", "type": "folder", "title": "Runbooks", "parentId": "100", "parentType": "page"})),
        ["pages" | "blogposts", id] => {
            let page = state.pages.get(id)?;
            let mut out = of(id, page);
            out["body"] = json!({"storage": {"representation": "storage", "value": page.body}});
            out["labels"] = json!({"results": [{"id": "1", "name": "oncall", "prefix": "global"}], "meta": {"hasMore": false}});
            Some(out)
        }
        ["pages" | "blogposts", id, "versions"] => {
            assert_eq!(asked("body-format").as_deref(), Some("storage"));
            let page = state.pages.get(id)?;
            let bodies = page.earlier.iter().map(|b| (*b).to_owned()).chain([page.body.clone()]);
            let all = bodies.enumerate().map(|(n, body)| {
                json!({"number": n + 1, "createdAt": format!("2024-0{}-03T10:00:00.000Z", n + 1), "message": if n == 1 { "Mended" } else { "" }, "authorId": "5b:1", "minorEdit": false,
                    "page": {"id": id, "title": page.title, "body": {"storage": {"representation": "storage", "value": body}}}})
            });
            let mut all: Vec<Value> = all.collect();
            all.reverse();
            Some(parted(all, &format!("pages/{id}/versions?body-format=storage")))
        }
        ["pages" | "blogposts", id, "attachments"] => {
            let files = &state.pages.get(id)?.files;
            let all = files.iter().map(|(name, version, bytes, at)| {
                let size = if at.is_some() { "from elsewhere".len() } else { bytes.len() };
                json!({"id": format!("att{}", name.len()), "status": "current", "title": name, "mediaType": "text/plain", "fileSize": size, "fileId": format!("f-{name}"),
                    "version": {"number": version}, "downloadLink": format!("/download/{id}/{name}"), "_links": {"download": format!("/download/{id}/{name}")}})
            });
            Some(parted(all.collect(), &format!("pages/{id}/attachments")))
        }
        _ => None,
    }
}

fn data_center(path: &[&str], asked: &dyn Fn(&str) -> Option<String>, state: &State) -> Option<Value> {
    let ancestors = |page: &Page| {
        let mut out = Vec::new();
        let mut up = page.parent;
        while let Some((id, _)) = up {
            out.insert(0, json!({"id": id, "type": "page"}));
            up = state.pages.get(id).and_then(|p| p.parent);
        }
        out
    };
    let file = |id: &str, (name, version, bytes, at): &(&str, u64, &[u8], Option<String>)| {
        let link = at.clone().unwrap_or_else(|| format!("/download/{id}/{name}"));
        let size = if at.is_some() { "from elsewhere".len() } else { bytes.len() };
        json!({"id": format!("att{}", name.len()), "type": "attachment", "title": name, "extensions": {"mediaType": "text/plain", "fileSize": size}, "version": {"number": version},
            "_links": {"download": link}})
    };
    let of = |id: &str, page: &Page| {
        let files: Vec<Value> = page.files.iter().take(1).map(|f| file(id, f)).collect();
        json!({"id": id, "type": if page.post { "blogpost" } else { "page" }, "status": "current", "title": page.title, "ancestors": ancestors(page),
            "version": {"number": page.version, "when": "2024-06-01T10:00:00.000+02:00", "by": {"type": "known", "username": "jdoe", "userKey": "ff808081", "displayName": "Jo Doe"}},
            "history": {"createdDate": "2024-05-01T10:00:00.000+02:00"}, "metadata": {"labels": {"results": [{"prefix": "global", "name": "oncall"}]}},
            "restrictions": {"read": {"operation": "read", "restrictions": restrictions(page)}}, "extensions": {"position": "none"},
            "children": {"attachment": {"size": files.len(), "limit": 1, "results": files}}, "_links": {"webui": format!("/display/OPS/{}", page.title.replace(' ', "+"))}})
    };
    let parted = |all: Vec<Value>, path: &str| {
        let start: usize = asked("start").and_then(|s| s.parse().ok()).unwrap_or(0);
        let results: Vec<Value> = all.iter().skip(start).take(2).cloned().collect();
        let mut links = json!({"base": "https://wiki.example.com/confluence", "context": "/confluence"});
        if start + 2 < all.len() {
            links["next"] = json!(format!("{}{path}&limit=2&start={}", state.links_name.unwrap_or(""), start + 2));
        }
        json!({"size": results.len(), "results": results, "start": start, "limit": 2, "_links": links})
    };
    match path {
        ["space", "OPS"] => Some(json!({"id": 65, "key": "OPS", "name": "Operations", "homepage": {"id": "100"}})),
        ["user"] => asked("username")
            .filter(|n| n == "kim")
            .map(|n| json!({"type": "known", "username": n, "userKey": "ff01", "displayName": "Kim Lee"})),
        ["content"] => {
            assert_eq!(asked("spaceKey").as_deref(), Some("OPS"));
            let kind = asked("type")?;
            let all = state.pages.iter().filter(|(_, p)| p.post == (kind == "blogpost")).map(|(id, p)| of(id, p)).collect();
            Some(parted(all, &format!("/rest/api/content?spaceKey=OPS&type={kind}&expand={}", asked("expand")?)))
        }
        ["content", id] if asked("status").as_deref() == Some("historical") => {
            let page = state.pages.get(id)?;
            let number: usize = asked("version")?.parse().ok()?;
            let body = page.earlier.get(number - 1)?;
            let by = json!({"type": "known", "username": "jdoe", "userKey": "ff808081", "displayName": "Jo Doe"});
            Some(
                json!({"id": id, "status": "historical", "title": page.title, "version": {"number": number, "when": format!("2024-0{number}-03T10:00:00.000+02:00"), "message": "", "by": by}, "body": {"storage": {"value": body}}}),
            )
        }
        ["content", id] => {
            let page = state.pages.get(id)?;
            Some(
                json!({"id": id, "title": page.title, "version": {"number": page.version, "when": "2024-06-01T10:00:00.000+02:00"}, "body": {"storage": {"value": page.body}}}),
            )
        }
        ["content", id, "child", "attachment"] => {
            let all = state.pages.get(id)?.files.iter().map(|f| file(id, f)).collect();
            Some(parted(all, &format!("/rest/api/content/{id}/child/attachment?expand=version")))
        }
        _ => None,
    }
}
