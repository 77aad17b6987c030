//! The language server: findings while somebody writes, what a rule means, and completion of roles, links and front matter.
//!
//! Speaks the protocol over the streams it is given and holds a workspace in which open files stand as the editor has them. Judges
//! nothing itself: rules, schemas and link resolution are those of every other command.

mod complete;
mod hover;
mod ignore;
mod place;
mod rename;
mod session;

use std::path::PathBuf;

use jiff::civil::Date;
use lsp_server::{Connection, Message, Notification, Request, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions, FileOperationFilter, FileOperationPattern,
    FileOperationRegistrationOptions, HoverProviderCapability, InitializeParams, InitializeResult, PositionEncodingKind, SaveOptions,
    ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
    WorkspaceFileOperationsServerCapabilities, WorkspaceServerCapabilities,
};

use session::Session;

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Start {
    /// Folder to work in when the client names none.
    pub folder: PathBuf,
    /// Settings file instead of the nearest one.
    pub config: Option<PathBuf>,
    /// Today, for the rules that read the clock.
    pub now: Date,
}

/// The connection broke or the client does not keep to the protocol.
#[derive(Debug, thiserror::Error)]
#[error("the editor's side of the connection failed: {0}")]
pub struct LspError(String);

/// Serves one client until it says goodbye. True when it did so in order (`shutdown`, then `exit`).
pub fn serve(connection: &Connection, start: Start) -> Result<bool, LspError> {
    let failed = |e: lsp_server::ProtocolError| LspError(e.to_string());
    let (id, params) = connection.initialize_start().map_err(failed)?;
    let params: InitializeParams = serde_json::from_value(params).map_err(|e| LspError(e.to_string()))?;
    let utf8 = offers_utf8(&params);
    let result = InitializeResult {
        capabilities: capabilities(utf8),
        server_info: Some(ServerInfo { name: "stepwright".into(), version: Some(env!("CARGO_PKG_VERSION").into()) }),
    };
    let result = serde_json::to_value(result).map_err(|e| LspError(e.to_string()))?;
    connection.initialize_finish(id, result).map_err(failed)?;
    let mut session = Session::new(start, &params, utf8, connection.sender.clone());
    session.reload();
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request).map_err(failed)? {
                    return Ok(true);
                }
                let response = answer(&mut session, request);
                session.send(Message::Response(response));
            }
            Message::Notification(notification) => notice(&mut session, notification),
            // Answers to our own requests (file watching) need no action.
            Message::Response(_) => {}
        }
    }
    Ok(false)
}

fn offers_utf8(params: &InitializeParams) -> bool {
    let general = params.capabilities.general.as_ref();
    general.and_then(|g| g.position_encodings.as_ref()).is_some_and(|e| e.contains(&PositionEncodingKind::UTF8))
}

fn capabilities(utf8: bool) -> ServerCapabilities {
    let words = |list: &[&str]| Some(list.iter().map(|s| (*s).to_owned()).collect());
    ServerCapabilities {
        position_encoding: Some(if utf8 { PositionEncodingKind::UTF8 } else { PositionEncodingKind::UTF16 }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: words(&["(", "/", "#", ":", "[", ","]),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        workspace: Some(WorkspaceServerCapabilities {
            file_operations: Some(WorkspaceFileOperationsServerCapabilities {
                will_rename: Some(everything()),
                ..WorkspaceFileOperationsServerCapabilities::default()
            }),
            ..WorkspaceServerCapabilities::default()
        }),
        ..ServerCapabilities::default()
    }
}

/// Files and folders alike: attachments and folders move too.
fn everything() -> FileOperationRegistrationOptions {
    let pattern = FileOperationPattern { glob: "**/*".to_owned(), matches: None, options: None };
    FileOperationRegistrationOptions { filters: vec![FileOperationFilter { scheme: Some("file".to_owned()), pattern }] }
}

/// Answers a request; one that cannot be read or is not known gets the protocol's error.
fn answer(session: &mut Session, request: Request) -> Response {
    use lsp_types::request::{CodeActionRequest, Completion, HoverRequest, Request as Method, WillRenameFiles};
    fn with<P: serde::de::DeserializeOwned, R: serde::Serialize>(request: Request, work: impl FnOnce(P) -> R) -> Response {
        match serde_json::from_value(request.params) {
            Ok(params) => Response::new_ok(request.id, work(params)),
            Err(error) => Response::new_err(request.id, lsp_server::ErrorCode::InvalidParams as i32, error.to_string()),
        }
    }
    match request.method.as_str() {
        HoverRequest::METHOD => with(request, |p| session.hover(p)),
        Completion::METHOD => with(request, |p| session.complete(p)),
        CodeActionRequest::METHOD => with(request, |p| session.actions(p)),
        WillRenameFiles::METHOD => with(request, |p| session.will_rename(&p)),
        other => {
            let message = format!("{other} is not something this server does");
            Response::new_err(request.id, lsp_server::ErrorCode::MethodNotFound as i32, message)
        }
    }
}

/// Takes a notification; what is not known is passed over, as the protocol asks.
fn notice(session: &mut Session, notification: Notification) {
    use lsp_types::notification::{
        DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument,
        Notification as Method,
    };
    let params = notification.params;
    match notification.method.as_str() {
        DidOpenTextDocument::METHOD => serde_json::from_value(params).into_iter().for_each(|p| session.opened(p)),
        DidChangeTextDocument::METHOD => serde_json::from_value(params).into_iter().for_each(|p| session.changed(p)),
        DidSaveTextDocument::METHOD => serde_json::from_value(params).into_iter().for_each(|p| session.saved(p)),
        DidCloseTextDocument::METHOD => serde_json::from_value(params).into_iter().for_each(|p| session.closed(p)),
        DidChangeWatchedFiles::METHOD => session.reload(),
        _ => {}
    }
}
