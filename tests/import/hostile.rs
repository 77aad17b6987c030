//! Private, broken and hostile exports: each ends in what can be imported and a message that says what is wrong and what to do.

use std::io::Write as _;
use std::path::Path;

use crate::support::{said, stepwright, write};

/// An export in the making.
#[derive(Default)]
pub(super) struct Export {
    pub(super) objects: String,
    next: u32,
}

impl Export {
    pub(super) fn new() -> Self {
        Self::default().space(7, "OPS", "Operations")
    }

    fn object(mut self, class: &str, id: &str, properties: &str) -> Self {
        self.objects.push_str(&format!("<object class=\"{class}\" package=\"x\"><id name=\"id\">{id}</id>{properties}</object>\n"));
        self
    }

    fn space(self, id: u32, key: &str, name: &str) -> Self {
        self.object("Space", &id.to_string(), &format!("<property name=\"key\">{key}</property><property name=\"name\">{name}</property>"))
    }

    pub(super) fn page(self, id: u32, title: &str, body: &str) -> Self {
        self.page_with(id, title, body, "<property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property>")
    }

    fn page_with(mut self, id: u32, title: &str, body: &str, more: &str) -> Self {
        self.next += 1;
        let body_id = (900_000 + self.next).to_string();
        let status = if more.contains("contentStatus") { "" } else { "<property name=\"contentStatus\">current</property>" };
        self.object(
            "Page",
            &id.to_string(),
            &format!("<property name=\"title\"><![CDATA[{title}]]></property><property name=\"version\">1</property>{status}{more}"),
        )
        .object(
            "BodyContent",
            &body_id,
            &format!("<property name=\"body\"><![CDATA[{body}]]></property><property name=\"content\" class=\"Page\"><id name=\"id\">{id}</id></property><property name=\"bodyType\">2</property>"),
        )
    }

    fn text(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hibernate-generic datetime=\"2026-11-20 09:00:00\">\n{}</hibernate-generic>\n",
            self.objects
        )
    }

    pub(super) fn put(&self, home: &Path) {
        write(home, "export/entities.xml", &self.text());
        write(home, "export/exportDescriptor.properties", "exportType=space\nspaceKey=OPS\n");
    }
}

/// Runs the import: what was said and the exit code.
fn import(home: &Path, export: &str) -> (String, i32) {
    let (_, err, code) = said(&stepwright(home, &["import", "run", export, "--into", "docs", "--name", "w", "--yes", "-v"]));
    assert!(!err.contains("a bug in stepwright") && !err.contains("panicked"), "{err}");
    (err, code)
}

fn run(export: &Export) -> (tempfile::TempDir, String, i32) {
    let home = tempfile::tempdir().unwrap();
    export.put(home.path());
    let (err, code) = import(home.path(), "export");
    (home, err, code)
}

