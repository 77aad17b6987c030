//! Sentences and what they are read as.

use super::*;
use crate::blueprint::draft::words::english;
use crate::page::{BlockKind, Page};
use crate::text::Source;

fn clause(text: &str) -> (Flow, Clause) {
    let page = Page::parse(Source::new("p.md", text));
    let BlockKind::Paragraph(inlines) = &page.tree()[0].kind else { panic!("no paragraph: {text}") };
    let flow = Flow::of(inlines);
    let range = flow.sentences().remove(0);
    let clause = read(&flow, &range, english());
    (flow, clause)
}

fn mood(text: &str) -> Mood {
    clause(text).1.mood
}

#[test]
fn commands_with_and_without_openers() {
    for text in [
        "Open the ticket",
        "Check ssh key",
        "In the **Custom** section, add the permission sets",
        "Under \"Actions\" click \"Export as CSV\".",
        "If the test is successful, delete the original key.",
        "Once logged in click on the profile icon",
        "On the right sidebar under \"Time\", select all the completed months",
        "Finally select `Approve and deploy`",
        "As of July 2024, ping the finance channel",
        "Frobnicate the widget",
        "To print a label use the blue button.",
        "Using the small key, open the side door.",
        "[RECOVERY] Restore the volume",
        "Set expectations on who should attend the meeting.",
        "Frobnicate the customer (orders over 500 euros)",
    ] {
        assert_eq!(mood(text), Mood::Imperative, "{text}");
    }
}

#[test]
fn statements_and_machines_are_not_commands() {
    for text in [
        "You will be taken to the start page.",
        "The Cluster Operator detects the annotated resource and instructs the controller to rebalance.",
        "The job will first check the connection that has been entered.",
        "Request status is shown in the list.",
        "Alert rules are defined in the repository.",
        "You should receive a health notification from the provider",
        "there's a problem with connectivity from the machine.",
        "PlatformNameShort supports upgrades from the old version.",
    ] {
        let clause = clause(text).1;
        assert!(!clause.may_act(), "{text}: {clause:?}");
    }
}

#[test]
fn conditions_end_where_they_are_whole() {
    let when = |text: &str| {
        let (flow, clause) = clause(text);
        clause.when.map(|w| flow.slice(&w).to_owned())
    };
    assert_eq!(
        when("If the lamps, the pump and the heater are off, close the lid.").as_deref(),
        Some("the lamps, the pump and the heater are off")
    );
    assert_eq!(when("If the lamp is off, open the lid, clean it and close it.").as_deref(), Some("the lamp is off"));
    assert_eq!(when("Write to the porter (if nobody answers, call the desk)."), None);
    assert_eq!(when("Write to the porter (if it is a Monday).").as_deref(), Some("it is a Monday"));
    assert_eq!(when("For new customers, enter the discount."), Some("new customers".to_owned()));
    assert_eq!(when("For the cost centre, enter 4711."), None);
}

#[test]
fn a_party_acts_behind_a_time_or_a_place_without_comma() {
    for (text, actor) in [
        ("On the last day the employee returns the badge to reception", "the employee"),
        ("On the last day the employee returns the badge to reception, and IT locks the account.", "the employee"),
        ("After legal has cleared the contract, procurement places the order.", "procurement"),
    ] {
        let (flow, clause) = clause(text);
        assert_eq!(clause.actor.map(|a| flow.slice(&a).to_owned()).as_deref(), Some(actor), "{text}");
    }
    assert_eq!(mood("In the room the clerk uses, open the window"), Mood::Imperative);
}

#[test]
fn questions_are_not_commands() {
    for text in ["Do people feel welcome?", "Have the doors been checked?", "Is the goal clear?"] {
        assert_eq!(mood(text), Mood::Question, "{text}");
    }
    assert_eq!(mood("Ask who takes notes?"), Mood::Imperative);
    assert_eq!(mood("Do the weekly count."), Mood::Imperative);
}

