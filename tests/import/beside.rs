//! What an export says outside its pages, and pages that are not in it: each a line of the loss report.

use crate::support::{said, stepwright, write};

#[test]
fn words_outside_pages_are_lines_of_the_report() {
    let home = tempfile::tempdir().unwrap();
    let page = |title: &str, body: &str| {
        format!(
            "<html><head><title>Operations : {title}</title></head><body><h1 id=\"title-heading\"><span id=\"title-text\">Operations : {title}</span></h1><div id=\"main-content\" class=\"wiki-content\">{body}</div></body></html>"
        )
    };
    let index = "<html><head><title>OPS (Operations)</title></head><body><h1><span id=\"title-text\">Space Details:</span></h1><div id=\"main-content\"><table class=\"confluenceTable\">\
        <tr><th>Key</th><td>OPS</td></tr><tr><th>Name</th><td>Operations</td></tr><tr><th>Description</th><td>How we keep the mail going</td></tr></table></div>\
        <h2>Available Pages:</h2><ul><li><a href=\"Relay_101.html\">Relay</a><ul><li><font color=\"grey\">Salaries</font></li><li><a href=\"Lost_102.html\">Lost</a></li></ul></li></ul></body></html>";
    write(home.path(), "export/index.html", index);
    write(home.path(), "export/Relay_101.html", &page("Relay", "<p>Hello <a href=\"attachments/101/9.mp4\">film.mp4</a></p>"));
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs"]));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("2 pages listed in index.html and not in the export"), "{err}");
    let csv = std::fs::read_to_string(home.path().join("docs/.stepwright/imports/export.losses.csv")).unwrap();
    for line in [
        ",Space Details,,index.html,,space details,Description: How we keep the mail going,dropped",
        ",Space Details,,index.html,,page,Salaries is not in the export,dropped",
        ",Space Details,,index.html,,page,Lost (Lost_102.html) is not in the export,dropped",
        "attachment,9.mp4 (attachments/101/9.mp4) is not in the export,dropped",
    ] {
        assert!(csv.contains(line), "no `{line}` in\n{csv}");
    }
}

#[test]
fn the_description_of_a_space_and_pages_left_out_are_lines_of_the_report() {
    let home = tempfile::tempdir().unwrap();
    let xml = "<?xml version=\"1.0\"?><hibernate-generic><object class=\"Space\" package=\"x\"><id name=\"id\">7</id><property name=\"key\">OPS</property><property name=\"name\">Operations</property></object>\
        <object class=\"BodyContent\" package=\"x\"><id name=\"id\">8</id><property name=\"body\">How we keep *mail* going</property><property name=\"content\" class=\"SpaceDescription\"><id name=\"id\">9</id></property><property name=\"bodyType\">0</property></object>\
        <object class=\"PageTemplate\" package=\"x\"><id name=\"id\">5</id><property name=\"name\">Runbook</property></object>\
        <object class=\"ContentPermissionSet\" package=\"x\"><id name=\"id\">6</id><property name=\"type\">View</property><property name=\"owningContent\" class=\"Page\"><id name=\"id\">2</id></property></object>\
        <object class=\"Page\" package=\"x\"><id name=\"id\">1</id><property name=\"title\">Relay</property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property><property name=\"contentStatus\">current</property></object>\
        <object class=\"Page\" package=\"x\"><id name=\"id\">2</id><property name=\"title\">Salaries</property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property><property name=\"contentStatus\">current</property></object></hibernate-generic>";
    write(home.path(), "export/entities.xml", xml);
    write(home.path(), "export/exportDescriptor.properties", "exportType=space\nspaceKey=OPS\n");
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs"]));
    assert_eq!(code, 0, "{err}");
    let csv = std::fs::read_to_string(home.path().join("docs/.stepwright/imports/export.losses.csv")).unwrap();
    for line in [
        ",,,entities.xml,,space description,How we keep *mail* going,dropped",
        ",,,entities.xml,,page template,Runbook,dropped",
        ",Salaries,2,,,page,left out: restricted in the wiki,dropped",
    ] {
        assert!(csv.contains(line), "no `{line}` in\n{csv}");
    }
}
