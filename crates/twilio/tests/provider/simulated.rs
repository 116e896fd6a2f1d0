//! A template from its text to the phone, at the simulated Twilio.

use crate::support::{ACCOUNT, FROM, TO, TOKEN, access, message, rejected, twilio};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidings_kernel::Channel;
use tidings_messaging::{
    ComponentCall, ComponentKind, Content, ManageError, Outcome, Parameter, ParameterValue,
    Provider as _, RemoteTemplate, TemplateCall, TemplateDraft, TemplateSync as _,
};
use tidings_simulator::{Config, Running, Simulator};
use tidings_templates::{ApprovalStatus, Category, Formats, for_review};
use tidings_twilio::TwilioContent;

struct World {
    simulator: Running,
    url: String,
    client: reqwest::Client,
}

impl World {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start(Config::default()).await.unwrap();
        let world = Self {
            url: format!("http://{}", simulator.addr()),
            simulator,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        };
        let account = json!({"sid": ACCOUNT, "auth_token": TOKEN, "numbers": [{"number": FROM}]});
        let accounts = json!({"twilio": [account]});
        world
            .control(reqwest::Method::PUT, "/accounts", &accounts)
            .await;
        world
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let answer = request.json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    fn contents(&self) -> TwilioContent {
        TwilioContent::new(self.client.clone(), self.url.parse().unwrap())
    }

    async fn listed(&self) -> Vec<RemoteTemplate> {
        let page = self.contents().list(&access(), None).await.unwrap();
        assert_eq!(page.next, None);
        page.templates
    }

    async fn send(&self, sid: &str) -> Outcome {
        let message = message(Channel::Whatsapp, calling(sid));
        twilio(&self.url).send(&access(), &message).await
    }

    /// What the phone shows, once there is something.
    async fn shown(&self) -> Value {
        let path = format!("{}/handsets/{TO}/messages", self.url);
        for _ in 0..200 {
            let answer = self.client.get(&path).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            if let Some(first) = answer["data"].get(0) {
                return first.clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("nothing arrived");
    }
}

fn draft(text: &str) -> TemplateDraft {
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["A-1"]}},
        {"type": "BODY", "text": text, "example": {"body_text": [["Ana"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Stop updates"}]},
    ]);
    let components: Vec<_> = serde_json::from_value(components).unwrap();
    let ready = for_review(&components, &[], &Formats::of("en_US")).unwrap();
    TemplateDraft {
        name: "order_update".into(),
        locale: "en_US".into(),
        category: Category::Utility,
        format: ready.format,
        components: ready.components,
    }
}

fn calling(sid: &str) -> Content {
    let text = |value: &str| Parameter {
        name: "1".into(),
        value: ParameterValue::Text(value.into()),
    };
    let component = |component, value| ComponentCall {
        component,
        parameters: vec![text(value)],
    };
    Content {
        text: "Hi Bo, it ships today".into(),
        template: Some(TemplateCall {
            id: "tpl_00000000000000000000000001".parse().unwrap(),
            name: "order_update".into(),
            locale: "en_US".into(),
            provider_ids: BTreeMap::from([("twilio".to_owned(), sid.to_owned())]),
            components: vec![
                component(ComponentKind::Header, "A-42"),
                component(ComponentKind::Body, "Bo"),
            ],
        }),
        ..Content::default()
    }
}

#[tokio::test]
async fn a_template_is_made_approved_sent_and_removed() {
    let world = World::start().await;
    let contents = world.contents();
    let draft = draft("Hi {{1}}, it ships today");
    let made = contents.create(&access(), &draft).await.unwrap();
    assert_eq!(made.status, ApprovalStatus::Draft);
    let sid = made.id;
    let submitted = contents.submit(&access(), &sid, &draft).await.unwrap();
    assert_eq!(submitted.status, ApprovalStatus::Pending);
    // A lost answer is no reason to be refused.
    let again = contents.submit(&access(), &sid, &draft).await.unwrap();
    assert_eq!(again.word, "pending");

    let verdict = json!({"status": "APPROVED", "category": "MARKETING"});
    let path = format!("/templates/{sid}/review");
    world.control(reqwest::Method::POST, &path, &verdict).await;
    let listed = world.listed().await;
    let [template] = listed.as_slice() else {
        panic!("one is there: {listed:?}");
    };
    assert_eq!(
        (template.name.as_str(), template.locale.as_str()),
        ("order_update", "en_US")
    );
    assert_eq!(template.status, ApprovalStatus::Approved);
    assert_eq!(template.category, Some(Category::Marketing));

    let outcome = world.send(&sid).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let shown = world.shown().await;
    assert_eq!(shown["text"], "Hi Bo, it ships today");
    assert_eq!(shown["rich"]["header"], "Order A-42");
    assert_eq!(shown["buttons"][0]["title"], "Stop updates");

    // Another text is looked at again.
    let better = self::draft("Dear {{1}}, it ships today");
    let edited = contents.edit(&access(), &sid, &better).await.unwrap();
    assert_eq!(edited.status, ApprovalStatus::Draft);
    let found = contents.status(&access(), &sid).await.unwrap();
    assert_eq!(found.status, ApprovalStatus::Draft);

    for _ in 0..2 {
        let name = "order_update";
        contents.remove(&access(), &sid, name).await.unwrap();
    }
    assert_eq!(world.listed().await, []);
    let gone = contents.status(&access(), &sid).await;
    assert!(matches!(gone, Err(ManageError::NotThere)), "{gone:?}");
    assert_eq!(rejected(world.send(&sid).await).provider_code, "21655");
    world.simulator.stop().await;
}
