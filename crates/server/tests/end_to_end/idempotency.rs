//! One key, one effect.

use crate::{
    business::{sms, word},
    system::{Setup, System},
};
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_sends_once() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let body = sms(&lumen.people[0], "Once");
    let first = lumen.post_once("/v1/messages", "once", &body).await;
    assert!(!first.is_replay());
    let location = first.header("location").to_owned();
    let first = first.expect(202);
    assert_eq!(location, format!("/v1/messages/{}", word(&first, "/id")));
    lumen.delivered(&first).await;
    for _ in 0..2 {
        let again = lumen.post_once("/v1/messages", "once", &body).await;
        assert!(again.is_replay());
        assert_eq!(again.header("location"), location);
        assert_eq!(
            again.expect(202),
            first,
            "the answer is the first one, word for word"
        );
    }
    let other = sms(&lumen.people[0], "Twice");
    let reused = lumen.post_once("/v1/messages", "once", &other).await;
    reused.refused(422, "idempotency_key_reused");
    // Another tenant has keys of its own.
    let harbor = &system.harbor;
    let foreign = sms(&harbor.people[0], "Mine");
    let foreign = harbor.post_once("/v1/messages", "once", &foreign).await;
    assert!(!foreign.is_replay());
    harbor.delivered(&foreign.expect(202)).await;
    assert_eq!(system.simulator.asked().await.len(), 2);
}

#[tokio::test]
async fn a_refusal_is_remembered_too() {
    let system = System::with(Setup::default()).await;
    let hiro = system.lumen.people.last().unwrap();
    let body = sms(hiro, "Please come back");
    let first = system.lumen.post_once("/v1/messages", "no", &body).await;
    assert!(!first.is_replay());
    let first = first.refused(422, "blocked");
    let again = system.lumen.post_once("/v1/messages", "no", &body).await;
    assert!(again.is_replay());
    assert_eq!(again.refused(422, "blocked"), first);
}

#[tokio::test]
async fn of_requests_at_the_same_time_one_is_accepted() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let body = sms(&lumen.people[0], "At the same time");
    let mut requests = JoinSet::new();
    for _ in 0..10 {
        let (lumen, body) = (lumen.clone(), body.clone());
        requests.spawn(async move { lumen.post_once("/v1/messages", "race", &body).await });
    }
    let answers = requests.join_all().await;
    let (mut ids, mut firsts) = (Vec::new(), 0);
    for answer in answers {
        if answer.status == 409 {
            assert!(
                answer.header("retry-after").parse::<u32>().is_ok(),
                "{answer:?}"
            );
            answer.refused(409, "request_in_progress");
            continue;
        }
        firsts += usize::from(!answer.is_replay());
        ids.push(word(&answer.expect(202), "/id").to_owned());
    }
    assert_eq!(firsts, 1);
    ids.dedup();
    let [id] = ids.as_slice() else {
        panic!("{ids:?}")
    };
    lumen.delivered(&json!({"id": id})).await;
    assert_eq!(lumen.messages("direction=outbound").await.len(), 1);
    assert_eq!(system.simulator.asked().await.len(), 1);
}
