//! Programs that are asked to stop finish what they have begun.

use crate::{
    business::{Business, list, sms, word},
    system::{Setup, System},
    wait::{PATIENT, SOON, seen, until},
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Method;
use serde_json::{Value, json};
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

#[tokio::test]
async fn a_stopped_api_answers_what_it_has_begun() {
    let mut system = System::start().await;
    let lumen = system.lumen.clone();
    let mut requests: FuturesUnordered<_> = (0..MESSAGES)
        .map(|number| persist(&lumen, number))
        .collect();
    let first = requests.next().await.unwrap();
    let (mut ids, status) = tokio::join!(requests.collect::<Vec<_>>(), system.restart_api());
    assert_eq!(status.code(), Some(0), "it stopped as asked");
    ids.push(first);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), MESSAGES, "each has a message of its own");
    until("everything is delivered", PATIENT, async || {
        let delivered = lumen.messages("status=delivered").await.len();
        seen(delivered == MESSAGES, delivered)
    })
    .await;
    let taken = system.simulator.taken().await;
    assert_eq!(taken.values().collect::<Vec<_>>(), vec![&1; MESSAGES]);
}

/// Sends one message with the same key until somebody answers; no answer is ever a failure.
async fn persist(business: &Business, number: usize) -> String {
    let body = sms(&business.people[number % 7], &format!("Number {number}"));
    let key = format!("message-{number}");
    until("the message is accepted", SOON, async || {
        let request = business.request(Method::POST, "/v1/messages").json(&body);
        let answer = request.header("idempotency-key", &key).send().await;
        // Nobody listens, or an idle connection was closed under the request.
        let answer = answer.map_err(|error| error.to_string())?;
        assert_eq!(answer.status(), 202);
        let message: Value = answer.json().await.map_err(|error| error.to_string())?;
        Ok(word(&message, "/id").to_owned())
    })
    .await
}
