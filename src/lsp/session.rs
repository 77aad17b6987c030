//! One client's session: the workspace with open files as the editor has them, and what is shown on each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;

use crossbeam_channel::Sender;
use lsp_server::{Message, Notification, Request};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CompletionItem, CompletionParams, Diagnostic, DiagnosticSeverity,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, Hover, HoverParams,
    InitializeParams, MessageType, NumberOrString, Position, PublishDiagnosticsParams, RenameFilesParams, ShowMessageParams, TextEdit, Uri,
    WorkspaceEdit,
};

use super::rename::{self, Move};
use super::{Start, complete, hover, ignore, place};
use crate::blueprint::{EXTENSION, parse as blueprint, roles};
use crate::config::{self, ConfigError, FILE, Severity};
use crate::lint::{self, Class, Finding, FixKind, Help, Request as Run};
use crate::page::{Page, PageId};
use crate::text::Source;
use crate::text::path::slashed;
use crate::text::yaml::Problem;
use crate::workspace::{ROLES, Workspace};

/// A file the editor has open.
struct Open {
    uri: Uri,
    source: Arc<Source>,
    version: i32,
    /// Findings of the last full look at the site that a keystroke does not repeat.
    slow: Vec<Finding>,
    /// What is shown now.
    shown: Vec<Finding>,
}

/// The state of a connection.
pub(super) struct Session {
    start: Start,
    folder: PathBuf,
    utf8: bool,
    out: Sender<Message>,
    workspace: Option<Workspace>,
    open: BTreeMap<String, Open>,
    watched: bool,
    can_watch: bool,
}

impl Session {
    pub(super) fn new(start: Start, params: &InitializeParams, utf8: bool, out: Sender<Message>) -> Self {
        let folders = params.workspace_folders.iter().flatten().find_map(|f| place::path_of(&f.uri));
        #[allow(deprecated, reason = "older clients give only this")]
        let folder = folders.or_else(|| params.root_uri.as_ref().and_then(place::path_of)).unwrap_or_else(|| start.folder.clone());
        let files = params.capabilities.workspace.as_ref().and_then(|w| w.did_change_watched_files.as_ref());
        let can_watch = files.and_then(|f| f.dynamic_registration).unwrap_or(false);
        Self {
            folder: folder.canonicalize().unwrap_or(folder),
            start,
            utf8,
            out,
            workspace: None,
            open: BTreeMap::new(),
            watched: false,
            can_watch,
        }
    }

    /// Sends a message; a client that is gone ends the session by itself.
    pub(super) fn send(&self, message: Message) {
        let _ = self.out.send(message);
    }

    /// Reads everything anew: files came or went, settings or roles changed.
    pub(super) fn reload(&mut self) {
        match config::load(&self.folder, self.start.config.as_deref(), &lint::rules::names()) {
            Ok(project) => match Workspace::load(&project, self.start.now) {
                Ok(workspace) => self.workspace = Some(workspace),
                Err(error) => self.tell(MessageType::ERROR, &error.to_string()),
            },
            // Wrong settings are shown in their own file; what was read before still holds.
            Err(ConfigError::Invalid { .. }) => {}
            Err(error) => self.tell(MessageType::ERROR, &error.to_string()),
        }
        let open: Vec<Arc<Source>> = self.open.values().map(|o| Arc::clone(&o.source)).collect();
        for source in open {
            self.lay_over(&source);
        }
        self.watch();
        self.look_at_all();
    }

    fn tell(&self, kind: MessageType, text: &str) {
        let params = ShowMessageParams { typ: kind, message: format!("stepwright: {text}") };
        self.send(Message::Notification(Notification::new("window/showMessage".into(), params)));
    }

    /// Asks the client once to report changed files.
    fn watch(&mut self) {
        if self.watched || !self.can_watch {
            return;
        }
        self.watched = true;
        let globs = ["**/*.md", "**/*.mdx", "**/*.markdown", "**/*.blueprint.yaml", "**/stepwright.yaml", "**/roles.yaml", "**/CODEOWNERS"];
        let watchers: Vec<serde_json::Value> = globs.iter().map(|g| serde_json::json!({"globPattern": g})).collect();
        let registration = serde_json::json!({"registrations": [{
            "id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": {"watchers": watchers},
        }]});
        self.send(Message::Request(Request::new("watch".to_owned().into(), "client/registerCapability".into(), registration)));
    }

