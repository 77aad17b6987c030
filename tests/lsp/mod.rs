//! The language server, driven over its streams by a scripted client.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::write;

/// An editor.
struct Client {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    next: i64,
    root: String,
}

impl Client {
    fn start(root: &Path) -> Self {
        let root = root.canonicalize().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_stepwright"))
            .args(["lsp", "--now", "2026-11-22"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take();
        let from = BufReader::new(child.stdout.take().unwrap());
        let mut client = Self { child, to, from, next: 0, root: format!("file://{}", root.display()) };
        let root_uri = client.root.clone();
        let answer = client.ask("initialize", json!({"processId": null, "rootUri": root_uri, "capabilities": {}}));
        assert_eq!(answer["serverInfo"]["name"], "stepwright");
        assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
        client.tell("initialized", json!({}));
        client
    }

    fn uri(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let to = self.to.as_mut().unwrap();
        write!(to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        to.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and waits for its answer; notifications in between are dropped.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.read();
            if message["id"] == id && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{message}");
                return message["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server is gone");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", n)) => length = n.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// The next diagnostics of a file, as `line:rule`.
    fn diagnostics(&mut self, path: &str) -> Vec<String> {
        let uri = self.uri(path);
        loop {
            let message = self.read();
            if message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri {
                let all = message["params"]["diagnostics"].as_array().unwrap();
                let brief = |d: &Value| format!("{}:{}", d["range"]["start"]["line"], d["code"].as_str().unwrap_or("-"));
                return all.iter().map(brief).collect();
            }
        }
    }

    fn open(&mut self, path: &str, text: &str) {
        let uri = self.uri(path);
        self.tell("textDocument/didOpen", json!({"textDocument": {"uri": uri, "languageId": "markdown", "version": 1, "text": text}}));
    }

    fn change(&mut self, path: &str, version: i32, text: &str) {
        let uri = self.uri(path);
        self.tell("textDocument/didChange", json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}));
    }

    fn at(&self, path: &str, line: u32, character: u32) -> Value {
        json!({"textDocument": {"uri": self.uri(path)}, "position": {"line": line, "character": character}})
    }

    fn stop(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.to = None;
        let status = self.child.wait().unwrap();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(status.success(), "{status}: {err}");
    }
}

const PAGE: &str = "---\nkind: procedure\nowner: ops-lead\n---\n# Größe 𝄞\n\nSee [b](ops/b.md) and 𝄞 [gone](gone.md).\n";

fn site() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "stepwright.yaml", "site: {title: Ops}\n");
    write(dir.path(), "roles.yaml", "ops-lead: {title: Ops lead, about: Keeps things running.}\n");
    write(dir.path(), "content/a.md", PAGE);
    write(dir.path(), "content/ops/b.md", "# B page\n\n## Cold start\n");
    dir
}

