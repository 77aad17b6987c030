//! Fits the detector's weights and reports how well they travel to places they were not fitted on.
//!
//! ```text
//! STEPWRIGHT_CORPUS=corpus cargo run --release --example fit-detector            # reports only
//! STEPWRIGHT_CORPUS=corpus cargo run --release --example fit-detector -- --write # and writes src/judge/weights.yaml
//! ```
//!
//! Reads `procedures/dev.jsonl.gz` and `procedures/business.jsonl.gz` of the corpus. Deterministic: no random numbers, fixed order, fixed number of passes.
//!
//! Method: logistic regression by coordinate descent in which every weight keeps to the sign its feature declares; a small family weighs
//! less than a large one, but far less so than its pages say; sections have a model of their own. Reports leave a repository or a family out of both models. The
//! probabilities are calibrated on the business pages, each judged by a model that had not seen its family.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_lossless,
    missing_docs
)]
// Matrices read best with indices, and formulas with the letters of the books.
#![allow(clippy::needless_range_loop, clippy::many_single_char_names, clippy::float_cmp, clippy::nonminimal_bool)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;

use rayon::prelude::*;
use serde::Deserialize;
use stepwright::judge::features::{Feature, PRIORS, Sign, View, page_features, page_values, section_features, section_values};
use stepwright::judge::model::{CLIP, Linear, Model, Term, Weights, Written, logistic};
use stepwright::judge::reading::{self, Reading, TitleFacts};
use stepwright::page::Page;
use stepwright::text::Source;

#[derive(Deserialize)]
struct Row {
    source: String,
    path: String,
    family: String,
    label: String,
    title: String,
    markdown: String,
    #[serde(default)]
    procedure_sections: Vec<String>,
}

struct Sample {
    row: Row,
    business: bool,
    /// `None` for mixed pages: they teach sections only.
    label: Option<bool>,
    reading: Reading,
    headings: Vec<String>,
    page: Vec<f64>,
    sections: Vec<Vec<f64>>,
    /// Label and weight of each section.
    section_labels: Vec<Option<(bool, f64)>>,
    /// The same with the title taken away.
    untitled: (Vec<f64>, Vec<Vec<f64>>),
    /// How much the page reads like a company's own.
    in_house: f64,
}

fn load(name: &str, business: bool) -> Vec<Sample> {
    rows(name).into_par_iter().map(|row| sample(row, business)).collect()
}