    /// The path of a document relative to the workspace's root, or absolute where it is not in it.
    fn path(&self, uri: &Uri) -> Option<String> {
        let full = place::path_of(uri)?;
        // A file that is about to come has a folder at least.
        let folder = || Some(full.parent()?.canonicalize().ok()?.join(full.file_name()?));
        let full = full.canonicalize().ok().or_else(folder).unwrap_or(full);
        let root = self.workspace.as_ref().map_or(self.folder.as_path(), |w| w.corpus.root.as_path());
        Some(slashed(full.strip_prefix(root).unwrap_or(&full)))
    }

    pub(super) fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let Some(path) = self.path(&document.uri) else { return };
        let source = Source::new(path.clone(), document.text);
        self.open.insert(
            path.clone(),
            Open { uri: document.uri, source: Arc::clone(&source), version: document.version, slow: Vec::new(), shown: Vec::new() },
        );
        self.lay_over(&source);
        self.look_at_all();
    }

    pub(super) fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let Some(path) = self.path(&params.text_document.uri) else { return };
        let Some(text) = params.content_changes.into_iter().next_back().map(|c| c.text) else { return };
        let source = Source::new(path.clone(), text);
        let Some(open) = self.open.get_mut(&path) else { return };
        open.source = Arc::clone(&source);
        open.version = params.text_document.version;
        self.lay_over(&source);
        self.look_at(&path);
    }

    pub(super) fn saved(&mut self, params: DidSaveTextDocumentParams) {
        let Some(path) = self.path(&params.text_document.uri) else { return };
        let known = self.workspace.as_ref().is_some_and(|w| w.corpus.find(&path).is_some());
        if known { self.look_at_all() } else { self.reload() }
    }

    pub(super) fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let Some(path) = self.path(&params.text_document.uri) else { return };
        if let Some(open) = self.open.remove(&path) {
            self.publish(&open.uri, Vec::new(), None);
        }
        // What was typed and not saved is gone with the window.
        if let Some(full) = place::path_of(&params.text_document.uri)
            && let Ok(text) = std::fs::read_to_string(full)
        {
            self.lay_over(&Source::new(path, text));
        }
    }

    /// Puts a text in the place of what was read from the disk.
    fn lay_over(&mut self, source: &Arc<Source>) {
        let Some(workspace) = &mut self.workspace else { return };
        let path = source.path();
        if let Some(id) = workspace.corpus.find(path) {
            workspace.replace_page(id, Page::parse(Arc::clone(source)));
        } else if let Some(index) = blueprint_index(workspace, path) {
            workspace.replace_blueprint(index, blueprint::load(source));
        } else if path == ROLES {
            workspace.roles = Some(roles::load(source));
        }
    }

    /// Runs every rule over everything and shows the result on all open files.
    fn look_at_all(&mut self) {
        let mut slow: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        if let Some(workspace) = &self.workspace {
            for finding in lint::run(workspace, &Run::default()) {
                if !quick(&finding) && self.open.contains_key(finding.path()) && !is_blueprint(&finding) {
                    slow.entry(finding.path().to_owned()).or_default().push(finding);
                }
            }
        }
        let paths: Vec<String> = self.open.keys().cloned().collect();
        for path in paths {
            let found = slow.remove(&path).unwrap_or_default();
            if let Some(open) = self.open.get_mut(&path) {
                open.slow = found;
            }
            self.look_at(&path);
        }
    }

    /// Runs what is quick on one open file and shows it together with what the last full look found.
    fn look_at(&mut self, path: &str) {
        let Some(open) = self.open.get(path) else { return };
        let mut problems: Vec<(Problem, DiagnosticSeverity)> = Vec::new();
        let mut findings: Vec<Finding> = Vec::new();
        if let Some(workspace) = &self.workspace {
            if let Some(id) = workspace.corpus.find(path) {
                findings = lint::run_page(workspace, id, &Run::default());
            } else if let Some(index) = blueprint_index(workspace, path) {
                findings = blueprint_findings(workspace, index);
            }
        }
        if path == FILE
            && let Err(ConfigError::Invalid { problems: wrong, .. }) = config::parse(&open.source, &lint::rules::names())
        {
            problems.extend(wrong.into_iter().map(|p| (p, DiagnosticSeverity::ERROR)));
        }
        if path == ROLES {
            problems.extend(roles::load(&open.source).problems.into_iter().map(|p| (p, DiagnosticSeverity::ERROR)));
        }
        // A finding of the last full look holds as long as the text it points at is still there.
        let kept = open.slow.iter().filter_map(|f| moved(f, &open.source));
        findings.extend(kept);
        findings.sort_by(|a, b| (a.span, a.rule.name).cmp(&(b.span, b.rule.name)));
        let mut shown: Vec<Diagnostic> = findings.iter().map(|f| self.diagnostic(f)).collect();
        shown.extend(problems.iter().map(|(p, severity)| self.problem(&open.source, p, *severity)));
        let (uri, version) = (open.uri.clone(), open.version);
        self.publish(&uri, shown, Some(version));
        if let Some(open) = self.open.get_mut(path) {
            open.shown = findings;
        }
    }

    fn publish(&self, uri: &Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        let params = PublishDiagnosticsParams { uri: uri.clone(), diagnostics, version };
        self.send(Message::Notification(Notification::new("textDocument/publishDiagnostics".into(), params)));
    }

    fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        let mut message = finding.message.clone();
        if let Some(label) = &finding.label {
            message.push_str(&format!(" ({label})"));
        }
        for fact in &finding.evidence {
            message.push_str(&format!("\n{fact}"));
        }
        for help in &finding.help {
            let (label, text) = help.parts();
            message.push_str(&format!("\n{label}: {text}"));
        }
        Diagnostic {
            range: place::range(&finding.source, finding.span, self.utf8),
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Info => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(finding.rule.name.to_owned())),
            source: Some("stepwright".to_owned()),
            message,
            ..Diagnostic::default()
        }
    }

    fn problem(&self, source: &Source, problem: &Problem, severity: DiagnosticSeverity) -> Diagnostic {
        let suggestion = problem.suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
        Diagnostic {
            range: place::range(source, problem.span, self.utf8),
            severity: Some(severity),
            source: Some("stepwright".to_owned()),
            message: format!("{}{suggestion}", problem.message),
            ..Diagnostic::default()
        }
    }

    /// The open file at a URI, and the byte offset of a position in it.
    fn at(&self, uri: &Uri, position: Position) -> Option<(&Open, usize)> {
        let open = self.open.get(&self.path(uri)?)?;
        Some((open, place::offset(&open.source, position, self.utf8)))
    }

    pub(super) fn hover(&self, params: HoverParams) -> Option<Hover> {
        let at = params.text_document_position_params;
        let (open, offset) = self.at(&at.text_document.uri, at.position)?;
        let (text, span) = hover::text(self.workspace.as_ref()?, &open.source, &open.shown, offset)?;
        Some(hover::markdown(text, place::range(&open.source, span, self.utf8)))
    }

    pub(super) fn complete(&self, params: CompletionParams) -> Vec<CompletionItem> {
        let at = params.text_document_position;
        let found = self.at(&at.text_document.uri, at.position);
        let Some(((open, offset), workspace)) = found.zip(self.workspace.as_ref()) else { return Vec::new() };
        let proposals = complete::at(workspace, &open.source, offset);
        proposals.into_iter().map(|p| p.item(&open.source, self.utf8)).collect()
    }

    /// Edits that rules offer for findings in a range.
    pub(super) fn actions(&self, params: CodeActionParams) -> Vec<CodeActionOrCommand> {
        let Some((open, start)) = self.at(&params.text_document.uri, params.range.start) else { return Vec::new() };
        let end = place::offset(&open.source, params.range.end, self.utf8);
        let here = |f: &&Finding| f.span.range().start <= end && start <= f.span.range().end;
        let touched = open.shown.iter().filter(&here);
        let mends: Vec<CodeAction> = touched.filter(|f| !f.edits.is_empty()).map(|f| self.action(open, f)).collect();
        let page = self.workspace.as_ref().and_then(|w| Some(w.corpus.page(w.corpus.find(open.source.path())?)));
        let silences = page.into_iter().flat_map(|p| open.shown.iter().filter(&here).filter_map(|f| self.silence(open, p, f)));
        mends.into_iter().chain(silences).map(CodeActionOrCommand::CodeAction).collect()
    }

    /// Links and blueprints that have to change with files that are about to move.
    #[allow(clippy::mutable_key_type, reason = "the protocol's own type of an edit has URIs as keys")]
    pub(super) fn will_rename(&self, params: &RenameFilesParams) -> Option<WorkspaceEdit> {
        let workspace = self.workspace.as_ref()?;
        let path = |uri: &str| self.path(&Uri::from_str(uri).ok()?);
        let moves: Vec<Move> = params.files.iter().filter_map(|f| Some(Move { from: path(&f.old_uri)?, to: path(&f.new_uri)? })).collect();
        let mut changes = std::collections::HashMap::new();
        for (path, edits) in rename::edits(workspace, &moves) {
            let source = match workspace.corpus.find(&path) {
                Some(id) => &workspace.corpus.page(id).source,
                None => workspace.blueprints[blueprint_index(workspace, &path)?].source(),
            };
            let open = self.open.get(&path).map(|o| o.uri.clone());
            let uri = open.or_else(|| place::uri_of(&workspace.corpus.root.join(&path)))?;
            let edits = edits.into_iter().map(|e| TextEdit { range: place::range(source, e.span, self.utf8), new_text: e.text });
            changes.insert(uri, edits.collect());
        }
        (!changes.is_empty()).then(|| WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
    }

    /// The offer to silence a finding, without a reason: that one is for a person to write, and asked for where it is missing.
    fn silence(&self, open: &Open, page: &Page, finding: &Finding) -> Option<CodeAction> {
        let (where_, edit) = ignore::edit(page, finding)?;
        let title = format!("Silence {} {where_} (write the reason)", finding.rule.name);
        Some(CodeAction { is_preferred: Some(false), ..self.edit_action(open, finding, title, std::slice::from_ref(&edit)) })
    }

    fn action(&self, open: &Open, finding: &Finding) -> CodeAction {
        let advice = finding.help.iter().find(|h| matches!(h, Help::Fix(_) | Help::Next(_))).map(|h| h.parts().1);
        let title = advice.map_or_else(|| format!("Mend {}", finding.rule.name), str::to_owned);
        self.edit_action(open, finding, title, &finding.edits)
    }

    #[allow(clippy::mutable_key_type, reason = "the protocol's own type of an edit has URIs as keys")]
    fn edit_action(&self, open: &Open, finding: &Finding, title: String, edits: &[lint::finding::Edit]) -> CodeAction {
        let text_edit =
            |e: &lint::finding::Edit| TextEdit { range: place::range(&open.source, e.span, self.utf8), new_text: e.text.clone() };
        let edits = edits.iter().map(text_edit).collect();
        CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![self.diagnostic(finding)]),
            edit: Some(WorkspaceEdit { changes: Some([(open.uri.clone(), edits)].into_iter().collect()), ..WorkspaceEdit::default() }),
            is_preferred: Some(finding.rule.fix == FixKind::Safe),
            ..CodeAction::default()
        }
    }
}

