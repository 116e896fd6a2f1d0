use crate::{
    business::{Business, list, sms, word},
    system::{Setup, System},
    wait::{PATIENT, seen, until},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, RandomState},
};
use tokio::task::JoinSet;

const MESSAGES: usize = 300;
const KILLS: usize = 5;

#[tokio::test]
async fn a_killed_worker_loses_nothing_and_sends_nothing_twice() {
    let setup = Setup {
        worker: vec![
            ("TIDINGS_WORKER_BATCH", "10".to_owned()),
            ("TIDINGS_WORKER_CONCURRENCY", "6".to_owned()),
            ("TIDINGS_WORKER_LEASE_SECONDS", "30".to_owned()),
        ],
        ..Setup::default()
    };
    let system = System::with(setup).await;
    let faults = json!({"latency_ms": 40,
        "callbacks": {"repeat_rate": 0.3, "reorder": true, "delay_ms": 30}});
    system.simulator.faults(faults).await;
    accept(&system.lumen).await;

    let mut system = system.and_workers(2);
    let moments = moments();
    for (kill, moment) in moments.iter().enumerate() {
        let what = format!("{moment} messages are taken, of the moments {moments:?}");
        until(&what, PATIENT, async || {
            let taken = system.simulator.taken().await.len();
            seen(taken >= *moment, taken)
        })
        .await;
        system.crash_worker(kill % 2);
    }
    assert!(
        system.simulator.taken().await.len() < MESSAGES,
        "every kill hits a worker at work"
    );

    let patience = 2 * PATIENT;
    let messages = until("every message is delivered", patience, async || {
        let messages = system.lumen.messages("direction=outbound").await;
        let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
        for message in &messages {
            *by_status.entry(word(message, "/status")).or_default() += 1;
        }
        seen(
            by_status == BTreeMap::from([("delivered", MESSAGES)]),
            by_status,
        )
        .map(|()| messages)
    })
    .await;
    compare(&messages, &system.simulator.taken().await);
    system.all_run();
}

/// Holds our record to the provider's.
fn compare(messages: &[Value], taken: &BTreeMap<String, usize>) {
    let twice: Vec<_> = taken.iter().filter(|(_, times)| **times > 1).collect();
    assert!(
        twice.is_empty(),
        "attempts that were taken twice: {twice:?}"
    );
    let mut known = BTreeSet::new();
    for message in messages {
        let attempts: Vec<&str> = list(message, "/attempts")
            .iter()
            .map(|attempt| word(attempt, "/id"))
            .collect();
        let sends = attempts
            .iter()
            .filter(|id| taken.contains_key(**id))
            .count();
        assert_eq!(sends, 1, "sends of {message:#}");
        known.extend(attempts);
    }
    let strangers: Vec<_> = taken
        .keys()
        .filter(|id| !known.contains(id.as_str()))
        .collect();
    assert!(
        strangers.is_empty(),
        "sends without an attempt: {strangers:?}"
    );
}

/// Accepts the messages, several at the same time.
async fn accept(business: &Business) {
    let mut requests = JoinSet::new();
    for number in 0..MESSAGES {
        let business = business.clone();
        requests.spawn(async move {
            let to = &business.people[number % 7];
            business
                .post("/v1/messages", &sms(to, &format!("Number {number}")))
                .await
                .expect(202);
        });
        if requests.len() >= 6 {
            requests.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(done) = requests.join_next().await {
        done.unwrap();
    }
}

/// After how many messages a worker is killed: different on every run, the last one before the end.
fn moments() -> Vec<usize> {
    let dice = RandomState::new();
    let step = MESSAGES * 3 / 4 / KILLS;
    (0..KILLS)
        .map(|kill| {
            let thrown = usize::try_from(dice.hash_one(kill) % 1_000).unwrap();
            kill * step + thrown * step / 1_000
        })
        .collect()
}