fn rows(name: &str) -> Vec<Row> {
    let root = PathBuf::from(std::env::var("STEPWRIGHT_CORPUS").expect("STEPWRIGHT_CORPUS names the corpus folder"));
    let file = std::fs::File::open(root.join("procedures").join(name)).unwrap();
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn to_page(row: &Row, with_title: bool) -> Page {
    Page::parse(Source::new(row.path.replace(".html", ".md"), page_text(row, with_title)))
}

fn page_text(row: &Row, with_title: bool) -> String {
    if row.title.is_empty() || !with_title {
        row.markdown.clone()
    } else {
        format!("---\ntitle: {}\n---\n{}", serde_json::to_string(&row.title).unwrap(), row.markdown)
    }
}

fn values(reading: &Reading) -> (Vec<f64>, Vec<Vec<f64>>) {
    let view = View::page(reading);
    let mut page = Vec::new();
    page_values(&view, &mut page);
    let sections = (0..reading.sections.len())
        .map(|i| {
            let mut v = Vec::new();
            section_values(&View::section(reading, i, &view), &mut v);
            v
        })
        .collect();
    (page, sections)
}

fn sample(row: Row, business: bool) -> Sample {
    let page = to_page(&row, true);
    let mut reading = reading::read(&page);
    let headings =
        reading.sections.iter().map(|s| s.heading.map_or(String::new(), |h| page.body.headings[h].text.trim().to_owned())).collect();
    let (page_v, sections) = values(&reading);
    let title = std::mem::take(&mut reading.title);
    reading.title = TitleFacts { words: 3, ..TitleFacts::default() };
    let untitled = values(&reading);
    reading.title = title;
    let in_house = View::page(&reading).in_house();
    let label = match row.label.as_str() {
        "procedure" => Some(true),
        "reference" => Some(false),
        _ => None,
    };
    let mut s = Sample { row, business, label, reading, headings, page: page_v, sections, section_labels: Vec::new(), untitled, in_house };
    s.section_labels = label_sections(&s);
    s
}

/// Truth for each section of a business page: 1 listed or below a listed one, -1 above a listed one (neutral), 0 not listed.
fn listed(s: &Sample) -> Vec<i8> {
    let named: BTreeSet<&str> = s.row.procedure_sections.iter().map(|n| n.trim()).collect();
    let n = s.headings.len();
    let mut out = vec![0i8; n];
    for i in 0..n {
        let mut up = Some(i);
        while let Some(j) = up {
            if s.reading.sections[j].heading.is_some() && named.contains(s.headings[j].as_str()) {
                out[i] = 1;
            }
            up = s.reading.sections[j].parent;
        }
    }
    for i in 0..n {
        if out[i] == 1 {
            let mut up = s.reading.sections[i].parent;
            while let Some(j) = up {
                if out[j] == 0 {
                    out[j] = -1;
                }
                up = s.reading.sections[j].parent;
            }
        }
    }
    out
}

fn label_sections(s: &Sample) -> Vec<Option<(bool, f64)>> {
    let n = s.sections.len();
    let each = 1.0 / (n as f64).sqrt();
    let truth = listed(s);
    (0..n)
        .map(|i| {
            let words = s.reading.sections[i].counts.get(reading::Count::Words);
            if words < 5.0 {
                return None;
            }
            match s.label {
                Some(false) => Some((false, each)),
                None if s.row.procedure_sections.is_empty() => None,
                None => (truth[i] >= 0).then_some((truth[i] == 1, each)),
                Some(true) if s.row.procedure_sections.is_empty() => (n <= 3).then_some((true, each)),
                // Lists name the main sections of a procedure page: one that is not named is a counter-example only if nothing is done in it.
                Some(true) => {
                    let idle = View::section(&s.reading, i, &View::page(&s.reading)).steps() < 1.0;
                    let named = s.row.procedure_sections.iter().any(|n| n.trim() == s.headings[i]);
                    match truth[i] {
                        1 => (named || !idle).then_some((true, each)),
                        0 => idle.then_some((false, each)),
                        _ => None,
                    }
                }
            }
        })
        .collect()
}

/// Rows to fit on, by column.
struct Matrix {
    columns: Vec<Vec<f64>>,
    y: Vec<f64>,
    w: Vec<f64>,
}

fn fit(m: &Matrix, features: &[&Feature], lambda: f64, passes: usize) -> Linear {
    let n = m.y.len();
    let total: f64 = m.w.iter().sum();
    let w: Vec<f64> = m.w.iter().map(|w| w / total).collect();
    let k = features.len();
    let mut terms = Vec::with_capacity(k);
    let mut z: Vec<Vec<f64>> = Vec::with_capacity(k);
    for column in &m.columns {
        let mean: f64 = column.iter().zip(&w).map(|(v, w)| v * w).sum();
        let var: f64 = column.iter().zip(&w).map(|(v, w)| w * (v - mean).powi(2)).sum();
        let sd = var.sqrt() + 1e-6;
        z.push(column.iter().map(|v| ((v - mean) / sd).clamp(-CLIP, CLIP)).collect());
        terms.push(Term(mean, sd, 0.0));
    }
    let priors: Vec<f64> =
        features.iter().map(|f| PRIORS.iter().find(|(name, _)| *name == f.name).map_or(0.0, |(_, prior)| *prior)).collect();
    let mut bias = 0.0;
    let mut sum = vec![0.0; n];
    let mut p = vec![0.5; n];
    for _ in 0..passes {
        let mut moved: f64 = 0.0;
        for j in 0..=k {
            let (mut g, mut h) = (0.0, 1e-9);
            if j < k {
                for i in 0..n {
                    let zi = z[j][i];
                    g += w[i] * (p[i] - m.y[i]) * zi;
                    h += w[i] * p[i] * (1.0 - p[i]) * zi * zi;
                }
                g += lambda * (terms[j].2 - priors[j]);
                h += lambda;
            } else {
                for i in 0..n {
                    g += w[i] * (p[i] - m.y[i]);
                    h += w[i] * p[i] * (1.0 - p[i]);
                }
            }
            let old = if j < k { terms[j].2 } else { bias };
            let mut new = old - (g / h).clamp(-1.0, 1.0);
            if j < k {
                new = if features[j].sign == Sign::Up { new.max(0.0) } else { new.min(0.0) };
            }
            let step = new - old;
            if step.abs() < 1e-7 {
                continue;
            }
            moved = moved.max(step.abs());
            for i in 0..n {
                sum[i] += step * if j < k { z[j][i] } else { 1.0 };
                p[i] = logistic(sum[i]);
            }
            if j < k {
                terms[j].2 = new;
            } else {
                bias = new;
            }
        }
        if moved < 1e-4 {
            break;
        }
    }
    Linear { bias, page: 0.0, terms }
}

/// Weights by (family, label) pair: at power 0 every pair counts the same, at 1 every page.
fn balance(keys: &[(String, bool)], base: &[f64], power: f64) -> Vec<f64> {
    let mut sums: BTreeMap<&(String, bool), f64> = BTreeMap::new();
    for (k, b) in keys.iter().zip(base) {
        *sums.entry(k).or_default() += b;
    }
    // A small family counts less than a large one, but far less so than its pages say.
    keys.iter().zip(base).map(|(k, b)| b / sums[k] * sums[k].powf(power)).collect()
}

fn env(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// Weight of the copies without a title.
fn untitled_weight() -> f64 {
    env("UNTITLED", 0.3)
}

fn columns(rows: &[&Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows[0].len()).map(|j| rows.iter().map(|r| r[j]).collect()).collect()
}

fn train_sections(samples: &[&Sample]) -> Linear {
    let features: Vec<&Feature> = section_features().collect();
    let (mut rows, mut keys, mut base, mut y) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for s in samples {
        for (i, label) in s.section_labels.iter().enumerate() {
            let Some((label, weight)) = *label else { continue };
            // Product docs name no sections; that none of their reference pages holds one teaches the wrong thing about handbooks.
            let weight = if s.business { weight } else { weight * env("DEVSEC", 0.0) };
            if weight == 0.0 {
                continue;
            }
            for (v, f) in [(&s.sections[i], 1.0), (&s.untitled.1[i], untitled_weight())] {
                rows.push(v);
                keys.push((s.row.family.clone(), label));
                base.push(weight * f);
                y.push(f64::from(u8::from(label)));
            }
        }
    }
    let w = balance(&keys, &base, env("BALANCE_S", 0.25));
    fit(&Matrix { columns: columns(&rows), y, w }, &features, env("LAMBDA_S", 0.06), 25)
}

fn train_page(samples: &[&Sample]) -> Linear {
    let features: Vec<&Feature> = page_features().collect();
    let (mut rows, mut keys, mut base, mut y) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for s in samples {
        let Some(label) = s.label else { continue };
        for (v, f) in [(&s.page, 1.0), (&s.untitled.0, untitled_weight())] {
            rows.push(v);
            keys.push((s.row.family.clone(), label));
            base.push(f * if s.business { env("BUSINESS", 1.0) } else { 1.0 });
            y.push(f64::from(u8::from(label)));
        }
    }
    let lambda = env("LAMBDA", 0.03);
    let matrix = Matrix { columns: columns(&rows), w: balance(&keys, &base, env("BALANCE", 0.25)), y };
    fit(&matrix, &features, lambda, 60)
}

fn train(samples: &[&Sample]) -> Model {
    let section = if env("SKIPSEC", 0.0) == 0.0 {
        train_sections(samples)
    } else {
        Linear { bias: 0.0, page: 0.0, terms: vec![Term(0.0, 1.0, 0.0); section_features().count()] }
    };
    Model { surest: [1.0, 0.0, 0.0], page: train_page(samples), section }
}

struct Out {
    sum: f64,
    untitled: f64,
    /// Sum of the surest section, with and without the title.
    best: (f64, f64),
    /// The page's sum and that of its surest section together, with and without the title.
    both: (f64, f64),
    /// Sums, later probabilities.
    sections: Vec<f64>,
}

fn apply(s: &Sample, model: &Model) -> Out {
    let best = |sections: &[Vec<f64>]| sections.iter().map(|v| model.section.sum(v)).fold(f64::NEG_INFINITY, f64::max);
    Out {
        best: (best(&s.sections), best(&s.untitled.1)),
        both: (0.0, 0.0),
        sum: model.page.sum(&s.page),
        untitled: model.page.sum(&s.untitled.0),
        sections: s.sections.iter().map(|v| model.section.sum(v)).collect(),
    }
}

/// Judges every sample of a group by a model fitted on the samples that `keep` lets in for that group.
fn leave_out<'s>(
    all: &'s [Sample],
    groups: &[String],
    of: impl Fn(&Sample) -> Option<String> + Sync,
    keep: impl Fn(&Sample, &str) -> bool + Sync,
) -> Vec<(&'s Sample, Out)> {
    let parts: Vec<Vec<(&Sample, Out)>> = groups
        .par_iter()
        .map(|g| {
            let training: Vec<&Sample> = all.iter().filter(|s| keep(s, g)).collect();
            let model = train(&training);
            all.iter().filter(|s| of(s).as_deref() == Some(g)).map(|s| (s, apply(s, &model))).collect()
        })
        .collect();
    parts.into_iter().flatten().collect()
}

/// How much of the surest section's sum goes into a page's, as far as the page reads like a company's own.
fn surest() -> f64 {
    env("SUREST", 0.2)
}

#[derive(Clone, Copy)]
struct Scores {
    f1: f64,
    f1_both: f64,
    auc: f64,
    brier: f64,
}

fn scores(pairs: &[(f64, bool)]) -> Scores {
    let count = |f: &dyn Fn(&(f64, bool)) -> bool| pairs.iter().filter(|p| f(p)).count() as f64;
    let tp = count(&|p| p.0 >= 0.5 && p.1);
    let fp = count(&|p| p.0 >= 0.5 && !p.1);
    let fneg = count(&|p| p.0 < 0.5 && p.1);
    let tn = count(&|p| p.0 < 0.5 && !p.1);
    let f1 = 2.0 * tp / (2.0 * tp + fp + fneg).max(1.0);
    let f1_ref = 2.0 * tn / (2.0 * tn + fp + fneg).max(1.0);
    let mut sorted: Vec<_> = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut i) = (0.0, 0);
    while i < sorted.len() {
        let mut j = i;
        while j < sorted.len() && sorted[j].0 == sorted[i].0 {
            j += 1;
        }
        let rank = (i + j + 1) as f64 / 2.0;
        rank_sum += rank * sorted[i..j].iter().filter(|p| p.1).count() as f64;
        i = j;
    }
    let (pos, neg) = (tp + fneg, fp + tn);
    let auc = if pos > 0.0 && neg > 0.0 { (rank_sum - pos * (pos + 1.0) / 2.0) / (pos * neg) } else { f64::NAN };
    let brier = pairs.iter().map(|(p, y)| (p - f64::from(u8::from(*y))).powi(2)).sum::<f64>() / pairs.len() as f64;
    Scores { f1, f1_both: f64::midpoint(f1, f1_ref), auc, brier }
}

