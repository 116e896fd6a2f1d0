use crate::{
    Outcome,
    database::Server,
    options::Options,
    rounds::Round,
    statements::{Asked, Statements},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write, time::Duration};

/// A table for people, and a line of JSON for programs.
pub(crate) fn report(
    options: &Options,
    server: &Server,
    rounds: &[Round],
    peaks: &BTreeMap<&'static str, u64>,
    dearest: Option<&str>,
) -> Outcome<String> {
    let middle = Middle { rounds };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rates = [
        (
            "accept: POST to answer, worker stopped",
            "accept",
            middle.of(|round| round.accept.per_second),
            Some(middle.of(|round| round.raw_accept)),
        ),
        (
            "dispatch: queue to sent, nothing else",
            "dispatch",
            middle.of(|round| round.dispatch),
            Some(middle.of(|round| round.raw_dispatch)),
        ),
        (
            "through: first POST to last sent",
            "through",
            middle.of(|round| round.through),
            Some(middle.of(|round| round.raw_dispatch)),
        ),
        (
            "through: first POST to last receipt",
            "delivered",
            middle.of(|round| round.delivered),
            None,
        ),
    ];
    let mut text = format!(
        "\nTidings, {} messages a phase over {} connections, {} worker(s), {cores} cores, \
         PostgreSQL {} ({}).\nMedians of {} round(s), ours and raw PostgreSQL in turn.\n\n",
        options.messages,
        options.connections,
        options.workers,
        server.version,
        if server.is_durable {
            "durable"
        } else {
            "NOT DURABLE, ratios are not comparable"
        },
        rounds.len(),
    );
    writeln!(
        text,
        "{:<42}{:>12}{:>12}{:>10}",
        "messages per second", "ours", "raw", "ratio"
    )?;
    for (label, _, ours, raw) in rates {
        match raw {
            Some(raw) => writeln!(
                text,
                "{label:<42}{ours:>12.0}{raw:>12.0}{:>10.3}",
                ours / raw
            )?,
            None => writeln!(text, "{label:<42}{ours:>12.0}{:>12}{:>10}", "-", "-")?,
        }
    }
    let median = middle.of(|round| milliseconds(round.accept.median));
    let slowest = middle.of(|round| milliseconds(round.accept.slowest));
    writeln!(
        text,
        "\naccept takes {median:.1} ms in the middle, {slowest:.1} ms at the 99th percentile"
    )?;
    let asked = asked(options, &middle);
    write_asked(&mut text, &asked)?;
    let processors = processors(options, &middle);
    write_line(
        &mut text,
        "processor time per message, in ms",
        &processors,
        2,
    )?;
    let mebibytes: BTreeMap<&str, f64> = peaks
        .iter()
        .map(|(name, kib)| (*name, number(*kib) / 1024.0))
        .collect();
    write_line(&mut text, "peak memory of a process, in MiB", &mebibytes, 1)?;
    if let Some(dearest) = dearest {
        write!(
            text,
            "\nthe last phase's statements, dearest first\n{dearest}"
        )?;
    }
    let document = json!({
        "benchmark": "pipeline",
        "messages": options.messages,
        "connections": options.connections,
        "workers": options.workers,
        "cores": cores,
        "postgresql": server.version,
        "durable": server.is_durable,
        "per_second": rates.iter().map(|(_, name, ours, raw)| {
            ((*name).to_owned(), json!({
                "ours": short(*ours), "raw": raw.map(short), "ratio": raw.map(|raw| short(ours / raw)),
            }))
        }).collect::<serde_json::Map<_, _>>(),
        "accept_ms": {"p50": short(median), "p99": short(slowest)},
        "statements_per_message": asked.iter().map(|asked| (asked.name.to_owned(), json!({
            "api": short(asked.api.0), "api_brackets": short(asked.api.1),
            "worker": short(asked.worker.0), "worker_brackets": short(asked.worker.1),
            "execution_ms": short(asked.milliseconds),
        }))).collect::<serde_json::Map<_, _>>(),
        "processor_ms_per_message": processors.iter().map(|(name, ms)| ((*name).to_owned(), json!(short(*ms))))
            .collect::<serde_json::Map<_, _>>(),
        "peak_memory_kib": peaks,
        "rounds": rounds.iter().map(rates_of).collect::<Vec<_>>(),
    });
    write!(text, "\n{document}")?;
    Ok(text)
}

