//! One walk over the parsed page: what each section holds, counted.
//!
//! Owns the counts and the places that show them. Knows nothing of weights; whatever enters the model is counted here first.

use std::ops::Range;

use super::action::{Act, Reader};
use super::language;
use super::lexicon::{
    ACTS, AMOUNT, APPROVAL, APPROVALS, BE, CLAUSE, DEADLINES, DONE, DUTIES, EVENT, FIELD, FOLLOW, Grammar, H_AFTER, H_ALERT, H_BEFORE,
    H_DECISION, H_STEP, HEADING_PHRASES, INTERFACE, INTRO_HOW, INTRO_REFERENCE, LIMIT, Language, Lexicon, MODAL, MONTH, NO_GERUND, OBJECT,
    OPENER, PAST, PLEA, ROLE, ROLES, SALUTE, SEQUENCE, SHELL, STATE, TABLE_STEP, TEXT_PHRASES, TIME, TITLE_PHRASES, UNIT, VERB, WE, WILL,
    YOU,
};
use super::line::{Line, form, gap};
use crate::page::{Block, BlockKind, Item, List, Page, Table};
use crate::text::Span;

macro_rules! counts {
    ($($name:ident)*) => {
        /// What is counted, per section.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        #[repr(usize)]
        pub enum Count { $($name,)* }
        /// How many there are.
        pub const COUNTS: usize = [$(Count::$name,)*].len();
    };
}

counts! {
    Words Sentences Prose Hard Soft HardProse ActProse Role RoleProse RoleFlow HandOff RoleChange System
    OlItems OlStep OlRole OlWords UlItems UlStep UlAct UlTerm UlWords
    Tasks OpenTasks TaskStep HandItems HandStep
    Units UnitSteps
    Tables Rows StepRows TaskRows TableWords
    Code Shell CodeLed CodeInList
    BoldOl CodeSpans LinkWords Images
    Sequence SequenceStep Interface Modal Approval Due Field You We Unit Duty Capitals Follow EventDone Condition
    Defines Third Passive PassiveBy Past Question Dates Object Paths
    Commands Letters LabelBefore LabelAfter LabelStep
    Able
}

/// Counts of one section or of several together.
#[derive(Debug, Clone)]
pub struct Counts {
    sums: [f32; COUNTS],
    /// Most steps in a row.
    pub run: f32,
    /// Items of the longest numbered list.
    pub longest: f32,
}

impl Default for Counts {
    fn default() -> Self {
        Self { sums: [0.0; COUNTS], run: 0.0, longest: 0.0 }
    }
}

impl Counts {
    /// A count.
    pub fn get(&self, count: Count) -> f64 {
        f64::from(self.sums[count as usize])
    }

    fn add(&mut self, count: Count, by: f32) {
        self.sums[count as usize] += by;
    }

    /// Adds another section's counts.
    pub fn merge(&mut self, other: &Counts) {
        for (a, b) in self.sums.iter_mut().zip(&other.sums) {
            *a += b;
        }
        self.run = self.run.max(other.run);
        self.longest = self.longest.max(other.longest);
    }
}

/// What a heading says.
#[derive(Debug, Clone, Default)]
pub struct HeadingFacts {
    /// Phrase classes (`H_…`).
    pub phrases: u32,
    /// It is an instruction.
    pub act: Act,
    /// It begins with a gerund.
    pub gerund: bool,
    /// It is a question.
    pub question: bool,
    /// It begins with a number ("2.", "Step 2").
    pub numbered: bool,
    /// It begins with a whole number and a sign after it ("2. Restore", "Step 2"), as steps do; "7.2" is a paragraph of a policy.
    pub counted: bool,
    /// It is or holds a date or a version.
    pub dated: bool,
    /// It names a role ("Scribe", "Finance").
    pub role: bool,
    /// Words in it.
    pub words: usize,
}

/// A heading and what stands under it up to the next heading of any level; the first one is what stands before any heading.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Position of the heading in `Body::headings`.
    pub heading: Option<usize>,
    /// Its level; 0 for the part before any heading.
    pub level: u8,
    /// Position of the section it is part of.
    pub parent: Option<usize>,
    /// What the heading says.
    pub facts: HeadingFacts,
    /// What stands in it.
    pub counts: Counts,
}

/// What the title says.
#[derive(Debug, Clone, Default)]
pub struct TitleFacts {
    /// Phrase classes (`T_…`).
    pub phrases: u32,
    /// It is an instruction.
    pub act: Act,
    /// It begins with a gerund.
    pub gerund: bool,
    /// It holds a small word ("to", "a", "from"), as sentences do and names do not.
    pub joined: bool,
    /// A plural noun or the like at its end.
    pub plural: bool,
    /// Words in it.
    pub words: usize,
    /// It was written by a person, not made from the file name.
    pub stated: bool,
}

