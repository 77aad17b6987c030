//! What people decide before an import: roles for the people whom pages name, and macros that nobody needs.

use super::hostile::{Export, read};
use crate::support::{said, stepwright, write};

/// Mira Voss is asked on one page and owns another; Jonas left.
fn export() -> Export {
    let mention = |key: &str| format!("<ac:link><ri:user ri:userkey=\"{key}\"/></ac:link>");
    let owner = format!(
        "<ac:structured-macro ac:name=\"details\"><ac:rich-text-body><table><tbody><tr><th><p>Owner</p></th><td><p>{}</p></td></tr></tbody></table></ac:rich-text-body></ac:structured-macro>",
        mention("k1")
    );
    let mut export = Export::new().page(1, "Ask", &format!("<p>Ask {} or {}.</p>", mention("k1"), mention("k2"))).page(2, "Owned", &owner);
    for (key, login, name, more) in
        [("k1", "mvoss", "Mira Voss", ""), ("k2", "jonas", "Jonas Lind", "<property name=\"active\">false</property>")]
    {
        export.objects.push_str(&format!("<object class=\"ConfluenceUserImpl\" package=\"x\"><id name=\"key\">{key}</id><property name=\"name\">{login}</property>{more}</object>"));
        export.objects.push_str(&format!("<object class=\"InternalUser\" package=\"x\"><id name=\"id\">9{key}</id><property name=\"lowerName\">{login}</property><property name=\"displayName\">{name}</property><property name=\"emailAddress\">{login}@example.com</property></object>"));
    }
    export
}

#[test]
fn a_role_from_the_plan_or_from_roles_yaml_stands_for_a_person() {
    let home = tempfile::tempdir().unwrap();
    export().put(home.path());
    let command = |verb: &str| said(&stepwright(home.path(), &["import", verb, "export", "--into", "docs", "--name", "w"]));
    let plan = || std::fs::read_to_string(home.path().join("docs/.stepwright/imports/w.plan.yaml")).unwrap();
    let (out, err, code) = command("plan");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("people: 1 person is named on pages, a role stands for 0"), "{out}");
    assert!(plan().contains("  Mira Voss: {pages: 2, owns: 1, role: \"\"}\n"), "{}", plan());
    assert!(!plan().contains("Jonas") && !plan().contains('@'), "{}", plan());

    write(home.path(), "docs/.stepwright/imports/w.plan.yaml", &plan().replace("role: \"\"", "role: ops-lead"));
    assert_eq!(command("run").2, 0);
    let asked = read(home.path(), "ops/ask.md");
    assert!(asked.contains("Ask @Ops lead or ") && !asked.contains("Mira"), "{asked}");
    let owned = read(home.path(), "ops/owned.md");
    assert!(owned.contains("\nowner: ops-lead\n") && !owned.contains("Mira"), "{owned}");

    // The next plan keeps the decision; without it, roles.yaml decides, and has a title.
    assert_eq!(command("plan").2, 0);
    assert!(plan().contains("  Mira Voss: {pages: 2, owns: 1, role: ops-lead}\n"), "{}", plan());
    write(home.path(), "docs/.stepwright/imports/w.plan.yaml", "spaces: {}\n");
    write(home.path(), "docs/roles.yaml", "relay-owner:\n  title: Owner of the relay\n  people: [mira voss]\n");
    let (out, ..) = command("plan");
    assert!(out.contains("a role stands for 1"), "{out}");
    assert!(plan().contains("  Mira Voss: {pages: 2, owns: 1}\n"), "{}", plan());
    assert_eq!(command("run").2, 0);
    assert!(read(home.path(), "ops/ask.md").contains("Ask @Owner of the relay or "));
    assert!(read(home.path(), "ops/owned.md").contains("\nowner: relay-owner\n"));
}

#[test]
fn a_macro_nobody_needs_leaves_no_marker_where_its_page_is_missing() {
    let missing = "<ac:structured-macro ac:name=\"include\"><ac:parameter ac:name=\"\"><ac:link><ri:page ri:content-title=\"Gone\"/></ac:link></ac:parameter></ac:structured-macro>\
        <ac:structured-macro ac:name=\"children\"><ac:parameter ac:name=\"page\"><ac:link><ri:page ri:content-title=\"Gone\"/></ac:link></ac:parameter></ac:structured-macro>";
    let home = tempfile::tempdir().unwrap();
    Export::new().page(1, "Start", &format!("<p>Before.</p>{missing}")).put(home.path());
    let run = || said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs", "--name", "w", "--yes"]));
    assert_eq!(run().2, 0);
    let text = read(home.path(), "ops/start.md");
    assert_eq!(text.matches("<!--").count(), 2, "{text}");
    write(home.path(), "docs/.stepwright/imports/w.macros.csv", "macro,decision\ninclude,not needed\nchildren,not needed\n");
    assert_eq!(run().2, 0);
    let text = read(home.path(), "ops/start.md");
    assert!(!text.contains("<!--") && text.contains("See Gone."), "{text}");
    let losses = std::fs::read_to_string(home.path().join("docs/.stepwright/imports/w.losses.csv")).unwrap();
    assert!(losses.contains("not needed: the content of Gone is not here") && !losses.contains("left as marker"), "{losses}");
}
