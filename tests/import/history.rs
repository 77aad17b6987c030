//! `import run --history`: versions of the wiki as commits.

use crate::support::repo::git;
use crate::support::{said, stepwright, write};

#[test]
fn versions_become_commits_with_the_wikis_dates_and_people() {
    let home = tempfile::tempdir().unwrap();
    let page = |id: u32, version: u32, day: &str, who: &str, original: &str, text: &str| {
        format!(
            "<object class=\"BodyContent\" package=\"x\"><id name=\"id\">{body}</id><property name=\"body\"><![CDATA[<p>{text}</p>]]></property><property name=\"content\" class=\"Page\"><id name=\"id\">{id}</id></property><property name=\"bodyType\">2</property></object>\
             <object class=\"Page\" package=\"x\"><id name=\"id\">{id}</id><property name=\"title\">Restore</property>{original}<property name=\"version\">{version}</property><property name=\"lastModifier\" class=\"ConfluenceUserImpl\"><id name=\"key\">{who}</id></property><property name=\"creationDate\">2024-01-05 08:00:00.000</property><property name=\"lastModificationDate\">{day} 09:30:00.000</property><property name=\"contentStatus\">current</property></object>",
            body = id + 500
        )
    };
    let user = |key: &str, name: &str| {
        format!(
            "<object class=\"ConfluenceUserImpl\" package=\"x\"><id name=\"key\">{key}</id><property name=\"name\">{name}</property><property name=\"email\">{name}@example.com</property></object>"
        )
    };
    let space = "<property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property>";
    let old = "<property name=\"originalVersion\" class=\"Page\"><id name=\"id\">1</id></property>";
    let xml = format!(
        "<?xml version=\"1.0\"?><hibernate-generic><object class=\"Space\" package=\"x\"><id name=\"id\">7</id><property name=\"key\">OPS</property><property name=\"name\">Operations</property></object>{}{}{}{}</hibernate-generic>",
        user("k1", "mira"),
        user("k2", "jonas"),
        page(1, 2, "2025-06-10", "k2", space, "Restore the newest backup."),
        page(2, 1, "2024-01-05", "k1", old, "Restore a backup.")
    );
    write(home.path(), "export/entities.xml", &xml);
    write(home.path(), "export/exportDescriptor.properties", "exportType=space\nspaceKey=OPS\n");
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs", "--history"]));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("3 commits, edits from 2024-01-05 to 2025-06-10"), "{err}");
    let docs = home.path().join("docs");
    let log = git(&docs, &["log", "--reverse", "--format=%ad %an %ae", "--date=short"]);
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines[..2], ["2024-01-05 mira mira@wiki.invalid", "2025-06-10 jonas jonas@wiki.invalid"]);
    assert!(!log.contains("example.com"));
    assert_eq!(git(&docs, &["status", "--porcelain"]).trim(), "");
    // Never under commits that are there.
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs", "--history"]));
    assert_eq!(code, 2);
    assert!(err.contains("has commits already"), "{err}");
}
