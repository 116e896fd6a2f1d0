use super::{conductor::Toll, load::Answers, plan::Plan, verdict::Verdict};
use std::{fmt::Write, time::Duration};

/// How many of a list are shown.
const SHOWN: usize = 20;

/// The end of a run.
pub(crate) struct Report<'run> {
    pub(crate) plan: &'run Plan,
    pub(crate) answers: &'run Answers,
    pub(crate) toll: &'run Toll,
    pub(crate) verdict: &'run Verdict,
    pub(crate) to_rest: Duration,
    /// Everything that is wrong.
    pub(crate) problems: &'run [String],
}

impl Report<'_> {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        self.write(&mut text).ok();
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let Self {
            plan,
            answers,
            toll,
            verdict,
            ..
        } = self;
        let faults: u32 = toll.faults.values().sum();
        writeln!(text)?;
        writeln!(
            text,
            "messages: {} taken in, {} requests made again, {} sends accepted by providers",
            answers.taken.len(),
            answers.repeated,
            verdict.sends
        )?;
        for (status, count) in &verdict.statuses {
            writeln!(text, "  {status}: {count}")?;
        }
        writeln!(
            text,
            "faults: {faults} of {} (seed {})",
            plan.faults, plan.seed
        )?;
        for (kind, count) in &toll.faults {
            writeln!(text, "  {kind}: {count}")?;
        }
        writeln!(
            text,
            "recoveries: {}, the longest until it answered {:.1} s",
            toll.recoveries,
            toll.longest.as_secs_f64()
        )?;
        let lost: u64 = verdict.unanswered.values().sum();
        writeln!(text, "accepted without an answer: {lost}")?;
        for (end, count) in &verdict.unanswered {
            writeln!(text, "  {end}: {count}")?;
        }
        writeln!(
            text,
            "attempts that the provider did not have, made again: {}",
            verdict.not_there
        )?;
        writeln!(
            text,
            "given up because nobody could tell: {}, of which the provider had {}",
            verdict.given_up, verdict.given_up_but_sent
        )?;
        writeln!(
            text,
            "receipts lost where nobody can be asked: {}",
            verdict.receipts_lost
        )?;
        writeln!(
            text,
            "refused because the contact is not on WhatsApp: {}; contacts that were told so: {}",
            verdict.absent, verdict.told
        )?;
        writeln!(text, "failed without a send: {}", sum(&verdict.unsent))?;
        for (code, count) in &verdict.unsent {
            writeln!(text, "  {code}: {count}")?;
        }
        list(text, "sent twice, explained", &verdict.explained)?;
        writeln!(text, "time to rest: {:.1} s", self.to_rest.as_secs_f64())?;
        list(text, "wrong", self.problems)?;
        let word = if self.problems.is_empty() {
            "PASSED"
        } else {
            "FAILED"
        };
        writeln!(text, "{word} (seed {})", plan.seed)
    }
}

fn sum(counts: &std::collections::BTreeMap<String, u64>) -> u64 {
    counts.values().sum()
}

fn list(text: &mut String, what: &str, all: &[String]) -> std::fmt::Result {
    writeln!(text, "{what}: {}", all.len())?;
    for one in all.iter().take(SHOWN) {
        writeln!(text, "  {one}")?;
    }
    if all.len() > SHOWN {
        writeln!(text, "  … and {} more", all.len() - SHOWN)?;
    }
    Ok(())
}
