//! Charts as inline SVG: bars and step lines, with their numbers in `<title>` and `<desc>`, sized so that text stays readable on a phone.

use super::html::escaped;

/// Width of every chart in its own units; shown at most a little larger, so that its text keeps its size.
const WIDTH: usize = 360;

/// A bar.
#[derive(Debug)]
pub struct Bar {
    /// Its words.
    pub label: String,
    /// Its length.
    pub value: usize,
    /// CSS class of its fill.
    pub class: &'static str,
}

/// A line through months.
#[derive(Debug)]
pub struct Line {
    /// Its words, at its end.
    pub label: String,
    /// One value per month.
    pub values: Vec<usize>,
    /// CSS class of its stroke.
    pub class: &'static str,
}

fn open(id: &str, height: usize, title: &str, desc: &str) -> String {
    format!(
        "<svg class=\"sw-chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        escaped(title),
        escaped(desc),
    )
}

/// Horizontal bars with the count at the end of each. Overdue is hatched, so that it can be told from the rest in black and white.
pub fn bars(id: &str, title: &str, bars: &[Bar]) -> String {
    const LEFT: usize = 132;
    const ROW: usize = 26;
    let most = bars.iter().map(|b| b.value).max().unwrap_or(0).max(1);
    let digits = most.to_string().len();
    let room = WIDTH - LEFT - 10 - digits * 9;
    let desc = bars.iter().map(|b| format!("{}: {}", b.label, b.value)).collect::<Vec<_>>().join(". ");
    let mut out = open(id, bars.len() * ROW + 4, title, &desc);
    if bars.iter().any(|b| b.class == "sw-c-late") {
        out.push_str(&format!(
            "<defs><pattern id=\"{id}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"sw-c-late\" width=\"4\" height=\"6\"/></pattern></defs>"
        ));
    }
    for (n, bar) in bars.iter().enumerate() {
        let y = n * ROW;
        let width = (bar.value * room).div_ceil(most);
        out.push_str(&format!("<text x=\"0\" y=\"{}\">{}</text>", y + 18, escaped(&bar.label)));
        let fill = if bar.class == "sw-c-late" { format!("fill=\"url(#{id}-hatch)\"") } else { format!("class=\"{}\"", bar.class) };
        out.push_str(&format!("<rect {fill} x=\"{LEFT}\" y=\"{}\" width=\"{width}\" height=\"16\"/>", y + 5));
        out.push_str(&format!("<text x=\"{}\" y=\"{}\">{}</text>", LEFT + width + 6, y + 18, bar.value));
    }
    out.push_str("</svg>");
    out
}

/// Step lines from the first to the last month, labelled at their ends.
pub fn steps(id: &str, title: &str, lines: &[Line], ends: &(String, String)) -> String {
    const HEIGHT: usize = 170;
    const TOP: usize = 14;
    const BOTTOM: usize = 140;
    const RIGHT: usize = WIDTH - 108;
    let most = lines.iter().flat_map(|l| l.values.iter().copied()).max().unwrap_or(0).max(1);
    let y = |value: usize| BOTTOM - value * (BOTTOM - TOP) / most;
    let desc = lines
        .iter()
        .map(|l| {
            let (first, last) = (l.values.first().copied().unwrap_or(0), l.values.last().copied().unwrap_or(0));
            format!("{}: {first} in {}, {last} in {}", l.label, ends.0, ends.1)
        })
        .collect::<Vec<_>>()
        .join(". ");
    let mut out = open(id, HEIGHT, title, &desc);
    out.push_str(&format!("<path class=\"sw-l-axis\" d=\"M0 {BOTTOM}H{RIGHT}\"/>"));
    let mut labels: Vec<usize> = Vec::new();
    for line in lines {
        let count = line.values.len().max(1);
        let x = |n: usize| n * RIGHT / count;
        let mut path = String::new();
        for (n, value) in line.values.iter().enumerate() {
            path.push_str(&if n == 0 { format!("M0 {}", y(*value)) } else { format!("H{}V{}", x(n), y(*value)) });
        }
        path.push_str(&format!("H{RIGHT}"));
        out.push_str(&format!("<path class=\"{}\" d=\"{path}\"/>", line.class));
        let last = line.values.last().copied().unwrap_or(0);
        let mut at = y(last) + 4;
        // Labels of lines that end close to each other are set apart.
        while labels.iter().any(|l| l.abs_diff(at) < 16) {
            at += 16;
        }
        labels.push(at);
        out.push_str(&format!("<text x=\"{}\" y=\"{at}\">{last} {}</text>", RIGHT + 6, escaped(&line.label)));
    }
    out.push_str(&format!("<text class=\"sw-l-tick\" x=\"0\" y=\"160\">{}</text>", escaped(&ends.0)));
    out.push_str(&format!("<text class=\"sw-l-tick\" x=\"{RIGHT}\" y=\"160\" text-anchor=\"end\">{}</text></svg>", escaped(&ends.1)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_its_numbers() {
        let svg = bars(
            "t",
            "Q?",
            &[Bar { label: "Overdue".into(), value: 3, class: "sw-c-late" }, Bar { label: "In date".into(), value: 0, class: "sw-c-rest" }],
        );
        assert!(svg.contains("<desc id=\"t-d\">Overdue: 3. In date: 0</desc>"), "{svg}");
        assert!(svg.contains("url(#t-hatch)") && !svg.contains("style="));
    }
}
