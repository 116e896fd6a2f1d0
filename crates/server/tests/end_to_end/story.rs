use crate::{
    business::{Business, Person, list, sms, word, words},
    system::System,
    wait::{SOON, seen, until},
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_text_is_delivered_and_tells_its_whole_story() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    // 161 letters of the basic alphabet need a second part.
    let text = "a".repeat(161);
    let taken = lumen.sms(ada, &text).await;
    assert_eq!(taken["status"], "queued");
    let message = lumen.delivered(&taken).await;

    assert_eq!(
        message["segments"],
        json!({"encoding": "gsm7", "units": 161, "count": 2})
    );
    assert_eq!(
        message["cost"]["estimated"],
        json!({"amount": "0.0158", "currency": "USD"})
    );
    assert_eq!(message["from"], lumen.sender("sms"));
    assert_eq!(message["to"], *ada.phone);
    let [attempt] = list(&message, "/attempts") else {
        panic!("{message:#}")
    };
    assert_eq!(
        (word(attempt, "/provider"), word(attempt, "/outcome")),
        ("twilio", "accepted")
    );
    assert!(
        word(attempt, "/provider_message_id").starts_with("SM"),
        "{attempt:#}"
    );
    assert!(attempt["error"].is_null(), "{attempt:#}");
    let timeline = words(list(&message, "/timeline"), "/status");
    assert_eq!(timeline[..2], ["accepted", "queued"]);
    assert_eq!(timeline.last(), Some(&"delivered"));
    assert!(timeline.contains(&"sending"), "{timeline:?}");
    let times = words(list(&message, "/timeline"), "/at");
    assert!(times.is_sorted(), "{times:?}");

    let handset = system.simulator.handset(&ada.phone).await;
    assert_eq!(words(&handset, "/text"), [text]);
    assert_eq!(handset[0]["client_reference"], attempt["id"]);

    let why = lumen
        .get(&format!("/v1/messages/{}/explain", word(&message, "/id")))
        .await
        .expect(200);
    assert_eq!(words(list(&why, "/data"), "/stage"), ["accept", "dispatch"]);
    for decided in list(&why, "/data") {
        assert_eq!(decided["decision"]["outcome"], "send");
        assert!(
            rules(&decided["decision"]).contains(&"consent.granted"),
            "{decided:#}"
        );
        assert!(decided["facts"].is_object(), "{decided:#}");
    }
}

#[tokio::test]
async fn a_template_is_delivered_and_then_read() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let emil = &lumen.people[4];
    assert_ne!(
        emil.phone, emil.whatsapp,
        "he has a number of its own for WhatsApp"
    );
    let body = json!({"to": {"contact_id": emil.id}, "channel": "whatsapp",
        "purpose": "transactional", "template": {"name": "booking_confirmed", "data":
            {"first_name": "Emil", "session_date": "September 26", "place": "Rosewood Barn"}}});
    let taken = lumen.post("/v1/messages", &body).await.expect(202);
    let message = lumen.delivered(&taken).await;
    assert_eq!(message["to"], *emil.whatsapp);
    assert_eq!(word(&message, "/template/name"), "booking_confirmed");
    assert_eq!(word(&message, "/attempts/0/provider"), "whatsapp_cloud");
    let handset = system.simulator.handset(&emil.whatsapp).await;
    let shown = word(&handset[0], "/text");
    assert!(
        shown.contains("Emil") && shown.contains("Rosewood Barn"),
        "{handset:?}"
    );

    system.simulator.read(&emil.whatsapp).await;
    let message = lumen.comes_to(&taken, "read", SOON).await;
    assert_eq!(
        words(list(&message, "/timeline"), "/status").last(),
        Some(&"read")
    );
}

