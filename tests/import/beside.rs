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

/// Data Center 9 and later name a body's owner by its general class.
#[test]
fn bodies_whose_owner_has_a_general_class_reach_their_page() {
    let home = tempfile::tempdir().unwrap();
    let body = |id: u32, owner: u32, text: &str| {
        format!(
            "<object class=\"BodyContent\" package=\"x\"><id name=\"id\">{id}</id><property name=\"body\"><![CDATA[{text}]]></property><property name=\"bodyType\">2</property><property name=\"content\" class=\"ContentEntityObject\" package=\"x\"><id name=\"id\">{owner}</id></property></object>"
        )
    };
    let xml = format!(
        "<?xml version=\"1.0\"?><hibernate-generic>{}{}{}\
         <object class=\"Space\" package=\"x\"><id name=\"id\">7</id><property name=\"key\">OPS</property><property name=\"name\">Operations</property><property name=\"description\" class=\"SpaceDescription\"><id name=\"id\">9</id></property></object>\
         <object class=\"Comment\" package=\"x\"><id name=\"id\">3</id><property name=\"creationDate\">2025-08-06 14:23:40.557</property><property name=\"containerContent\" class=\"ContentEntityObject\"><id name=\"id\">1</id></property></object>\
         <object class=\"Page\" package=\"x\"><id name=\"id\">1</id><property name=\"title\">Relay</property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property><property name=\"contentStatus\">current</property></object></hibernate-generic>",
        body(11, 1, "<p>Open the relay.</p>"),
        body(12, 3, "<p>Which one?</p>"),
        body(13, 9, "<p>How mail is kept going</p>")
    );
    write(home.path(), "export/entities.xml", &xml);
    write(home.path(), "export/exportDescriptor.properties", "exportType=space\nspaceKey=OPS\n");
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs"]));
    assert_eq!(code, 0, "{err}");
    let page = std::fs::read_to_string(home.path().join("docs/content/ops/relay.md")).unwrap();
    assert!(page.ends_with("---\n\nOpen the relay.\n"), "{page}");
    let csv = std::fs::read_to_string(home.path().join("docs/.stepwright/imports/export.losses.csv")).unwrap();
    for line in ["comment,2025-08-06: Which one?,dropped", "space description,How mail is kept going,dropped"] {
        assert!(csv.contains(line), "no `{line}` in\n{csv}");
    }
}

#[test]
fn the_report_for_people_begins_with_what_to_look_at() {
    let home = tempfile::tempdir().unwrap();
    let page = "<html><head><title>Operations : Relay</title></head><body><h1 id=\"title-heading\"><span id=\"title-text\">Operations : Relay</span></h1><div id=\"main-content\" class=\"wiki-content\">\
        <div class=\"toc-macro\">x</div><h2>Start</h2><div class=\"ap-container\" id=\"ap-com.example.plug__big-chart12\"></div><p><a href=\"attachments/101/7.png\">a</a></p></div></body></html>";
    write(home.path(), "export/Relay_101.html", page);
    write(home.path(), "export/attachments/101/7.png", "x");
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs"]));
    assert_eq!(code, 0, "{err}");
    let report = std::fs::read_to_string(home.path().join("docs/.stepwright/imports/export.losses.md")).unwrap();
    let path = report.lines().find_map(|l| l.strip_prefix("- `")).and_then(|l| l.split('`').next()).unwrap().to_owned();
    let want = format!(
        "# Losses of the import export\n\n2 losses on 1 page. Each is a line of `export.losses.csv`: page, place, what it was, and what became of it.\n\n\
         ## To look at\n\nGone from the pages, or a marker in its place that `stepwright lint` finds.\n\n\
         | element | outcome | count | pages | first |\n| --- | --- | ---: | ---: | --- |\n| macro big-chart | left as marker | 1 | 1 | `{path}`, Start: app=com.example.plug |\n\n\
         Apart from files and comments, it is on:\n\n- `{path}`: 1\n\n\
         ## Left out on purpose\n\nThe website makes its own, or only the wiki could show it.\n\n\
         macro toc (1).\n"
    );
    assert_eq!(report, want);
}

#[test]
fn files_that_cannot_keep_their_name_are_lines_of_the_report() {
    let home = tempfile::tempdir().unwrap();
    let page = "<html><head><title>Operations : Relay</title></head><body><h1 id=\"title-heading\"><span id=\"title-text\">Operations : Relay</span></h1><div id=\"main-content\" class=\"wiki-content\">\
        <p><img src=\"attachments/101/7.png\" data-linked-resource-default-alias=\"11:43 plan.png\"/><img src=\"attachments/101/8.png\" data-linked-resource-default-alias=\"0e1f-a9#media-blob-url=true&amp;id=a3&amp;collection=\"/></p></div></body></html>";
    write(home.path(), "export/Relay_101.html", page);
    write(home.path(), "export/attachments/101/7.png", "x");
    write(home.path(), "export/attachments/101/8.png", "y");
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs"]));
    assert_eq!(code, 0, "{err}");
    let csv = std::fs::read_to_string(home.path().join("docs/.stepwright/imports/export.losses.csv")).unwrap();
    assert!(csv.contains("attachment name,11:43 plan.png is 11-43 plan.png here,kept as text"), "{csv}");
    let names: Vec<String> = walkdir::WalkDir::new(home.path().join("docs/content"))
        .into_iter()
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| n.ends_with(".png"))
        .collect();
    assert!(names.contains(&"0e1f-a9.png".to_owned()), "a pasted picture is called by its id, not by its whole address: {names:?}");
}