/// Kinds of places worth showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Mark {
    Numbered,
    Bullet,
    Task,
    Hand,
    Table,
    Step,
    Role,
    Shell,
    Approval,
    Due,
    Duty,
    StepHeading,
    PhaseHeading,
    BeforeHeading,
    PolicyHeading,
    RecordHeading,
    ConceptHeading,
    QuestionHeading,
    Term,
}

/// The first place of a kind, with the words that stand there and the step they are in.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its kind.
    pub mark: Mark,
    /// The words.
    pub text: String,
    /// Number of the list item it is in.
    pub step: Option<u64>,
    /// Where.
    pub span: Span,
}

/// A page as the model sees it.
#[derive(Debug, Default)]
pub struct Reading {
    /// Its language.
    pub language: Option<Language>,
    /// Its title.
    pub title: TitleFacts,
    /// Its sections; never empty.
    pub sections: Vec<Section>,
    /// First places of what was found.
    pub places: Vec<Place>,
    /// Phrase classes of its first hundred words.
    pub intro: u32,
    /// How many different alert headings (Meaning, Impact, Diagnosis …) it has.
    pub alert: u32,
    /// The same for those of a decision record (Context, Decision, Consequences …).
    pub decision: u32,
}

impl Reading {
    /// The first place of a kind.
    pub fn place(&self, mark: Mark) -> Option<&Place> {
        self.places.iter().find(|p| p.mark == mark)
    }
}

/// Position in `Body::headings` of the heading that is the page's title, if the title stands in the body.
pub fn title_heading(page: &Page) -> Option<usize> {
    let first = page.body.headings.first()?;
    let ones = page.body.headings.iter().filter(|h| h.level == 1).count();
    let same = page.meta.title.as_ref().is_none_or(|t| t.value.trim().eq_ignore_ascii_case(first.text.trim()));
    (first.level == 1 && (same || ones == 1)).then_some(0)
}

/// Reads a page.
pub fn read(page: &Page) -> Reading {
    let tree = page.tree();
    let language = language::guess(&tree);
    let lexicon = language.lexicon();
    let mut walker = Walker {
        page,
        lexicon,
        title_heading: title_heading(page),
        out: Reading { language: Some(language), sections: vec![Section::default()], ..Reading::default() },
        line: Line::default(),
        ranges: Vec::new(),
        lists: Vec::new(),
        intro_left: 100,
        run: 0.0,
        last_role: 0,
        led: false,
        lead: Lead::Open,
        alerts: Vec::new(),
        decisions: Vec::new(),
    };
    walker.title();
    walker.blocks(&tree);
    walker.out.alert = u32::try_from(walker.alerts.len()).unwrap_or(u32::MAX);
    walker.out.decision = u32::try_from(walker.decisions.len()).unwrap_or(u32::MAX);
    walker.out
}

/// What the sentence before a list makes of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// Nothing.
    Open,
    /// "The installer will:", "Passwords must:", "Administrators can:": what they say is not for the reader to do.
    Others,
}

impl Lead {
    /// What an item's own words ask for, given what stands before the list.
    fn of(self, act: Act) -> Act {
        if self == Lead::Others && act.is_instruction() { Act::System } else { act }
    }
}

/// The list item being read.
#[derive(Clone, Copy)]
struct InItem {
    ordered: bool,
    number: Option<u64>,
    task: Option<bool>,
    /// Its first paragraph is still to come.
    first: bool,
    /// What stands before its list.
    lead: Lead,
}

struct Walker<'p> {
    page: &'p Page,
    lexicon: &'static Lexicon,
    title_heading: Option<usize>,
    out: Reading,
    line: Line,
    ranges: Vec<Range<usize>>,
    lists: Vec<InItem>,
    intro_left: usize,
    run: f32,
    last_role: u64,
    /// The block before ended in an instruction.
    led: bool,
    /// What the paragraph before makes of a list that follows.
    lead: Lead,
    alerts: Vec<String>,
    decisions: Vec<String>,
}

/// Info strings of shell sessions; `none` is what Microsoft's pages write for output and commands alike.
const SHELLS: [&str; 16] = [
    "bash",
    "sh",
    "shell",
    "zsh",
    "console",
    "terminal",
    "powershell",
    "pwsh",
    "ps",
    "ps1",
    "azurecli",
    "azure-cli",
    "azurepowershell",
    "cmd",
    "bat",
    "none",
];

impl<'p> Walker<'p> {
    fn counts(&mut self) -> &mut Counts {
        let last = self.out.sections.len() - 1;
        &mut self.out.sections[last].counts
    }