/// Factors of the inputs and an offset (last) that make them into calibrated log odds: plain logistic regression by Newton's method.
fn calibrate<const N: usize>(rows: &[([f64; N], bool, f64)]) -> Vec<f64> {
    let n = N + 1;
    let mut beta = vec![0.0; n];
    beta[0] = 1.0;
    for _ in 0..50 {
        let mut g = vec![0.0; n];
        let mut h = vec![vec![0.0; n]; n];
        for (k, row) in h.iter_mut().enumerate() {
            row[k] = 1e-3;
        }
        for (x, y, w) in rows {
            let full: Vec<f64> = x.iter().copied().chain([1.0]).collect();
            let p = logistic(full.iter().zip(&beta).map(|(a, b)| a * b).sum());
            for a in 0..n {
                g[a] += w * (p - f64::from(u8::from(*y))) * full[a];
                for b in 0..n {
                    h[a][b] += w * p * (1.0 - p) * full[a] * full[b];
                }
            }
        }
        let step = solve(h, g);
        for (b, s) in beta.iter_mut().zip(step) {
            *b -= s;
        }
    }
    beta
}

/// Gauss elimination; the matrix is positive definite.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for j in i + 1..n {
            let f = a[j][i] / a[i][i];
            for k in i..n {
                a[j][k] -= f * a[i][k];
            }
            b[j] -= f * b[i];
        }
    }
    for i in (0..n).rev() {
        for j in i + 1..n {
            b[i] -= a[i][j] * b[j];
        }
        b[i] /= a[i][i];
    }
    b
}