#[test]
fn the_files_of_a_page_are_listed_where_the_wiki_listed_them() {
    let home = tempfile::tempdir().unwrap();
    let body = "<p><ac:image><ri:attachment ri:filename=\"Form A.pdf\"/></ac:image></p><p>Forms:</p><ac:structured-macro ac:name=\"attachments\"/><ac:structured-macro ac:name=\"gallery\"/><ac:structured-macro ac:name=\"attachments\"><ac:parameter ac:name=\"patterns\">.*pdf</ac:parameter></ac:structured-macro>";
    let file = |id: u32, name: &str| {
        format!(
            "<object class=\"Attachment\" package=\"x\"><id name=\"id\">{id}</id><property name=\"title\">{name}</property><property name=\"version\">1</property><property name=\"contentStatus\">current</property><property name=\"containerContent\" class=\"Page\"><id name=\"id\">1</id></property></object>"
        )
    };
    let xml = format!(
        "<?xml version=\"1.0\"?><hibernate-generic><object class=\"Space\" package=\"x\"><id name=\"id\">7</id><property name=\"key\">OPS</property><property name=\"name\">Operations</property></object>\
         <object class=\"BodyContent\" package=\"x\"><id name=\"id\">8</id><property name=\"body\"><![CDATA[{body}]]></property><property name=\"content\" class=\"Page\"><id name=\"id\">1</id></property><property name=\"bodyType\">2</property></object>{}{}\
         <object class=\"Page\" package=\"x\"><id name=\"id\">1</id><property name=\"title\">Relay</property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property><property name=\"contentStatus\">current</property></object></hibernate-generic>",
        file(21, "plan.png"),
        file(22, "Form A.pdf")
    );
    write(home.path(), "export/entities.xml", &xml);
    write(home.path(), "export/exportDescriptor.properties", "exportType=space\nspaceKey=OPS\n");
    write(home.path(), "export/attachments/1/21/1", "png");
    write(home.path(), "export/attachments/1/22/1", "pdf");
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs"]));
    assert_eq!(code, 0, "{err}");
    let page = std::fs::read_to_string(home.path().join("docs/content/ops/relay.md")).unwrap();
    let text = page.split_once("\n---\n\n").unwrap().1;
    assert_eq!(
        text,
        "[Form A.pdf](relay/Form%20A.pdf)\n\nForms:\n\n- [Form A.pdf](relay/Form%20A.pdf)\n- [plan.png](relay/plan.png)\n\n![plan.png](relay/plan.png)\n\n\
         <!-- stepwright:macro name=\"attachments\" patterns=\".*pdf\" -->\n*[Confluence macro “attachments” was not translated]*\n"
    );
}

#[test]
fn a_picture_no_list_names_has_its_place_in_the_pages_own_folder() {
    let home = tempfile::tempdir().unwrap();
    let page = "<html><head><title>Operations : Relay</title></head><body><h1 id=\"title-heading\"><span id=\"title-text\">Operations : Relay</span></h1><div id=\"main-content\" class=\"wiki-content\">\
        <p><img src=\"attachments/9/1.png\" data-image-src=\"https://wiki.example.com/download/attachments/9/plan.png\" data-linked-resource-default-alias=\"plan.png\"/></p>\
        <p><img src=\"attachments/9/2.png\" data-image-src=\"https://wiki.example.com/download/attachments/9/lost.png\" data-linked-resource-default-alias=\"lost.png\"/></p></div></body></html>";
    write(home.path(), "export/Relay_101.html", page);
    write(home.path(), "export/Other_102.html", &page.replace("Relay", "Other").replace("attachments/9", "none"));
    write(home.path(), "export/attachments/9/1.png", "x");
    let (_, err, code) = said(&stepwright(home.path(), &["import", "run", "export", "--into", "docs"]));
    assert_eq!(code, 0, "{err}");
    let found = walkdir::WalkDir::new(home.path().join("docs/content")).into_iter().flatten().find(|e| e.file_name() == "relay.md");
    let path = found.unwrap().into_path();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.ends_with("![](relay/plan.png)\n\n![lost.png](relay/lost.png)\n"), "{text}");
    assert!(path.with_file_name("relay").join("plan.png").exists(), "the picture came along");
}
