use crate::{
    business::{list, word},
    system::System,
    wait::{SOON, seen, until},
};
use serde_json::{Value, json};
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A planted template that nobody has handed in.
const NAME: &str = "review_request";

impl System {
    /// Somebody at the provider decides about the template.
    async fn reviews(&self, status: &str) {
        let templates = self.simulator.templates().await;
        let found = templates.iter().find(|it| it["name"] == NAME);
        let id = word(found.expect("it was handed in"), "/id");
        let verdict = json!({"status": status});
        self.simulator.review(id, &verdict).await;
    }

    async fn template(&self) -> Value {
        let found = self.lumen.get("/v1/templates?channel=whatsapp").await;
        let found = found.expect(200);
        let own = list(&found, "/data").iter().find(|it| it["name"] == NAME);
        own.expect("it was planted").clone()
    }

    async fn stands(&self, status: &str) {
        let what = format!("the template is {status}");
        until(&what, SOON, async || {
            let template = self.template().await;
            seen(template["status"] == status, &template["standings"])
        })
        .await;
    }

    fn calling(&self, at: Option<OffsetDateTime>) -> Value {
        let mut body = json!({"to": {"contact_id": self.lumen.people[0].id}, "channel": "whatsapp",
            "purpose": "transactional", "template": {"name": NAME, "data": {"first_name": "Ada"}}});
        if let Some(at) = at {
            body["scheduled_at"] = json!(at.format(&Rfc3339).unwrap());
        }
        body
    }
}

#[tokio::test]
async fn a_template_is_approved_paused_and_resumed() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let send = async |at| lumen.post("/v1/messages", &system.calling(at)).await;
    send(None).await.refused(422, "blocked");

    let path = format!("/v1/templates/{}", word(&system.template().await, "/id"));
    let handed_in = lumen.post(&format!("{path}/submit"), &json!({})).await;
    assert_eq!(handed_in.expect(200)["status"], "pending");
    send(None).await.refused(422, "blocked");

    // By callback: the worker looks for itself every quarter of an hour only.
    system.reviews("APPROVED").await;
    system.stands("approved").await;
    let first = send(None).await.expect(202);
    lumen.delivered(&first).await;
    let ada = &lumen.people[0];
    let handset = system.simulator.handset(&ada.whatsapp).await;
    let shown = word(handset.last().expect("it arrived"), "/text");
    assert!(shown.starts_with("Hi Ada, how do you like"), "{shown}");

    let sent_at = OffsetDateTime::parse(word(&first, "/created_at"), &Rfc3339).unwrap();
    let soon = sent_at + Duration::from_secs(6);
    let next = send(Some(soon)).await.expect(202);
    system.reviews("PAUSED").await;
    system.stands("paused").await;
    until("it waits for its template", SOON, async || {
        let path = format!("/v1/messages/{}/explain", word(&next, "/id"));
        let explained = lumen.get(&path).await.expect(200);
        let text = explained.to_string();
        seen(text.contains("template.held"), text)
    })
    .await;
    let held = lumen.message(word(&next, "/id")).await;
    assert_eq!(held["status"], "deferred", "{held:#}");
    send(None).await.refused(422, "blocked");

    system.reviews("APPROVED").await;
    system.stands("approved").await;
    lumen.delivered(&next).await;
    let handset = system.simulator.handset(&ada.whatsapp).await;
    let arrived = handset.iter().filter(|it| it["template"]["name"] == NAME);
    assert_eq!(arrived.count(), 2, "{handset:#?}");
}
