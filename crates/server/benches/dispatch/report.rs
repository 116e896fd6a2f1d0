use crate::{
    Outcome,
    figures::{Figure, Target, short},
};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Whose limits are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limits {
    /// Of figures that are not met.
    OfMissed,
    /// Of every figure that has some.
    All,
}

/// A table for people, what limits figures, and a line of JSON for programs.
pub(crate) fn report(figures: &[Figure], told: Limits) -> Outcome<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text = format!(
        "\nThe dispatch engine on {cores} cores; medians, ours and raw in turn.\n\n{:<72}{:>11}{:>11}{:>8}  {:<14}\n",
        "figure", "ours", "raw", "ratio", "target"
    );
    for figure in figures {
        writeln!(text, "{}", line(figure))?;
    }
    for (limit, names) in limits(figures, told) {
        writeln!(text, "\nWhat limits {}:\n{limit}", names.join(" and "))?;
    }
    let document = json!({
        "benchmark": "dispatch",
        "cores": cores,
        "figures": figures.iter().map(document).collect::<Map<_, _>>(),
    });
    write!(text, "\n{document}")?;
    Ok(text)
}

/// What limits the figures that are not met or not there, or all, each text once.
fn limits(figures: &[Figure], told: Limits) -> Vec<(&str, Vec<String>)> {
    let mut all: Vec<(&str, Vec<String>)> = Vec::new();
    for figure in figures {
        let is_told =
            told == Limits::All || figure.is_met() == Some(false) || figure.ours.is_none();
        let Some(limit) = figure.limit.as_deref().filter(|_| is_told) else {
            continue;
        };
        let name = format!("\"{}: {}\"", figure.section, figure.what);
        match all.iter_mut().find(|(told, _)| *told == limit) {
            Some((_, names)) => names.push(name),
            None => all.push((limit, vec![name])),
        }
    }
    all
}

/// One line of the table.
pub(crate) fn line(figure: &Figure) -> String {
    let number = |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), shown);
    let target = match figure.target {
        Target::Unset => String::new(),
        Target::AtLeast(least) => format!(">= {least}"),
        Target::AtMost(most) => format!("<= {most}"),
        Target::RatioAtLeast(least) => format!("ratio >= {least}"),
        Target::RatioAtMost(most) => format!("ratio <= {most}"),
    };
    let verdict = match figure.is_met() {
        Some(true) => "met",
        Some(false) => "NOT MET",
        None if figure.ours.is_none() => "not measured",
        None => "",
    };
    let ratio = figure.ratio().map(|ratio| format!("{ratio:.3}"));
    format!(
        "{:<72}{:>11}{:>11}{:>8}  {target:<14} {verdict}",
        format!("{}: {}", figure.section, figure.what),
        number(figure.ours),
        number(figure.raw),
        ratio.as_deref().unwrap_or("-"),
    )
    .trim_end()
    .to_owned()
}

fn shown(figure: f64) -> String {
    if figure.abs() >= 100.0 {
        format!("{figure:.0}")
    } else {
        format!("{figure:.2}")
    }
}

fn document(figure: &Figure) -> (String, Value) {
    let value = json!({
        "ours": figure.ours.map(short),
        "raw": figure.raw.map(short),
        "ratio": figure.ratio().map(short),
        "met": figure.is_met(),
    });
    (format!("{}.{}", figure.section, figure.key), value)
}
