//! What becomes of each macro of storage format: one entry in [`MACROS`] each, whatever its reader.

use super::super::document::CalloutKind;

/// What becomes of a macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Code, in the language its parameter names.
    Code,
    /// Code in a fixed language (diagrams, formulas, markup).
    CodeAs(&'static str),
    /// A callout.
    Callout(CalloutKind),
    /// A part that opens on demand.
    Expand,
    /// A status lozenge.
    Status,
    /// A place that links name.
    Anchor,
    /// Only its body counts.
    Unwrap,
    /// Its body stays, what the macro did with it (show to some, in one language …) does not.
    BodyOnly,
    /// Tabs: the tab macros inside.
    Tabs,
    /// A tab; where it stands in no tabs, its body under a bold line.
    Tab,
    /// An excerpt.
    Excerpt,
    /// Page properties.
    Properties,
    /// Child pages.
    Children,
    /// The page tree.
    PageTree,
    /// Another page's content.
    Include,
    /// Another page's excerpt.
    ExcerptInclude,
    /// A file shown in place.
    File,
    /// Something from an address shown in place.
    Embed,
    /// An issue or a list of issues.
    Jira,
    /// A person.
    Profile,
    /// A button: a link.
    Button,
    /// A diagram with a preview image beside it.
    Diagram,
    /// Steps: an ordered list of the step macros inside.
    Steps,
    /// A box whose kind a parameter names.
    Message,
    /// The page's files.
    Files {
        /// As pictures.
        pictures: bool,
    },
    /// A body that leads somewhere.
    Clickable,
    /// A picture by its address.
    Picture,
    /// A day.
    Date,
    /// A list of tasks kept as text.
    Tasks,
    /// A formula in a line.
    Formula,
    /// A quotation.
    Quote,
    /// Something the website makes by itself, or that only makes sense in the wiki: left out and reported.
    Drop,
}

use CalloutKind::{Important, Note, Tip, Warning};

