//! What a message costs in a small and a large database, and the memory of a worker before a large backlog.

use super::TEXT;
use crate::{
    GLANCE, Outcome,
    bench::Bench,
    business::Business,
    figures::{Figure, Target, median, number},
    inside::{Handed, Inside},
    limits::{Costs, Meter},
    plant,
    system::Callbacks,
    tables,
};
use std::time::Instant;

const NAME: &str = "flatness";

/// What a message costs.
struct Cost {
    microseconds: f64,
    statements: f64,
    written: f64,
    costs: Costs,
}

/// A part of it.
type Part = fn(&Cost) -> f64;

/// What the database holds beside the messages that are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// Nothing.
    Small,
    /// A long queue.
    Queued,
    /// Many messages that were sent before.
    Kept,
}

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let business = Business::create(bench, 0, 1, bench.sizes.contacts).await?;
    let (mut small, mut queued, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=bench.options.rounds() {
        bench.say_round(number);
        small.push(cost(bench, &business, Size::Small).await?);
        queued.push(cost(bench, &business, Size::Queued).await?);
        kept.push(cost(bench, &business, Size::Kept).await?);
    }
    let (shallow, deep) = (bench.sizes.shallow, bench.sizes.deep);
    let mut figures = Vec::new();
    for (size, large) in [("queued", &queued), ("kept", &kept)] {
        let compared: [(&str, &str, Part); 3] = [
            ("us", "µs a message", |cost| cost.microseconds),
            ("statements", "statements a message", |cost| cost.statements),
            ("wal", "bytes of WAL a message", |cost| cost.written),
        ];
        for (key, what, of) in compared {
            let middle = |costs: &[Cost]| median(&costs.iter().map(of).collect::<Vec<_>>());
            let what = format!("{what}, {deep} {size} (raw: {shallow} rows)");
            let mut figure = Figure::new(NAME, &format!("{size}_{key}"), &what, middle(large))
                .beside(middle(&small))
                .wants(Target::RatioAtMost(1.25));
            if let (Some(few), Some(many)) = (small.last(), large.last()) {
                let limit = format!("few rows:\n{}\nmany rows:\n{}", few.costs, many.costs);
                figure = figure.limited_by(&limit);
            }
            figures.push(figure);
        }
    }
    figures.extend(memory(bench, &business).await?);
    Ok(figures)
}

/// Sends about as many messages as the small database holds.
async fn cost(bench: &mut Bench, business: &Business, size: Size) -> Outcome<Cost> {
    let (shallow, deep) = (bench.sizes.shallow, bench.sizes.deep);
    if size == Size::Kept {
        // One is sent, to be the model of those that were.
        let model = business.accept("transactional", TEXT).await?;
        let inside = Inside::start(bench, None).await?;
        bench.await_empty_queue().await?;
        inside.stop().await?;
        plant::kept(&mut bench.connection, model, deep).await?;
    }
    let model = business.accept("transactional", TEXT).await?;
    let waiting = if size == Size::Queued { deep } else { shallow };
    plant::queued(&mut bench.connection, model, waiting - 1).await?;
    tables::settle(&mut bench.connection).await?;
    let meter = Meter::start(bench).await?;
    let inside = Inside::start(bench, None).await?;
    let provider = inside.provider.clone();
    bench.await_handed(&provider, shallow).await?;
    let handed = inside.stop().await?;
    let count = u32::try_from(handed.len())?;
    let costs = meter.stop(bench, count).await?;
    let left = tables::queue_length(&mut bench.connection).await?;
    if left + count != waiting {
        return Err(format!("{count} of {waiting} were sent and {left} wait").into());
    }
    tables::clear(&mut bench.connection).await?;
    Ok(Cost {
        microseconds: pace(&handed),
        statements: costs.statements_each(),
        written: costs.written_each(),
        costs,
    })
}

/// Microseconds from one message to the next.
fn pace(handed: &[Handed]) -> f64 {
    let times = || handed.iter().map(|one| one.at);
    let span = times()
        .max()
        .zip(times().min())
        .map(|(last, first)| last - first);
    let gaps = u32::try_from(handed.len().saturating_sub(1)).unwrap_or(u32::MAX);
    span.map_or(f64::NAN, |span| span.as_secs_f64() * 1e6 / f64::from(gaps))
}

/// The worker as a process before the large backlog, until it has sent as many as the small database holds.
async fn memory(bench: &mut Bench, business: &Business) -> Outcome<Vec<Figure>> {
    let (shallow, deep) = (bench.sizes.shallow, bench.sizes.deep);
    bench.system.set_callbacks(Callbacks::Lost).await?;
    let model = business.accept("transactional", TEXT).await?;
    plant::queued(&mut bench.connection, model, deep - 1).await?;
    tables::settle(&mut bench.connection).await?;
    bench.system.start_workers()?;
    let start = Instant::now();
    while deep - tables::queue_length(&mut bench.connection).await? < shallow {
        bench.system.check()?;
        if start.elapsed() > std::time::Duration::from_mins(5) {
            return Err("the worker is too slow".into());
        }
        tokio::time::sleep(50 * GLANCE).await;
    }
    bench.system.stop_workers().await?;
    tables::clear(&mut bench.connection).await?;
    let peaks = bench.system.peaks();
    let figure = peaks.get("worker").map(|peak| {
        let what = format!("MiB of the worker at most, {deep} queued");
        Figure::new(NAME, "worker_mib", &what, number(*peak) / 1_024.0).wants(Target::AtMost(150.0))
    });
    Ok(figure.into_iter().collect())
}
