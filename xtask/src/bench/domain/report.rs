//! The table of the figures.

use std::{fmt::Write as _, fs, process::Command};

use super::figures::{Figure, Target, Unit};
use crate::{
    process::{Outcome, read},
    workspace::Workspace,
};

const BEGIN: &str = "<!-- results -->\n";
const END: &str = "<!-- /results -->";

/// The table as Markdown.
pub(super) fn table(figures: &[Figure]) -> String {
    let mut text = String::from(
        "| what | target | measured | ratio | verdict | beside it, same bytes and run |\n\
         | --- | ---: | ---: | ---: | --- | --- |\n",
    );
    for figure in figures {
        let (ratio, verdict) = match figure.ratio() {
            Some(ratio) => (format!("{ratio:.2}"), word(ratio)),
            None => ("–".to_owned(), "no target"),
        };
        let beside: Vec<String> = figure
            .beside
            .iter()
            .map(|(name, other)| {
                let share = figure.estimate.per_second() / other.per_second();
                format!("{name} {}, we {share:.2} of it", rate(other.per_second()))
            })
            .chain(figure.rival.map(|rival| match figure.target {
                Target::TimesAsFast(_, name) => format!("{name} {}", time(rival.nanoseconds)),
                Target::Bytes(_)
                | Target::Things(..)
                | Target::Nanoseconds(_)
                | Target::None(_) => time(rival.nanoseconds),
            }))
            .collect();
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ratio} | {verdict} | {} |",
            figure.what,
            wanted(figure.target),
            measured(figure),
            beside.join("; ")
        );
    }
    text
}

/// One sentence about all of them.
pub(super) fn verdict(figures: &[Figure]) -> String {
    let ratios: Vec<(f64, &str)> = figures
        .iter()
        .filter_map(|figure| Some((figure.ratio()?, figure.what)))
        .collect();
    let missed: Vec<&str> = ratios
        .iter()
        .filter(|(ratio, _)| *ratio < 1.0)
        .map(|(_, what)| *what)
        .collect();
    if missed.is_empty() {
        format!("All {} targets are met.", ratios.len())
    } else {
        format!(
            "{} of {} targets are NOT MET:\n  {}",
            missed.len(),
            ratios.len(),
            missed.join("\n  ")
        )
    }
}

/// A table with the machine and the commit that it was measured on.
///
/// # Errors
/// The machine or the commit cannot be read.
pub(super) fn record(workspace: &Workspace, table: &str) -> Outcome<String> {
    let commit = read(
        Command::new("git")
            .args(["describe", "--always", "--dirty"])
            .current_dir(workspace.root()),
    )?;
    let processor = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            line.split_once(':').map(|(_, name)| name.trim().to_owned())
        })
        .unwrap_or_else(|| "an unknown processor".to_owned());
    let compiler = read(Command::new("rustc").arg("--version"))?;
    Ok(format!(
        "Commit {}, {processor}, {}, one core.\n\n{table}",
        commit.trim(),
        compiler.trim()
    ))
}

/// `page` with `results` between its marks.
pub(super) fn renew(page: &str, results: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{results}{END}{after}"))
}

const fn word(ratio: f64) -> &'static str {
    if ratio >= 1.0 { "met" } else { "**not met**" }
}

fn wanted(target: Target) -> String {
    match target {
        Target::Bytes(wanted) => format!("≥ {}", rate(wanted)),
        Target::Things(wanted, name) => format!("≥ {}", count(wanted, name)),
        Target::Nanoseconds(allowed) => format!("< {}", time(allowed)),
        Target::TimesAsFast(times, name) => format!("≥ {times} × {name}"),
        Target::None(_) => "–".to_owned(),
    }
}

fn measured(figure: &Figure) -> String {
    let estimate = figure.estimate;
    match figure.target {
        Target::Bytes(_) | Target::None(Unit::Bytes) => rate(estimate.per_second()),
        Target::Things(_, name) | Target::None(Unit::Things(name)) => {
            count(estimate.per_second(), name)
        }
        Target::Nanoseconds(_) | Target::None(Unit::Time) => time(estimate.nanoseconds),
        Target::TimesAsFast(..) => match figure.rival {
            Some(rival) => format!(
                "{:.1} × ({})",
                rival.nanoseconds / estimate.nanoseconds,
                time(estimate.nanoseconds)
            ),
            None => time(estimate.nanoseconds),
        },
    }
}

fn rate(bytes: f64) -> String {
    if bytes >= 1e9 {
        format!("{:.2} GB/s", bytes / 1e9)
    } else {
        format!("{:.0} MB/s", bytes / 1e6)
    }
}

fn count(things: f64, name: &str) -> String {
    format!("{:.2} million {name}/s", things / 1e6)
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds >= 1_000.0 {
        format!("{:.2} µs", nanoseconds / 1_000.0)
    } else {
        format!("{nanoseconds:.0} ns")
    }
}

#[cfg(test)]
mod tests {
    use super::super::criterion::Estimate;
    use super::*;

    fn figure(target: Target, nanoseconds: f64, work: f64) -> Figure {
        Figure {
            what: "something",
            target,
            estimate: Estimate { nanoseconds, work },
            rival: Some(Estimate {
                nanoseconds: 1_000.0,
                work: 1.0,
            }),
            beside: Vec::new(),
        }
    }

    #[test]
    fn a_target_is_met_from_its_own_value_on() {
        let met = [
            figure(Target::Bytes(1e9), 300.0, 300.0),
            figure(Target::Things(10e6, "events"), 100.0, 1.0),
            figure(Target::Nanoseconds(2_000.0), 2_000.0, 1.0),
            figure(Target::TimesAsFast(5.0, "rival"), 200.0, 1.0),
        ];
        for figure in &met {
            assert!(
                figure
                    .ratio()
                    .is_some_and(|ratio| (ratio - 1.0).abs() < 1e-9)
            );
        }
        assert_eq!(verdict(&met), "All 4 targets are met.");
        let missed = [figure(Target::Nanoseconds(2_000.0), 2_001.0, 1.0)];
        assert!(verdict(&missed).contains("1 of 1 targets are NOT MET:\n  something"));
        assert!(table(&missed).contains("| < 2.00 µs | 2.00 µs | 1.00 | **not met** |"));
    }

    #[test]
    fn without_a_target_there_is_no_verdict() {
        let told = [figure(Target::None(Unit::Time), 5.0, 1.0)];
        assert_eq!(told[0].ratio(), None);
        assert!(table(&told).contains("| – | 5 ns | – | no target |"));
    }

    #[test]
    fn only_what_is_between_the_marks_is_renewed() {
        let page = "a\n<!-- results -->\nold\n<!-- /results -->\nb\n";
        assert_eq!(
            renew(page, "new\n").unwrap(),
            "a\n<!-- results -->\nnew\n<!-- /results -->\nb\n"
        );
        assert_eq!(renew("no marks", "new"), None);
    }
}