    fn add(&mut self, count: Count, by: usize) {
        #[allow(clippy::cast_precision_loss)]
        self.counts().add(count, by as f32);
    }

    fn mark(&mut self, mark: Mark, text: &str, span: Span) {
        if self.out.places.iter().any(|p| p.mark == mark) {
            return;
        }
        let step = self.lists.iter().rev().find_map(|i| i.number);
        let mut words = text.split_whitespace();
        let mut text = words.by_ref().take(8).collect::<Vec<_>>().join(" ");
        if words.next().is_some() {
            text.push('…');
        }
        self.out.places.push(Place { mark, text, step, span });
    }

    fn title(&mut self) {
        let page = self.page;
        let stated = page.meta.title.is_some() || page.body.headings.iter().any(|h| h.level == 1);
        self.line.read_text(&page.title, self.lexicon);
        let line = &self.line;
        let n = line.tokens.len();
        let mut facts = TitleFacts { words: n, stated, ..TitleFacts::default() };
        for i in 0..n {
            facts.phrases |= line.phrases(i, i == 0, TITLE_PHRASES, self.lexicon);
        }
        if n > 0 {
            facts.act = Reader { line, lexicon: self.lexicon }.act(&(0..n));
            facts.gerund = is_gerund(line, 0);
            facts.joined = line.tokens.iter().skip(1).any(|t| t.bits & (OPENER | CLAUSE | YOU) != 0);
            facts.plural = line.word(n - 1).ends_with('s') && facts.act == Act::None;
        }
        self.out.title = facts;
    }

    fn blocks(&mut self, blocks: &'p [Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &'p Block) {
        let lead = std::mem::replace(&mut self.lead, Lead::Open);
        match &block.kind {
            BlockKind::Heading(index, inlines) => {
                self.line.read(&inlines.nodes, self.lexicon);
                self.heading(*index, block.span);
            }
            BlockKind::Paragraph(inlines) => {
                self.line.read(&inlines.nodes, self.lexicon);
                self.paragraph(block.span);
            }
            BlockKind::List(list) => self.list(list, lead),
            BlockKind::Code { info, text } => self.code(info, text, block.span),
            BlockKind::Quote(_, blocks) | BlockKind::Footnote(_, blocks) => self.blocks(blocks),
            BlockKind::Table(table) => self.table(table),
            BlockKind::Definitions(entries) => {
                for (term, bodies) in entries {
                    self.line.read(&term.nodes, self.lexicon);
                    self.add(Count::UlTerm, 1);
                    self.mark(Mark::Term, "", block.span);
                    for body in bodies {
                        self.blocks(body);
                    }
                }
            }
            BlockKind::Html(_) | BlockKind::Rule => {}
        }
    }

    fn heading(&mut self, index: usize, span: Span) {
        if self.title_heading == Some(index) {
            return;
        }
        self.run = 0.0;
        self.last_role = 0;
        self.led = false;
        let facts = heading_facts(&self.line, self.lexicon);
        let level = self.page.body.headings[index].level;
        let parent = self.out.sections.iter().rposition(|s| s.heading.is_some() && s.level < level);
        if facts.phrases & H_ALERT != 0 && !self.alerts.contains(&self.line.lower) {
            self.alerts.push(self.line.lower.clone());
        }
        if facts.phrases & H_DECISION != 0 && !self.decisions.contains(&self.line.lower) {
            self.decisions.push(self.line.lower.clone());
        }
        let words = facts.words;
        self.heading_marks(&facts, span);
        self.out.sections.push(Section { heading: Some(index), level, parent, facts, counts: Counts::default() });
        self.add(Count::Words, words);
    }

    fn heading_marks(&mut self, facts: &HeadingFacts, span: Span) {
        use super::lexicon::{H_CONCEPT, H_PHASE, H_POLICY, H_RECORD};
        let text = std::mem::take(&mut self.line.text);
        let kinds = [
            (H_STEP, Mark::StepHeading),
            (H_PHASE, Mark::PhaseHeading),
            (H_BEFORE, Mark::BeforeHeading),
            (H_POLICY, Mark::PolicyHeading),
            (H_RECORD, Mark::RecordHeading),
            (H_CONCEPT, Mark::ConceptHeading),
        ];
        for (class, mark) in kinds {
            if facts.phrases & class != 0 {
                self.mark(mark, &text, span);
            }
        }
        if facts.question {
            self.mark(Mark::QuestionHeading, &text, span);
        }
        self.line.text = text;
    }

    fn list(&mut self, list: &'p List, lead: Lead) {
        let ordered = list.start.is_some();
        let n = list.items.len();
        if ordered {
            #[allow(clippy::cast_precision_loss)]
            let items = n as f32;
            self.counts().longest = self.counts().longest.max(items);
        }
        for item in &list.items {
            self.item(item, ordered, lead);
        }
    }

