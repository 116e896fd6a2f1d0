//! Figures, their targets, and the small calculations behind them.

use std::time::Duration;

/// One figure of a section.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    /// The section's name.
    pub(crate) section: &'static str,
    /// What it is, for people.
    pub(crate) what: String,
    /// Its name in the line of JSON.
    pub(crate) key: String,
    /// Ours; none if it could not be measured.
    pub(crate) ours: Option<f64>,
    /// What stands beside it.
    pub(crate) raw: Option<f64>,
    /// What it should be.
    pub(crate) target: Target,
    /// What limits it, or why it was not measured.
    pub(crate) limit: Option<String>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// Nothing in particular: it explains others.
    Unset,
    /// Ours is so large.
    AtLeast(f64),
    /// Ours is no larger.
    AtMost(f64),
    /// Ours by raw is so large.
    RatioAtLeast(f64),
    /// Ours by raw is no larger.
    RatioAtMost(f64),
}

impl Figure {
    /// A figure without target.
    pub(crate) fn new(section: &'static str, key: &str, what: &str, ours: f64) -> Self {
        Self {
            section,
            what: what.to_owned(),
            key: key.to_owned(),
            ours: Some(ours),
            raw: None,
            target: Target::Unset,
            limit: None,
        }
    }

    /// A figure that could not be had.
    pub(crate) fn missing(section: &'static str, key: &str, what: &str, why: &str) -> Self {
        Self {
            ours: None,
            limit: Some(why.to_owned()),
            ..Self::new(section, key, what, 0.0)
        }
    }

    /// With what stands beside it.
    #[must_use]
    pub(crate) fn beside(self, raw: f64) -> Self {
        Self {
            raw: Some(raw),
            ..self
        }
    }

    /// With what it should be.
    #[must_use]
    pub(crate) fn wants(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// With what limits it.
    #[must_use]
    pub(crate) fn limited_by(self, limit: &impl ToString) -> Self {
        Self {
            limit: Some(limit.to_string()),
            ..self
        }
    }

    /// Ours by raw.
    pub(crate) fn ratio(&self) -> Option<f64> {
        Some(self.ours? / self.raw?)
    }

    /// Whether the target is met; none where there is no target, or no figure.
    pub(crate) fn is_met(&self) -> Option<bool> {
        match self.target {
            Target::Unset => None,
            Target::AtLeast(least) => Some(self.ours? >= least),
            Target::AtMost(most) => Some(self.ours? <= most),
            Target::RatioAtLeast(least) => Some(self.ratio()? >= least),
            Target::RatioAtMost(most) => Some(self.ratio()? <= most),
        }
    }
}

/// The middle one; the larger of the two in the middle.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The least time that so many hundredths of all did not exceed, in milliseconds.
pub(crate) fn percentile(times: &[Duration], hundredths: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() * hundredths).div_ceil(100).max(1) - 1;
    sorted
        .get(place)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

/// By how many hundredths of its due share the one that is furthest from it is off, where each has a weight
/// and what it got.
pub(crate) fn largest_deviation(got: &[(u32, u64)]) -> f64 {
    let weights: f64 = got.iter().map(|(weight, _)| f64::from(*weight)).sum();
    let all: f64 = got.iter().map(|(_, count)| number(*count)).sum();
    if all == 0.0 {
        return 100.0;
    }
    got.iter()
        .map(|(weight, count)| {
            let due = all * f64::from(*weight) / weights;
            100.0 * (number(*count) / due - 1.0).abs()
        })
        .max_by(f64::total_cmp)
        .unwrap_or(f64::NAN)
}

/// Per second.
pub(crate) fn rate(count: u32, time: Duration) -> f64 {
    f64::from(count) / time.as_secs_f64()
}

/// Four digits are more than the figures are worth.
pub(crate) fn short(figure: f64) -> f64 {
    if figure.abs() >= 100.0 {
        figure.round()
    } else {
        (figure * 1_000.0).round() / 1_000.0
    }
}

/// As a number with a fraction.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one run are far below 2^53"
)]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}