#[test]
fn roles_act() {
    for (text, who) in [
        ("The on-call engineer acknowledges the page.", "The on-call engineer"),
        ("Supervisors and Directors will consider the performance.", "Supervisors and Directors"),
        ("Your [HR Specialist](x) will review the application.", "Your HR Specialist"),
        ("60 days before the end of an engagement BD initiates a renewal process", "BD"),
        ("Finance: check the ledger", "Finance"),
        ("Finance to confirm the total", "Finance"),
        ("The report is reviewed by the controller.", "the controller"),
        ("The shift leader(s) tell the team.", "The shift leader(s)"),
        ("After the meeting the chair sends the minutes.", "the chair"),
        (
            "Before the end of the probation period the line manager and the people partner both sign off the form.",
            "the line manager and the people partner",
        ),
        ("At least one member of the platform team will need to add a review.", "At least one member of the platform team"),
    ] {
        let (flow, clause) = clause(text);
        assert_eq!(clause.mood, Mood::Role, "{text}: {clause:?}");
        assert_eq!(flow.slice(&clause.actor.clone().unwrap()), who, "{text}");
    }
}

#[test]
fn roles_in_brackets_labels_and_phrases_of_duty() {
    for (text, who) in [
        ("(HR) Send the contract.", "HR"),
        ("[HR] Send the contract.", "HR"),
        ("HR – send the contract.", "HR"),
        ("Send the contract (HR).", "HR"),
        ("It is the responsibility of the manager to check the list.", "the manager"),
        ("The line manager and HR agree the start date.", "The line manager and HR"),
        ("The laptop is prepared by IT support.", "IT support"),
        ("This is done by the receptionist.", "the receptionist"),
        ("Once finalised the billing team publishes the list.", "the billing team"),
    ] {
        let (flow, clause) = clause(text);
        assert_eq!(clause.mood, Mood::Role, "{text}: {clause:?}");
        assert_eq!(flow.slice(&clause.actor.clone().unwrap()), who, "{text}");
    }
    for text in ["Call the help desk (IT support).", "Ask Mona (line manager) for the form.", "Get the permit (ATO)."] {
        assert_eq!(clause(text).1.actor, None, "{text}");
    }
    let (_, c) = clause("The first step is naming an owner.");
    assert_eq!((c.mood, c.verb.as_deref()), (Mood::You, Some("name")));
}

#[test]
fn conditions_in_front_and_behind() {
    for (text, when) in [
        ("Contractors only: sign the agreement.", "Contractors only"),
        ("For EU customers: compute the tax.", "EU customers"),
        ("Sign the agreement (contractors only).", "contractors only"),
        ("Where the amount exceeds 500 euros, attach two quotes.", "Where the amount exceeds 500 euros"),
        ("Create a backup unless one exists.", "unless one exists"),
        ("Notify the client only if the delay exceeds one day.", "the delay exceeds one day"),
        ("Tell the customer in case the delivery is late.", "the delivery is late"),
        ("Order parts (if out of stock).", "out of stock"),
        ("As long as the valve is open, watch the gauge.", "As long as the valve is open"),
    ] {
        let (flow, c) = clause(text);
        assert!(c.acts(), "{text}: {c:?}");
        assert_eq!(c.when.map(|w| flow.slice(&w).to_owned()).as_deref(), Some(when), "{text}");
    }
    for text in ["Tell the client if the price has changed.", "Open the folder where the form is kept.", "Grant access (support only)."] {
        assert_eq!(clause(text).1.when, None, "{text}");
    }
}

#[test]
fn conditions_options_and_help() {
    let (flow, c) = clause("If the community decides to end the service, continue this process.");
    assert_eq!(flow.slice(&c.when.unwrap()), "the community decides to end the service");
    let (flow, c) = clause("Test access to the logs if on GCP");
    assert_eq!(flow.slice(&c.when.unwrap()), "on GCP");
    let (_, c) = clause("Verify if it is a problem of the network");
    assert!(c.when.is_none());
    assert!(clause("(Optional) Add them as an admin").1.optional);
    assert!(clause("Add budget lines as required.").1.optional);
    assert!(clause("If you have any questions, please email the team.").1.help);
}
