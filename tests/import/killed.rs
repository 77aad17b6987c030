//! An import killed at any moment: whole files only, and the next run ends where an uninterrupted one does, byte for byte.
//!
//! `STEPWRIGHT_KILLS` says how many moments are tried (24 unless told); CI tries 200.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{files, said, stepwright, write};

/// A space of 90 pages, each with an attachment; edition 2 changes, moves, adds and drops some.
fn export(dir: &Path, edition: u32) {
    write(dir, "exportDescriptor.properties", "exportType=space\nspaceKey=OPS\nsource=cloud\ncreatedByBuildNumber=8703\n");
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hibernate-generic datetime=\"2026-11-20 09:00:00.000\">\n");
    xml.push_str("<object class=\"Space\" package=\"x\"><id name=\"id\">7</id><property name=\"key\">OPS</property><property name=\"name\">Operations</property><property name=\"homePage\" class=\"Page\"><id name=\"id\">100</id></property></object>\n");
    for n in 100..190u32 {
        if edition == 2 && n % 29 == 0 {
            continue;
        }
        let changed = edition == 2 && n % 3 == 0;
        let title = if edition == 2 && n % 17 == 0 { format!("Renamed {n}") } else { format!("Page {n}") };
        let parent = if n == 100 {
            String::new()
        } else {
            format!("<property name=\"parent\" class=\"Page\"><id name=\"id\">{}</id></property>", 100 + (n - 100) / 9)
        };
        let mut body = format!("<h1>Purpose</h1><p>This is page {n}.</p><ol>");
        for step in 1..=40 {
            let _ = write!(body, "<li><p>Step {step} of {n}{}</p></li>", if changed && step == 20 { ", as it is now" } else { "" });
        }
        let _ = write!(
            body,
            "</ol><p>See <ac:link><ri:page ri:content-title=\"Page {}\"/></ac:link> and <ac:image><ri:attachment ri:filename=\"plan.png\"/></ac:image>.</p>",
            100 + (n * 7) % 80
        );
        let version = if changed { 2 } else { 1 };
        let _ = writeln!(
            xml,
            "<object class=\"BodyContent\" package=\"x\"><id name=\"id\">{}</id><property name=\"body\"><![CDATA[{body}]]></property><property name=\"content\" class=\"Page\"><id name=\"id\">{n}</id></property><property name=\"bodyType\">2</property></object>",
            n + 5000
        );
        let _ = writeln!(
            xml,
            "<object class=\"Page\" package=\"x\"><id name=\"id\">{n}</id><property name=\"title\"><![CDATA[{title}]]></property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property>{parent}<property name=\"version\">{version}</property><property name=\"contentStatus\"><![CDATA[current]]></property></object>"
        );
        let attachment = n + 9000;
        let _ = writeln!(
            xml,
            "<object class=\"Attachment\" package=\"x\"><id name=\"id\">{attachment}</id><property name=\"title\"><![CDATA[plan.png]]></property><property name=\"containerContent\" class=\"Page\"><id name=\"id\">{n}</id></property><property name=\"version\">1</property><property name=\"contentStatus\"><![CDATA[current]]></property></object>"
        );
        let bytes = format!("picture of page {n}, edition {}\n", if changed { edition } else { 1 }).repeat(2000);
        write(dir, &format!("attachments/{n}/{attachment}/1"), &bytes);
    }
    xml.push_str("</hibernate-generic>\n");
    write(dir, "entities.xml", &xml);
}

fn start(dir: &Path, export: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_stepwright"))
        .args(["import", "run", "--name", "wiki", "--yes", "--into"])
        .arg(dir)
        .arg(export)
        .env("SOURCE_DATE_EPOCH", "1795305600")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn whole(dir: &Path, export: &Path) {
    let (_, err, code) = said(&stepwright(dir, &["import", "run", "--name", "wiki", "--yes", "--into", ".", export.to_str().unwrap()]));
    assert!(code <= 1, "{err}");
}

/// Numbers that look random; the moments are random enough by themselves.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// What people did between the two imports.
fn edit(dir: &Path) {
    let root = dir.join("content/ops");
    for (name, bytes) in files(&root) {
        if name.ends_with(".md") && name.contains("12") {
            let text = String::from_utf8(bytes).unwrap();
            std::fs::write(root.join(name), text.replace("Step 3 of", "Third step of")).unwrap();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_killed_import_resumes_to_the_same_bytes() {
    let kills: u32 = std::env::var("STEPWRIGHT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let home = tempfile::tempdir().unwrap();
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    export(&one, 1);
    export(&two, 2);
    // What stands before the import, and what an uninterrupted run makes of it: a first import, and an update over people's edits.
    let mut stories = Vec::new();
    for (name, export) in [("first", &one), ("update", &two)] {
        let before = home.path().join(format!("{name}-before"));
        std::fs::create_dir_all(&before).unwrap();
        if name == "update" {
            whole(&before, &one);
            edit(&before);
        }
        let after = home.path().join(format!("{name}-after"));
        std::fs::create_dir_all(&after).unwrap();
        copy(&before, &after);
        let began = Instant::now();
        whole(&after, export);
        stories.push((before, files(&after), export, began.elapsed()));
    }
    assert!(stories[1].1.iter().any(|(n, b)| n.ends_with(".md") && String::from_utf8_lossy(b).contains("Third step")));
    let mut seed = 0x9e37_79b9_7f4a_7c15 ^ u64::from(std::process::id());
    let (mut caught, mut tries) = (0, 0);
    // A machine that is busy one moment and idle the next makes the moment a guess: one that comes too late counts as none, and the next is sooner.
    while caught < kills && tries < kills * 10 {
        let n = tries;
        tries += 1;
        let (before, after, export, time) = &mut stories[n as usize % 2];
        let dir = home.path().join("work");
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        copy(before, &dir);
        let untouched = files(&dir);
        let mut child = start(&dir, export);
        let micros = u64::try_from(time.as_micros()).unwrap();
        std::thread::sleep(Duration::from_micros(next(&mut seed) % micros));
        if child.try_wait().unwrap().is_none() {
            caught += 1;
        } else {
            *time = *time * 3 / 4 + Duration::from_micros(100);
        }
        let _ = child.kill();
        let _ = child.wait();
        for (path, bytes) in files(&dir).iter().filter(|(p, _)| p.starts_with("content/")) {
            let known = after.get(path) == Some(bytes) || untouched.get(path) == Some(bytes);
            assert!(known, "kill {n}: {path} holds {} bytes that no run writes", bytes.len());
        }
        whole(&dir, export);
        let resumed = files(&dir);
        let differs: Vec<&String> = after.keys().chain(resumed.keys()).filter(|p| after.get(*p) != resumed.get(*p)).collect();
        assert!(differs.is_empty(), "kill {n}: {differs:?}");
    }
    println!("{caught} runs were killed before their end, of {tries}");
    assert!(caught == kills, "only {caught} of {tries} runs were killed before their end");
}
