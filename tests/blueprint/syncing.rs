//! Keeping in step: what people wrote is never lost, what nobody touched follows the page.

use std::collections::{BTreeMap, BTreeSet};

use stepwright::blueprint::draft::{draft, write};
use stepwright::blueprint::sync::{Action, Sides, Take, counterpart, sync};
use stepwright::blueprint::{Blueprint, load, text_hash, to_yaml};
use stepwright::page::Page;
use stepwright::text::Source;

use crate::support::repo::Repo;
use crate::support::{said, stepwright};

fn drafts(text: &str) -> Vec<Blueprint> {
    let page = Page::parse(Source::new("content/p.md", text));
    draft(&page).iter().map(|d| write::blueprint(d, &page, &|_| None)).collect()
}

/// Syncs a file with a page, `base` being the page as it was.
fn synced(file: &str, page: &str, base: Option<&str>) -> (String, Vec<(Action, String, String)>) {
    let source = Source::new("content/p.blueprint.yaml", file);
    let model = load(&source).blueprint.expect("a valid file");
    let (now, was) = (drafts(page), base.map(drafts));
    let headings: Vec<&str> = page.lines().filter_map(|l| l.split_once("# ").map(|(_, title)| title)).collect();
    let page = counterpart(&model, &now).expect("a draft of the page");
    let base = was.as_ref().and_then(|w| counterpart(&model, w));
    let sides = Sides { page: &page, base: base.as_deref(), headings: &headings, only: None, take: Take::Ask };
    let done = sync(&source, &sides).expect("a whole file");
    (done.text, done.changes.into_iter().map(|c| (c.action, c.step, c.key)).collect())
}

const PAGE: &str =
    "# Restart\n\n1. Stop the workers.\n2. Run the migration within 2 hours.\n3. Start the workers.\n4. Tell the support team.\n";

#[test]
fn what_nobody_touched_follows_and_what_people_wrote_stays() {
    let file = to_yaml(&drafts(PAGE)[0]);
    let file = file
        .replace("title: Start the workers", "title: 'Start all workers'   # said the night shift")
        .replace("steps:\n", "# our steps\nsteps:\n")
        .replace("    title: Tell the support team\n", "    title: Tell the support team\n    text: Use the phone.\n");
    let page = PAGE
        .replace("within 2 hours", "within 1 hour")
        .replace("4. Tell the support team", "4. Check the dashboard.\n5. Tell the support and the sales team");
    let (text, changes) = synced(&file, &page, Some(PAGE));
    assert!(text.contains("due: 1 hour\n"), "{text}");
    assert!(text.contains("title: 'Start all workers'   # said the night shift\n"), "{text}");
    assert!(text.contains("# our steps\nsteps:\n") && text.contains("    text: Use the phone.\n"), "{text}");
    assert!(text.contains("title: Tell the support and the sales team\n"), "{text}");
    let order = ["id: start-workers", "id: check-dashboard", "id: tell-support-team"].map(|id| text.find(id).expect(id));
    assert!(order.is_sorted(), "{text}");
    assert!(changes.contains(&(Action::Update, "run-migration".into(), "due".into())), "{changes:?}");
    assert!(changes.contains(&(Action::Kept, "start-workers".into(), "title".into())), "{changes:?}");
    assert!(changes.contains(&(Action::Add, "check-dashboard".into(), String::new())), "{changes:?}");
    let again = synced(&text, &page, Some(&page));
    assert_eq!(again.0, text, "a second sync changes nothing");
}

#[test]
fn where_both_changed_the_file_stays_and_a_mark_asks_once() {
    let file = to_yaml(&drafts(PAGE)[0]).replace("title: Stop the workers", "title: Stop every worker");
    let page = PAGE.replace("Stop the workers", "Stop the old workers");
    let (text, changes) = synced(&file, &page, Some(PAGE));
    assert!(text.contains("title: Stop every worker\n"), "{text}");
    assert!(text.contains("{code: both-changed, at: title, confidence: low, evidence: Stop the old workers}"), "{text}");
    assert_eq!(changes.iter().filter(|c| c.0 == Action::Both).count(), 1);
    // The person deletes the mark: it does not come back while the page stays.
    let settled: String = text.split_inclusive('\n').filter(|l| !l.contains("both-changed") && l.trim() != "review:").collect();
    assert_eq!(synced(&settled, &page, Some(&page)).0, settled);
}