/// All that the import wrote, names and texts.
fn everything(home: &Path) -> String {
    fn visit(dir: &Path, out: &mut String) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            out.push_str(&entry.path().display().to_string());
            out.push('\n');
            if entry.path().is_dir() {
                visit(&entry.path(), out);
            } else {
                out.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    let mut out = String::new();
    visit(&home.join("docs"), &mut out);
    out
}

pub(super) fn read(home: &Path, path: &str) -> String {
    std::fs::read_to_string(home.join("docs/content").join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn says(err: &str, parts: &[&str]) {
    for part in parts {
        assert!(err.contains(part), "{part:?} is not in:\n{err}");
    }
}

const IN_OPS: &str = "<property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property>";

#[test]
fn what_few_may_see_stays_out_with_all_below_it() {
    let below = format!("{IN_OPS}<property name=\"parent\" class=\"Page\"><id name=\"id\">2</id></property>");
    let export = Export::new()
        .page(1, "Open", "<p>open words</p>")
        .page(2, "Salaries", "<p>closed words</p>")
        .page_with(3, "Bonus", "<p>inner words</p>", &below)
        .object(
            "ContentPermissionSet",
            "50",
            "<property name=\"type\">View</property><property name=\"owningContent\" class=\"Page\"><id name=\"id\">2</id></property>",
        );
    let (home, err, code) = run(&export);
    assert_eq!(code, 0, "{err}");
    says(
        &err,
        &[
            "2 restricted pages left out",
            "only some people may see them in the wiki: \"Salaries\"",
            "set `import: true` for it in the plan",
        ],
    );
    let all = everything(home.path());
    assert!(all.contains("open words") && !all.contains("closed words") && !all.contains("inner words"));
}

#[test]
fn drafts_trash_and_earlier_versions_stay_out() {
    let with = |status: &str, more: &str| format!("<property name=\"contentStatus\">{status}</property>{more}");
    let old = "<property name=\"originalVersion\" class=\"Page\"><id name=\"id\">1</id></property>";
    let export = Export::new()
        .page(1, "Live", "<p>live words</p>")
        .page_with(2, "Draft", "<p>draft words</p>", &with("draft", IN_OPS))
        .page_with(3, "Live", "<p>unsaved words</p>", &with("draft", old))
        .page_with(4, "Binned", "<p>binned words</p>", &with("deleted", IN_OPS))
        .page_with(5, "Live", "<p>former words</p>", old);
    let (home, err, code) = run(&export);
    assert_eq!(code, 0, "{err}");
    says(
        &err,
        &["1 draft in", "they were never published", "1 unsaved edit in", "1 page from the trash in", "they were deleted in the wiki"],
    );
    let all = everything(home.path());
    assert!(all.contains("live words"));
    for words in ["draft words", "unsaved words", "binned words", "former words"] {
        assert!(!all.contains(words), "{words}");
    }
}

#[test]
fn personal_spaces_of_a_site_stay_out() {
    let own = "<property name=\"space\" class=\"Space\"><id name=\"id\">8</id></property>";
    let export = Export::new().space(8, "~jdoe", "Jo Doe").page(1, "Ours", "<p>our words</p>").page_with(2, "Mine", "<p>my words</p>", own);
    let home = tempfile::tempdir().unwrap();
    export.put(home.path());
    write(home.path(), "export/exportDescriptor.properties", "exportType=all\n");
    let (err, code) = import(home.path(), "export");
    assert_eq!(code, 0, "{err}");
    says(&err, &["1 page in personal spaces left out", "to take a space, set `import: true` for it in the plan"]);
    assert!(!everything(home.path()).contains("my words"));
}

#[test]
fn no_address_and_nobody_who_left_reaches_a_file() {
    let user = |key: &str, login: &str, more: &str| {
        format!(
            "<object class=\"ConfluenceUserImpl\" package=\"x\"><id name=\"key\">{key}</id><property name=\"name\">{login}</property>{more}</object>"
        )
    };
    let mention = |key: &str| format!("<ac:link><ri:user ri:userkey=\"{key}\"/></ac:link>");
    let mut export = Export::new().page(1, "Who", &format!("<p>Ask {} or {}.</p>", mention("k1"), mention("k2"))).object(
        "Comment",
        "60",
        "<property name=\"containerContent\" class=\"Page\"><id name=\"id\">1</id></property>",
    );
    export.objects.push_str(&user("k1", "mira@example.com", "<property name=\"email\">mira@example.com</property>"));
    export.objects.push_str(&user("k2", "jonas", "<property name=\"active\">false</property>"));
    export.objects.push_str("<object class=\"BodyContent\" package=\"x\"><id name=\"id\">61</id><property name=\"body\"><![CDATA[<p>mail mira@example.com, token glp");
    export.objects.push_str("at-Zk3vQ9xLw2mTr8sYb4Nc</p>]]></property><property name=\"content\" class=\"Comment\"><id name=\"id\">60</id></property><property name=\"bodyType\">2</property></object>");
    let (home, err, code) = run(&export);
    assert_eq!(code, 0, "{err}");
    let text = read(home.path(), "ops/who.md");
    assert!(text.contains("mira") && !text.contains("jonas"), "{text}");
    let all = everything(home.path());
    assert!(!all.contains("example.com") && !all.contains("jonas"), "{all}");
    assert!(!all.contains("Zk3vQ9xLw2mTr8sYb4Nc") && all.contains("glpa… (26 characters)"), "a comment's secret is masked in the report");
}

#[test]
fn a_page_with_a_secret_is_held_back_and_shown_masked() {
    let key = ["AK", "IAQ3EGRT5ZLOPW7NBV"].concat();
    let export = Export::new().page(1, "Clean", "<p>fine</p>").page(2, "Keys", &format!("<p>one</p>\n<p>use {key} today</p>"));
    let (home, err, code) = run(&export);
    assert_eq!(code, 1, "{err}");
    says(
        &err,
        &[
            "\"Keys\" (OPS 2) held back: it holds what looks like a secret",
            "AWS access key in line 2 of the body: AKIA… (20 characters)",
            "set `secrets: allow` for the page in the plan",
        ],
    );
    assert!(!everything(home.path()).contains(&key) && !err.contains(&key));
    // The plan names the page, ready to be edited.
    let (_, err, code) = said(&stepwright(home.path(), &["import", "plan", "export", "--into", "docs", "--name", "w"]));
    assert_eq!(code, 0, "{err}");
    says(&err, &["\"Keys\" (2) will be held back"]);
    let plan = home.path().join("docs/.stepwright/imports/w.plan.yaml");
    let text = std::fs::read_to_string(&plan).unwrap();
    assert!(text.contains("secrets: hold"), "{text}");
    std::fs::write(&plan, text.replace("secrets: hold", "secrets: allow")).unwrap();
    let (err, code) = import(home.path(), "export");
    assert_eq!(code, 0, "{err}");
    assert!(everything(home.path()).contains(&key));
}

#[test]
fn an_attached_key_is_held_back() {
    let export = Export::new().page(1, "Deploy", "<p>fine</p>").object(
        "Attachment",
        "70",
        "<property name=\"title\">id_rsa</property><property name=\"version\">1</property><property name=\"contentStatus\">current</property><property name=\"containerContent\" class=\"Page\"><id name=\"id\">1</id></property>",
    );
    let home = tempfile::tempdir().unwrap();
    export.put(home.path());
    let key = format!("-----BEGIN {} KEY-----\n{}\n-----END", "OPENSSH PRIVATE", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE".repeat(4));
    write(home.path(), "export/attachments/1/70/1", &key);
    let (err, code) = import(home.path(), "export");
    assert_eq!(code, 1, "{err}");
    says(&err, &["deploy/id_rsa held back: it holds what looks like a secret", "private key in line 1"]);
    assert!(!everything(home.path()).contains("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE"));
}

fn zip(path: &Path, entries: &[(&str, &[u8])]) {
    let mut writer = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn a_zip_that_leads_outside_writes_nothing_there() {
    let home = tempfile::tempdir().unwrap();
    let text = Export::new().page(1, "Fine", "<p>fine</p>").text();
    zip(
        &home.path().join("wiki.zip"),
        &[("entities.xml", text.as_bytes()), ("../../evil.md", b"x"), ("/etc/evil.md", b"x"), ("C:\\evil.md", b"x")],
    );
    let (err, code) = import(home.path(), "wiki.zip");
    assert_eq!(code, 0, "{err}");
    says(
        &err,
        &["../../evil.md in wiki.zip is left out", "its name leads outside the archive", "an export by Confluence holds no such name"],
    );
    assert!(!everything(home.path()).contains("evil"));
    assert!(!home.path().join("evil.md").exists() && !home.path().parent().unwrap().join("evil.md").exists());
}

#[test]
fn a_bomb_costs_the_file_that_is_one() {
    let home = tempfile::tempdir().unwrap();
    let text = Export::new()
        .page(1, "Fine", "<p>fine</p>")
        .object(
            "Attachment",
            "70",
            "<property name=\"title\">big.bin</property><property name=\"version\">1</property><property name=\"contentStatus\">current</property><property name=\"containerContent\" class=\"Page\"><id name=\"id\">1</id></property>",
        )
        .text();
    zip(&home.path().join("wiki.zip"), &[("entities.xml", text.as_bytes()), ("attachments/1/70/1", &vec![0; 80 << 20])]);
    let (err, code) = import(home.path(), "wiki.zip");
    assert_eq!(code, 1, "{err}");
    says(
        &err,
        &[
            "fine/big.bin not written: the attachment of \"Fine\" cannot be read",
            "attachments/1/70/1 unpacks to more than 500 times its size",
            "fetch the file from the wiki and put it there",
        ],
    );
    assert!(read(home.path(), "ops/fine.md").contains("fine"));
    assert!(!home.path().join("docs/content/ops/fine/big.bin").exists());
}

#[test]
fn archives_cut_off_or_damaged_say_where() {
    let home = tempfile::tempdir().unwrap();
    let text = Export::new().page(1, "Fine", &"<p>fine words</p>".repeat(400)).text();
    let path = home.path().join("wiki.zip");
    zip(&path, &[("attachments/1/70/1", &[7; 4000]), ("entities.xml", text.as_bytes())]);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let (err, code) = import(home.path(), "wiki.zip");
    assert_eq!(code, 2, "{err}");
    says(
        &err,
        &["wiki.zip is cut off, its table of contents is missing", "fetch it again and compare sizes, or unpack it and plan the folder"],
    );
    // The file inside cut off: what stands before is imported.
    let export = Export::new().page(1, "First", "<p>first</p>").page(2, "Second", "<p>second</p>");
    export.put(home.path());
    let whole = export.text();
    std::fs::write(home.path().join("export/entities.xml"), &whole[..whole.find("Second").unwrap() + 3]).unwrap();
    let (err, code) = import(home.path(), "export");
    assert_eq!(code, 1, "{err}");
    says(&err, &["entities.xml in export is cut off", "ends inside Page 2", "export again, compare sizes, then the same command"]);
    assert!(read(home.path(), "ops/first.md").contains("first"));
}

#[test]
fn entities_are_never_expanded() {
    let export = Export::new().page(1, "Fine", "<p>fine</p>");
    let home = tempfile::tempdir().unwrap();
    export.put(home.path());
    let bomb = "<!DOCTYPE x [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>\n<hibernate-generic";
    let text = export.text().replacen("<hibernate-generic", bomb, 1).replace("<![CDATA[Fine]]>", "Fine &b; &c;");
    write(home.path(), "export/entities.xml", &text);
    let (err, code) = import(home.path(), "export");
    assert_eq!(code, 0, "{err}");
    let all = everything(home.path());
    assert!(all.contains("Fine &b; &c;") && !all.contains("lollol") && !all.contains("root:"), "{all}");
}

#[test]
fn nesting_of_any_depth_ends_with_its_words() {
    let lists = format!("{}<li>the deepest item</li>{}", "<ul><li>x".repeat(10_000), "</li></ul>".repeat(10_000));
    let tables = format!("{}the deepest cell{}", "<table><tbody><tr><td>".repeat(10_000), "</td></tr></tbody></table>".repeat(10_000));
    let bold = format!("<p>{}the deepest word{}</p>", "<strong><em>".repeat(10_000), "</em></strong>".repeat(10_000));
    let macros = format!(
        "{}<p>the deepest box</p>{}",
        "<ac:structured-macro ac:name=\"info\"><ac:rich-text-body>".repeat(10_000),
        "</ac:rich-text-body></ac:structured-macro>".repeat(10_000)
    );
    let export = Export::new().page(1, "Lists", &lists).page(2, "Tables", &tables).page(3, "Bold", &bold).page(4, "Macros", &macros);
    let (home, err, code) = run(&export);
    assert!(code <= 1, "{err}");
    for (file, words) in
        [("lists", "the deepest item"), ("tables", "the deepest cell"), ("bold", "the deepest word"), ("macros", "the deepest box")]
    {
        let text = read(home.path(), &format!("ops/{file}.md"));
        assert!(text.contains(words), "{file}: {} bytes, {err}", text.len());
    }
}

#[test]
fn other_encodings_and_control_characters_are_mended_and_named() {
    let export = Export::new().page(1, "Gr\u{f6}\u{df}e", "<p>Stra\u{df}e</p>");
    let home = tempfile::tempdir().unwrap();
    export.put(home.path());
    let utf16: Vec<u8> = format!("\u{feff}{}", export.text()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(home.path().join("export/entities.xml"), utf16).unwrap();
    let (err, code) = import(home.path(), "export");
    assert_eq!(code, 0, "{err}");
    assert!(read(home.path(), "ops/grosse.md").contains("Stra\u{df}e"));
    let mut bytes = Export::new().page(1, "Odd", "<p>one two\u{b}three\u{1}</p>").text().into_bytes();
    let at = bytes.windows(3).position(|w| w == b"two").unwrap();
    bytes[at] = 0xff;
    std::fs::write(home.path().join("export/entities.xml"), bytes).unwrap();
    let (err, _) = import(home.path(), "export");
    says(
        &err,
        &[
            "2 control characters removed from entities.xml",
            "XML does not allow them; the first one is in line",
            "1 byte sequence in entities.xml",
            "the file says it is UTF-8 and is not",
        ],
    );
    assert!(read(home.path(), "ops/odd.md").contains("one \u{fffd}wothree"));
}

#[test]
fn prefixes_nobody_bound_and_tags_nobody_closed_keep_their_words() {
    let body = "<p xml:x=\"1\">before <zz:thing zz:a=\"b\">inside</zz:thing> <b>open <i>wrong</b> order</i> &bogus; & <unclosed> after</p>";
    let (home, err, code) = run(&Export::new().page(1, "Odd", body));
    assert_eq!(code, 0, "{err}");
    let text = read(home.path(), "ops/odd.md");
    for word in ["before", "inside", "open", "wrong", "order", "after"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn ids_twice_parents_in_a_circle_and_parents_that_are_not_there() {
    let parent = |id: u32| format!("{IN_OPS}<property name=\"parent\" class=\"Page\"><id name=\"id\">{id}</id></property>");
    let export = Export::new()
        .page(1, "First", "<p>first words</p>")
        .page(1, "Again", "<p>again words</p>")
        .page_with(2, "Round", "<p>a</p>", &parent(3))
        .page_with(3, "And round", "<p>b</p>", &parent(2))
        .page_with(4, "Lost child", "<p>c</p>", &parent(99));
    let (home, err, code) = run(&export);
    assert_eq!(code, 0, "{err}");
    says(
        &err,
        &[
            "page 1 (line",
            "is twice in export; the first one counts",
            "its parents lead in a circle back to it",
            "1 page without a parent in export, put below the space",
        ],
    );
    let all = everything(home.path());
    assert!(
        all.contains("title: First")
            && !all.contains("title: Again")
            && all.contains("title: Round")
            && all.contains("title: And round")
            && all.contains("title: Lost child")
    );
}

#[test]
fn titles_no_file_system_takes_get_names_every_one_takes() {
    let export = Export::new()
        .page(1, "Backup", "<p>a</p>")
        .page(2, "BACKUP", "<p>b</p>")
        .page(3, "CON", "<p>c</p>")
        .page(4, "com1", "<p>d</p>")
        .page(5, &"long ".repeat(60), "<p>e</p>")
        .page(6, "a/b\\c:d*e?f\"g<h>i|j", "<p>f</p>")
        .page(7, "..", "<p>g</p>")
        .page(8, "\u{202e}gpj.exe", "<p>h</p>");
    let (home, err, code) = run(&export);
    assert_eq!(code, 0, "{err}");
    says(
        &err,
        &["1 page would share a file name with another; their id is added to it", "to choose names, write `path:` for them into the plan"],
    );
    let names: Vec<String> = std::fs::read_dir(home.path().join("docs/content/ops"))
        .unwrap()
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.len(), 8, "{names:?}");
    for name in &names {
        assert!(name.len() < 80 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)), "{name}");
        assert!(!matches!(name.as_str(), "con.md" | "com1.md"), "{name}");
    }
    assert!(names.contains(&"backup.md".to_owned()) && names.contains(&"backup-2.md".to_owned()), "{names:?}");
}

#[test]
fn a_page_of_a_hundred_megabytes_is_cut_and_the_rest_goes_on() {
    // The limit counts bytes, so a page of a gigabyte ends the same way: nothing beyond it is kept.
    let row = "<tr><td>1,203,331</td><td>OK</td></tr>";
    let big = format!("<table><tbody>{}</tbody></table>", row.repeat((100 << 20) / row.len()));
    let export = Export::new().page(1, "Data", &big).page(2, "After", "<p>after words</p>");
    let home = tempfile::tempdir().unwrap();
    export.put(home.path());
    let (err, code) = import(home.path(), "export");
    assert_eq!(code, 1, "{err}");
    says(&err, &["\"Data\" (Page 1) is cut at 16 MiB", "a body of that size is data, not a page", "attach the data as a file in the wiki"]);
    assert!(read(home.path(), "ops/after.md").contains("after words"));
}
