//! What criterion leaves behind: `<group>/<function>/new/estimates.json` and `benchmark.json`.

use std::{fs, path::Path};

use crate::process::Outcome;

/// One benchmark: how long a pass took, and how much it did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    /// The median, in nanoseconds.
    pub(super) nanoseconds: f64,
    /// Bytes or things that one pass worked on; 1 where the benchmark names no number.
    pub(super) work: f64,
}

impl Estimate {
    /// How much a second does.
    pub(super) fn per_second(self) -> f64 {
        self.work / self.nanoseconds * 1e9
    }
}

/// Reads one benchmark.
///
/// # Errors
/// It was not measured, or criterion writes another form now.
pub(super) fn estimate(results: &Path, group: &str, function: &str) -> Outcome<Estimate> {
    let directory = results.join(group).join(function).join("new");
    let text = |name: &str| {
        let path = directory.join(name);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let nanoseconds = median(&text("estimates.json")?)
        .ok_or_else(|| format!("no median of {group}/{function}"))?;
    Ok(Estimate {
        nanoseconds,
        work: work(&text("benchmark.json")?),
    })
}

/// The point estimate of the median.
fn median(estimates: &str) -> Option<f64> {
    let (_, median) = estimates.split_once("\"median\":")?;
    number_after(median, "\"point_estimate\":")
}

/// The number of bytes or elements.
fn work(benchmark: &str) -> f64 {
    ["{\"Bytes\":", "{\"Elements\":"]
        .into_iter()
        .find_map(|name| number_after(benchmark, name))
        .unwrap_or(1.0)
}

fn number_after(text: &str, name: &str) -> Option<f64> {
    let (_, rest) = text.split_once(name)?;
    let end = rest.find([',', '}'])?;
    rest[..end].trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_work_are_read_from_what_criterion_writes() {
        let estimates = r#"{"mean":{"confidence_interval":{"lower_bound":1.0},"point_estimate":2.5,"standard_error":0.1},"median":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":9.0},"point_estimate":150.25,"standard_error":0.1}}"#;
        assert_eq!(median(estimates), Some(150.25));
        assert_eq!(median("{}"), None);
        let benchmark = r#"{"group_id":"g","throughput":{"Bytes":300},"title":"t"}"#;
        assert!((work(benchmark) - 300.0).abs() < f64::EPSILON);
        let benchmark = r#"{"group_id":"g","throughput":null}"#;
        assert!((work(benchmark) - 1.0).abs() < f64::EPSILON);
    }
}
