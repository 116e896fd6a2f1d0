use crate::{
    business::{list, word, words},
    system::{Setup, System, free_address},
    wait::{PATIENT, seen, until},
};
use serde_json::json;

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_settled_and_not_sent_again() {
    let setup = Setup {
        worker: vec![
            ("TIDINGS_METRICS_LISTEN", free_address().to_string()),
            ("TIDINGS_WORKER_ASK_UNKNOWN_SECONDS", "2".to_owned()),
        ],
        ..Setup::default()
    };
    let system = System::with(setup).await.and_workers(1);
    let lumen = &system.lumen;
    // One learns its fate from callbacks, which come while the call still waits for its answer.
    system
        .simulator
        .faults(json!({"timeout_after_accept": true}))
        .await;
    let called_back = lumen.sms(&lumen.people[0], "Called back").await;
    lumen.delivered(&called_back).await;
    // The other one only by asking.
    system
        .simulator
        .faults(json!({"timeout_after_accept": true, "callbacks": {"drop_rate": 1}}))
        .await;
    let asked_about = lumen.sms(&lumen.people[1], "Asked about").await;

    until("both calls have been given up", PATIENT, async || {
        let metrics = system.metrics().await;
        let lost = "tidings_outcomes_total{outcome=\"unknown\"} 2";
        seen(metrics.contains(lost), metrics)
    })
    .await;
    for message in [&called_back, &asked_about] {
        let message = lumen.comes_to(message, "delivered", PATIENT).await;
        let [attempt] = list(&message, "/attempts") else {
            panic!("{message:#}")
        };
        assert_eq!(word(attempt, "/outcome"), "accepted", "{message:#}");
        let timeline = words(list(&message, "/timeline"), "/status");
        assert_eq!(timeline.last(), Some(&"delivered"), "{message:#}");
    }
    assert_eq!(system.simulator.asked().await.len(), 2);
}

#[tokio::test]
async fn a_status_whose_callback_is_lost_is_learned_by_asking() {
    let setup = Setup {
        worker: vec![("TIDINGS_WORKER_ASK_RECEIPT_SECONDS", "1".to_owned())],
        ..Setup::default()
    };
    let system = System::with(setup).await.and_workers(1);
    let lumen = &system.lumen;
    system
        .simulator
        .faults(json!({"callbacks": {"drop_rate": 1}}))
        .await;
    let arrives = lumen.sms(&lumen.people[0], "Arrives").await;
    let unreachable = lumen.befriend("+12025550162").await;
    let fails = lumen.sms(&unreachable, "Fails").await;
    lumen.comes_to(&arrives, "delivered", PATIENT).await;
    let failed = lumen.comes_to(&fails, "failed", PATIENT).await;
    assert_eq!(word(&failed, "/attempts/0/error/provider_code"), "30005");
    assert_eq!(system.simulator.asked().await.len(), 2);
}