fn print_calibration(pairs: &[(f64, bool)]) {
    println!("  said          pages  meant  were");
    for (lo, hi) in [(0.0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)] {
        let bin: Vec<_> = pairs.iter().filter(|p| p.0 >= lo && p.0 < hi).collect();
        if bin.is_empty() {
            continue;
        }
        let n = bin.len() as f64;
        let mean = bin.iter().map(|p| p.0).sum::<f64>() / n;
        let were = bin.iter().filter(|p| p.1).count() as f64 / n;
        println!("  {lo:.2} to {:.2}  {:>5}   {mean:.2}   {were:.2}", hi.min(1.0), bin.len());
    }
}

/// Recall of procedures at a precision, and the threshold.
fn recall_at(pairs: &[(f64, bool)], precision: f64) -> (f64, f64) {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = sorted.iter().filter(|p| p.1).count() as f64;
    let (mut tp, mut best) = (0.0, (0.0, 1.0));
    for (i, (p, y)) in sorted.iter().enumerate() {
        tp += f64::from(u8::from(*y));
        if tp / (i + 1) as f64 >= precision {
            best = (tp / positives, *p);
        }
    }
    best
}

fn business_family(s: &Sample) -> String {
    s.row.family.clone()
}

/// Sources that stand in both sets are one group.
fn shares_source(a: &str, b: &str) -> bool {
    a == b
}

