//! The whole pipeline over HTTP to the simulator as a process, whose callbacks are lost on the way.

use crate::{
    Outcome,
    bench::Bench,
    bulk_request,
    business::Business,
    figures::{Figure, Target, median},
    limits::Meter,
    load::client,
    raw::pipeline as raw,
    system::Callbacks,
    tables,
};
use reqwest::Client;
use serde_json::Value;
use std::collections::HashSet;
use tidings_worker::Settings;

const NAME: &str = "http";

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let batch = Settings::default().batch;
    let messages = bench.sizes.http;
    let business = Business::create(bench, 0, 1, bench.sizes.contacts).await?;
    raw::create(&mut bench.connection).await?;
    bench.system.set_callbacks(Callbacks::Lost).await?;
    let simulator = Simulator {
        http: client()?,
        ledger: format!("{}/ledger", bench.system.simulator_url),
    };
    let (mut fast, mut floor, mut costs) = (Vec::new(), Vec::new(), None);
    for number in 1..=bench.options.rounds() {
        bench.say_round(number);
        floor.push(raw::dispatch(&bench.database, messages, batch).await?);
        bulk_request::post(bench, &business, messages, &format!("round-{number}")).await?;
        simulator.forget().await?;
        tables::settle(&mut bench.connection).await?;
        let meter = Meter::start(bench).await?;
        bench.system.start_workers()?;
        bench.await_empty_queue().await?;
        let seconds = tables::seconds_since_first_attempt(&mut bench.connection).await?;
        costs = Some(meter.stop(bench, messages).await?);
        bench.system.stop_workers().await?;
        fast.push(f64::from(messages) / seconds);
        tables::expect_sent_once(&mut bench.connection, "sent", messages).await?;
        simulator.expect_once(messages).await?;
        tables::expect_decided_once(&mut bench.connection).await?;
        tables::clear(&mut bench.connection).await?;
    }
    let mut figure = Figure::new(
        NAME,
        "per_second",
        "messages sent /s over HTTP (raw: without HTTP)",
        median(&fast),
    )
    .beside(median(&floor))
    .wants(Target::AtLeast(5_000.0));
    if let Some(costs) = costs {
        figure = figure.limited_by(&costs);
    }
    let mut figures = vec![figure];
    if let Some(peak) = bench.system.peaks().get("worker") {
        let peak = crate::figures::number(*peak) / 1_024.0;
        figures.push(Figure::new(
            NAME,
            "worker_mib",
            "MiB of the worker at most",
            peak,
        ));
    }
    Ok(figures)
}

/// What the provider says for itself.
struct Simulator {
    http: Client,
    ledger: String,
}

impl Simulator {
    async fn forget(&self) -> Outcome {
        let answer = self.http.delete(&self.ledger).send().await?;
        answer.error_for_status()?;
        Ok(())
    }

    /// Fails unless it took so many messages, each once.
    async fn expect_once(&self, messages: u32) -> Outcome {
        let answer = self.http.get(&self.ledger).send().await?;
        let ledger: Value = serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?;
        let requests = ledger.get("requests").and_then(Value::as_array);
        let taken: Vec<&str> = requests
            .ok_or("a ledger without requests")?
            .iter()
            .filter(|request| {
                request
                    .get("provider_message_id")
                    .is_some_and(Value::is_string)
            })
            .filter_map(|request| request.get("client_reference")?.as_str())
            .collect();
        let distinct: HashSet<&str> = taken.iter().copied().collect();
        let wanted = usize::try_from(messages)?;
        if taken.len() == wanted && distinct.len() == wanted {
            return Ok(());
        }
        let (all, distinct) = (taken.len(), distinct.len());
        Err(
            format!("the simulator took {all} requests of {distinct} attempts, not {wanted}")
                .into(),
        )
    }
}
