//! The only place that prints. stdout is the answer, stderr is the talk; a closed pipe is not an error.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use anstyle::{AnsiColor, Style};

use super::args::{ColorWhen, Global};
use crate::report::text::Look;

/// Style of `error:`.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Style of `warning:`.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Style of labels after `=`.
pub const LABEL: Style = AnsiColor::Cyan.on_default();
/// Style of paths.
pub const PATH: Style = Style::new().bold();

/// Where and how a command speaks.
#[derive(Debug)]
pub struct Term {
    /// Colour on stdout.
    pub out_color: bool,
    /// Colour on stderr.
    pub err_color: bool,
    /// Columns of stdout's terminal; `None` when piped.
    pub width: Option<usize>,
    /// 0 talk, 1 answer and errors only, 2 nothing.
    pub quiet: u8,
    /// `-v` count.
    pub verbose: u8,
    /// Progress bars may be drawn.
    pub progress: bool,
    /// Symbols beyond ASCII may be used.
    pub unicode: bool,
    started: Instant,
}

impl Term {
    /// From the global flags and the environment.
    pub fn new(global: &Global) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let stdout = std::io::stdout().is_terminal();
        let stderr = std::io::stderr().is_terminal();
        let ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty());
        let width = stdout.then(terminal_width).map(|w| w.min(100));
        Self {
            out_color: wants_color(global.color, stdout, dumb),
            err_color: wants_color(global.color, stderr, dumb),
            width,
            quiet: global.quiet,
            verbose: global.verbose,
            progress: stderr && !global.no_progress && global.quiet == 0 && !ci && !dumb,
            unicode: !dumb && utf8_locale(),
            started: Instant::now(),
        }
    }

    /// How findings are drawn on stdout.
    pub fn look(&self) -> Look {
        Look { color: self.out_color, width: self.width }
    }

    /// Writes text of the answer to stdout as it is.
    pub fn answer(&self, text: &str) {
        if self.quiet < 2 {
            let stripped;
            let text = if self.out_color {
                text
            } else {
                stripped = anstream::adapter::strip_str(text).to_string();
                &stripped
            };
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }

    /// Writes one line of talk to stderr.
    pub fn say(&self, line: &str) {
        if self.quiet == 0 {
            self.stderr(line);
        }
    }

    /// Writes one line of detail to stderr under `-v`.
    pub fn detail(&self, line: &str) {
        if self.verbose > 0 && self.quiet == 0 {
            self.stderr(line);
        }
    }

    /// Writes a finished phase: `convert     574 pages: 573 done   39.2 s`.
    pub fn phase(&self, verb: &str, text: &str) {
        self.say(&Self::phase_line(verb, text));
    }

    /// The line of a finished phase.
    pub fn phase_line(verb: &str, text: &str) -> String {
        format!("{verb:<11} {text}")
    }

    /// Writes an error with its notes (`= why:`, `= next:`).
    pub fn error(&self, message: &str, notes: &[(&str, &str)]) {
        self.block("error", ERROR, message, notes);
    }

    /// Writes a warning about the run itself.
    pub fn warning(&self, message: &str, notes: &[(&str, &str)]) {
        if self.quiet == 0 {
            self.block("warning", WARNING, message, notes);
        }
    }

    /// Writes a ready-made block (a frame) to stderr.
    pub fn error_block(&self, text: &str) {
        if self.quiet < 2 {
            self.stderr(text.trim_end_matches('\n'));
        }
    }

    fn block(&self, word: &str, style: Style, message: &str, notes: &[(&str, &str)]) {
        if self.quiet >= 2 {
            return;
        }
        let mut text = format!("{style}{word}:{style:#} {}", crate::report::text::printable(message));
        for (label, note) in notes {
            let _ = write!(text, "\n  {LABEL}= {label}:{LABEL:#} {}", crate::report::text::printable(note));
        }
        self.stderr(&text);
    }

    /// The last line: `lint: passes, 3 pages; 0.2 s`.
    pub fn last(&self, text: &str) {
        self.say(&format!("{text}; {}", self.elapsed()));
    }

    /// Time since the command began, for people.
    pub fn elapsed(&self) -> String {
        let elapsed = self.started.elapsed();
        let whole = elapsed.as_secs();
        if whole < 100 { format!("{:.1} s", elapsed.as_secs_f64()) } else { format!("{} min {:02} s", whole / 60, whole % 60) }
    }

    /// A progress bar, drawn only on a terminal; elsewhere a line every half minute.
    pub fn bar(&self) -> Bar {
        let now = Instant::now();
        let bar = self.progress.then(|| {
            let bar = indicatif::ProgressBar::with_draw_target(None, indicatif::ProgressDrawTarget::stderr_with_hz(10));
            let signs = if self.unicode { "━╸─" } else { "=>-" };
            let form = "{prefix:<11} {bar:30} {pos:>6}/{len}  {msg}  {eta} left";
            let style = indicatif::ProgressStyle::with_template(form).unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
            bar.set_style(style.progress_chars(signs));
            bar
        });
        Bar { drawn: bar, began: now, said: now, talks: self.quiet == 0 }
    }

    /// True when a person can be asked: both input and talk are terminals, and talk is wanted.
    pub fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && self.quiet == 0
    }

    /// Asks for a line; an empty answer is the default. `None` when the input ended.
    pub fn ask(&self, question: &str, default: &str) -> Option<String> {
        let hint = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        let answer = Self::prompt(&format!("{question}{hint}: "))?;
        let answer = answer.trim();
        Some(if answer.is_empty() { default.to_owned() } else { answer.to_owned() })
    }

    /// Asks for a yes; anything else is no.
    pub fn confirm(&self, question: &str) -> bool {
        Self::prompt(&format!("{question}? [y/N] ")).is_some_and(|a| matches!(a.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Writes text of a conversation to stderr as it is, without ending the line.
    pub fn talk(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "{text}").and_then(|()| err.flush());
    }

    /// Waits for one key, unechoed; Enter is `\n`, Escape is `q`. `None` when there is no terminal any more, or after Ctrl-C.
    pub fn key(&self) -> Option<char> {
        match console::Term::stderr().read_key().ok()? {
            console::Key::Char(c) => Some(c),
            console::Key::Enter => Some('\n'),
            console::Key::Escape => Some('q'),
            console::Key::Unknown | console::Key::CtrlC => None,
            _ => Some('\0'),
        }
    }

    fn prompt(text: &str) -> Option<String> {
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "{text}").and_then(|()| err.flush());
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line).ok()?;
        (read > 0).then_some(line)
    }

    fn stderr(&self, line: &str) {
        let text = if self.err_color { line.to_owned() } else { anstream::adapter::strip_str(line).to_string() };
        let mut err = std::io::stderr().lock();
        let _ = writeln!(err, "{text}");
    }
}