#[test]
fn taking_a_side_settles_the_mark() {
    let file = to_yaml(&drafts(PAGE)[0]).replace("title: Stop the workers", "title: Stop every worker");
    let page = PAGE.replace("Stop the workers", "Stop the old workers");
    let (text, _) = synced(&file, &page, Some(PAGE));
    let source = Source::new("content/p.blueprint.yaml", text);
    let now = drafts(&page);
    for (take, title) in [(Take::Page, "Stop the old workers"), (Take::Blueprint, "Stop every worker")] {
        let sides = Sides { page: &now[0], base: Some(&now[0]), headings: &["Restart"], only: Some("stop-workers"), take };
        let done = sync(&source, &sides).unwrap();
        assert!(done.text.contains(&format!("title: {title}\n")) && !done.text.contains("both-changed"), "{}", done.text);
    }
}

#[test]
fn a_step_gone_from_the_page_is_marked_and_one_taken_out_by_people_stays_out() {
    let file = to_yaml(&drafts(PAGE)[0]);
    let at = file.find("  - id: start-workers").unwrap();
    let end = file[at..].find("\n\n").unwrap() + at + 2;
    let without = format!("{}{}", &file[..at], &file[end..]);
    let page = PAGE.replace("4. Tell the support team.\n", "");
    let (text, changes) = synced(&without, &page, Some(PAGE));
    assert!(text.contains("code: step-gone"), "{text}");
    assert!(!text.contains("id: start-workers"), "{text}");
    assert!(changes.iter().any(|c| c.0 == Action::Out), "{changes:?}");
}

const TWO: &str =
    "# Money\n\n## Refunds\n\n1. Check the order.\n2. Pay the customer.\n\n## Invoices\n\n1. Write the invoice.\n2. Send the invoice.\n";

#[test]
fn a_renamed_section_takes_its_blueprint_along() {
    let file = to_yaml(&drafts(TWO)[0]);
    assert!(file.contains("heading: Refunds"), "{file}");
    let page = TWO.replace("## Refunds", "## Paying back");
    let (text, changes) = synced(&file, &page, Some(TWO));
    assert!(text.contains("heading: Paying back") && !text.contains("Refunds"), "{text}");
    assert!(!text.contains("invoice"), "the other section has a blueprint of its own: {text}");
    assert!(changes.iter().any(|c| c.0 == Action::Update && c.2 == "source"), "{changes:?}");
    // Written by hand, or left by an older program: mended when the page no longer has it, kept when it has.
    let stale = text.replacen("heading: Paying back", "heading: Refunds", 1);
    assert_ne!(stale, text, "{text}");
    assert_eq!(synced(&stale, &page, Some(&page)).0, text);
    let one = "# Money\n\n## Refunds\n\n1. Check the order.\n2. Pay the customer.\n";
    let own = to_yaml(&drafts(one)[0]).replace("{page: content/p.md, ", "{page: content/p.md, heading: Refunds, ");
    assert!(own.contains("heading: Refunds, hash"), "{own}");
    assert_eq!(synced(&own, one, Some(one)).0, own);
}

#[test]
fn steps_follow_the_pages_order_unless_people_ordered_them() {
    let file = to_yaml(&drafts(PAGE)[0]).replace("  - id: run-migration", "  # needs the vault\n  - id: run-migration");
    let page = PAGE.replace(
        "2. Run the migration within 2 hours.\n3. Start the workers.",
        "2. Start the workers.\n3. Run the migration within 2 hours.",
    );
    let (text, changes) = synced(&file, &page, Some(PAGE));
    let at = |id: &str| text.find(&format!("id: {id}\n")).expect(id);
    assert!(at("start-workers") < at("run-migration") && at("run-migration") < at("tell-support-team"), "{text}");
    assert!(text.contains("  # needs the vault\n  - id: run-migration"), "{text}");
    assert_eq!(changes.iter().filter(|c| c.2 == "order").count(), 1, "{changes:?}");
    // A person put the last step first: it stays there, and the page's move is a question.
    let steps: Vec<&str> = file.split("\n  - id: ").collect();
    let theirs = format!(
        "{}\n  - id: {}{}",
        steps[0],
        steps[4].trim_end(),
        file[steps[0].len()..].replace(&format!("\n  - id: {}", steps[4]), "\n")
    );
    let (text, changes) = synced(&theirs, &page, Some(PAGE));
    let at = |id: &str| text.find(&format!("id: {id}\n")).expect(id);
    assert!(at("tell-support-team") < at("stop-workers") && at("run-migration") < at("start-workers"), "{text}");
    assert!(changes.iter().any(|c| c.0 == Action::Both && c.2 == "order") && text.contains("at: order"), "{changes:?}\n{text}");
}

#[test]
fn phases_and_the_title_follow_their_headings() {
    let was = "# Close the month\n\n## Prepare\n\n1. Lock the ledger.\n2. Print the list.\n\n## Review\n\n1. Check the list.\n2. Sign the list.\n";
    let file = to_yaml(&drafts(was)[0]);
    assert!(file.contains("title: Prepare"), "{file}");
    let page = was.replace("# Close the month", "# Close the quarter").replace("## Prepare", "## Preparation");
    let (text, changes) = synced(&file, &page, Some(was));
    assert!(
        text.contains("title: Close the quarter\n") && text.contains("title: Preparation") && text.contains("id: prepare"),
        "{changes:?}\n{text}"
    );
}