fn blueprint_index(workspace: &Workspace, path: &str) -> Option<usize> {
    let is = path.ends_with(EXTENSION);
    is.then(|| workspace.corpus.blueprints.binary_search_by(|b| b.path().cmp(path)).ok()).flatten()
}

/// True for findings that [`lint::run_page`] makes at every keystroke. What a suppression is good for shows only when all rules ran.
fn quick(finding: &Finding) -> bool {
    finding.rule.class == Class::Pure && !finding.rule.name.starts_with("suppression-")
}

/// Findings of this rule come from [`blueprint_findings`], which also has the warnings.
fn is_blueprint(finding: &Finding) -> bool {
    std::ptr::eq(finding.rule, lint::rules::blueprint_meta())
}

fn blueprint_findings(workspace: &Workspace, index: usize) -> Vec<Finding> {
    let source = workspace.blueprints[index].source();
    let finding = |p: crate::blueprint::check::Problem| {
        let mut finding = Finding::new(lint::rules::blueprint_meta(), source, p.span, p.message);
        finding.severity = match p.level {
            crate::blueprint::check::Level::Error => Severity::Error,
            crate::blueprint::check::Level::Warning => Severity::Warning,
        };
        finding.label = p.label;
        finding
    };
    lint::rules::blueprint_problems(workspace, index, false).into_iter().map(finding).collect()
}