#[test]
fn findings_follow_what_is_typed_and_what_is_saved() {
    let dir = site();
    let mut client = Client::start(dir.path());
    client.open("content/a.md", PAGE);
    let found = client.diagnostics("content/a.md");
    assert!(found.contains(&"6:broken-link".to_owned()), "{found:?}");

    // Typing: rules of the page alone run at once, the others keep to the words they were about.
    let typed = PAGE.replace("kind: procedure", "kind: procedur").replace("# Größe", "New line.\n\n# Größe");
    client.change("content/a.md", 2, &typed);
    let found = client.diagnostics("content/a.md");
    assert!(found.contains(&"1:front-matter-invalid".to_owned()) && found.contains(&"8:broken-link".to_owned()), "{found:?}");

    // Saving: everything runs on what the editor has.
    let mended = PAGE.replace("gone.md", "ops/b.md");
    client.change("content/a.md", 3, &mended);
    client.diagnostics("content/a.md");
    write(dir.path(), "content/a.md", &mended);
    let uri = client.uri("content/a.md");
    client.tell("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    let found = client.diagnostics("content/a.md");
    assert!(!found.iter().any(|f| f.contains("broken-link")), "{found:?}");

    client.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    assert!(client.diagnostics("content/a.md").is_empty(), "a closed file shows nothing");
    client.stop();
}

#[test]
fn hovers_say_what_a_rule_a_role_and_a_key_mean() {
    let dir = site();
    let mut client = Client::start(dir.path());
    client.open("content/a.md", PAGE);
    client.diagnostics("content/a.md");
    let hover = |client: &mut Client, line, character| {
        let place = client.at("content/a.md", line, character);
        client.ask("textDocument/hover", place)["contents"]["value"].as_str().unwrap_or("").to_owned()
    };
    // `gone.md` begins at UTF-16 column 32 of line 6.
    let rule = hover(&mut client, 6, 33);
    assert!(rule.starts_with("**broken-link** (SW501)") && rule.contains("Why:"), "{rule}");
    let role = hover(&mut client, 2, 9);
    assert!(role.contains("Ops lead") && role.contains("Keeps things running.") && role.contains("1 page"), "{role}");
    assert!(hover(&mut client, 1, 2).starts_with("`kind`:"));
    assert!(hover(&mut client, 6, 9).contains("**B page**"));
    assert_eq!(hover(&mut client, 5, 0), "");
    client.stop();
}

#[test]
fn completion_offers_roles_pages_and_headings() {
    let dir = site();
    let mut client = Client::start(dir.path());
    let text = "---\nowner: \n---\n# A\n\nSee [b]( and [c](ops/b.md#\n";
    client.open("content/a.md", text);
    let offers = |client: &mut Client, line, character| {
        let place = client.at("content/a.md", line, character);
        let items = client.ask("textDocument/completion", place);
        items.as_array().unwrap().iter().map(|i| i["textEdit"]["newText"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(offers(&mut client, 1, 7), ["ops-lead"]);
    assert_eq!(offers(&mut client, 5, 8), ["ops/b.md"]);
    assert_eq!(offers(&mut client, 5, 26), ["cold-start"]);
    client.stop();
}

#[test]
fn settings_roles_and_blueprints_are_checked_as_they_are_typed() {
    let dir = site();
    write(dir.path(), "content/r.blueprint.yaml", "blueprint: 1\nid: r\ntitle: R\nsteps:\n  - {id: a, title: A}\n");
    let mut client = Client::start(dir.path());
    client.open("stepwright.yaml", "contnet: docs\n");
    assert_eq!(client.diagnostics("stepwright.yaml"), ["0:-"]);
    client.open("roles.yaml", "ops-lead: {titel: X}\n");
    assert_eq!(client.diagnostics("roles.yaml"), ["0:-"]);
    client.open("content/r.blueprint.yaml", "blueprint: 1\nid: r\ntitle: R\nsteps:\n  - {id: a, title: A, owner: nobody-knows}\n");
    let found = client.diagnostics("content/r.blueprint.yaml");
    assert!(found.contains(&"4:blueprint-invalid".to_owned()), "{found:?}");
    client.stop();
}

#[test]
fn nonsense_from_a_client_is_answered_and_survived() {
    let dir = site();
    let mut client = Client::start(dir.path());
    client.send(&json!({"jsonrpc": "2.0", "id": 99, "method": "textDocument/hover", "params": {"position": 3}}));
    client.send(&json!({"jsonrpc": "2.0", "id": 100, "method": "no/such", "params": {}}));
    client.tell("textDocument/didChange", json!({"x": 1}));
    client.open("content/a.md", "");
    let uri = "untitled:Untitled-1";
    client.tell("textDocument/didOpen", json!({"textDocument": {"uri": uri, "languageId": "markdown", "version": 1, "text": "# X"}}));
    let mut codes = Vec::new();
    while codes.len() < 2 {
        let message = client.read();
        codes.extend(message["error"]["code"].as_i64());
    }
    assert_eq!(codes, [-32602, -32601]);
    let place = client.at("content/a.md", 500, 500);
    assert_eq!(client.ask("textDocument/completion", place), json!([]));
    client.stop();
}

#[test]
fn a_renamed_page_takes_its_links_and_its_blueprint_along() {
    let dir = site();
    write(
        dir.path(),
        "content/ops/b.blueprint.yaml",
        "blueprint: 1\nid: b\ntitle: B\nsource: {page: content/ops/b.md}\nsteps:\n  - {id: a, title: A}\n",
    );
    let mut client = Client::start(dir.path());
    // What the editor has counts, not what is on the disk.
    let typed = PAGE.replace("See ", "New. See ");
    client.open("content/a.md", &typed);
    client.diagnostics("content/a.md");
    let (old, new) = (client.uri("content/ops/b.md"), client.uri("content/restore.md"));
    let edit = client.ask("workspace/willRenameFiles", json!({"files": [{"oldUri": old, "newUri": new}]}));
    let page = &edit["changes"][client.uri("content/a.md")];
    assert_eq!(page[0]["newText"], "restore.md", "{edit}");
    assert_eq!(page[0]["range"], json!({"start": {"line": 6, "character": 13}, "end": {"line": 6, "character": 21}}));
    let blueprint = &edit["changes"][client.uri("content/ops/b.blueprint.yaml")];
    assert_eq!(blueprint[0]["newText"], "content/restore.md", "{edit}");
    let (old, new) = (client.uri("content/nobody.md"), client.uri("content/x.md"));
    assert_eq!(client.ask("workspace/willRenameFiles", json!({"files": [{"oldUri": old, "newUri": new}]})), Value::Null);
    client.stop();
}

#[test]
fn quick_fixes_mend_or_silence_a_finding() {
    let dir = site();
    let mut client = Client::start(dir.path());
    let text = "---\nkind: procedure\n---\n# A\n\nWrite to [us](ops@acme.example.org).  \nNow.\n";
    client.open("content/a.md", text);
    client.diagnostics("content/a.md");
    let actions = |client: &mut Client, line: u32, character: u32| {
        let uri = client.uri("content/a.md");
        let at = json!({"line": line, "character": character});
        let params = json!({"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}});
        let all = client.ask("textDocument/codeAction", params);
        all.as_array()
            .unwrap()
            .iter()
            .map(|a| (a["title"].as_str().unwrap().to_owned(), a["edit"]["changes"][&uri][0].clone()))
            .collect::<Vec<_>>()
    };
    let link = actions(&mut client, 5, 16);
    assert_eq!(link[0].0, "write mailto:ops@acme.example.org");
    assert_eq!(link[1].0, "Silence broken-link on this line (write the reason)");
    assert_eq!(link[1].1["newText"], " <!-- sw-ignore-line broken-link: -->");
    assert_eq!(link[1].1["range"]["start"], json!({"line": 5, "character": 36}), "in front of the line break's blanks");
    let page = actions(&mut client, 3, 1);
    let silence = page.iter().find(|a| a.0.starts_with("Silence missing-owner on this page")).unwrap_or_else(|| panic!("{page:?}"));
    assert_eq!(silence.1["newText"], "stepwright:\n  ignore:\n    - rule: missing-owner\n      reason:\n");
    assert_eq!(silence.1["range"]["start"], json!({"line": 2, "character": 0}));

    // Silenced, the finding is gone and its reason is asked for.
    client.change("content/a.md", 2, &text.replace(".org).  \n", ".org). <!-- sw-ignore-line broken-link: -->  \n"));
    client.diagnostics("content/a.md");
    let uri = client.uri("content/a.md");
    client.tell("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    let found = client.diagnostics("content/a.md");
    assert!(found.contains(&"5:suppression-without-reason".to_owned()) && !found.contains(&"5:broken-link".to_owned()), "{found:?}");
    client.stop();
}
