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

fn macro_of(name: &str, parameters: &[(&str, &str)], body: &str) -> String {
    let parameters: String = parameters.iter().map(|(n, v)| format!("<ac:parameter ac:name=\"{n}\">{v}</ac:parameter>")).collect();
    format!("<ac:structured-macro ac:name=\"{name}\">{parameters}{body}</ac:structured-macro>")
}

fn rich(body: &str) -> String {
    format!("<ac:rich-text-body>{body}</ac:rich-text-body>")
}

fn plain(body: &str) -> String {
    format!("<ac:plain-text-body><![CDATA[{body}]]></ac:plain-text-body>")
}

#[test]
fn marks_that_the_editor_cut_into_pieces_are_one() {
    let text = storage(
        "<p><strong>Read</strong> <a href=\"https://a.example/\"><strong>the guide</strong></a> <strong>first.</strong></p>\
         <p><em>Call</em> <code>find</code> <em>with the</em> <code>id</code><em>.</em></p><p><em>Name:</em> <code>a</code> <em>Size:</em> <code>b</code></p>",
    );
    assert_eq!(text, "**Read [the guide](https://a.example/) first.**\n\n*Call `find` with the* `id`.\n\n*Name:* `a` *Size:* `b`");
}

#[test]
fn headings_are_bold_by_themselves_and_end_without_blanks() {
    let text = storage(
        "<h2>1. <strong>Create the folder</strong>:</h2><h3>Use <strong>it</strong></h3><h3><strong>3</strong></h3><h3><strong>Using</strong> <code>x</code> <em>now</em></h3><h3>Tile <a name=\"t\"></a></h3>",
    );
    assert_eq!(text, "## 1. Create the folder:\n\n### Use **it**\n\n### 3\n\n### Using `x` *now*\n\n### Tile");
}

#[test]
fn lines_drawn_with_dashes_are_rules_and_two_rules_are_one() {
    let text = storage("<p>a</p><hr/><hr/><p>b</p><p>--- --- --- ---</p><p>c</p><p>---</p>");
    assert_eq!(text, "a\n\n---\n\nb\n\n---\n\nc\n\n\\---");
}

#[test]
fn markers_without_words_between_them_stand_on_their_own() {
    let gauge = |n: &str| macro_of("gauge", &[("id", n)], "");
    let text = storage(&format!("{}\n{}<p>See {}.</p>", gauge("1"), gauge("2"), gauge("3")));
    let block = |n: &str| format!("<!-- stepwright:macro name=\"gauge\" id=\"{n}\" -->\n*[Confluence macro “gauge” was not translated]*");
    let inline = "See *[Confluence macro “gauge” was not translated]* <!-- stepwright:macro name=\"gauge\" id=\"3\" -->.";
    assert_eq!(text, format!("{}\n\n{}\n\n{inline}", block("1"), block("2")));
}

#[test]
fn messages_and_boxes_of_apps_are_callouts() {
    let message = |kind: &str| macro_of("auimessage", &[("title", "Mind"), ("type", kind)], &rich("<p>words</p>"));
    for (kind, word) in [("success", "TIP"), ("warning", "WARNING"), ("error", "CAUTION"), ("info", "NOTE"), ("odd", "NOTE")] {
        assert_eq!(storage(&message(kind)), format!("> [!{word}]\n> **Mind**\n>\n> words"), "{kind}");
    }
    let round = macro_of("roundrect", &[("title", "Terms"), ("footer", "until May")], &rich("<p>words</p>"));
    assert_eq!(storage(&round), "> [!NOTE]\n> **Terms**\n>\n> words\n>\n> until May");
}

#[test]
fn old_task_lists_are_tasks_with_their_state() {
    let table = plain("||Completed||Priority||Assignee||Name||\n|T|M|jtille|book the van|\n|F|H||load it|\n");
    let text = storage(&macro_of("tasklist", &[("title", "Move")], &table));
    assert_eq!(text, "**Move**\n\n- [x] book the van @jtille\n- [ ] load it");
    let lines = storage(&macro_of("tasklist", &[("", "Week 1")], &plain("Meet the team\nGet a desk\n")));
    assert_eq!(lines, "**Week 1**\n\n- [ ] Meet the team\n- [ ] Get a desk");
}