fn report_sections(results: &[(&Sample, Out)], at: f64) {
    let (mut found, mut labelled) = (0, 0);
    let (mut right, mut flagged) = (0, 0);
    let (mut right_strict, mut flagged_strict) = (0, 0);
    let (mut fm, mut lm) = (0, 0);
    for (s, out) in results {
        let truth = listed(s);
        let named: BTreeSet<&str> = s.row.procedure_sections.iter().map(|n| n.trim()).collect();
        for i in 0..truth.len() {
            if s.reading.sections[i].heading.is_none() {
                continue;
            }
            let flag = out.sections[i] >= at;
            if named.contains(s.headings[i].as_str()) {
                labelled += 1;
                found += usize::from(flag);
                if s.label.is_none() {
                    lm += 1;
                    fm += usize::from(flag);
                }
            }
            if flag && truth[i] >= 0 {
                match s.label {
                    Some(true) if named.is_empty() => {}
                    Some(true) => {
                        flagged_strict += 1;
                        right_strict += usize::from(truth[i] == 1);
                    }
                    None if named.is_empty() => {}
                    _ => {
                        flagged += 1;
                        right += usize::from(truth[i] == 1);
                    }
                }
            }
        }
    }
    println!(
        "  at {at:.2}: labelled sections found {found}/{labelled} ({:.0} percent; of mixed pages {fm}/{lm}), flagged right on mixed and reference pages {right}/{flagged} ({:.0} %), on listed procedure pages {right_strict}/{flagged_strict} ({:.0} %), together {:.0} %",
        100.0 * found as f64 / labelled as f64,
        100.0 * right as f64 / flagged.max(1) as f64,
        100.0 * right_strict as f64 / flagged_strict.max(1) as f64,
        100.0 * (right + right_strict) as f64 / (flagged + flagged_strict).max(1) as f64
    );
}

/// Pages whose steps are told by role, as their reader noted.
const TOLD_BY_ROLE: [&str; 9] = [
    "leadership-candidate-guide",
    "bug-bounty",
    "term-extensions",
    "monthly-process",
    "tracking_checkout",
    "lesson_release",
    "Interview Process",
    "external_communication_guidelines",
    "11-incident_response_policy",
];

