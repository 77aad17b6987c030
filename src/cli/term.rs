//! The only place that prints. stdout is the answer, stderr is the talk; a closed pipe is not an error.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

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
            let form = "{prefix:<11} {bar:30} {pos:>6}/{len}  {msg}";
            let style = indicatif::ProgressStyle::with_template(form).unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
            bar.set_style(style.progress_chars(signs));
            bar
        });
        Bar { drawn: bar, began: now, said: now, talks: self.quiet == 0, pace: Pace::default() }
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
    pace: Pace,
}

impl Bar {
    /// Shows how far a phase is.
    pub fn show(&mut self, verb: &str, done: u64, total: u64, what: &str) {
        let now = self.began.elapsed();
        self.pace.note(now, done);
        match &self.drawn {
            // A phase that takes a blink shows nothing.
            Some(_) if now.as_millis() < 300 => {}
            Some(bar) => {
                let left = self.pace.left(total).map(|l| format!("  {l}")).unwrap_or_default();
                bar.set_length(total);
                bar.set_prefix(verb.to_owned());
                bar.set_message(format!("{what}{left}"));
                bar.set_position(done);
            }
            None if self.talks && self.said.elapsed().as_secs() >= 30 => {
                self.said = Instant::now();
                let left = self.pace.left(total).map(|l| format!(", {l}")).unwrap_or_default();
                let what = if what.is_empty() { String::new() } else { format!(" {what}") };
                let mut err = std::io::stderr().lock();
                let _ = writeln!(err, "{verb}: {done} of {total}{what}{left}");
            }
            None => {}
        }
    }
}

/// How fast a phase went in its last ten seconds.
#[derive(Debug, Default)]
struct Pace {
    seen: VecDeque<(Duration, u64)>,
}

impl Pace {
    fn note(&mut self, at: Duration, done: u64) {
        // Ten times a second is enough.
        if self.seen.back().is_some_and(|(last, _)| at.saturating_sub(*last).as_millis() < 100) {
            return;
        }
        self.seen.push_back((at, done));
        while self.seen.len() > 2 && at.saturating_sub(self.seen[0].0).as_secs() >= 10 {
            self.seen.pop_front();
        }
    }

    /// `about 40 s left`; nothing before three seconds and a twentieth have passed, as it would be a guess.
    fn left(&self, total: u64) -> Option<String> {
        let ((from, less), (to, done)) = (self.seen.front()?, self.seen.back()?);
        if to.as_secs() < 3 || done * 20 < total || done <= less || *done >= total {
            return None;
        }
        let millis = u64::try_from(to.saturating_sub(*from).as_millis()).ok()?;
        let seconds = (total - done).saturating_mul(millis) / (done - less) / 1000;
        Some(match seconds {
            0..=4 => "a few seconds left".to_owned(),
            5..=89 => format!("about {} s left", seconds.next_multiple_of(5)),
            _ => format!("about {} min left", (seconds + 30) / 60),
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_told_from_the_last_ten_seconds_and_never_guessed() {
        let at = |points: &[(u64, u64)]| {
            let mut pace = Pace::default();
            for (seconds, done) in points {
                pace.note(Duration::from_secs(*seconds), *done);
            }
            pace.left(1000)
        };
        assert_eq!(at(&[(0, 0), (2, 900)]), None, "too early");
        assert_eq!(at(&[(0, 0), (60, 40)]), None, "too little done");
        assert_eq!(at(&[(0, 0), (4, 100)]).as_deref(), Some("about 40 s left"));
        assert_eq!(at(&[(0, 0), (100, 100), (105, 105), (110, 110)]).as_deref(), Some("about 15 min left"), "an early burst is forgotten");
        assert_eq!(at(&[(0, 0), (9, 999)]).as_deref(), Some("a few seconds left"));
        assert_eq!(at(&[(0, 0), (9, 1000)]), None, "nothing is left");
    }
}
