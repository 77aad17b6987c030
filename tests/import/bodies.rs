//! Bodies beside the Markdown they become, where the seam between pieces is what matters.

use stepwright::import::body::{self, BodyContext};
use stepwright::import::markdown;
use stepwright::import::package::RawBody;
use stepwright::import::resolve::Alone;

fn written(raw: &RawBody) -> String {
    let mut ctx = BodyContext::new("Page");
    let blocks = body::read(raw, &mut ctx);
    markdown::write(&blocks, &Alone, &mut ctx.losses).trim().to_owned()
}

fn storage(text: &str) -> String {
    written(&RawBody::Storage(text.to_owned()))
}

#[test]
fn what_the_wiki_boxes_never_touches_words() {
    let file = |name: &str| {
        format!(
            "<ac:structured-macro ac:name=\"view-file\"><ac:parameter ac:name=\"name\"><ri:attachment ri:filename=\"{name}\"/></ac:parameter></ac:structured-macro>"
        )
    };
    let text = storage(&format!("<p>see {}&nbsp; {}then, {}.</p>", file("a.pdf"), file("b.pdf"), file("c.pdf")));
    assert_eq!(text, "see [a.pdf](a.pdf) [b.pdf](b.pdf) then, [c.pdf](c.pdf).");
    let html = "<p>Fixed with \n <span class=\"jira-issue\" data-jira-key=\"OPS-1\"><a href=\"https://jira.example.com/browse/OPS-1\">OPS-1</a></span>\n . Done</p>";
    assert_eq!(written(&RawBody::Html(html.to_owned())), "Fixed with [OPS-1](https://jira.example.com/browse/OPS-1). Done");
}

#[test]
fn a_link_without_words_keeps_the_blank_after_it() {
    let text = storage("<p>Read <ac:link><ri:attachment ri:filename=\"plan.pdf\"/></ac:link> now</p>");
    assert_eq!(text, "Read [plan.pdf](plan.pdf) now");
}

#[test]
fn old_emoticons_and_keycaps_are_characters() {
    let text = storage(
        "<p>A <img src=\"https://x.example/_/images/icons/emoticons/warning.svg\"/> B <ac:emoticon ac:emoji-id=\"31-20e3\"/> C</p>",
    );
    assert_eq!(text, "A ⚠️ B 1\u{20e3} C");
}

#[test]
fn what_a_page_cannot_say_is_reported_with_its_words() {
    let mut ctx = BodyContext::new("Page");
    let raw = "<p>Edit <code>reject <a href=\"mailto:a@b.example\">a@b.example</a> now</code>, see <code><a href=\"https://c.example/\">https://c.example/</a></code>.<a href=\"https://d.example/\"><br/></a></p>";
    let blocks = body::read(&RawBody::Storage(raw.to_owned()), &mut ctx);
    let text = markdown::write(&blocks, &Alone, &mut ctx.losses);
    assert_eq!(text.trim(), "Edit `reject a@b.example now`, see [`https://c.example/`](https://c.example/).");
    let said: Vec<(&str, &str)> = ctx.losses.iter().map(|l| (l.element.as_str(), l.detail.as_str())).collect();
    assert_eq!(said, [("link in code", "mailto:a@b.example"), ("link without words", "https://d.example/")]);
}

#[test]
fn a_bold_first_row_heads_its_table_and_header_cells_need_no_marks() {
    let html = |rows: &str| written(&RawBody::Html(format!("<table>{rows}</table>")));
    let bold =
        html("<tr><td><strong>Name</strong></td><td><p><strong>Use</strong></p></td></tr><tr><td>a</td><td><strong>b</strong></td></tr>");
    assert_eq!(bold, "| **Name** | **Use** |\n| --- | --- |\n| a | **b** |");
    let header = html("<tr><th><strong>Name</strong></th><th>Use</th></tr><tr><td>a</td><td>b</td></tr>");
    assert_eq!(header, "| Name | Use |\n| --- | --- |\n| a | b |");
    let plain = html("<tr><td><strong>x</strong></td><td>y</td></tr><tr><td>a</td><td>b</td></tr>");
    assert_eq!(plain, "|  |  |\n| --- | --- |\n| **x** | y |\n| a | b |");
}

#[test]
fn a_picture_that_is_not_there_has_its_name_and_the_place_it_would_lie_at() {
    let text = storage("<p><ac:image><ri:attachment ri:filename=\"a 11:43.png\"/></ac:image></p>");
    assert_eq!(text, "![a 11:43.png](a%2011-43.png)");
}

#[test]
fn a_formula_in_a_line_is_code_between_dollars() {
    let formula = |body: &str| {
        format!("<ac:structured-macro ac:name=\"mathinline\"><ac:parameter ac:name=\"body\">{body}</ac:parameter></ac:structured-macro>")
    };
    let text = storage(&format!("<p>so {} or {}.</p>", formula("k \\times 42"), formula("--uriencoded--K_%7BS%7D+1")));
    assert_eq!(text, "so $`k \\times 42`$ or $`K_{S}+1`$.");
}