    fn item(&mut self, item: &'p Item, ordered: bool, lead: Lead) {
        if let Some(done) = item.task {
            self.add(Count::Tasks, 1);
            self.add(Count::OpenTasks, usize::from(!done));
            self.mark(Mark::Task, "", item.span);
        }
        self.lists.push(InItem { ordered, number: item.number, task: item.task, first: true, lead });
        self.blocks(&item.blocks);
        self.lists.pop();
    }

    fn code(&mut self, info: &str, text: &str, span: Span) {
        let language = info.split([' ', ',', '{']).next().unwrap_or("").to_ascii_lowercase();
        let shell =
            SHELLS.contains(&language.as_str()) || text.lines().filter(|l| !l.trim().is_empty()).take(4).any(|l| self.is_command(l));
        self.add(Count::Code, 1);
        self.add(Count::Shell, usize::from(shell));
        let (led, in_list) = (self.led, !self.lists.is_empty());
        self.add(Count::CodeLed, usize::from(led));
        self.add(Count::CodeInList, usize::from(in_list));
        if shell {
            self.mark(Mark::Shell, text.lines().next().unwrap_or(""), span);
        }
        if let Some(item) = self.lists.last_mut() {
            item.first = false;
        }
    }

    /// "Prerequisites:", "**Steps**": a paragraph that does what a heading does elsewhere.
    fn label(&mut self) {
        let line = &self.line;
        let n = line.tokens.len();
        let strong = line.tokens.iter().all(|t| t.form & form::STRONG != 0);
        if line.stops || line.asks || n > 7 || (n > 4 && !line.announces && !strong) {
            return;
        }
        let found = line.phrases(0, true, H_BEFORE | H_AFTER | H_STEP, self.lexicon);
        for (class, count) in [(H_BEFORE, Count::LabelBefore), (H_AFTER, Count::LabelAfter), (H_STEP, Count::LabelStep)] {
            self.add(count, usize::from(found & class != 0));
        }
    }

    /// Code spans that are commands: more than one word, the first of which is a program of the shell.
    fn commands(&self) -> usize {
        let code = self.line.tokens.iter().filter(|t| t.form & form::CODE != 0);
        let texts = code.filter_map(|t| self.line.text.get(t.range.0 as usize..t.range.1 as usize));
        texts.filter(|t| t.trim().contains(' ') && self.is_command(t)).count()
    }

    fn is_command(&self, line: &str) -> bool {
        let line = line.trim_start();
        let line = ["$ ", "# ", "> ", "PS> "].iter().find_map(|p| line.strip_prefix(p)).unwrap_or(line);
        let Some(word) = line.split_whitespace().next() else { return false };
        let word = word.to_ascii_lowercase();
        self.lexicon.phrases_at(&[&word], true, SHELL) != 0
    }

    /// A table: its rows as steps where a cell among the first three tells somebody to act.
    fn table(&mut self, table: &'p Table) {
        self.led = false;
        self.add(Count::Tables, 1);
        let mut columns = 0;
        let mut action_column = None;
        for (i, cell) in table.head.cells.iter().enumerate() {
            self.line.read(&cell.nodes, self.lexicon);
            self.add_words(Count::TableWords);
            if !self.line.tokens.is_empty() && self.line.phrases(0, true, TABLE_STEP, self.lexicon) != 0 {
                columns += 1;
                action_column.get_or_insert(i);
            }
        }
        for row in &table.rows {
            let mut step = false;
            let mut ticked = false;
            for (i, cell) in row.cells.iter().enumerate() {
                self.line.read(&cell.nodes, self.lexicon);
                self.add_words(Count::TableWords);
                ticked |= self.line.tokens.is_empty() && self.line.text.contains(['☐', '☑', '□', '✓', '✔', '✅', '⬜']);
                ticked |= self.line.text.starts_with("[ ]") || self.line.text.starts_with("[x]");
                if i < 3 || action_column == Some(i) {
                    step |= self.cell_is_step();
                }
            }
            self.add(Count::Rows, 1);
            self.add(Count::StepRows, usize::from(step));
            self.add(Count::TaskRows, usize::from(ticked || (columns >= 2 && step)));
            if step {
                self.mark(Mark::Table, "", row.span);
            }
        }
    }

    fn add_words(&mut self, also: Count) {
        let n = self.line.tokens.len();
        self.add(Count::Words, n);
        self.add(also, n);
        let codes = self.line.tokens.iter().filter(|t| t.form & form::CODE != 0).count();
        self.add(Count::CodeSpans, codes);
        for i in 0..n {
            self.word_classes(i, None);
        }
    }

