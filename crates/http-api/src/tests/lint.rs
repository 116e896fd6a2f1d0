use super::world::World;
use serde_json::{Value, json};

const TEMPLATES: &str = "/v1/templates";

fn text(purpose: &str, text: &str, fields: Value) -> Value {
    let mut body = json!({
        "name": "one", "channel": "sms", "purpose": purpose,
        "variants": [{"locale": "en", "text": text}],
    });
    body["fields"] = fields;
    body
}

fn whatsapp(text: &str, buttons: Value) -> Value {
    let mut body = json!({
        "name": "one", "channel": "whatsapp", "purpose": "transactional",
        "variants": [{"locale": "en_US", "components": [
            {"type": "BODY", "text": text}, {"type": "BUTTONS"}]}],
    });
    body["variants"][0]["components"][1]["buttons"] = buttons;
    body
}

fn codes(analysis: &Value) -> Vec<&str> {
    let warnings = analysis["warnings"].as_array().unwrap();
    warnings
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_author_is_told_what_carriers_will_ask_for() {
    let world = World::new().await;
    let body = text("marketing", "20% off today! https://bit.ly/x", json!([]));
    let template = world.post(TEMPLATES, body).await.expect(201).body;
    let analysis = &template["analysis"]["en"];
    let found = codes(analysis);
    for code in ["public_shortener", "brand_missing", "stop_line_missing"] {
        assert!(found.contains(&code), "{code}: {found:?}");
    }
    let warning = |code: &str| {
        let warnings = analysis["warnings"].as_array().unwrap();
        warnings
            .iter()
            .find(|it| it["code"] == code)
            .unwrap()
            .clone()
    };
    let shortener = warning("public_shortener");
    assert_eq!(shortener["severity"], "error");
    assert_eq!(shortener["span"], json!({"start": 15, "end": 31}));
    assert_eq!(shortener["message"], shortener["detail"]);
    let stop = warning("stop_line_missing");
    assert_eq!(stop["severity"], "warning", "the gate adds it");
    assert_eq!(stop["suggestion"]["replacement"], "\nReply STOP to opt out");
    assert_eq!(
        warning("brand_missing")["suggestion"]["replacement"],
        "Example: "
    );

    let strict = json!({"settings": {"wording": "require", "brand": "Acme"}});
    world.patch("/v1/tenant", strict).await.expect(200);
    let path = format!("{TEMPLATES}/{}", template["id"].as_str().unwrap());
    let analysis = world.get(&path).await.expect(200).body["analysis"]["en"].clone();
    let warnings = analysis["warnings"].as_array().unwrap();
    let brand = warnings
        .iter()
        .find(|it| it["code"] == "brand_missing")
        .unwrap();
    assert_eq!(brand["severity"], "error");
    assert_eq!(brand["suggestion"]["replacement"], "Acme: ");
}

#[tokio::test]
async fn links_to_elsewhere_are_shown_once_domains_are_named() {
    let world = World::new().await;
    let body = text(
        "marketing",
        "Example: see https://other.example/a\nReply STOP to opt out",
        json!([]),
    );
    let template = world.post(TEMPLATES, body).await.expect(201);
    assert_eq!(codes(&template.body["analysis"]["en"]), Vec::<&str>::new());
    let domains = json!({"settings": {"link_domains": ["example.com"]}});
    world.patch("/v1/tenant", domains).await.expect(200);
    let path = format!("{TEMPLATES}/{}", template.id());
    let analysis = world.get(&path).await.body["analysis"]["en"].clone();
    assert_eq!(codes(&analysis), ["foreign_link"]);
}

#[tokio::test]
async fn parts_are_predicted_as_a_range() {
    let world = World::new().await;
    let fields = json!([{"name": "name", "example": "Ana"}, {"name": "at", "type": "time"}]);
    let body = text(
        "reminder",
        "Hi {{name}}, see you at {{at:time(short)}}.",
        fields,
    );
    let analysis = world.post(TEMPLATES, body).await.expect(201).body["analysis"]["en"].clone();
    assert_eq!(analysis["segments"]["count"], 1);
    assert_eq!(
        analysis["segments_range"],
        json!({"least": 1, "likely": 1, "most": 2})
    );

    let fixed = json!({"name": "two", "channel": "sms", "purpose": "reminder",
        "variants": [{"locale": "en", "text": "x".repeat(161)}]});
    let analysis = world.post(TEMPLATES, fixed).await.expect(201).body["analysis"]["en"].clone();
    assert_eq!(
        analysis["segments_range"],
        json!({"least": 2, "likely": 2, "most": 2})
    );
    assert!(codes(&analysis).contains(&"many_segments"));

    let short = json!([{"name": "name"}]);
    let mut body = text("reminder", "Hi {{name:truncate(5)|you}}", short);
    body["name"] = "three".into();
    let analysis = world.post(TEMPLATES, body).await.expect(201).body["analysis"]["en"].clone();
    assert_eq!(analysis["segments_range"]["most"], 1);
    let buttons = json!([{"type": "QUICK_REPLY", "text": "Fine"}]);
    let analysis = world
        .post(
            TEMPLATES,
            whatsapp("Your parcel {{1}} is on its way to you", buttons),
        )
        .await
        .expect(201)
        .body["analysis"]["en_US"]
        .clone();
    assert_eq!(analysis["segments_range"], Value::Null);
}

#[tokio::test]
async fn values_have_types_and_are_written_as_the_reader_does() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let fields = json!([
        {"name": "total", "type": "money", "example": "10.50 EUR"},
        {"name": "day", "type": "date", "example": "2026-11-21"},
    ]);
    let mut body = text(
        "transactional",
        "Total {{total:money}} on {{day:date(long)}}.",
        fields,
    );
    body["variants"] = json!([
        {"locale": "en", "text": "Total {{total:money}} on {{day:date(long)}}."},
        {"locale": "de", "text": "Summe {{total:money}} am {{day:date(long)}}."},
    ]);
    let template = world.post(TEMPLATES, body).await.expect(201);
    assert_eq!(template.body["fields"][0]["type"], "money");
    let path = format!("{TEMPLATES}/{}/preview", template.id());
    let shown = world.post(&path, json!({})).await.expect(200).body;
    assert_eq!(
        shown["variants"][0]["text"],
        "Total €10.50 on November 21, 2026."
    );
    let german = shown["variants"][1]["text"].as_str().unwrap();
    assert!(
        german.contains("10,50") && german.contains("21. November 2026"),
        "{german}"
    );
    let message = |total: Value| {
        json!({"to": {"contact_id": contact}, "channel": "sms", "purpose": "transactional",
            "template": {"name": "one", "data": {"total": total, "day": "2026-12-01"}}})
    };
    let sent = world
        .post(
            "/v1/messages",
            message(json!({"amount": "7.00", "currency": "USD"})),
        )
        .await
        .expect(202);
    assert_eq!(sent.body["text"], "Total $7.00 on December 1, 2026.");
    let problem = world
        .post("/v1/messages", message(json!("cheap")))
        .await
        .refused(422, "template_data");
    assert_eq!(problem["errors"][0]["code"], "wrong_type");
}