fn main() {
    let started = std::time::Instant::now();
    if std::env::args().any(|a| a == "--speed") {
        speed();
        return;
    }
    let mut all = load("dev.jsonl.gz", false);
    all.extend(load("business.jsonl.gz", true));
    eprintln_time("read", started);
    if std::env::args().any(|a| a == "--features") {
        report_features(&all);
        return;
    }
    if std::env::args().any(|a| a == "--dump") {
        dump(&all);
        return;
    }
    let business_families: Vec<String> =
        all.iter().filter(|s| s.business).map(business_family).collect::<BTreeSet<_>>().into_iter().collect();

    let mut results = leave_out(
        &all,
        &business_families,
        |s| s.business.then(|| s.row.family.clone()),
        |s, g| {
            let sources: Vec<&str> = all.iter().filter(|x| x.business && x.row.family == g).map(|x| x.row.source.as_str()).collect();
            !(s.business && s.row.family == *g) && !sources.iter().any(|x| shares_source(x, &s.row.source))
        },
    );
    eprintln_time("business", started);
    let raw: Vec<(f64, bool)> = results.iter().filter_map(|(s, o)| s.label.map(|l| (o.sum, l))).collect();
    let rows: Vec<([f64; 1], bool, f64)> = raw.iter().map(|(x, y)| ([*x], *y, 1.0)).collect();
    let fitted = calibrate(&rows);
    let (slope, offset) = (fitted[0], fitted[1]);
    let section_rows: Vec<([f64; 2], bool, f64)> = results
        .iter()
        .flat_map(|(s, o)| {
            let page = slope * o.sum + offset;
            s.section_labels.iter().zip(&o.sections).filter_map(move |(l, sum)| l.map(|(y, _)| ([*sum, page], y, 1.0)))
        })
        .collect();
    let joint = calibrate(&section_rows);
    let together = |sum: f64, best: f64, in_house: f64| sum + surest() * in_house * (joint[0] * best + joint[2]);
    for (s, o) in &mut results {
        o.both = (together(o.sum, o.best.0, s.in_house), together(o.untitled, o.best.1, s.in_house));
    }
    let raw: Vec<(f64, bool)> = results.iter().filter_map(|(s, o)| s.label.map(|l| (o.both.0, l))).collect();
    let rows: Vec<([f64; 1], bool, f64)> = raw.iter().map(|(x, y)| ([*x], *y, 1.0)).collect();
    let whole = calibrate(&rows);
    let cal = |x: f64| logistic(whole[0] * x + whole[1]);
    let pairs: Vec<(f64, bool)> = raw.iter().map(|(x, y)| (cal(*x), *y)).collect();
    let s = scores(&pairs);
    println!(
        "business.jsonl.gz, each family judged by a model that has not seen it (mixed left out; slope {slope:.2}, offset {offset:.2})"
    );
    println!("  F1 {:.3}  F1 of both {:.3}  AUC {:.3}  Brier {:.3}", s.f1, s.f1_both, s.auc, s.brier);
    let (recall, threshold) = recall_at(&pairs, 0.97);
    println!("  recall {recall:.2} at precision 0.97 (threshold {threshold:.2})");
    let untitled: Vec<(f64, bool)> = results.iter().filter_map(|(s, o)| s.label.map(|l| (cal(o.both.1), l))).collect();
    let u = scores(&untitled);
    println!(
        "  without any title: F1 {:.3}  AUC {:.3}  Brier {:.3}  recall at 0.97 {:.2}",
        u.f1,
        u.auc,
        u.brier,
        recall_at(&untitled, 0.97).0
    );
    print_calibration(&pairs);
    println!("  sections: {:.2} of their own sum, {:.2} of the page's, {:.2}", joint[0], joint[1], joint[2]);
    let section_pairs: Vec<(f64, bool)> =
        section_rows.iter().map(|(x, y, _)| (logistic(joint[0] * x[0] + joint[1] * x[1] + joint[2]), *y)).collect();
    let ss = scores(&section_pairs);
    println!("  sections: F1 {:.3}  AUC {:.3}  Brier {:.3}", ss.f1, ss.auc, ss.brier);
    print_calibration(&section_pairs);
    for (s, o) in &mut results {
        let _ = s;
        let page = slope * o.sum + offset;
        o.sections.iter_mut().for_each(|x| *x = logistic(joint[0] * *x + joint[1] * page + joint[2]));
    }
    for at in [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] {
        report_sections(&results, at);
    }
    let sure: Vec<bool> = results.iter().filter(|(_, o)| cal(o.both.0) >= 0.9).filter_map(|(s, _)| s.label).collect();
    println!("  said 0.9 or more of {} pages, right on {}", sure.len(), sure.iter().filter(|l| **l).count());
    let told: Vec<_> =
        results.iter().filter(|(s, _)| s.label == Some(true) && TOLD_BY_ROLE.iter().any(|t| s.row.path.contains(t))).collect();
    println!("  told by role: {} of {} at 0.5", told.iter().filter(|(_, o)| cal(o.both.0) >= 0.5).count(), told.len());
    if std::env::args().any(|a| a == "--errors") {
        let mut wrong: Vec<_> =
            results.iter().filter_map(|(s, o)| s.label.map(|l| (cal(o.both.0), l, *s, o))).filter(|x| (x.0 >= 0.5) != x.1).collect();
        wrong.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (p, l, s, o) in wrong {
            let best = o.sections.iter().copied().fold(0.0, f64::max);
            println!("  {p:.2} {} best {best:.2} {} | {} | {}", if l { "PROC" } else { "ref " }, s.row.source, s.row.path, s.row.title);
        }
    }
    if std::env::args().any(|a| a == "--sections") {
        for (s, o) in &results {
            let truth = listed(s);
            for i in 0..truth.len() {
                if s.reading.sections[i].heading.is_some() && (s.label != Some(true) || !s.row.procedure_sections.is_empty()) {
                    let flag = o.sections[i] >= 0.5;
                    if (flag && truth[i] == 0) || (!flag && truth[i] == 1) {
                        println!(
                            "  {} {:.2} {} | {} | {}",
                            if truth[i] == 1 { "missed" } else { "false " },
                            o.sections[i],
                            s.row.label,
                            s.row.path,
                            s.headings[i]
                        );
                    }
                }
            }
        }
    }

    if !std::env::args().any(|a| a == "--quick") {
        report_dev(&all, started, &|o, in_house| together(o.sum, o.best.0, in_house));
    }
    let everything: Vec<&Sample> = all.iter().collect();
    let mut model = train(&everything);
    eprintln_time("all", started);
    for t in &mut model.page.terms {
        t.2 *= slope;
    }
    model.page.bias = model.page.bias * slope + offset;
    for t in &mut model.section.terms {
        t.2 *= joint[0];
    }
    model.section.bias = model.section.bias * joint[0] + joint[2];
    model.section.page = joint[1];
    let round = |x: f64| (x * 1e4).round() / 1e4;
    let weights = Weights {
        surest: [round(whole[0] / slope), round(whole[0] * surest()), round(whole[1] - whole[0] * offset / slope)],
        page: written(&model.page, &page_features().collect::<Vec<_>>()),
        section: written(&model.section, &section_features().collect::<Vec<_>>()),
    };
    println!("weights: {} of the page, {} of sections", weights.page.terms.len(), weights.section.terms.len());
    if std::env::args().any(|a| a == "--weights") {
        for (n, w) in [("page", &weights.page), ("section", &weights.section)] {
            let mut t: Vec<_> = w.terms.iter().collect();
            t.sort_by(|a, b| b.1.2.abs().total_cmp(&a.1.2.abs()));
            println!("{n}: {}", t.iter().map(|(n, t)| format!("{n} {:.2}", t.2)).collect::<Vec<_>>().join(", "));
        }
    }
    if std::env::args().any(|a| a == "--write") {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/judge/weights.yaml");
        std::fs::write(std::env::var("WEIGHTS").unwrap_or_else(|_| path.to_owned()), to_yaml(&weights)).unwrap();
    }
}

