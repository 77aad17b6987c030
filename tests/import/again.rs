//! A second import over what people did with the first.

use std::path::Path;

use crate::support::{said, stepwright, write};

fn export(dir: &Path, titles: [&str; 2]) {
    let mut xml = String::from(
        "<?xml version=\"1.0\"?><hibernate-generic><object class=\"Space\" package=\"x\"><id name=\"id\">7</id><property name=\"key\">OPS</property><property name=\"name\">Operations</property></object>",
    );
    for (n, title) in [1, 2].into_iter().zip(titles) {
        xml.push_str(&format!(
            "<object class=\"BodyContent\" package=\"x\"><id name=\"id\">{}</id><property name=\"body\"><![CDATA[<p>First line of {n}.</p><p>Middle.</p><p>Last line of {n}, titled {title}.</p>]]></property><property name=\"content\" class=\"Page\"><id name=\"id\">{n}</id></property><property name=\"bodyType\">2</property></object>\
             <object class=\"Page\" package=\"x\"><id name=\"id\">{n}</id><property name=\"title\">{title}</property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property><property name=\"version\">1</property><property name=\"contentStatus\">current</property></object>",
            n + 500
        ));
    }
    xml.push_str("</hibernate-generic>");
    write(dir, "entities.xml", &xml);
    write(dir, "exportDescriptor.properties", "exportType=space\nspaceKey=OPS\n");
}

#[test]
fn pages_that_swap_their_places_keep_what_people_wrote() {
    let home = tempfile::tempdir().unwrap();
    let run = |export: &str| said(&stepwright(home.path(), &["import", "run", export, "--into", "docs", "--name", "w", "--yes"]));
    export(&home.path().join("one"), ["Alpha", "Beta"]);
    export(&home.path().join("two"), ["Beta", "Alpha"]);
    assert_eq!(run("one").2, 0);
    let read = |path: &str| std::fs::read_to_string(home.path().join("docs/content/ops").join(path)).unwrap();
    for (file, n) in [("alpha.md", 1), ("beta.md", 2)] {
        let text = read(file).replace(&format!("First line of {n}."), &format!("Opening of {n}, by hand."));
        write(home.path(), &format!("docs/content/ops/{file}"), &text);
    }
    let (_, err, code) = run("two");
    assert_eq!(code, 0, "{err}");
    for (file, n, title) in [("alpha.md", 2, "Alpha"), ("beta.md", 1, "Beta")] {
        let text = read(file);
        assert!(text.contains(&format!("Opening of {n}, by hand.")), "{file}: {text}");
        assert!(text.contains(&format!("Last line of {n}, titled {title}.")), "{file}: {text}");
    }
    // The same export again changes nothing, former addresses included.
    let (alpha, beta) = (read("alpha.md"), read("beta.md"));
    assert!(alpha.contains("- /ops/beta/"), "{alpha}");
    assert_eq!(run("two").2, 0);
    assert_eq!((read("alpha.md"), read("beta.md")), (alpha, beta));
}
