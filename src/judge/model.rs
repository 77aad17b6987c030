//! The linear models: weights from `weights.yaml`, values from `features`, a probability out.
//!
//! Fitting is done elsewhere (`examples/fit-detector.rs`); what is used here and there is the same code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::features::{Feature, View, page_features, page_values, section_features, section_values};
use super::reading::Reading;

/// Standardised values are cut here, so that no single count decides.
pub const CLIP: f64 = 2.5;

/// One weight as written: `[mean, deviation, weight]`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Term(pub f64, pub f64, pub f64);

/// A linear model as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Written {
    /// Added to the sum.
    pub bias: f64,
    /// How much of the page's sum is added to a section's.
    #[serde(default)]
    pub page: f64,
    /// By feature name; what is not named weighs nothing.
    pub terms: BTreeMap<String, Term>,
}

/// Both models as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Weights {
    /// What a page's probability is made of: so much of its own sum, so much of that of its surest section (as far as the page reads like a company's
    /// own), and an offset.
    pub surest: [f64; 3],
    /// The page model.
    pub page: Written,
    /// The section model.
    pub section: Written,
}

/// A linear model ready for use: one term per feature, in the features' order.
#[derive(Debug, Clone)]
pub struct Linear {
    /// Added to the sum.
    pub bias: f64,
    /// How much of the page's sum is added to a section's.
    pub page: f64,
    /// Mean, deviation, weight.
    pub terms: Vec<Term>,
}

impl Linear {
    /// Puts written terms into the order of `features`.
    pub fn new(written: &Written, features: impl Iterator<Item = &'static Feature>) -> Self {
        let zero = Term(0.0, 1.0, 0.0);
        Self {
            bias: written.bias,
            page: written.page,
            terms: features.map(|f| written.terms.get(f.name).copied().unwrap_or(zero)).collect(),
        }
    }

    /// What one feature adds.
    pub fn push(&self, index: usize, value: f64) -> f64 {
        let Term(mean, deviation, weight) = self.terms[index];
        if weight == 0.0 { 0.0 } else { weight * ((value - mean) / deviation).clamp(-CLIP, CLIP) }
    }

    /// The sum for some values.
    pub fn sum(&self, values: &[f64]) -> f64 {
        self.bias + values.iter().enumerate().map(|(i, v)| self.push(i, *v)).sum::<f64>()
    }
}

/// Both models.
#[derive(Debug, Clone)]
pub struct Model {
    /// See [`Weights::surest`].
    pub surest: [f64; 3],
    /// The page model.
    pub page: Linear,
    /// The section model.
    pub section: Linear,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let weights: Weights = serde_yaml::from_str(include_str!("weights.yaml")).expect("the embedded weights are checked by a test");
    Model::new(&weights)
});

impl Model {
    /// The fitted model.
    pub fn fitted() -> &'static Self {
        &MODEL
    }

    /// From written weights.
    pub fn new(weights: &Weights) -> Self {
        Self {
            surest: weights.surest,
            page: Linear::new(&weights.page, page_features()),
            section: Linear::new(&weights.section, section_features()),
        }
    }

    /// Judges a reading, given the view of its page: probability of every section (in the order of `reading.sections`), of the page, and the page's feature values.
    pub fn predict(&self, reading: &Reading, view: &View) -> Prediction {
        let mut section_values_buffer = Vec::new();
        let mut values = Vec::new();
        page_values(view, &mut values);
        let page = self.page.sum(&values);
        let sums: Vec<f64> = (0..reading.sections.len())
            .map(|index| {
                let section = View::section(reading, index, view);
                section_values(&section, &mut section_values_buffer);
                self.section.sum(&section_values_buffer)
            })
            .collect();
        let sections = sums.iter().map(|sum| logistic(sum + self.section.page * page)).collect();
        let best = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let [own, surest, offset] = self.surest;
        Prediction { page: logistic(own * page + surest * view.in_house() * best + offset), sections, values }
    }
}

/// What the models say.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Probability that the page is a procedure.
    pub page: f64,
    /// Probability of each section.
    pub sections: Vec<f64>,
    /// Values of the page features.
    pub values: Vec<f64>,
}

/// From a sum to a probability.
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::super::features::Sign;
    use super::*;

    #[test]
    fn weights_are_few_known_and_push_only_where_they_may() {
        let weights: Weights = serde_yaml::from_str(include_str!("weights.yaml")).unwrap();
        let mut total = 0;
        let models = [(&weights.page, page_features().collect::<Vec<_>>()), (&weights.section, section_features().collect::<Vec<_>>())];
        for (written, features) in models {
            total += written.terms.len();
            for (name, term) in &written.terms {
                let feature = features.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name} is no feature"));
                assert!(if feature.sign == Sign::Up { term.2 >= 0.0 } else { term.2 <= 0.0 }, "{name} pushes the wrong way");
                assert!(term.1 > 0.0);
            }
        }
        assert!(total <= 200, "{total} weights");
    }
}
