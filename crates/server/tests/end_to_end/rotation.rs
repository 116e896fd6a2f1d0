//! The credentials of an account are exchanged while its messages leave.

use crate::{
    business::{Answer, Business, list, sms, word, words},
    system::{Setup, System},
    wait::{PATIENT, SOON, seen, until},
};
use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MESSAGES: usize = 150;
/// So many have left when the old credentials end.
const BEFORE: usize = 40;
const NEW_TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn credentials_are_exchanged_while_messages_leave_and_none_is_lost_or_doubled() {
    let setup = Setup {
        worker: vec![
            ("TIDINGS_WORKER_BATCH", "10".to_owned()),
            ("TIDINGS_WORKER_CONCURRENCY", "4".to_owned()),
            // Receipts that were signed with the new token came too early for the account.
            ("TIDINGS_WORKER_ASK_RECEIPT_SECONDS", "3".to_owned()),
        ],
        ..Setup::default()
    };
    let system = System::with(setup).await.and_workers(2);
    let lumen = &system.lumen;
    // Slow enough that some are under way at every moment.
    system.simulator.faults(json!({"latency_ms": 100})).await;
    let accounts = list(&lumen.planted, "/accounts");
    let of_twilio = accounts.iter().find(|it| word(it, "/provider") == "twilio");
    let account = format!("/v1/provider-accounts/{}", word(of_twilio.unwrap(), "/id"));

    let handing_in = stream::iter(0..MESSAGES)
        .map(|number| hand_in(lumen, number))
        .buffer_unordered(8)
        .collect::<Vec<String>>();
    let rotating = rotate(&system, &account);
    let (ids, ()) = tokio::join!(handing_in, rotating);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), MESSAGES);

    let messages = until("everything is delivered", PATIENT, async || {
        let messages = lumen.messages("direction=outbound").await;
        let open: Vec<&Value> = messages
            .iter()
            .filter(|message| message["status"] != "delivered")
            .collect();
        seen(open.is_empty(), (open.len(), open.first())).map(|()| messages)
    })
    .await;
    assert_eq!(messages.len(), MESSAGES, "none is lost");
    let taken = system.simulator.taken().await;
    assert_eq!(taken.len(), MESSAGES);
    assert!(
        taken.values().all(|times| *times == 1),
        "none is doubled: {taken:?}"
    );
    let mut refused = 0;
    for id in &ids {
        let message = lumen.message(id).await;
        let classes = words(list(&message, "/attempts"), "/error/class");
        refused += usize::from(classes.contains(&"account"));
    }
    assert!(refused > 0, "some met the refusal");
}

async fn hand_in(lumen: &Business, number: usize) -> String {
    let person = &lumen.people[number % 6];
    let body = sms(person, &format!("Number {number}"));
    let taken = lumen.post("/v1/messages", &body).await.expect(202);
    word(&taken, "/id").to_owned()
}

/// Exchanges the token at the provider, and ours when the account has been found to be refused.
async fn rotate(system: &System, account: &str) {
    let lumen = &system.lumen;
    until("some have left", SOON, async || {
        let taken = system.simulator.taken().await.len();
        seen(taken >= BEFORE, taken)
    })
    .await;
    let mut theirs = system.simulator.accounts().await;
    let ours = theirs["twilio"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|it| words(list(it, "/numbers"), "/number").contains(&lumen.sender("sms")))
        .unwrap();
    ours["auth_token"] = NEW_TOKEN.into();
    let sid = word(ours, "/sid").to_owned();
    let exchanged = json!({"twilio": [ours]});
    system.simulator.put_accounts(&exchanged).await;

    let health = format!("{account}/health");
    until("the account is out", PATIENT, async || {
        let health = lumen.get(&health).await.expect(200);
        seen(word(&health, "/ways/0/state") == "out", &health["ways"])
    })
    .await;
    let credentials = json!({"credentials": {"account_sid": sid, "auth_token": NEW_TOKEN}});
    let change = lumen.request(Method::PATCH, account).json(&credentials);
    let changed = Answer::of(change).await.expect(200);
    assert_eq!(changed["connection"]["ok"], true);
    // It comes back at once, and not by a probe a minute later.
    let health = lumen.get(&health).await.expect(200);
    let reasons = words(list(&health, "/history"), "/reason");
    assert!(
        reasons.contains(&"a connection test succeeded"),
        "{health:#}"
    );
}
