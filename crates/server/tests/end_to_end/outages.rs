//! Providers and the database go away and come back.

use crate::{
    business::{Business, list, sms, word, words},
    database_gate::DatabaseGate,
    system::{Setup, System},
    wait::{PATIENT, seen, until},
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};
use tidings_postgres::test_db::TestDb;

/// Asks soon what became of a call that was answered ambiguously.
fn asking_soon() -> Setup {
    Setup {
        worker: vec![("TIDINGS_WORKER_ASK_UNKNOWN_SECONDS", "2".to_owned())],
        ..Setup::default()
    }
}

#[tokio::test]
async fn a_message_outlives_faults_of_the_provider() {
    let system = System::with(asking_soon()).await.and_workers(1);
    let lumen = &system.lumen;
    // 503 with a body that does not say whether the message was taken.
    system.simulator.faults(json!({"error_rate": 1})).await;
    let message = lumen.sms(&lumen.people[0], "Patience").await;
    until("the provider has failed", PATIENT, async || {
        let asked = system.simulator.asked().await;
        seen(!asked.is_empty(), "nothing was asked")
    })
    .await;
    system.simulator.heal().await;
    let message = lumen.comes_to(&message, "delivered", PATIENT).await;
    assert!(list(&message, "/attempts").len() >= 2, "{message:#}");
    let taken = system.simulator.taken().await;
    assert_eq!(taken.values().collect::<Vec<_>>(), [&1]);
}

#[tokio::test]
async fn a_rate_limit_is_waited_out() {
    let system = System::start().await;
    let lumen = &system.lumen;
    system
        .simulator
        .faults(json!({"rate_limit_per_second": 1}))
        .await;
    let mut messages = Vec::new();
    for number in 0..4 {
        messages.push(
            lumen
                .sms(&lumen.people[number], "One after the other")
                .await,
        );
    }
    let mut limited = 0;
    for message in &messages {
        let message = lumen.comes_to(message, "delivered", PATIENT).await;
        let classes = words(list(&message, "/attempts"), "/error/class");
        limited += classes
            .iter()
            .filter(|class| **class == "rate_limited")
            .count();
    }
    assert!(limited > 0, "the limit was never met");
    let taken = system.simulator.taken().await;
    assert_eq!(taken.values().collect::<Vec<_>>(), [&1; 4]);
}

#[tokio::test]
async fn a_message_waits_for_a_provider_that_is_away() {
    let mut system = System::start().await;
    system.stop_simulator().await;
    let lumen = system.lumen.clone();
    let message = lumen.sms(&lumen.people[0], "Is anybody there?").await;
    until("a call has failed", PATIENT, async || {
        let now = lumen.message(word(&message, "/id")).await;
        let class = word(&now, "/attempts/0/error/class");
        seen(class == "transient", now)
    })
    .await;
    system.start_simulator().await;
    let message = lumen.comes_to(&message, "delivered", PATIENT).await;
    assert!(list(&message, "/attempts").len() >= 2, "{message:#}");
    let taken = system.simulator.taken().await;
    assert_eq!(taken.values().collect::<Vec<_>>(), [&1]);
    system.all_run();
}

#[tokio::test]
async fn without_the_database_nothing_is_half_accepted() {
    let database = TestDb::fresh().await.unwrap();
    let gate = DatabaseGate::before(database.url()).await;
    let setup = Setup {
        api_database: Some(gate.url().to_owned()),
        database: Some(database),
        ..Setup::default()
    };
    let mut system = System::with(setup).await.and_workers(1);
    let lumen = system.lumen.clone();
    let body = sms(&lumen.people[0], "Exactly once");
    lumen
        .delivered(&lumen.sms(&lumen.people[1], "Before").await)
        .await;

    gate.close();
    for _ in 0..2 {
        let answer = lumen.post_once("/v1/messages", "outage", &body).await;
        assert!(
            answer.header("retry-after").parse::<u32>().is_ok(),
            "{answer:?}"
        );
        answer.refused(503, "unavailable");
    }
    let readiness = system
        .anonymous(reqwest::Method::GET, "/readyz")
        .await
        .expect(503);
    assert!(readiness.to_string().contains("database"), "{readiness:#}");
    system
        .anonymous(reqwest::Method::GET, "/healthz")
        .await
        .expect(200);

    gate.open();
    until("the database is back", PATIENT, async || {
        let status = system
            .anonymous(reqwest::Method::GET, "/readyz")
            .await
            .status;
        seen(status == 200, status)
    })
    .await;
    assert_eq!(lumen.messages("direction=outbound").await.len(), 1);
    let answer = lumen.post_once("/v1/messages", "outage", &body).await;
    assert!(!answer.is_replay());
    let message = lumen.delivered(&answer.expect(202)).await;
    let again = lumen.post_once("/v1/messages", "outage", &body).await;
    assert!(again.is_replay());
    assert_eq!(again.expect(202)["id"], message["id"]);
    assert_eq!(system.simulator.asked().await.len(), 2);
    system.all_run();
}

#[tokio::test]
async fn an_outage_in_the_middle_of_accepting_is_made_good_by_repeating() {
    const MESSAGES: usize = 60;
    let database = TestDb::fresh().await.unwrap();
    let gate = DatabaseGate::before(database.url()).await;
    let setup = Setup {
        api_database: Some(gate.url().to_owned()),
        database: Some(database),
        ..Setup::default()
    };
    let system = System::with(setup).await.and_workers(1);
    let lumen = &system.lumen;

    let mut requests: FuturesUnordered<_> =
        (0..MESSAGES).map(|number| repeat(lumen, number)).collect();
    // The first one gets through, the others meet a closed gate.
    let first = requests.next().await.unwrap();
    gate.close();
    let outage = async {
        until("a request is refused", PATIENT, async || {
            let body = sms(&lumen.people[0], "Refused");
            let status = lumen
                .post_once("/v1/messages", "refused", &body)
                .await
                .status;
            seen(status == 503, status)
        })
        .await;
        gate.open();
    };
    let (mut ids, ()) = tokio::join!(requests.collect::<Vec<String>>(), outage);
    ids.push(first);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), MESSAGES, "each has a message of its own");
    let messages = until("everything is delivered", PATIENT, async || {
        let messages = lumen.messages("direction=outbound").await;
        let open: Vec<&Value> = messages
            .iter()
            .filter(|message| message["status"] != "delivered")
            .collect();
        seen(open.is_empty(), open.len()).map(|()| messages)
    })
    .await;
    assert_eq!(messages.len(), MESSAGES);
    let taken = system.simulator.taken().await;
    assert_eq!(taken.values().collect::<Vec<_>>(), vec![&1; MESSAGES]);
}

/// Sends one message as a good client does: again and again with the same key, until it is taken.
async fn repeat(business: &Business, number: usize) -> String {
    let body = sms(&business.people[number % 7], &format!("Number {number}"));
    let key = format!("message-{number}");
    until("the message is accepted", PATIENT, async || {
        let answer = business.post_once("/v1/messages", &key, &body).await;
        match (answer.status, word(&answer.body, "/code")) {
            (202, _) => Ok(word(&answer.body, "/id").to_owned()),
            (503, _) | (409, "request_in_progress") => Err(answer.body.to_string()),
            _ => panic!("{answer:?}"),
        }
    })
    .await
}