#[test]
fn without_history_only_marks_are_added() {
    let file = to_yaml(&drafts(PAGE)[0]);
    let page = PAGE.replace("within 2 hours", "within 1 hour");
    let (text, changes) = synced(&file, &page, None);
    assert!(text.contains("due: 2 hours\n") && text.contains("at: due"), "{text}");
    assert!(changes.iter().all(|c| c.0 == Action::Both), "{changes:?}");
}

#[test]
fn the_command_finds_the_base_in_git() {
    let mut repo = Repo::new();
    repo.write("stepwright.yaml", "").write("content/p.md", PAGE).commit("2026-01-01", "Ann", "page");
    let (out, err, code) = said(&stepwright(repo.path(), &["blueprint", "draft", "content/p.md"]));
    assert_eq!(code, 0, "{out}{err}");
    let path = repo.path().join("content/p.blueprint.yaml");
    let file = std::fs::read_to_string(&path).unwrap().replace("title: Start the workers", "title: Start them  # slowly");
    repo.write("content/p.blueprint.yaml", &file).commit("2026-01-02", "Ann", "blueprint");
    repo.write("content/p.md", &PAGE.replace("within 2 hours", "within 1 hour")).commit("2026-01-03", "Ann", "faster");
    let (out, err, code) = said(&stepwright(repo.path(), &["blueprint", "sync"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("update  run-migration            due 2 hours → 1 hour  (page :4)"), "{out}");
    assert!(out.contains("kept    start-workers            people edited `title`; the page did not move"), "{out}");
    assert!(err.starts_with("blueprint sync: 1 change written, 0 wait for a decision, 0 in step;"), "{err}");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("due: 1 hour\n") && text.contains("title: Start them  # slowly\n"), "{text}");
    let (_, err, _) = said(&stepwright(repo.path(), &["blueprint", "sync"]));
    assert!(err.starts_with("blueprint sync: 0 changes written, 0 wait for a decision, 1 in step;"), "{err}");
}

/// A small generator of numbers: the same seeds give the same edits on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

const VERBS: [&str; 8] = ["Open", "Close", "Check", "Restart", "Copy", "Delete", "Rename", "Archive"];

/// Steps of a page under random edits.
struct Story {
    items: Vec<String>,
    made: usize,
}

impl Story {
    fn item(&mut self, dice: &mut Dice) -> String {
        self.made += 1;
        format!("{} the ledger{} of branch{}", VERBS[dice.roll(VERBS.len())], self.made, self.made)
    }

    fn page(&self) -> String {
        let list: Vec<String> = self.items.iter().enumerate().map(|(i, t)| format!("{}. {t}.\n", i + 1)).collect();
        format!("# Close\n\n{}", list.concat())
    }

    fn edit(&mut self, dice: &mut Dice) {
        let at = dice.roll(self.items.len());
        match dice.roll(5) {
            4 => {
                let item = self.items.remove(at);
                self.items.insert(dice.roll(self.items.len() + 1), item);
            }
            0 => {
                let item = self.item(dice);
                self.items.insert(at, item);
            }
            1 if self.items.len() > 3 => {
                self.items.remove(at);
            }
            2 => self.items[at] = format!("{} within {} days", self.items[at].split(" within").next().unwrap(), dice.roll(8) + 2),
            _ => {
                self.items[at] =
                    self.items[at].replace("the ledger", if self.items[at].contains("big") { "the ledger" } else { "the big ledger" });
            }
        }
    }
}

/// A person's edit of the file; `mine` are the words that must survive.
fn edit_file(text: &str, dice: &mut Dice, n: usize, mine: &mut BTreeSet<String>) -> String {
    let starts: Vec<usize> = text.match_indices("  - id: ").map(|(i, _)| i).collect();
    let at = starts[dice.roll(starts.len())];
    let end = text[at + 1..].find("  - id: ").map_or(text.len(), |e| at + 1 + e);
    let word = format!("person{n}x");
    let with = |at: usize, new: &str| format!("{}{new}{}", &text[..at], &text[at..]);
    let title = text[at..end].find("title: ").map(|t| at + t);
    let out = match (dice.roll(7), title) {
        // The same words in other quotes, and room between steps: layout is a person's too.
        (5, Some(t)) if !text[t..].starts_with("title: '") && !text[t..].starts_with("title: \"") => {
            let stop = t + text[t..].find('\n').unwrap();
            let bare = &text[t + "title: ".len()..stop];
            if bare.contains(['\'', '#']) {
                return text.to_owned();
            }
            return format!("{}title:   '{bare}'{}", &text[..t], &text[stop..]);
        }
        (6, _) => return with(at, "\n\n"),
        (0, _) => with(at, &format!("  # {word}\n")),
        (1, Some(t)) => {
            let stop = t + text[t..].find('\n').unwrap();
            format!("{}title: \"Do {word} now\"{}", &text[..t], &text[stop..])
        }
        (2, Some(t)) => {
            let stop = t + text[t..].find('\n').unwrap();
            with(stop, &format!("  # {word}"))
        }
        (3, _) => with(at, &format!("  - id: own-{word}\n    title: Own {word}\n\n")),
        (_, Some(t)) if !text[at..end].contains("    text:") => {
            let stop = t + text[t..].find('\n').unwrap() + 1;
            with(stop, &format!("    text: |-\n      {word} wrote\n\n      two paragraphs\n"))
        }
        _ => return text.to_owned(),
    };
    let fine = load(&Source::new("content/p.blueprint.yaml", out.clone()));
    if fine.blueprint.is_none() || fine.partial {
        return text.to_owned();
    }
    // Somebody else's word may have been overwritten by this person: that is not the sync's doing.
    mine.retain(|w| out.contains(w.as_str()));
    mine.insert(word);
    out
}

/// The steps of a file as they stand, by id, without where they came from (the sync's own to renew) and the comments over the next step.
fn chunks(text: &str) -> BTreeMap<String, String> {
    let plain = |step: &str| {
        let mut lines: Vec<&str> = step.lines().filter(|l| !l.starts_with("    source:")).collect();
        while lines.last().is_some_and(|l| l.trim().is_empty() || l.starts_with("  #")) {
            lines.pop();
        }
        lines.join("\n")
    };
    let steps = text.split("\n  - id: ").skip(1);
    steps.map(|s| (s.split_whitespace().next().unwrap_or_default().to_owned(), plain(s))).collect()
}

/// `STEPWRIGHT_SEEDS=1000` runs the whole thousand, as CI does (over a minute of one core in debug); a tenth of it runs with every `cargo test`.
#[test]
fn random_lives_of_page_and_blueprint_lose_nothing() {
    let seeds = std::env::var("STEPWRIGHT_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(100u64);
    let mut seen: BTreeMap<Action, usize> = BTreeMap::new();
    for seed in 0..seeds {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66);
        let mut story = Story { items: Vec::new(), made: 0 };
        for _ in 0..4 {
            let item = story.item(&mut dice);
            story.items.push(item);
        }
        let mut versions: BTreeMap<String, String> = BTreeMap::new();
        let mut file = to_yaml(&drafts(&story.page())[0]);
        let mut mine = BTreeSet::new();
        for n in 0..10 {
            let page = story.page();
            versions.insert(text_hash(&page), page.clone());
            match dice.roll(3) {
                0 => story.edit(&mut dice),
                1 => file = edit_file(&file, &mut dice, n, &mut mine),
                _ => {
                    let model = load(&Source::new("f", file.clone())).blueprint.unwrap();
                    let base = model.source.and_then(|s| s.hash).and_then(|h| versions.get(&h).cloned());
                    assert!(base.is_some(), "seed {seed}: the base is known");
                    let (text, changes) = synced(&file, &page, base.as_deref());
                    for change in &changes {
                        *seen.entry(change.0).or_default() += 1;
                    }
                    let after = load(&Source::new("f", text.clone()));
                    assert!(after.blueprint.is_some() && !after.partial, "seed {seed}: {text}");
                    for word in &mine {
                        assert!(
                            text.contains(word.as_str()),
                            "seed {seed}: {word} is lost\nbefore:\n{file}\nafter:\n{text}\npage:\n{page}"
                        );
                    }
                    // A step that no change names is the same to the byte, comments, quotes and blank lines included.
                    let (was, is) = (chunks(&file), chunks(&text));
                    for (id, step) in was.iter().filter(|(id, _)| !changes.iter().any(|c| c.1 == **id)) {
                        assert_eq!(is.get(id), Some(step), "seed {seed}: {id} was changed untold\nbefore:\n{file}\nafter:\n{text}");
                    }
                    let (again, changes) = synced(&text, &page, Some(&page));
                    assert_eq!(again, text, "seed {seed}: not at rest, {changes:?}");
                    file = text;
                }
            }
        }
    }
    // The lives were not dull: the page was followed, people were heard, and they met.
    for action in [Action::Update, Action::Add, Action::Kept, Action::Both, Action::Gone] {
        assert!(seen.get(&action).is_some_and(|n| *n > 3), "{action:?}: {seen:?}");
    }
}