#[tokio::test]
async fn a_filter_that_cannot_read_its_field_is_refused() {
    let world = World::new().await;
    let fields = json!([{"name": "day", "type": "date"}]);
    let problem = world
        .post(
            TEMPLATES,
            text("transactional", "On {{day:money}}", fields.clone()),
        )
        .await
        .refused(422, "invalid_template");
    assert_eq!(problem["errors"][0]["code"], "filter_type");
    assert_eq!(problem["errors"][0]["pointer"], "/variants/0/text");
    let template = world
        .post(TEMPLATES, text("transactional", "On {{day}}", fields))
        .await
        .expect(201);
    assert_eq!(codes(&template.body["analysis"]["en"]), ["raw_value"]);
    let path = format!("{TEMPLATES}/{}", template.id());
    let edit = json!({"variants": [{"locale": "en", "text": "On {{day:number}}"}]});
    world
        .patch(&path, edit)
        .await
        .refused(422, "invalid_template");
}

#[tokio::test]
async fn what_whatsapp_refuses_is_refused_before_it_is_submitted() {
    let world = World::new().await;
    let reply = |text: &str| json!({"type": "QUICK_REPLY", "text": text});
    let long = whatsapp("Your parcel is here", json!([reply(&"x".repeat(26))]));
    let problem = world
        .post(TEMPLATES, long.clone())
        .await
        .refused(422, "invalid_template");
    assert_eq!(problem["errors"][0]["code"], "wa_button");
    assert_eq!(
        problem["errors"][0]["pointer"],
        "/variants/0/components/1/buttons/0"
    );
    let many = whatsapp(&"x".repeat(1_025), json!([reply("Fine")]));
    let problem = world
        .post(TEMPLATES, many)
        .await
        .refused(422, "invalid_template");
    assert_eq!(problem["errors"][0]["code"], "wa_length");
    // The provider's word is final.
    let mut approved = long;
    approved["status"] = "approved".into();
    let template = world.post(TEMPLATES, approved).await.expect(201).body;
    assert!(codes(&template["analysis"]["en_US"]).contains(&"wa_button"));
}

#[tokio::test]
async fn an_author_learns_what_would_make_a_text_cheaper() {
    let world = World::new().await;
    let fix = async |text: &str| {
        let body = json!({"text": text});
        let counted = world.post("/v1/segments", body).await.expect(200).body;
        counted["fix"].clone()
    };
    assert_eq!(
        fix("plain").await,
        json!({"outcome": "unneeded", "segments_saved": 0, "substitutions": [], "blocked_by": []})
    );
    let long = format!("Olá! {}", "a".repeat(80));
    let saves = fix(&long).await;
    assert_eq!(
        (&saves["outcome"], &saves["segments_saved"]),
        (&json!("saves"), &json!(1))
    );
    assert_eq!(
        saves["substitutions"],
        json!([{"index": 2, "from": "á", "to": "a"}])
    );
    assert!(saves["text"].as_str().unwrap().starts_with("Ola! "));
    assert_eq!(fix("Olá").await["outcome"], "pointless");
    let blocked = fix("Olá 🙂").await;
    assert_eq!(blocked["outcome"], "blocked");
    assert_eq!(
        blocked["blocked_by"],
        json!([{"index": 4, "char": "🙂", "suggestion": null}])
    );
    // Smart encoding answers for the text that it made; the advice stays that for the author's own.
    let body = json!({"text": "a’b", "smart_encoding": true});
    let smart = world.post("/v1/segments", body).await.expect(200).body;
    assert_eq!(
        (&smart["encoding"], &smart["fix"]["outcome"]),
        (&json!("gsm7"), &json!("pointless"))
    );
}