/// Medians over the rounds.
struct Middle<'a> {
    rounds: &'a [Round],
}

impl Middle<'_> {
    fn of(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        let mut figures: Vec<f64> = self.rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// What a phase asked of the database for one message: statements and brackets around them.
struct AskedPerMessage {
    name: &'static str,
    api: (f64, f64),
    worker: (f64, f64),
    milliseconds: f64,
}

fn asked(options: &Options, middle: &Middle<'_>) -> [AskedPerMessage; 3] {
    let messages = f64::from(options.messages);
    let phase = |name, statements: fn(&Round) -> Statements| {
        let of = |figure: fn(&Asked) -> f64, side: fn(&Statements) -> &Asked| {
            middle.of(|round| figure(side(&statements(round))) / messages)
        };
        let both = |side| {
            (
                of(|asked| number(asked.statements), side),
                of(|asked| number(asked.brackets), side),
            )
        };
        let milliseconds = middle.of(|round| {
            let Statements { api, worker } = statements(round);
            (api.milliseconds + worker.milliseconds) / messages
        });
        AskedPerMessage {
            name,
            api: both(|all| &all.api),
            worker: both(|all| &all.worker),
            milliseconds,
        }
    };
    [
        phase("accept", |round| round.accept_statements),
        phase("dispatch", |round| round.dispatch_statements),
        phase("through", |round| round.through_statements),
    ]
}

fn write_asked(text: &mut String, phases: &[AskedPerMessage]) -> Outcome {
    writeln!(
        text,
        "\n{:<42}{:>12}{:>12}{:>10}\n{:<42}{:>12}{:>12}{:>10}",
        "SQL statements per message", "api", "worker", "time", "(+ BEGIN, COMMIT)", "", "", "in ms"
    )?;
    for phase in phases {
        let pair = |(statements, brackets): (f64, f64)| format!("{statements:.2}+{brackets:.2}");
        let label = match phase.name {
            "through" => "through, with two callbacks each",
            name => name,
        };
        writeln!(
            text,
            "{label:<42}{:>12}{:>12}{:>10.2}",
            pair(phase.api),
            pair(phase.worker),
            phase.milliseconds
        )?;
    }
    Ok(())
}

fn processors(options: &Options, middle: &Middle<'_>) -> BTreeMap<&'static str, f64> {
    // Hundredths of a second, of all messages, to milliseconds of one.
    let scale = 10.0 / f64::from(options.messages);
    let names = ["api", "worker", "simulator", "load"];
    let mut times: BTreeMap<&str, f64> = names
        .into_iter()
        .map(|name| {
            let time = middle.of(|round| {
                let time = round.processor_time.as_ref();
                let ticks = time.and_then(|time| time.programs.get(name));
                ticks.map_or(f64::NAN, |ticks| number(*ticks) * scale)
            });
            (name, time)
        })
        .collect();
    let rest = middle.of(|round| {
        let time = round.processor_time.as_ref();
        time.map_or(f64::NAN, |time| number(time.rest()) * scale)
    });
    times.insert("the rest, mostly PostgreSQL", rest);
    times.retain(|_, time| time.is_finite());
    times
}

fn write_line(
    text: &mut String,
    label: &str,
    figures: &BTreeMap<&str, f64>,
    digits: usize,
) -> Outcome {
    let list: Vec<String> = figures
        .iter()
        .map(|(name, figure)| format!("{name} {figure:.digits$}"))
        .collect();
    let list = if list.is_empty() {
        "unknown here".to_owned()
    } else {
        list.join(", ")
    };
    writeln!(text, "\n{label}: {list}")?;
    Ok(())
}

fn rates_of(round: &Round) -> Value {
    json!({
        "raw_accept": short(round.raw_accept), "raw_dispatch": short(round.raw_dispatch),
        "accept": short(round.accept.per_second), "dispatch": short(round.dispatch),
        "through": short(round.through), "delivered": short(round.delivered),
    })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Four digits are more than the figures are worth.
fn short(figure: f64) -> f64 {
    if figure.abs() >= 100.0 {
        figure.round()
    } else {
        (figure * 10_000.0).round() / 10_000.0
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one run are far below 2^53"
)]
fn number(count: u64) -> f64 {
    count as f64
}
