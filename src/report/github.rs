//! GitHub workflow commands. A step shows 10 annotations of each level and drops the rest in silence, so the rest is counted in words.

use crate::config::Severity;
use crate::lint::Finding;

/// Annotations of one level that a step shows.
const SHOWN: usize = 10;

/// The commands, one a line. One notice is kept free for the number left out.
pub fn commands(findings: &[Finding]) -> String {
    commands_after(&[], findings)
}

/// The same with errors and warnings of other kinds first, which count towards what a step shows: (is an error, path, line, title, text).
pub fn commands_after(first: &[(bool, &str, usize, &str, &str)], findings: &[Finding]) -> String {
    let mut out = String::new();
    let mut taken = [0; 2];
    for (error, path, line, title, text) in first {
        let used = &mut taken[usize::from(!error)];
        if *used < SHOWN {
            *used += 1;
            let word = if *error { "error" } else { "warning" };
            out.push_str(&format!("::{word} file={},line={line},title={}::{}\n", property(path), property(title), data(text)));
        }
    }
    let mut left_out = first.len() - taken[0] - taken[1];
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let all: Vec<&Finding> = findings.iter().filter(|f| f.severity == severity).collect();
        let most = match severity {
            Severity::Error => SHOWN - taken[0],
            Severity::Warning => SHOWN - taken[1],
            Severity::Info => SHOWN - 1,
        };
        left_out += all.len().saturating_sub(most);
        for finding in all.into_iter().take(most) {
            out.push_str(&command(finding));
        }
    }
    if left_out > 0 {
        let text =
            format!("{left_out} more findings are not shown here, as GitHub shows 10 of a level. stepwright lint shows all of them.");
        out.push_str(&format!("::notice title=stepwright::{}\n", data(&text)));
    }
    out
}

fn command(finding: &Finding) -> String {
    let start = finding.source.position(finding.span.start);
    let end = finding.source.position(finding.span.end);
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    // Columns are only taken when start and end are on one line.
    let columns = if end.line == start.line && end.column > start.column {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    let mut text = finding.message.clone();
    for fact in finding.evidence.iter().map(String::as_str).chain(finding.help.iter().map(|h| h.parts().1)) {
        text.push('\n');
        text.push_str(fact);
    }
    format!("::{word} file={},line={}{columns},title={}::{}\n", property(finding.path()), start.line, finding.rule.name, data(&text))
}

/// Page text may hold commands of its own; escaped line ends keep it inside this one.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