/// A finding about an older text of a file, moved to where the same words stand now; `None` when they are gone.
fn moved(finding: &Finding, now: &Arc<Source>) -> Option<Finding> {
    if Arc::ptr_eq(&finding.source, now) || finding.source.text() == now.text() {
        return Some(Finding { source: Arc::clone(now), ..finding.clone() });
    }
    let line = finding.source.line_of(finding.span.start);
    let old = finding.source.slice(finding.source.line_span(line)?);
    // The line itself may have moved; the nearest line with the same text is taken for it.
    let last = now.line_of(u32::try_from(now.text().len()).unwrap_or(u32::MAX));
    let same = (1..=last).filter(|n| now.line_span(*n).is_some_and(|s| now.slice(s) == old)).min_by_key(|n| n.abs_diff(line))?;
    let from = finding.source.line_span(line)?.range().start;
    let to = now.line_span(same)?.range().start;
    let shift = |at: u32| (at as usize + to).saturating_sub(from).min(now.text().len());
    let span = crate::text::Span::new(shift(finding.span.start), shift(finding.span.end));
    Some(Finding { source: Arc::clone(now), span, edits: Vec::new(), ..finding.clone() })
}

/// The page an open source is, if it is one.
pub(super) fn page_of(workspace: &Workspace, source: &Source) -> Option<PageId> {
    workspace.corpus.find(source.path())
}