/// Prints every page's and section's values as JSON lines, for looking at them with other tools; the first line names the features and their signs.
fn dump(all: &[Sample]) {
    let names = |features: Vec<&Feature>| -> Vec<(&str, i8)> {
        features.iter().map(|f| (f.name, if f.sign == Sign::Up { 1 } else { -1 })).collect()
    };
    println!("{}", serde_json::json!({"page": names(page_features().collect()), "section": names(section_features().collect())}));
    for s in all {
        let parents: Vec<Option<usize>> = s.reading.sections.iter().map(|s| s.parent).collect();
        let row = serde_json::json!({
            "source": s.row.source, "path": s.row.path, "family": if s.business { business_family(s) } else { s.row.family.clone() },
            "business": s.business, "label": s.row.label, "title": s.row.title, "page": s.page, "untitled": s.untitled.0,
            "sections": s.sections, "labels": s.section_labels, "listed": listed(s), "headings": s.headings, "parents": parents,
            "named": s.row.procedure_sections,
        });
        println!("{row}");
    }
}

/// What judging 10,000 pages costs next to parsing them, on one processor.
fn speed() {
    let texts: Vec<String> =
        ["dev.jsonl.gz", "business.jsonl.gz"].iter().flat_map(|name| rows(name)).map(|r| page_text(&r, true)).collect();
    let sources: Vec<_> = texts.iter().cycle().take(10_000).map(|t| Source::new("p.md", t.clone())).collect();
    let bytes: usize = texts.iter().cycle().take(10_000).map(String::len).sum();
    let started = std::time::Instant::now();
    let pages: Vec<Page> = sources.into_iter().map(Page::parse).collect();
    let parsed = started.elapsed();
    let started = std::time::Instant::now();
    let evidence: usize = pages.iter().map(|p| stepwright::judge::judge(p).evidence.len()).sum();
    let judged = started.elapsed();
    println!(
        "10000 pages, {} MB: parsed in {:.2} s, judged in {:.2} s ({evidence} reasons)",
        bytes / 1_000_000,
        parsed.as_secs_f64(),
        judged.as_secs_f64()
    );
}

