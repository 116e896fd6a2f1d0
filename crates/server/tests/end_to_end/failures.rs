//! What fails for good, and what is tried again by hand.

use crate::{
    business::{list, word},
    system::System,
    wait::SOON,
};
use serde_json::json;

#[tokio::test]
async fn a_permanent_failure_says_why_and_what_to_do() {
    let system = System::start().await;
    let lumen = &system.lumen;
    for (number, code) in [
        ("+12025550161", "30003"),
        ("+12025550162", "30005"),
        ("+12025550163", "30007"),
        ("+12025550165", "30006"),
    ] {
        let person = lumen.befriend(number).await;
        let message = lumen.sms(&person, "Are you there?").await;
        let message = lumen.comes_to(&message, "failed", SOON).await;
        let [attempt] = list(&message, "/attempts") else {
            panic!("{message:#}")
        };
        let error = &attempt["error"];
        assert_eq!(error["provider_code"], code, "{message:#}");
        assert_eq!(error["class"], error["code"], "{message:#}");
        for field in ["class", "detail", "advice"] {
            assert!(
                !word(error, &format!("/{field}")).is_empty(),
                "no {field} in {error:#}"
            );
        }
    }
    // Failures are not repeated by themselves.
    assert_eq!(system.simulator.asked().await.len(), 4);
}

#[tokio::test]
async fn a_refused_message_can_be_sent_again() {
    let system = System::start().await;
    let lumen = &system.lumen;
    system.simulator.faults(json!({"error_code": 21211})).await;
    let message = lumen.sms(&lumen.people[0], "Again").await;
    let failed = lumen.comes_to(&message, "failed", SOON).await;
    assert_eq!(word(&failed, "/attempts/0/outcome"), "rejected");
    assert_eq!(word(&failed, "/attempts/0/error/provider_code"), "21211");
    let dead = lumen.messages("status=failed").await;
    assert_eq!(dead.len(), 1);

    system.simulator.heal().await;
    let path = format!("/v1/messages/{}/retry", word(&message, "/id"));
    lumen
        .post_once(&path, "again", &json!({}))
        .await
        .expect(202);
    let delivered = lumen.delivered(&message).await;
    assert_eq!(list(&delivered, "/attempts").len(), 2);
    // Repeating the request repeats the answer and nothing else.
    assert!(
        lumen
            .post_once(&path, "again", &json!({}))
            .await
            .is_replay()
    );
    lumen
        .post(&path, &json!({}))
        .await
        .refused(409, "wrong_status");
    assert_eq!(system.simulator.taken().await.len(), 1);
}