    fn cell_is_step(&mut self) -> bool {
        if self.line.tokens.len() < 2 {
            return false;
        }
        let mut ranges = std::mem::take(&mut self.ranges);
        self.line.sentences(&mut ranges);
        let reader = Reader { line: &self.line, lexicon: self.lexicon };
        let step = ranges.first().is_some_and(|r| r.len() > 1 && reader.act(r).is_step());
        self.ranges = ranges;
        step
    }

    /// Counts the classes of one word; `span` is given where the place is worth keeping.
    fn word_classes(&mut self, i: usize, span: Option<Span>) {
        let token = self.line.tokens[i];
        let bits = token.bits;
        const SIMPLE: [(u64, Count); 9] = [
            (SEQUENCE, Count::Sequence),
            (INTERFACE, Count::Interface),
            (MODAL, Count::Modal),
            (APPROVAL, Count::Approval),
            (FIELD, Count::Field),
            (YOU, Count::You),
            (WE, Count::We),
            (BE, Count::Passive),
            (LIMIT, Count::Due),
        ];
        // Most words are of none of these.
        const ANY: u64 = SEQUENCE | INTERFACE | MODAL | APPROVAL | FIELD | YOU | WE | BE | LIMIT;
        for (class, count) in SIMPLE.into_iter().filter(|_| bits & ANY != 0) {
            if bits & class == 0 {
                continue;
            }
            match count {
                Count::Passive => {
                    let by_role = self.passive(i);
                    self.add(Count::Passive, usize::from(by_role.is_some()));
                    self.add(Count::PassiveBy, usize::from(by_role == Some(true)));
                }
                Count::Due => {
                    if let Some(end) = self.time_limit(i) {
                        self.add(Count::Due, 1);
                        if let Some(span) = span {
                            let text = self.line.excerpt(i..end).to_owned();
                            self.mark(Mark::Due, &text, span);
                        }
                    }
                }
                _ => self.add(count, 1),
            }
        }
        if bits & APPROVAL != 0
            && let Some(span) = span
            && self.line.word(i).len() > 5
        {
            let text = self.line.excerpt(i..i + 1).to_owned();
            self.mark(Mark::Approval, &text, span);
        }
        let after_number = i > 0 && self.line.tokens[i - 1].form & form::NUMBER != 0;
        self.add(Count::Unit, usize::from(bits & UNIT != 0 && after_number));
        if token.form & form::NUMBER != 0 || bits & MONTH != 0 {
            self.add(Count::Dates, usize::from(is_date(&self.line, i)));
        }
        if token.form & form::ALL_CAPS != 0 && bits & MODAL != 0 {
            self.add(Count::Capitals, 1);
        }
        if token.form & form::LINK != 0 {
            self.add(Count::LinkWords, 1);
        }
    }

    /// "is approved": a passive at a form of "be"; true if "by" and a role follow.
    fn passive(&self, i: usize) -> Option<bool> {
        let tokens = &self.line.tokens;
        let participle = (i + 1..tokens.len().min(i + 3)).find(|j| {
            let word = self.line.word(*j);
            tokens[*j].bits & DONE != 0 || (word.len() > 4 && (word.ends_with("ed") || word.ends_with("en")))
        })?;
        let by = participle + 1;
        let role = self.line.word(by) == "by" && (by + 1..tokens.len().min(by + 5)).any(|j| tokens[j].bits & ROLE != 0);
        Some(role)
    }

    /// "within 3 business days": the end of a time limit that begins at token `i`.
    fn time_limit(&self, i: usize) -> Option<usize> {
        let tokens = &self.line.tokens;
        let number = (i + 1..tokens.len().min(i + 3)).find(|j| tokens[*j].form & form::NUMBER != 0 || tokens[*j].bits & AMOUNT != 0)?;
        let unit = (number + 1..tokens.len().min(number + 3)).find(|j| tokens[*j].bits & TIME != 0)?;
        Some(unit + 1)
    }

