//! Judgement: is a page, or a section of it, a procedure? Always with a probability and the evidence for it, in words and with places.
//!
//! Owns the verdict of the detector alone. What a page is *declared* to be (front matter, path rules) beats it and is combined elsewhere.
//! Knows nothing of rules, settings, git or terminals.

pub mod action;
pub mod evidence;
pub mod features;
pub mod language;
pub mod lexicon;
pub mod line;
pub mod model;
pub mod reading;

use crate::page::Page;
use crate::text::Span;
use lexicon::Language;
use model::Model;

/// What the detector says about a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Its main purpose is that a reader carries out actions.
    Procedure,
    /// It is read for facts, rules or understanding.
    Reference,
    /// A real procedure stands beside a real body of reference text; [`Judgement::sections`] says where.
    Mixed,
    /// Not sure enough to interrupt anybody.
    Unsure,
}

impl Verdict {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Procedure => "procedure",
            Verdict::Reference => "reference",
            Verdict::Mixed => "mixed",
            Verdict::Unsure => "unsure",
        }
    }
}

/// One section (a heading and what stands under it, subsections included).
#[derive(Debug, Clone)]
pub struct SectionVerdict {
    /// Position of its heading in [`crate::page::Body::headings`].
    pub index: usize,
    /// The heading's text.
    pub heading: String,
    /// The heading's place.
    pub span: Span,
    /// Probability (0 to 1) that the section holds a procedure.
    pub probability: f64,
}

/// A reason, in words, and where to see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// E.g. `9 of 11 numbered items start with a verb`.
    pub text: String,
    /// The place that shows it best.
    pub span: Span,
}

/// The detector's answer for one page.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// Probability (0 to 1) that the page is a procedure.
    pub probability: f64,
    /// Every section with a heading, in page order, without the page's own title heading.
    pub sections: Vec<SectionVerdict>,
    /// Reasons, strongest first.
    pub evidence: Vec<Evidence>,
    /// What was counted, for whoever puts pages in an order of work.
    pub signals: Signals,
}

/// Counts that say how much hangs on a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// Steps of any shape.
    pub steps: u32,
    /// Of these, items of numbered lists.
    pub numbered: u32,
    /// Words and phrases of approvals and hand-overs.
    pub approvals: u32,
    /// Deadlines.
    pub deadlines: u32,
}

impl Judgement {
    /// Sections that hold a procedure, in page order.
    pub fn procedure_sections(&self) -> impl Iterator<Item = &SectionVerdict> {
        self.sections.iter().filter(|s| s.probability >= 0.5)
    }
}

/// From here on a page is called a procedure: on pages of families the model had not seen, 76 of 77 were (`content/contributing/detector.md`).
const PROCEDURE: f64 = 0.9;
/// Below this a page without a procedure section is called reference.
const REFERENCE: f64 = 0.3;
/// From here on a section makes a mixed page of a page that is not itself a procedure: right before complete.
pub const SECTION: f64 = 0.85;

/// Judges a page. Deterministic, no I/O.
pub fn judge(page: &Page) -> Judgement {
    let reading = reading::read(page);
    let first = Span { start: page.body.start, end: page.body.start };
    if reading.language == Some(Language::Unknown) {
        let evidence = vec![Evidence {
            text: "language without a word table (there are tables for English, German and Spanish)".to_owned(),
            span: first,
        }];
        return Judgement { verdict: Verdict::Unsure, probability: 0.5, sections: Vec::new(), evidence, signals: Signals::default() };
    }
    let view = features::View::page(&reading);
    let prediction = Model::fitted().predict(&reading, &view);
    let sections = section_verdicts(page, &reading, &prediction);
    let title_span = page
        .meta
        .title
        .as_ref()
        .map(|t| t.span)
        .or_else(|| reading::title_heading(page).map(|h| page.body.headings[h].span))
        .unwrap_or(first);
    let evidence = evidence::collect(&reading, &view, &prediction, (&page.title, title_span), first);
    let verdict = match verdict(prediction.page, &sections, view.words()) {
        Verdict::Procedure if holds_one(&reading, &view, &prediction) => Verdict::Mixed,
        // Where a page has sections, one of them (or what stands before the first) must hold what makes it a procedure.
        Verdict::Procedure if sections.len() > 1 && !prediction.sections.iter().any(|p| *p >= 0.5) => Verdict::Unsure,
        verdict => verdict,
    };
    let count = |n: f64| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of words on one page")]
        let whole = n as u32;
        whole
    };
    let signals = Signals {
        steps: count(view.steps()),
        numbered: count(view.n(reading::Count::OlStep)),
        approvals: count(view.n(reading::Count::Approval)),
        deadlines: count(view.n(reading::Count::Due)),
    };
    Judgement { verdict, probability: prediction.page, sections, evidence, signals }
}