#[test]
fn apps_that_show_files_days_pictures_and_links_leave_those() {
    assert_eq!(storage(&format!("<p>by {}</p>", macro_of("time", &[("datetime", "2025-08-28")], ""))), "by 2025-08-28");
    assert_eq!(storage(&macro_of("excel", &[("file", "^rates.xlsx")], "")), "[rates.xlsx](rates.xlsx)");
    assert_eq!(
        storage(&macro_of("img", &[("src", "https://a.example/p.png"), ("alt", "a plan")], "")),
        "![a plan](https://a.example/p.png)"
    );
    let link = |body: &str| storage(&macro_of("clickable", &[("link", "https://a.example/")], &rich(body)));
    assert_eq!(link("<p>the portal</p>"), "[the portal](https://a.example/)");
    assert_eq!(link("<ul><li>a</li></ul>"), "- a\n\n<https://a.example/>");
    let deck = macro_of("deck-container", &[], &rich(&macro_of("card", &[("label", "One")], &rich("<p>x</p>"))));
    assert_eq!(storage(&format!("<ol><li>{deck}</li></ol>")), "1. **One**\n\n   x");
}

#[test]
fn tabs_of_every_app_become_tabs() {
    let apps = [
        ("ui-tabs", "ui-tab", "title"),
        ("auitabs", "auitabspage", "title"),
        ("localtabgroup", "localtab", "title"),
        ("tabs-group", "tab-pane", "name"),
        ("deck", "card", "label"),
        ("horizontal-nav-group", "horizontal-nav-item", "label"),
    ];
    let want = "<!-- tabs:start -->\n\n<!-- tab:Linux -->\n**Linux**\n\n## Install\n\n- a\n\n<!-- tab:Mac — *new* -->\n**Mac -- \\*new\\***\n\nb\n\n<!-- tabs:end -->";
    for (group, tab, name) in apps {
        let first = macro_of(tab, &[(name, "Linux")], &rich("<h2>Install</h2><ul><li>a</li></ul>"));
        let second = macro_of(tab, &[(name, "Mac -- *new*")], &rich("<p>b</p>"));
        assert_eq!(storage(&macro_of(group, &[("id", "x")], &rich(&format!("{first}{second}")))), want, "{group}");
    }
    // Without a name nobody could choose one, and a tab alone is none.
    let nameless = macro_of("ui-tabs", &[], &rich(&macro_of("ui-tab", &[], &rich("<p>b</p>"))));
    assert_eq!(storage(&nameless), "b");
    assert_eq!(storage(&macro_of("localtab", &[("title", "One")], &rich("<p>x</p>"))), "**One**\n\nx");
}

#[test]
fn emoticons_shown_as_pictures_and_keycaps_by_name_are_characters() {
    let text = storage(
        "<p>A <ac:image ac:title=\"(smile)\"><ri:url ri:value=\"https://x.example/_/images/icons/emoticons/smile.svg\"/></ac:image> B <ac:emoticon ac:name=\"keycap: 2\"/></p>",
    );
    assert_eq!(text, "A 🙂 B 2\u{fe0f}\u{20e3}");
}

#[test]
fn what_an_include_could_not_show_is_one_line_of_the_report() {
    let mut ctx = BodyContext::new("Page");
    let raw = macro_of("include", &[("", "<ac:link><ri:page ri:content-title=\"Terms\"/></ac:link>")], "");
    let blocks = body::read(&RawBody::Storage(raw), &mut ctx);
    let text = markdown::write(&blocks, &Alone, &mut ctx.losses);
    assert_eq!(text, "<!-- stepwright:macro name=\"include\" page=\"Terms\" -->\nSee Terms.\n");
    let said: Vec<(&str, &str)> = ctx.losses.iter().map(|l| (l.element.as_str(), l.detail.as_str())).collect();
    assert_eq!(said, [("macro include", "the content of Terms is not here")]);
}

#[test]
fn colours_in_wiki_markup_are_reported_with_their_words() {
    let mut ctx = BodyContext::new("Page");
    body::read(&RawBody::Wiki("Mind {color:red}the gap{color} and {color:#00f}the step{color}.".to_owned()), &mut ctx);
    let said: Vec<(&str, &str)> = ctx.losses.iter().map(|l| (l.element.as_str(), l.detail.as_str())).collect();
    assert_eq!(said, [("text colour", "2 passages: the gap; the step")]);
}