    fn paragraph(&mut self, span: Span) {
        let n = self.line.tokens.len();
        let item = self.lists.last().copied();
        let first = item.is_some_and(|i| i.first);
        if let Some(item) = self.lists.last_mut() {
            item.first = false;
        }
        let images = self.line.images as usize;
        self.add(Count::Images, images);
        if n == 0 {
            return;
        }
        self.add(Count::Words, n);
        let commands = self.commands();
        self.add(Count::Commands, commands);
        if n == 1 && commands == 1 {
            // A command on a line of its own is a block of code in all but its fence.
            let led = self.led;
            self.add(Count::Code, 1);
            self.add(Count::Shell, 1);
            self.add(Count::CodeLed, usize::from(led));
            self.add(Count::CodeInList, usize::from(item.is_some()));
            self.mark(Mark::Shell, "", span);
            return;
        }
        self.label();
        if let Some(item) = item {
            self.add(if item.ordered { Count::OlWords } else { Count::UlWords }, n);
        }
        self.styles(item);
        for i in 0..n {
            self.word_classes(i, Some(span));
            self.text_phrases(i, span);
        }
        self.intro_left = self.intro_left.saturating_sub(n);
        let mut ranges = std::mem::take(&mut self.ranges);
        self.line.sentences(&mut ranges);
        if first {
            self.item_lead(&ranges, item, span);
        }
        self.led = false;
        let count = ranges.len();
        let unit = item.is_none() || first;
        for (k, range) in ranges.iter().enumerate() {
            let act = self.sentence(range, item, k == 0 && first, span);
            self.led |= act.is_instruction() && k + 2 >= count;
            if unit && k == 0 {
                self.add(Count::Units, 1);
                self.add(Count::UnitSteps, usize::from(act.is_step()));
            }
        }
        self.lead = self.lead_of(&ranges);
        self.ranges = ranges;
    }

    /// What a paragraph that ends in a colon says about the list after it.
    fn lead_of(&self, ranges: &[Range<usize>]) -> Lead {
        let Some(last) = ranges.last().filter(|_| self.line.announces) else { return Lead::Open };
        let tokens = &self.line.tokens[last.clone()];
        let ends = tokens.last().map_or(0, |t| t.bits);
        let bits = tokens.iter().fold(0, |all, t| all | t.bits);
        let ours = bits & (YOU | WE | PLEA) != 0 || (ends & WILL != 0 && bits & (ROLE | ROLES) != 0);
        if ends & (WILL | MODAL) != 0 && !ours { Lead::Others } else { Lead::Open }
    }

    fn styles(&mut self, item: Option<InItem>) {
        let mut bold = 0;
        let mut codes = 0;
        let mut paths = 0;
        let mut inside = false;
        for token in &self.line.tokens {
            let strong = token.form & form::STRONG != 0;
            bold += usize::from(strong && !inside);
            inside = strong;
            codes += usize::from(token.form & form::CODE != 0);
            paths += usize::from(token.before & gap::ARROW != 0);
        }
        self.add(Count::BoldOl, if item.is_some_and(|i| i.ordered) { bold } else { 0 });
        self.add(Count::CodeSpans, codes);
        self.add(Count::Paths, paths);
    }

    fn text_phrases(&mut self, i: usize, span: Span) {
        let found = self.line.phrases(i, false, TEXT_PHRASES, self.lexicon);
        if found == 0 {
            return;
        }
        if self.intro_left > 0 {
            self.out.intro |= found & (INTRO_HOW | INTRO_REFERENCE);
        }
        let kinds = [
            (FOLLOW, Count::Follow, None),
            (APPROVALS, Count::Approval, Some(Mark::Approval)),
            (DEADLINES, Count::Due, Some(Mark::Due)),
            (DUTIES, Count::Duty, Some(Mark::Duty)),
        ];
        for (class, count, mark) in kinds {
            if found & class == 0 {
                continue;
            }
            self.add(count, 1);
            if let Some(mark) = mark {
                let end = (i + 2).min(self.line.tokens.len());
                let text = self.line.excerpt(i..end).to_owned();
                self.mark(mark, &text, span);
            }
        }
    }

    /// The first sentence of a list item: is the item a step, a term, or neither?
    fn item_lead(&mut self, ranges: &[Range<usize>], item: Option<InItem>, span: Span) {
        let Some(item) = item else { return };
        let reader = Reader { line: &self.line, lexicon: self.lexicon };
        let mut act = ranges.first().map_or(Act::None, |r| item.lead.of(reader.act(r)));
        let colon_after = |r: &Range<usize>| self.line.tokens.get(r.end).is_some_and(|t| t.before & (gap::COLON | gap::DASH) != 0);
        let labelled = ranges.first().is_some_and(|r| r.len() <= 5 && colon_after(r));
        let dashed = (1..self.line.tokens.len().min(6)).any(|i| self.line.tokens[i].before & (gap::COLON | gap::DASH) != 0);
        let strong_lead = self.line.tokens.first().is_some_and(|t| t.form & form::STRONG != 0);
        if labelled && act == Act::None {
            // "Finance: Review the invoice." names who, then what.
            let inner = ranges.get(1).map_or(Act::None, |r| reader.act(r));
            let who = ranges[0].clone().any(|i| self.line.tokens[i].bits & ROLE != 0);
            act = if who && inner == Act::Hard { Act::Role } else { inner };
        }
        // "**Click Save**" is a step, "**Scope**" and "Scope: all" are terms.
        let leads_like_term = dashed || (strong_lead && act != Act::Hard);
        let term = !item.ordered && leads_like_term && act != Act::Role;
        let (items, step) = if item.ordered { (Count::OlItems, Count::OlStep) } else { (Count::UlItems, Count::UlStep) };
        self.add(items, 1);
        self.add(step, usize::from(act.is_step()));
        if item.ordered {
            self.add(Count::OlRole, usize::from(act == Act::Role));
        } else {
            self.add(Count::UlAct, usize::from(act.is_instruction()));
        }
        self.add(Count::UlTerm, usize::from(term));
        self.add(Count::TaskStep, usize::from(item.task.is_some() && act.is_step()));
        if act.is_step() {
            self.mark(if item.ordered { Mark::Numbered } else { Mark::Bullet }, "", span);
        } else if term {
            self.mark(Mark::Term, "", span);
        }
    }

