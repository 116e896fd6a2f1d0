//! Claiming and completing alone, and the time from enqueuing to the start.

use super::TEXT;
use crate::{
    Outcome,
    bench::Bench,
    business::Business,
    figures::{Figure, Target, median, percentile, rate},
    limits::Meter,
    ours::{Ours, renewed},
    plant,
    raw::queue::{self as raw, Form},
    tables,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

const NAME: &str = "queue";
/// Rows claimed at once, where nothing else was asked for.
const BATCH: u16 = 500;
/// How many claim, as in the raw baseline.
const CLAIMERS: u32 = 2;
/// How long a message may take to start.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long nothing happens between two messages, for everybody to go back to waiting.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let mut figures = drain(bench).await?;
    figures.extend(idle(bench).await?);
    Ok(figures)
}

async fn drain(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let batch = bench.options.batch.unwrap_or(BATCH);
    let (waiting, claimed) = (bench.sizes.waiting, bench.sizes.claimed);
    let business = Business::create(bench, 0, 1, bench.sizes.contacts).await?;
    let model = business.accept("transactional", TEXT).await?;
    raw::create(&mut bench.connection).await?;
    let ours = Ours::connect(bench).await?;
    let (mut fast, mut best, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    let mut costs = None;
    for number in 1..=bench.options.rounds() {
        bench.say_round(number);
        for (form, floor) in [(Form::Best, &mut best), (Form::Plain, &mut plain)] {
            raw::fill(&mut bench.connection, form, waiting).await?;
            floor.push(raw::drain(&bench.database, form, claimed, batch).await?);
        }
        let there = tables::queue_length(&mut bench.connection).await?;
        plant::queued(&mut bench.connection, model, waiting.saturating_sub(there)).await?;
        tables::settle(&mut bench.connection).await?;
        let meter = Meter::start(bench).await?;
        let (done, time) = drain_ours(&ours, claimed, batch).await?;
        fast.push(rate(done, time));
        costs = Some(meter.stop(bench, done).await?);
        let left = tables::queue_length(&mut bench.connection).await?;
        if left + done != waiting {
            return Err(format!("{done} of {waiting} were completed and {left} are left").into());
        }
    }
    let what = format!("rows claimed and completed /s, batch {batch}, {waiting} waiting");
    let mut figure = Figure::new(NAME, "per_second", &what, median(&fast))
        .beside(median(&plain))
        .wants(Target::RatioAtLeast(0.8));
    if let Some(costs) = costs {
        figure = figure.limited_by(&costs);
    }
    ours.postgres.close().await;
    tables::clear(&mut bench.connection).await?;
    let hard = Figure::new(
        NAME,
        "per_second_best",
        "the same beside the best way to write it that we know",
        median(&fast),
    )
    .beside(median(&best));
    Ok(vec![figure, hard])
}

/// Claims and completes about so many; how many, and in what time.
async fn drain_ours(ours: &Ours, rows: u32, batch: u16) -> Outcome<(u32, Duration)> {
    let taken = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..CLAIMERS {
        let (ours, taken) = (ours.clone(), taken.clone());
        tasks.spawn(async move {
            let mut done = 0;
            while taken.fetch_add(u32::from(batch), Ordering::Relaxed) < rows {
                let held = ours.claim(batch).await?;
                ours.complete(&held).await?;
                done += u32::try_from(held.len())?;
            }
            Outcome::Ok(done)
        });
    }
    let mut done = 0;
    while let Some(finished) = tasks.join_next().await {
        done += finished??;
    }
    Ok((done, start.elapsed()))
}

async fn idle(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let business = Business::create(bench, 1, 1, 1).await?;
    let model = business.accept("transactional", TEXT).await?;
    let count = bench.sizes.idle;
    let (mut ours_all, mut raw_all) = (Vec::new(), Vec::new());
    let queue = Ours::connect(bench).await?;
    let new = queue.model(business.tenant, model).await?;
    let mut idle = Idle::start(queue);
    // The model itself.
    idle.next().await?;
    for number in 1..=bench.options.rounds() {
        bench.say_round(number);
        raw_all.extend(raw::idle(&bench.database, count).await?);
        for _ in 0..count {
            tokio::time::sleep(PAUSE).await;
            let new = renewed(&new);
            let start = Instant::now();
            idle.ours.enqueue(&new).await?;
            ours_all.push(idle.next().await?.saturating_duration_since(start));
        }
    }
    idle.stop().await;
    if !tables::is_queue_empty(&mut bench.connection).await? {
        return Err("messages are left in a queue that was idle".into());
    }
    let figure = |key, what, hundredths| {
        Figure::new(NAME, key, what, percentile(&ours_all, hundredths))
            .beside(percentile(&raw_all, hundredths))
    };
    Ok(vec![
        figure(
            "idle_p50_ms",
            "ms from enqueuing to the start, idle, p50",
            50,
        )
        .wants(Target::AtMost(2.0)),
        figure(
            "idle_p99_ms",
            "ms from enqueuing to the start, idle, p99",
            99,
        ),
    ])
}

/// A worker of nothing but the queue, that waits.
struct Idle {
    ours: Ours,
    started: mpsc::Receiver<Instant>,
    tasks: [JoinHandle<()>; 2],
}

impl Idle {
    fn start(ours: Ours) -> Self {
        let (sender, started) = mpsc::channel(1);
        let listening = ours.postgres.clone();
        let listener = tokio::spawn(async move {
            if let Err(error) = listening.listen().await {
                eprintln!("  listening ended: {error}");
            }
        });
        let queue = ours.clone();
        let claimer = tokio::spawn(async move {
            if let Err(error) = claim_for_ever(&queue, &sender).await {
                eprintln!("  claiming ended: {error}");
            }
        });
        Self {
            ours,
            started,
            tasks: [listener, claimer],
        }
    }

    /// When the next message started.
    async fn next(&mut self) -> Outcome<Instant> {
        let next = timeout(PATIENCE, self.started.recv()).await?;
        Ok(next.ok_or("nobody claims any more")?)
    }

    async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        for task in self.tasks {
            drop(task.await);
        }
        self.ours.postgres.close().await;
    }
}

async fn claim_for_ever(queue: &Ours, started: &mpsc::Sender<Instant>) -> Outcome {
    let mut seen = 0;
    loop {
        let held = queue.claim(1).await?;
        if held.is_empty() {
            seen = queue.wait(seen).await;
            continue;
        }
        let now = Instant::now();
        queue.complete(&held).await?;
        if started.send(now).await.is_err() {
            return Ok(());
        }
    }
}