/// See [`Term::bar`].
#[derive(Debug)]
pub struct Bar {
    drawn: Option<indicatif::ProgressBar>,
    began: Instant,
    said: Instant,
    talks: bool,
}

impl Bar {
    /// Shows how far a phase is.
    pub fn show(&mut self, verb: &str, done: u64, total: u64, what: &str) {
        match &self.drawn {
            // A phase that takes a blink shows nothing.
            Some(_) if self.began.elapsed().as_millis() < 300 => {}
            Some(bar) => {
                bar.set_length(total);
                bar.set_prefix(verb.to_owned());
                bar.set_message(what.to_owned());
                bar.set_position(done);
            }
            None if self.talks && self.said.elapsed().as_secs() >= 30 => {
                self.said = Instant::now();
                let mut err = std::io::stderr().lock();
                let _ = writeln!(err, "{verb}: {done} of {total}");
            }
            None => {}
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
    }
}

fn wants_color(when: ColorWhen, terminal: bool, dumb: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR").is_some() => false,
        ColorWhen::Auto if set("CLICOLOR_FORCE").or_else(|| set("FORCE_COLOR")).is_some_and(|v| v != "0") => true,
        ColorWhen::Auto => terminal && !dumb,
    }
}

fn utf8_locale() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
        .is_some_and(|v| v.to_uppercase().replace('-', "").contains("UTF8"))
}

fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).unwrap_or(80)
}