/// How well each feature alone tells the labels apart: 0.5 not at all, below it the wrong way.
fn report_features(all: &[Sample]) {
    let mut groups: BTreeMap<(bool, String), Vec<&Sample>> = BTreeMap::new();
    for s in all.iter().filter(|s| s.label.is_some()) {
        let name = if s.business { "business".to_owned() } else { s.row.source.clone() };
        groups.entry((s.business, name)).or_default().push(s);
    }
    for (j, f) in page_features().enumerate() {
        let auc = |business: bool| {
            let of: Vec<f64> = groups
                .iter()
                .filter(|(k, v)| k.0 == business && v.len() > 30)
                .map(|(_, v)| {
                    scores(
                        &v.iter().map(|s| (s.page[j] * if f.sign == Sign::Up { 1.0 } else { -1.0 }, s.label.unwrap())).collect::<Vec<_>>(),
                    )
                    .auc
                })
                .collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        println!("{:.3} {:.3} {}", auc(true), auc(false), f.name);
    }
}

fn report_dev(all: &[Sample], started: std::time::Instant, together: &dyn Fn(&Out, f64) -> f64) {
    let group = |s: &Sample| if s.row.family == "Handbooks" { "Handbooks".to_owned() } else { s.row.source.clone() };
    for (what, by_family) in [("repository", false), ("family", true)] {
        let of = |s: &Sample| (!s.business).then(|| if by_family { s.row.family.clone() } else { group(s) });
        let groups: Vec<String> = all.iter().filter_map(of).collect::<BTreeSet<_>>().into_iter().collect();
        let handbook_sources: BTreeSet<&str> = all.iter().filter(|s| s.row.family == "Handbooks").map(|s| s.row.source.as_str()).collect();
        let business_too = env("DEV_ONLY", 0.0) == 0.0;
        let results = leave_out(all, &groups, of, |s, g| {
            if s.business {
                return business_too
                    && !(g == "Handbooks" && handbook_sources.contains(s.row.source.as_str()))
                    && !(g.starts_with("2i2c") && s.row.source.starts_with("2i2c"));
            }
            of(s).as_deref() != Some(g)
        });
        println!("dev.jsonl.gz, each {what} judged by a model that has not seen it");
        let mut sums = (0.0, 0.0, 0.0);
        for g in &groups {
            let pairs: Vec<(f64, bool)> = results
                .iter()
                .filter(|(s, _)| of(s).as_deref() == Some(g))
                .map(|(s, o)| (logistic(together(o, s.in_house)), s.label.unwrap()))
                .collect();
            let s = scores(&pairs);
            println!("  . {g:<45} {:>5} pages  F1 {:.3}  AUC {:.3}  Brier {:.3}", pairs.len(), s.f1, s.auc, s.brier);
            sums = (sums.0 + s.f1, sums.1 + s.auc, sums.2 + s.brier);
        }
        let n = groups.len() as f64;
        if std::env::args().any(|a| a == "--dev-errors") && !by_family {
            let mut wrong: Vec<_> = results
                .iter()
                .map(|(s, o)| (logistic(together(o, s.in_house)), *s))
                .filter(|(p, s)| (*p >= 0.5) != s.label.unwrap())
                .collect();
            wrong.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (p, s) in wrong {
                println!("  {p:.2} {} {} | {} | {}", s.row.label, s.row.source, s.row.path, s.row.title);
            }
        }
        println!("  macro F1 {:.3}  AUC {:.3}  Brier {:.3}", sums.0 / n, sums.1 / n, sums.2 / n);
        eprintln_time(what, started);
    }
}

fn eprintln_time(what: &str, started: std::time::Instant) {
    println!("[{what}: {:.1} s]", started.elapsed().as_secs_f64());
}

fn written(linear: &Linear, features: &[&Feature]) -> Written {
    let round = |x: f64, d: f64| (x * d).round() / d;
    let terms = features
        .iter()
        .zip(&linear.terms)
        .filter(|(_, t)| t.2.abs() >= 0.02)
        .map(|(f, t)| (f.name.to_owned(), Term(round(t.0, 1e4), round(t.1, 1e4).max(1e-4), round(t.2, 1e4))))
        .collect();
    Written { bias: round(linear.bias, 1e4), page: round(linear.page, 1e4), terms }
}

fn to_yaml(weights: &Weights) -> String {
    let mut out = String::from(
        "# Weights of the detector, written by examples/fit-detector.rs. Each feature (src/judge/features.rs): [mean, deviation, weight].\n\
         # (value - mean) / deviation, cut at 2.5 either way, times the weight; the sum and the bias go through the logistic function.\n\
         # `page`: how much of its page's sum is added to a section's. `surest`: how much of its own sum and of that of its surest section (as far as it\n\
         # reads like a company's page) a page gets, and an offset.\n",
    );
    out.push_str(&format!("surest: {:?}\n", weights.surest));
    for (name, model) in [("page", &weights.page), ("section", &weights.section)] {
        out.push_str(&format!("{name}:\n  bias: {:?}\n  page: {:?}\n  terms:\n", model.bias, model.page));
        let mut terms: Vec<_> = model.terms.iter().collect();
        terms.sort_by(|a, b| b.1.2.abs().total_cmp(&a.1.2.abs()).then(a.0.cmp(b.0)));
        for (feature, t) in terms {
            out.push_str(&format!("    {feature}: [{:?}, {:?}, {:?}]\n", t.0, t.1, t.2));
        }
    }
    out
}