fn verdict(probability: f64, sections: &[SectionVerdict], words: f64) -> Verdict {
    // A stub says nothing about what it will be.
    if words < 8.0 {
        return Verdict::Unsure;
    }
    if probability >= PROCEDURE {
        Verdict::Procedure
    } else if sections.iter().any(|s| s.probability >= SECTION) {
        Verdict::Mixed
    } else if probability <= REFERENCE {
        Verdict::Reference
    } else {
        Verdict::Unsure
    }
}

/// A page *about* something (a service with its plans, limits and prices) that holds one procedure: at least two fifths of its steps stand in one
/// section that takes up no more than half of it. The section is what to name.
fn holds_one(reading: &reading::Reading, view: &features::View, prediction: &model::Prediction) -> bool {
    let holds = |index: usize| {
        let section = features::View::section(reading, index, view);
        2.0 * section.words() <= view.words() && section.steps() >= 0.4 * view.steps()
    };
    let sure = |index: &usize| reading.sections[*index].heading.is_some() && prediction.sections[*index] >= SECTION;
    view.is_about() && (0..reading.sections.len()).filter(sure).any(holds)
}

fn section_verdicts(page: &Page, reading: &reading::Reading, prediction: &model::Prediction) -> Vec<SectionVerdict> {
    let with_heading = reading.sections.iter().zip(&prediction.sections);
    with_heading
        .filter_map(|(section, probability)| {
            let index = section.heading?;
            let heading = &page.body.headings[index];
            Some(SectionVerdict { index, heading: heading.text.clone(), span: heading.span, probability: *probability })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn of(text: &str) -> Judgement {
        judge(&Page::parse(Source::new("p.md", text)))
    }

    const RESTORE: &str = "# Restore the billing database\n\n## Before you begin\n\nAsk the release lead for approval.\n\n## Procedure\n\n\
        1. Stop the service: `systemctl stop billing`.\n2. Copy the last dump to the server.\n3. Run the import script.\n\n   ```sh\n   ./import.sh\n   ```\n\n\
        4. Start the service.\n5. Check the dashboard, then notify support within 10 minutes.\n";

    #[test]
    fn steps_make_a_procedure_and_the_evidence_says_so() {
        let j = of(RESTORE);
        assert_eq!(j.verdict, Verdict::Procedure, "{j:?}");
        assert!(j.evidence.iter().any(|e| e.text == "5 of 5 numbered items start with a verb"), "{:?}", j.evidence);
        assert!(j.sections.iter().find(|s| s.heading == "Procedure").unwrap().probability > 0.5);
    }

    #[test]
    fn policies_in_the_imperative_are_not_procedures() {
        let j = of(
            "# Password policy\n\n## Purpose\n\nThis policy protects our accounts.\n\n## Rules\n\n- Use a strong password.\n- Never share your password.\n\
            - Keep your password secret.\n- Avoid common words.\n\nAll employees are required to follow this policy. Exceptions are granted by the security officer.\n",
        );
        assert_eq!(j.verdict, Verdict::Reference, "{j:?}");
    }

    #[test]
    fn questions_and_answers_are_not_a_procedure_however_many_commands_they_hold() {
        let j = of(
            "# Frequently asked questions\n\n## How do I reset my password?\n\nRun the script and follow the link:\n\n```sh\n./reset.sh me\n```\n\n\
            ## Why is my job slow?\n\nThe queue is shared. Check its length with `jobctl list queue`.\n\n\
            ## How can I move my files?\n\n1. Stop the job.\n2. Copy the folder with `cp -r a b`.\n3. Start the job.\n\n\
            ## Can I use my own image?\n\nYes. Create an image and push it:\n\n```sh\ndocker push registry/me\n```\n\n## What does it cost?\n\nNothing.\n",
        );
        assert!(!matches!(j.verdict, Verdict::Procedure), "{j:?}");
        assert!(j.probability < 0.5, "{j:?}");
        assert!(j.evidence.iter().any(|e| e.text == "5 of 5 headings are questions"), "{:?}", j.evidence);
    }

    #[test]
    fn a_record_of_a_decision_is_not_a_procedure_however_many_steps_the_choice_has() {
        let j = of(
            "# Restore from a snapshot\n\n## Context\n\nThe broker must:\n\n1. Start the restore.\n2. Update the security groups.\n3. Reset the password.\n\n\
            ## Decision\n\n- Implement a state machine with `tags`.\n- Delete the tag at the end.\n\n## Status\n\nAccepted\n\n## Consequences\n\nThe state lives in the tags.\n",
        );
        assert!(!matches!(j.verdict, Verdict::Procedure | Verdict::Mixed), "{j:?}");
    }

    #[test]
    fn a_page_about_something_that_holds_one_procedure_is_mixed_and_the_section_is_named() {
        let j = of("# Object storage\n\n## Plans\n\nThere are two plans. The small one is for tests and holds a gigabyte.\n\n\
            ## Permissions\n\nAdministrators of a project own its buckets. Readers see what is in them.\n\n\
            ## How to create a bucket\n\n1. Open the console and select **Storage**.\n2. Click **New bucket**.\n3. Enter a name and choose a plan.\n\
            4. Click **Create**.\n5. Copy the key into your settings.\n6. Run the check:\n\n   ```sh\n   store check my-bucket\n   ```\n\n\
            ## Pricing\n\nEach gigabyte is billed by the month. Traffic inside the network is free of charge.\n\n\
            ## Limits\n\nA bucket holds a million objects. Names are unique in the whole region. Old versions are kept for a month.\n");
        assert_eq!(j.verdict, Verdict::Mixed, "{j:?}");
        let named: Vec<_> = j.sections.iter().filter(|s| s.probability >= SECTION).map(|s| s.heading.as_str()).collect();
        assert_eq!(named, ["How to create a bucket"]);
    }

    #[test]
    fn what_a_program_will_do_is_no_step_of_the_reader() {
        let list = "1. Create the database.\n2. Copy the settings.\n3. Start the service.\n4. Send a report to the team.\n";
        let told = of(&format!("# Nightly job\n\nThe installer will:\n\n{list}"));
        let asked = of(&format!("# Nightly job\n\nYou will:\n\n{list}"));
        assert_eq!((told.signals.steps, asked.signals.steps), (0, 4));
        assert!(told.probability < asked.probability, "{told:?}");
    }

    #[test]
    fn the_sections_of_an_alert_that_ask_for_something_are_its_procedure() {
        let j = of("# QueueNotDraining\n\n## Meaning\n\nThe queue has grown for ten minutes.\n\n## Impact\n\nInvoices are late.\n\n\
            ## Diagnosis\n\nYou can look at the log of the worker. Check the disk.\n\n## Mitigation\n\nRestart the worker.\n");
        let named: Vec<_> = j.procedure_sections().map(|s| s.heading.as_str()).collect();
        assert_eq!(named, ["Diagnosis", "Mitigation"], "{j:?}");
    }

    #[test]
    fn a_language_without_a_table_is_unsure() {
        let j = of(
            "# Restauration\n\n1. Arrêtez le service et attendez que les files soient vides.\n2. Copiez la sauvegarde sur le serveur.\n3. Lancez le script dans la console.\n",
        );
        assert_eq!(j.verdict, Verdict::Unsure);
    }

    #[test]
    fn german_and_spanish_steps_are_read_with_their_own_words() {
        let de = of(
            "# Rechnung freigeben\n\n## Ablauf\n\n1. Öffnen Sie die Rechnung im Archiv.\n2. Prüfen Sie den Betrag und die Bestellung.\n3. Senden Sie die Rechnung an die Buchhaltung.\n\
            4. Klicken Sie auf **Freigeben**.\n5. Informieren Sie den Lieferanten innerhalb von 2 Tagen.\n",
        );
        assert!(de.probability > 0.5, "{de:?}");
        let es = of(
            "# Cerrar el mes\n\n## Procedimiento\n\n1. Abra el informe de la cuenta.\n2. Revise los movimientos con la factura.\n3. Envíe el informe al jefe de contabilidad.\n\
            4. Pulse **Cerrar**.\n5. Archive el formulario en la carpeta del mes.\n",
        );
        assert!(es.probability > 0.5, "{es:?}");
    }
}
