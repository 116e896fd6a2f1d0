//! A load of messages through the real programs while everything goes wrong, and whether what we know in
//! the end is what the providers know.

mod api;
mod conductor;
mod dice;
mod fault;
mod installation;
mod journal;
pub(crate) mod ledger;
pub(crate) mod load;
mod people;
pub(crate) mod plan;
pub(crate) mod record;
mod report;
pub(crate) mod schedule;
mod supervision;
mod system;
mod tenants;
pub(crate) mod verdict;

use self::{
    api::client,
    conductor::Conductor,
    journal::Journal,
    load::{Answers, Progress},
    plan::Plan,
    report::Report,
    schedule::schedule,
    supervision::supervised,
    system::System,
    verdict::{Verdict, compare},
};
use crate::{GLANCE, Outcome, database::Database, program::Logs};
use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

/// How often the records are compared while they still change.
const COMPARE: Duration = Duration::from_millis(500);
/// How often it is noted what has not come to rest.
const NOTE: Duration = Duration::from_secs(5);

/// Runs the plan in a database of its own, and removes that however it ends.
///
/// An error says that the run failed, or could not be made.
pub(crate) async fn run(plan: Plan) -> Outcome {
    drop(rustls::crypto::ring::default_provider().install_default());
    let logs = Logs::new()?;
    let database = Database::create(&plan.surroundings.database_url).await?;
    let journal = Journal::new(plan.log.as_deref())?;
    let work = everything(plan, database.clone(), logs.clone(), journal);
    let done = supervised(work).await;
    let dropped = database.remove().await;
    if done.is_err() {
        logs.print_ends();
    }
    done?;
    dropped
}

async fn everything(plan: Plan, database: Database, logs: Logs, journal: Journal) -> Outcome {
    journal.note(&format!(
        "seed {}: {} messages, {} faults",
        plan.seed, plan.messages, plan.faults
    ));
    let faults = schedule(&plan);
    let mut system = System::start(&plan.surroundings, plan.pace, &database, &logs).await?;
    let mut connection = database.connect().await?;
    let tenants = tenants::create(&plan, &system, &mut connection).await?;
    // It would not outlive the first crash.
    drop(connection);
    journal.note("programs run, contacts have agreed");

    let urls = system
        .apis
        .iter()
        .map(|api| format!("http://{}", api.address));
    let urls: Vec<String> = urls.collect();
    let progress = Arc::new(Progress::default());
    let load = {
        let (plan, progress) = (plan.clone(), progress.clone());
        tokio::spawn(async move { load::post(&plan, urls, tenants, progress).await })
    };
    let conductor = Conductor::new(&mut system, &journal, &plan.surroundings)?;
    let conducted = conductor.conduct(faults, &progress, plan.load_within).await;
    if conducted.is_err() {
        load.abort();
    }
    let toll = conducted?;
    let rest = Rest {
        plan: &plan,
        database: &database,
        journal: &journal,
    };
    let answers = rest.answers(&mut system, load, &progress).await?;
    let resting = Instant::now();
    let (verdict, to_rest) = rest.verdict(&mut system, &answers, resting).await?;
    let mut problems = answers.problems.clone();
    problems.extend(verdict.differences.iter().cloned());
    problems.extend(system.stop().await?);
    let report = Report {
        plan: &plan,
        answers: &answers,
        toll: &toll,
        verdict: &verdict,
        to_rest,
        problems: &problems,
    };
    journal.print(&report.text());
    match problems.len() {
        0 => Ok(()),
        count => Err(format!("chaos found {count} things that are wrong").into()),
    }
}

/// The time after the last fault.
struct Rest<'run> {
    plan: &'run Plan,
    database: &'run Database,
    journal: &'run Journal,
}

impl Rest<'_> {
    /// Waits until every message is taken in.
    async fn answers(
        &self,
        system: &mut System,
        load: tokio::task::JoinHandle<Outcome<Answers>>,
        progress: &Progress,
    ) -> Outcome<Answers> {
        self.heal(system).await?;
        let start = Instant::now();
        let mut is_posted = false;
        while !load.is_finished() {
            system.revive(self.journal).await?;
            let posted = progress.posted.load(Ordering::Relaxed);
            if posted == self.plan.messages && !is_posted {
                let open = posted - progress.taken.load(Ordering::Relaxed);
                self.journal
                    .note(&format!("every message was posted, {open} are open"));
                is_posted = true;
            }
            if start.elapsed() > self.plan.load_within {
                load.abort();
                let taken = progress.taken.load(Ordering::Relaxed);
                return Err(format!("time is up, and only {taken} messages are taken in").into());
            }
            tokio::time::sleep(GLANCE).await;
        }
        self.journal.note("every message was taken in");
        load.await?
    }

    async fn heal(&self, system: &System) -> Outcome {
        let url = format!("{}/faults", system.simulator_url);
        client()?.delete(url).send().await?.error_for_status()?;
        self.journal.note("every fault is over");
        Ok(())
    }

    /// Compares the records until they agree and nothing moves any more, or the time is over.
    async fn verdict(
        &self,
        system: &mut System,
        answers: &Answers,
        since: Instant,
    ) -> Outcome<(Verdict, Duration)> {
        let mut connection = self.database.connect().await?;
        let mut noted = since;
        loop {
            system.revive(self.journal).await?;
            let is_late = since.elapsed() > self.plan.rest_within;
            let waiting = record::waiting(&mut connection).await?;
            if noted.elapsed() >= NOTE {
                self.journal.note(&format!("{waiting:?}"));
                noted = Instant::now();
            }
            if is_late || waiting.is_over() {
                // Ours before theirs: what is told in between is a difference once, and not the next time.
                let ours = record::read(&mut connection).await?;
                let theirs = ledger::read(&system.simulator_url).await?;
                let verdict = compare(&answers.taken, &ours, &theirs, self.plan.pace);
                if is_late || verdict.differences.is_empty() {
                    return Ok((verdict, since.elapsed()));
                }
            }
            tokio::time::sleep(COMPARE).await;
        }
    }
}
