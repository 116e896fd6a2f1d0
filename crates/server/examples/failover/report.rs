//! What a person sees in the end.

use crate::{record::Record, traffic::PRIMARY};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// How much of the time one line is about.
const LINE: Duration = Duration::seconds(2);
/// From this share on, in hundredths, the primary is back.
const BACK: u32 = 90;

/// In the order of their priorities.
const PROVIDERS: [&str; 3] = [PRIMARY, "vonage", "clicksend"];

/// Prints everything; answers whether nothing was lost or doubled and everything has arrived.
pub(crate) fn print(record: &Record) -> bool {
    let run = &record.run;
    shares(record);
    println!();
    for change in &record.changes {
        let at = (change.at - run.began_at).as_seconds_f64();
        println!("{at:>6.1} s  {}: {}", change.provider, change.state);
    }
    println!();
    let seconds = |from: OffsetDateTime, to: Option<OffsetDateTime>| {
        to.map_or_else(
            || "never".to_owned(),
            |to| format!("{:.1} s", (to - from).as_seconds_f64()),
        )
    };
    println!("handed in:                   {}", run.messages.len());
    for (status, count) in &record.statuses {
        println!("  {status:<27}{count}");
    }
    println!("delivered by the providers:  {}", record.delivered);
    println!("lost:                        {}", record.lost());
    println!("sent twice:                  {}", record.doubled());
    println!("sent without a record:       {}", record.strangers);
    println!(
        "calls that failed meanwhile: {}",
        record.tries.iter().filter(|one| !one.is_accepted).count()
    );
    let diverted = record
        .tries
        .iter()
        .find(|one| one.provider != PRIMARY && one.is_accepted && one.at >= run.died_at);
    println!(
        "time to divert:              {} to the first message by another way, {} to the last call of {PRIMARY}",
        seconds(run.died_at, diverted.map(|one| one.at)),
        seconds(run.died_at, last_call(record)),
    );
    phases(record, last_call(record));
    let first = record.by_primary(run.healed_at).next().map(|one| one.at);
    println!(
        "time to return:              {} to the first message by {PRIMARY}, {} to {BACK} % of all",
        seconds(run.healed_at, first),
        seconds(run.healed_at, back(record)),
    );
    let arrived = record.statuses.get("delivered").copied().unwrap_or(0);
    let is_well = record.lost() == 0
        && record.doubled() == 0
        && record.strangers == 0
        && usize::try_from(arrived).is_ok_and(|arrived| arrived == run.messages.len())
        && diverted.is_some()
        && first.is_some();
    println!("{}", if is_well { "PASSED" } else { "FAILED" });
    is_well
}

/// The share of each provider while the primary lived, was dead and left, and lived again.
fn phases(record: &Record, left_at: Option<OffsetDateTime>) {
    let run = &record.run;
    let left_at = left_at.unwrap_or(run.died_at);
    let back_at = back(record);
    let phases = [
        ("share before:", Some((run.began_at, run.died_at))),
        ("share while it was left:", Some((left_at, run.healed_at))),
        (
            "share once it is back:",
            back_at.map(|back| (back, back + Duration::DAY)),
        ),
    ];
    for (name, span) in phases {
        let Some((from, to)) = span else { continue };
        let accepted = record.tries.iter().filter(|one| one.is_accepted);
        let own: Vec<&str> = accepted
            .filter(|one| (from..to).contains(&one.at))
            .map(|one| one.provider.as_str())
            .collect();
        let shares = PROVIDERS.map(|provider| {
            let count = own.iter().filter(|one| **one == provider).count();
            format!("{provider} {} %", count * 100 / own.len().max(1))
        });
        println!("{name:<29}{}", shares.join(", "));
    }
}

/// When the primary was called for the last time while it was dead.
fn last_call(record: &Record) -> Option<OffsetDateTime> {
    let run = &record.run;
    let dead = run.died_at..run.healed_at;
    let calls = record.tries.iter();
    calls
        .filter(|one| one.provider == PRIMARY && dead.contains(&one.at))
        .map(|one| one.at)
        .next_back()
}

/// When the primary carries nearly everything again.
fn back(record: &Record) -> Option<OffsetDateTime> {
    let lines = counted(record);
    let start = record.run.began_at;
    lines.into_iter().find_map(|(line, counts)| {
        let at = start + LINE * i32::try_from(line).ok()?;
        let all: u32 = counts.values().sum();
        let primary = counts.get(PRIMARY).copied().unwrap_or(0);
        (at >= record.run.healed_at && primary * 100 >= all * BACK).then_some(at)
    })
}

/// Accepted calls of each provider in each line.
fn counted(record: &Record) -> BTreeMap<i64, BTreeMap<&str, u32>> {
    let mut lines: BTreeMap<i64, BTreeMap<&str, u32>> = BTreeMap::new();
    for one in record.tries.iter().filter(|one| one.is_accepted) {
        let line = (one.at - record.run.began_at).whole_seconds() / LINE.whole_seconds();
        let counts = lines.entry(line).or_default();
        *counts.entry(one.provider.as_str()).or_default() += 1;
    }
    lines
}

/// The share of each provider over time.
fn shares(record: &Record) {
    let [first, second, third] = PROVIDERS;
    println!("\n  second {first:>10} {second:>10} {third:>10}");
    for (line, counts) in counted(record) {
        let count = |provider: &str| counts.get(provider).copied().unwrap_or(0);
        let all: u32 = counts.values().sum();
        let bars: String = PROVIDERS
            .iter()
            .zip(['#', '=', '-'])
            .map(|(provider, sign)| {
                let width = count(provider) * 40 / all.max(1);
                std::iter::repeat_n(sign, usize::try_from(width).unwrap_or(0)).collect::<String>()
            })
            .collect();
        println!(
            "  {:>6} {:>10} {:>10} {:>10}  {bars}",
            line * LINE.whole_seconds(),
            count(first),
            count(second),
            count(third),
        );
    }
}