    /// "You can restart the pod", "you may need to ask": what the reader may do.
    fn is_able(&self, range: &Range<usize>) -> bool {
        let tokens = &self.line.tokens;
        range.clone().skip(1).any(|i| {
            let may = tokens[i].bits & MODAL != 0 && tokens[i - 1].bits & PLEA != 0 && tokens[i - 1].bits & WE == 0;
            may && (i + 1..range.end.min(i + 5)).any(|j| tokens[j].bits & VERB != 0)
        })
    }

    fn sentence(&mut self, range: &Range<usize>, item: Option<InItem>, leads_item: bool, span: Span) -> Act {
        let reader = Reader { line: &self.line, lexicon: self.lexicon };
        let last = range.end == self.line.tokens.len();
        let asks = if last { self.line.asks } else { self.line.tokens[range.end].before & gap::QUESTION != 0 };
        let act = if asks { Act::None } else { reader.act(range) };
        let act = item.filter(|_| leads_item).map_or(act, |i| i.lead.of(act));
        let handoffs = if act == Act::Role { reader.handoffs(range) } else { 0 };
        let tokens = &self.line.tokens[range.clone()];
        // What stands anywhere in the sentence, gathered in one go.
        let (bits, forms, gaps) = tokens.iter().fold((0, 0, 0), |all, t| (all.0 | t.bits, all.1 | t.form, all.2 | t.before));
        let any = |class: u64| bits & class != 0;
        let flow = any(SEQUENCE | EVENT);
        let hand = item.is_none() && is_hand_numbered(&self.line, range);
        let object = any(OBJECT) || forms & (form::CODE | form::STRONG | form::LINK) != 0 || gaps & (gap::ARROW | gap::QUOTE) != 0;
        let past = any(PAST) || (tokens.len() > 2 && tokens[0].form & form::CAPITAL != 0 && is_past(&self.line, range.start + 1));
        let letter = tokens[0].bits & SALUTE != 0 && (tokens.len() <= 6 || tokens[1].before & (gap::COMMA | gap::COLON | gap::OPEN) != 0);
        let third = tokens[0].bits & OPENER != 0;
        let defines = act == Act::None && tokens.iter().skip(1).take(6).any(|t| t.bits & (BE | STATE) != 0);
        let event_done = any(EVENT) && any(DONE);
        let able = act == Act::None && self.is_able(range);
        let condition = tokens.len() > 1 && matches!(self.line.word(range.start), "if" | "wenn" | "falls" | "si");
        let role_key = if act == Act::Role {
            tokens
                .iter()
                .find(|t| t.bits & ROLE != 0 || t.form & form::CAPITAL != 0)
                .map_or(0, |t| t.bits ^ u64::from(t.range.1 - t.range.0))
        } else {
            0
        };
        let text = if act == Act::Role { self.line.excerpt(range.start..range.end.min(range.start + 6)).to_owned() } else { String::new() };

        let one = usize::from;
        let in_list = item.is_some();
        self.add(Count::Sentences, 1);
        self.add(Count::Prose, one(!in_list));
        self.add(Count::Hard, one(act == Act::Hard));
        self.add(Count::Soft, one(act == Act::Soft));
        self.add(Count::HardProse, one(act == Act::Hard && !in_list));
        self.add(Count::ActProse, one(!in_list && act.is_instruction()));
        self.add(Count::Role, one(act == Act::Role));
        self.add(Count::RoleProse, one(act == Act::Role && !in_list));
        self.add(Count::RoleFlow, one(act == Act::Role && flow));
        self.add(Count::HandOff, handoffs);
        self.add(Count::System, one(act == Act::System));
        self.add(Count::SequenceStep, one(act.is_step() && flow));
        self.add(Count::HandItems, one(hand));
        self.add(Count::HandStep, one(hand && act.is_step()));
        self.add(Count::Object, one(act == Act::Hard && object));
        self.add(Count::Past, one(past));
        self.add(Count::Third, one(third));
        self.add(Count::Defines, one(defines));
        self.add(Count::EventDone, one(event_done));
        self.add(Count::Condition, one(condition && act.is_step()));
        self.add(Count::Question, one(asks));
        self.add(Count::Letters, one(letter));
        self.add(Count::Able, one(able));
        if act == Act::Role {
            self.add(Count::RoleChange, one(self.last_role != 0 && self.last_role != role_key));
            self.last_role = role_key;
            self.mark(Mark::Role, &text, span);
        }
        if act.is_step() {
            self.run += 1.0;
            let run = self.run;
            self.counts().run = self.counts().run.max(run);
            if hand {
                self.mark(Mark::Hand, "", span);
            } else if !leads_item {
                self.mark(Mark::Step, "", span);
            }
        } else {
            self.run = 0.0;
        }
        act
    }
}