/// All macros with a translation, by name.
const MACROS: &[(&str, Rule)] = &[
    ("activity-stream", Rule::Drop),
    ("alert", Rule::Message),
    ("align", Rule::Unwrap),
    ("anchor", Rule::Anchor),
    ("attachments", Rule::Files { pictures: false }),
    ("aui-message", Rule::Message),
    ("auibutton", Rule::Button),
    ("auibuttongroup", Rule::BodyOnly),
    ("auimessage", Rule::Message),
    ("auitabs", Rule::Tabs),
    ("auitabspage", Rule::Tab),
    ("blockquote", Rule::Quote),
    ("button", Rule::Button),
    ("card", Rule::Tab),
    ("center", Rule::Unwrap),
    ("change-history", Rule::Drop),
    ("children", Rule::Children),
    ("clickable", Rule::Clickable),
    ("code", Rule::Code),
    ("code-block", Rule::Code),
    ("column", Rule::Unwrap),
    ("content-by-user", Rule::Drop),
    ("contributors", Rule::Drop),
    ("contributors-summary", Rule::Drop),
    ("create-from-template", Rule::Drop),
    ("create-space-button", Rule::Drop),
    ("createpage", Rule::Drop),
    ("deck", Rule::Tabs),
    ("deck-container", Rule::BodyOnly),
    ("details", Rule::Properties),
    ("div", Rule::Unwrap),
    ("drawio", Rule::Diagram),
    ("excel", Rule::File),
    ("excerpt", Rule::Excerpt),
    ("excerpt-include", Rule::ExcerptInclude),
    ("expand", Rule::Expand),
    ("favpages", Rule::Drop),
    ("gallery", Rule::Files { pictures: true }),
    ("gliffy", Rule::Diagram),
    ("global-reports", Rule::Drop),
    ("hide-if", Rule::BodyOnly),
    ("horizontal-nav-group", Rule::Tabs),
    ("horizontal-nav-item", Rule::Tab),
    ("html", Rule::CodeAs("html")),
    ("html-include", Rule::Embed),
    ("iframe", Rule::Embed),
    ("im", Rule::Drop),
    ("img", Rule::Picture),
    ("inc-drawio", Rule::Diagram),
    ("include", Rule::Include),
    ("info", Rule::Callout(Note)),
    ("jira", Rule::Jira),
    ("latex", Rule::CodeAs("latex")),
    ("layout", Rule::Unwrap),
    ("livesearch", Rule::Drop),
    ("localtab", Rule::Tab),
    ("localtabgroup", Rule::Tabs),
    ("loremipsum", Rule::Drop),
    ("markdown", Rule::CodeAs("markdown")),
    ("mathblock", Rule::CodeAs("math")),
    ("mathinline", Rule::Formula),
    ("mermaid", Rule::CodeAs("mermaid")),
    ("mermaid-macro", Rule::CodeAs("mermaid")),
    ("multi-excerpt", Rule::Excerpt),
    ("multi-excerpt-include", Rule::ExcerptInclude),
    ("multiexcerpt", Rule::Excerpt),
    ("multiexcerpt-fast-block-macro", Rule::Excerpt),
    ("multiexcerpt-fast-include-block-macro", Rule::ExcerptInclude),
    ("multiexcerpt-fast-include-inline-macro", Rule::ExcerptInclude),
    ("multiexcerpt-fast-inline-macro", Rule::Excerpt),
    ("multiexcerpt-include", Rule::ExcerptInclude),
    ("multiexcerpt-include-macro", Rule::ExcerptInclude),
    ("multiexcerpt-macro", Rule::Excerpt),
    ("multimedia", Rule::File),
    ("navmap", Rule::Drop),
    ("net-presago-stream-macro", Rule::Embed),
    ("network", Rule::Drop),
    ("noformat", Rule::Code),
    ("note", Rule::Callout(Important)),
    ("numberedheadings", Rule::Unwrap),
    ("office-excel", Rule::File),
    ("pagetree", Rule::PageTree),
    ("pagetreesearch", Rule::Drop),
    ("panel", Rule::Callout(Note)),
    ("paste-code-macro", Rule::Code),
    ("plantuml", Rule::CodeAs("plantuml")),
    ("plantumlrender", Rule::CodeAs("plantuml")),
    ("popular-labels", Rule::Drop),
    ("profile", Rule::Profile),
    ("profile-picture", Rule::Profile),
    ("quote", Rule::Quote),
    ("recently-updated", Rule::Drop),
    ("recently-updated-dashboard", Rule::Drop),
    ("recently-used-labels", Rule::Drop),
    ("related-labels", Rule::Drop),
    ("roundrect", Rule::Callout(Note)),
    ("scroll-bookmark", Rule::Drop),
    ("scroll-content-block", Rule::BodyOnly),
    ("scroll-exportbutton", Rule::Drop),
    ("scroll-ignore", Rule::BodyOnly),
    ("scroll-ignore-inline", Rule::BodyOnly),
    ("scroll-indexterm", Rule::Drop),
    ("scroll-landscape", Rule::BodyOnly),
    ("scroll-only", Rule::BodyOnly),
    ("scroll-only-inline", Rule::BodyOnly),
    ("scroll-pagebreak", Rule::Drop),
    ("scroll-pagetitle", Rule::Drop),
    ("scroll-pdf-ignore", Rule::BodyOnly),
    ("scroll-pdf-ignore-inline", Rule::BodyOnly),
    ("scroll-pdf-only", Rule::BodyOnly),
    ("scroll-portrait", Rule::BodyOnly),
    ("scroll-tablelayout", Rule::BodyOnly),
    ("scroll-title", Rule::BodyOnly),
    ("search", Rule::Drop),
    ("section", Rule::Unwrap),
    ("show-if", Rule::BodyOnly),
    ("space-details", Rule::Drop),
    ("spacejump", Rule::Drop),
    ("spaces", Rule::Drop),
    ("span", Rule::Unwrap),
    ("status", Rule::Status),
    ("status-list", Rule::Drop),
    ("style", Rule::Drop),
    ("sv-translation", Rule::BodyOnly),
    ("tab", Rule::Tab),
    ("tab-pane", Rule::Tab),
    ("tabs", Rule::Tabs),
    ("tabs-group", Rule::Tabs),
    ("tabs-pane", Rule::Tab),
    ("tasklist", Rule::Tasks),
    ("time", Rule::Date),
    ("tip", Rule::Callout(Tip)),
    ("toc", Rule::Drop),
    ("toc-zone", Rule::Unwrap),
    ("ui-button", Rule::Button),
    ("ui-expand", Rule::Expand),
    ("ui-step", Rule::Unwrap),
    ("ui-steps", Rule::Steps),
    ("ui-tab", Rule::Tab),
    ("ui-tabs", Rule::Tabs),
    ("ui-text-box", Rule::Message),
    ("userlister", Rule::Drop),
    ("vertical-nav-group", Rule::Tabs),
    ("vertical-nav-item", Rule::Tab),
    ("view-file", Rule::File),
    ("viewdoc", Rule::File),
    ("viewfile", Rule::File),
    ("viewpdf", Rule::File),
    ("viewppt", Rule::File),
    ("viewxls", Rule::File),
    ("warning", Rule::Callout(Warning)),
    ("welcome-message", Rule::Drop),
    ("widget", Rule::Embed),
];

/// The rule for a macro, by its name in any case.
pub(super) fn of(name: &str) -> Option<Rule> {
    MACROS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, rule)| *rule)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted_and_without_doubles() {
        assert!(super::MACROS.windows(2).all(|w| w[0].0 < w[1].0));
    }
}