#[tokio::test]
async fn nothing_is_sent_after_stop_until_start() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ben = &lumen.people[1];
    lumen
        .delivered(&lumen.sms(ben, "Your photos are ready.").await)
        .await;

    system
        .simulator
        .write(&ben.phone, "sms", lumen.sender("sms"), "STOP")
        .await;
    let stop = recorded(lumen, ben, "opt_out").await;
    let marketing = json!({"to": {"contact_id": ben.id}, "channel": "sms",
        "purpose": "marketing", "text": "Ten percent off."});
    for body in [sms(ben, "Your photos are here."), marketing.clone()] {
        let refusal = lumen
            .post("/v1/messages", &body)
            .await
            .refused(422, "blocked");
        let decision = &refusal["decision"];
        assert_eq!(decision["outcome"], "block");
        let reason = list(decision, "/reasons")
            .iter()
            .find(|reason| reason["rule"] == "consent.opted_out")
            .unwrap_or_else(|| panic!("{refusal:#}"));
        assert_eq!(reason["because"], json!([stop]));
        // The refusal is kept, and can be explained.
        let id = word(&refusal, "/message_id");
        assert_eq!(lumen.message(id).await["status"], "blocked");
        let why = lumen
            .get(&format!("/v1/messages/{id}/explain"))
            .await
            .expect(200);
        assert_eq!(words(list(&why, "/data"), "/stage"), ["accept"]);
        assert_eq!(rules(&why["data"][0]["decision"]), rules(decision));
    }
    let consent = consent(lumen, ben).await;
    assert_eq!(consent["state"]["sms"]["transactional"]["status"], "denied");
    assert_eq!(
        consent["state"]["sms"]["transactional"]["because"],
        json!([stop])
    );
    assert_eq!(consent["chain"]["valid"], true);

    system
        .simulator
        .write(&ben.phone, "sms", lumen.sender("sms"), "START")
        .await;
    recorded(lumen, ben, "opt_in").await;
    lumen
        .delivered(&lumen.sms(ben, "Welcome back.").await)
        .await;
    let offer = lumen.post("/v1/messages", &marketing).await.expect(202);
    lumen.delivered(&offer).await;
}

#[tokio::test]
async fn a_stop_reaches_what_was_accepted_before_it() {
    let mut system = System::with(crate::system::Setup::default()).await;
    let ben = system.lumen.people[1].clone();
    // Nobody works yet: the message waits while the contact changes his mind.
    let waiting = system.lumen.sms(&ben, "Too late.").await;
    let stop = json!({"action": "opt_out", "channels": "all", "purposes": "all",
        "method": "phone_call", "evidence": {"note": "Called."}});
    let path = format!("/v1/contacts/{}/consent", ben.id);
    let stop = system.lumen.post(&path, &stop).await.expect(201);
    system.start_worker();
    let message = system.lumen.comes_to(&waiting, "blocked", SOON).await;
    assert!(list(&message, "/attempts").is_empty(), "{message:#}");
    let path = format!("/v1/messages/{}/explain", word(&message, "/id"));
    let why = system.lumen.get(&path).await.expect(200);
    assert_eq!(words(list(&why, "/data"), "/stage"), ["accept", "dispatch"]);
    assert_eq!(
        why["data"][1]["decision"]["reasons"][0]["because"],
        json!([stop["id"]])
    );
    assert!(system.simulator.asked().await.is_empty());
}

async fn consent(business: &Business, person: &Person) -> Value {
    business
        .get(&format!("/v1/contacts/{}/consent", person.id))
        .await
        .expect(200)
}

/// Waits until a reply has been recorded, and gives the event's id.
async fn recorded(business: &Business, person: &Person, action: &str) -> String {
    until(&format!("{action} is recorded"), SOON, async || {
        let consent = consent(business, person).await;
        let event = list(&consent, "/history")
            .iter()
            .find(|event| event["action"] == action && event["method"] == "reply_message");
        event
            .map(|event| word(event, "/id").to_owned())
            .ok_or_else(|| format!("{consent:#}"))
    })
    .await
}

fn rules(decision: &Value) -> Vec<&str> {
    words(list(decision, "/reasons"), "/rule")
}

#[tokio::test]
async fn what_a_contact_writes_is_listed_as_received() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    system
        .simulator
        .write(&ada.phone, "sms", lumen.sender("sms"), "When do we meet?")
        .await;
    let heard = until("the text is there", SOON, async || {
        let inbound = lumen.messages("direction=inbound").await;
        seen(!inbound.is_empty(), "nothing").map(|()| inbound)
    })
    .await;
    assert_eq!(words(&heard, "/text"), ["When do we meet?"]);
    assert_eq!(words(&heard, "/status"), ["received"]);
    assert_eq!(words(&heard, "/contact_id"), [ada.id.as_str()]);
}