fn heading_facts(line: &Line, lexicon: &Lexicon) -> HeadingFacts {
    let n = line.tokens.len();
    let mut facts = HeadingFacts { words: n, question: line.asks, ..HeadingFacts::default() };
    if n == 0 {
        return facts;
    }
    facts.numbered = line.tokens[0].form & form::NUMBER != 0 || (n > 1 && line.tokens[1].form & form::NUMBER != 0 && n > 2);
    let step = line.tokens[0].bits & super::lexicon::LABEL != 0;
    facts.counted = n > 1
        && (step && line.tokens[1].form & form::NUMBER != 0
            || line.tokens[0].form & form::NUMBER != 0
                && line.word(0).bytes().all(|b| b.is_ascii_digit())
                && line.tokens[1].before & (gap::STOP | gap::CLOSE | gap::COLON | gap::DASH) != 0);
    facts.dated = (0..n).any(|i| is_date(line, i) || is_version(line, i));
    // "2. Restore" and "7.2 Access" begin after their number.
    let skip = usize::from(n > 1 && line.tokens[0].form & form::NUMBER != 0);
    for i in 0..n {
        facts.phrases |= line.phrases(i, i == 0 || i == skip, HEADING_PHRASES, lexicon);
    }
    facts.act = Reader { line, lexicon }.act(&(skip..n));
    if facts.act == Act::None && n > skip + 1 && line.word(skip) == "to" && lexicon.grammar == Grammar::English {
        // "To change the password" stands above the steps that do it.
        facts.act = Reader { line, lexicon }.act(&(skip + 1..n));
    }
    facts.gerund = is_gerund(line, skip);
    facts.role = n <= 5 && line.tokens.iter().any(|t| t.bits & ROLE != 0 && t.bits & ACTS == 0);
    facts
}

fn is_gerund(line: &Line, i: usize) -> bool {
    let word = line.word(i);
    word.len() > 4 && word.ends_with("ing") && line.tokens[i].bits & NO_GERUND == 0
}

fn is_past(line: &Line, i: usize) -> bool {
    let word = line.word(i);
    word.len() > 4 && word.ends_with("ed")
}

/// `2021-03-12`, `12/03/2021`, "March 2021", "12 March".
fn is_date(line: &Line, i: usize) -> bool {
    let number = |j: usize| line.tokens.get(j).is_some_and(|t| t.form & form::NUMBER != 0);
    if line.tokens[i].bits & MONTH != 0 {
        return number(i + 1) || (i > 0 && number(i - 1));
    }
    let word = line.word(i);
    number(i) && word.len() >= 8 && word.bytes().filter(|b| *b == b'-').count() == 2
}

/// `1.4.0`, `v2.1`.
fn is_version(line: &Line, i: usize) -> bool {
    let word = line.word(i);
    let digits = word.strip_prefix('v').unwrap_or(word);
    let dots = digits.bytes().filter(|b| *b == b'.').count();
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && (dots >= 2 || (dots == 1 && word.starts_with('v')))
}

/// "3. Send …", "a) Send …", "Step 3: …", "☐ Send …" in a plain paragraph.
fn is_hand_numbered(line: &Line, range: &Range<usize>) -> bool {
    let tokens = &line.tokens[range.clone()];
    if tokens.len() < 2 {
        return false;
    }
    let opens = tokens[0].before & gap::BULLET != 0;
    let single = tokens[0].form & form::NUMBER != 0 && tokens[0].form & form::CODE == 0 || tokens[0].range.1 - tokens[0].range.0 == 1;
    let marked = single && tokens[1].before & (gap::STOP | gap::CLOSE | gap::DASH | gap::COLON) != 0;
    let step = tokens.len() > 2 && tokens[0].bits & super::lexicon::LABEL != 0 && tokens[1].form & form::NUMBER != 0;
    opens || marked || step
}
