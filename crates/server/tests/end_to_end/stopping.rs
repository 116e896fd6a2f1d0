//! Programs that are asked to stop finish what they have begun.

use crate::{
    business::{list, word},
    system::{Setup, System},
    wait::{PATIENT, SOON, seen, until},
};
use serde_json::json;
use std::collections::BTreeSet;

const MESSAGES: usize = 60;

#[tokio::test]
async fn a_stopped_worker_finishes_its_calls_and_loses_nothing() {
    let setup = Setup {
        worker: vec![
            ("TIDINGS_WORKER_BATCH", "5".to_owned()),
            ("TIDINGS_WORKER_CONCURRENCY", "5".to_owned()),
            ("TIDINGS_SHUTDOWN_SECONDS", "10".to_owned()),
        ],
        ..Setup::default()
    };
    let mut system = System::with(setup).await;
    system.simulator.faults(json!({"latency_ms": 150})).await;
    let lumen = system.lumen.clone();
    for number in 0..MESSAGES {
        lumen
            .sms(&lumen.people[number % 7], &format!("Number {number}"))
            .await;
    }
    system.start_worker();
    until("the worker is at work", SOON, async || {
        let taken = system.simulator.taken().await.len();
        seen(taken >= 10, taken)
    })
    .await;
    system.workers[0].terminate();
    let status = system.workers[0].wait(SOON).await;
    assert_eq!(status.code(), Some(0), "it stopped as asked");

    // Every call has its answer written: what the provider took is known here by the provider's id.
    let asked = system.simulator.asked().await;
    assert!(asked.len() < MESSAGES, "it was still at work");
    let messages = lumen.messages("direction=outbound").await;
    let written: BTreeSet<(&str, &str)> = messages
        .iter()
        .flat_map(|message| list(message, "/attempts"))
        .map(|attempt| {
            assert_eq!(word(attempt, "/outcome"), "accepted", "{attempt:#}");
            (word(attempt, "/id"), word(attempt, "/provider_message_id"))
        })
        .collect();
    let taken: BTreeSet<(&str, &str)> = asked
        .iter()
        .map(|asked| {
            (
                asked.attempt.as_str(),
                asked.taken.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(written, taken);

    system.start_worker();
    until("the next worker delivers the rest", PATIENT, async || {
        let delivered = lumen.messages("status=delivered").await.len();
        seen(delivered == MESSAGES, delivered)
    })
    .await;
    let taken = system.simulator.taken().await;
    assert_eq!(taken.values().collect::<Vec<_>>(), vec![&1; MESSAGES]);
}
