use super::world::{Reply, World};
use serde_json::{Value, json};

const TEMPLATES: &str = "/v1/templates";

fn sms() -> Value {
    json!({
        "name": "shipped", "channel": "sms", "purpose": "transactional",
        "variants": [
            {"locale": "en", "text": "Hi {{first_name|there}}, order {{order}} ships."},
            {"locale": "pt-br", "text": "Olá {{first_name|você}}, o pedido {{order}} já saiu."},
        ],
        "fields": [{"name": "first_name", "required": false}, {"name": "order", "type": "number", "example": 42}],
    })
}

fn whatsapp() -> Value {
    json!({
        "name": "shipped", "channel": "whatsapp", "purpose": "marketing",
        "variants": [{"locale": "en_US", "components": [
            {"type": "BODY", "text": "Hi {{1}}, it ships."}, {"type": "FOOTER", "text": "Reply STOP to opt out"}]}],
    })
}

async fn made(world: &World, body: Value) -> Reply {
    world.post(TEMPLATES, body).await.expect(201)
}

#[tokio::test]
async fn a_text_template_is_usable_at_once_and_analyzed() {
    let world = World::new().await;
    let template = made(&world, sms()).await;
    assert_eq!(template.body["status"], "approved");
    assert_eq!(template.body["category"], "utility");
    assert_eq!(
        template.body["fields"][0],
        json!({"name": "first_name", "type": "text", "required": false, "default": null, "example": null})
    );
    let analysis = &template.body["analysis"];
    assert_eq!(analysis["en"]["segments"]["encoding"], "gsm7");
    assert_eq!(analysis["en"]["cost"], Value::Null);
    assert_eq!(analysis["en"]["warnings"], json!([]));
    assert_eq!(analysis["pt_BR"]["segments"]["encoding"], "ucs2");
    assert_eq!(analysis["pt_BR"]["warnings"][0]["code"], "forces_ucs2");
    let path = format!("{TEMPLATES}/{}", template.id());
    assert_eq!(template.header("location"), path);
    assert_eq!(world.get(&path).await.expect(200).body, template.body);
}

#[tokio::test]
async fn fields_that_are_left_out_are_those_of_the_texts() {
    let world = World::new().await;
    let mut body = sms();
    body.as_object_mut().unwrap().remove("fields");
    let template = made(&world, body).await.body;
    let fields: Vec<(&str, bool)> = template["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            (
                f["name"].as_str().unwrap(),
                f["required"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(fields, [("first_name", false), ("order", true)]);
}

#[tokio::test]
async fn a_broken_text_says_where() {
    let world = World::new().await;
    let mut body = sms();
    body["variants"][1]["text"] = "Olá\n{{First Name}}".into();
    let problem = world
        .post(TEMPLATES, body)
        .await
        .refused(422, "invalid_template");
    assert_eq!(problem["errors"][0]["pointer"], "/variants/1/text");
    assert_eq!(problem["errors"][0]["code"], "bad_name");
    assert_eq!(
        problem["errors"][0]["span"],
        json!({"start": 7, "end": 17, "line": 2, "column": 3})
    );
    let mut body = whatsapp();
    body["variants"][0]["components"][1]["text"] = "{{1}}".into();
    let problem = world
        .post(TEMPLATES, body)
        .await
        .refused(422, "invalid_template");
    assert_eq!(problem["errors"][0]["pointer"], "/variants/0/components/1");
}

#[tokio::test]
async fn what_is_wrong_with_a_template_is_pointed_at() {
    let world = World::new().await;
    let variant = |value: Value| json!([value]);
    let cases = [
        (sms(), "fields", json!([]), "invalid_template", "/fields"),
        (
            sms(),
            "fields",
            json!([{"name": "Bad Name"}]),
            "invalid_request",
            "/fields/0/name",
        ),
        (sms(), "variants", json!([]), "invalid_request", "/variants"),
        (
            sms(),
            "variants",
            variant(json!({"locale": "en"})),
            "invalid_request",
            "/variants/0",
        ),
        (
            sms(),
            "variants",
            variant(json!({"locale": "english", "text": "x"})),
            "invalid_request",
            "/variants/0/locale",
        ),
        (
            sms(),
            "variants",
            variant(json!({"locale": "en", "txt": "x"})),
            "unknown_field",
            "/variants/0/txt",
        ),
        (
            sms(),
            "variants",
            variant(json!({"locale": "en", "components": []})),
            "invalid_request",
            "/variants/0/components",
        ),
        (
            sms(),
            "variants",
            json!([{"locale": "en", "text": "x"}, {"locale": "EN", "text": "y"}]),
            "invalid_request",
            "/variants/1/locale",
        ),
        (
            sms(),
            "purpose",
            json!("double_opt_in"),
            "invalid_request",
            "/purpose",
        ),
        (
            sms(),
            "status",
            json!("approved"),
            "invalid_request",
            "/status",
        ),
        (sms(), "name", json!(" "), "invalid_request", "/name"),
        (
            whatsapp(),
            "name",
            json!("Order Shipped"),
            "invalid_request",
            "/name",
        ),
        (
            whatsapp(),
            "provider_status",
            json!({"nobody": {}}),
            "invalid_request",
            "/provider_status/nobody",
        ),
    ];
    for (mut body, field, value, code, pointer) in cases {
        body[field] = value;
        let problem = world.post(TEMPLATES, body).await.refused(422, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

#[tokio::test]
async fn a_name_is_taken_once_for_each_channel() {
    let world = World::new().await;
    made(&world, sms()).await;
    world
        .post(TEMPLATES, sms())
        .await
        .refused(409, "name_taken");
    made(&world, whatsapp()).await;
}

#[tokio::test]
async fn a_whatsapp_template_is_a_draft_until_the_tenant_says_it_is_approved() {
    let world = World::new().await;
    let template = made(&world, whatsapp()).await;
    assert_eq!(template.body["status"], "draft");
    assert_eq!(template.body["category"], "marketing");
    assert_eq!(template.body["analysis"]["en_US"]["segments"], Value::Null);
    let path = format!("{TEMPLATES}/{}", template.id());
    let approved = json!({"provider_status": {"twilio": {"id": "HX0123456789abcdef0123456789abcdef", "status": "approved"}}});
    let changed = world.patch(&path, approved).await.expect(200).body;
    assert_eq!(changed["status"], "approved");
    assert_eq!(changed["version"], 2);
    let renamed = world
        .patch(&path, json!({"category": "utility"}))
        .await
        .expect(200)
        .body;
    assert_eq!(renamed["status"], "approved");
    let edited = json!({"variants": [{"locale": "en_US", "components": [{"type": "BODY", "text": "Hi {{1}}!"}]}]});
    let changed = world.patch(&path, edited).await.expect(200).body;
    assert_eq!(changed["status"], "draft");
    let paused = world
        .patch(&path, json!({"status": "paused"}))
        .await
        .expect(200)
        .body;
    assert_eq!(paused["status"], "paused");
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name_and_is_checked_as_a_whole() {
    let world = World::new().await;
    let template = made(&world, sms()).await;
    let path = format!("{TEMPLATES}/{}", template.id());
    let problem = world
        .patch(&path, json!({"fields": [{"name": "order"}]}))
        .await
        .refused(422, "invalid_template");
    assert_eq!(problem["errors"][0]["code"], "undeclared_field");
    let change = json!({"variants": [{"locale": "en", "text": "Order {{order}} ships."}]});
    let changed = world.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["fields"].as_array().unwrap().len(), 2);
    assert_eq!(
        changed["analysis"]["en"]["warnings"][0]["code"],
        "unused_field"
    );
    assert_eq!(changed["status"], "approved");
    world
        .patch(&path, json!({"channel": "email"}))
        .await
        .refused(422, "unknown_field");
}

#[tokio::test]
async fn a_preview_shows_data_contact_and_examples() {
    let world = World::new().await;
    let contact = world.contact().await;
    let template = made(&world, sms()).await;
    let path = format!("{TEMPLATES}/{}/preview", template.id());
    let shown = world
        .post(&path, json!({"contact_id": contact, "data": {"order": 7}}))
        .await
        .expect(200)
        .body;
    assert_eq!(shown["variants"][0]["text"], "Hi Ana, order 7 ships.");
    assert_eq!(shown["variants"][0]["segments"]["count"], 1);
    assert_eq!(shown["variants"][1]["locale"], "pt_BR");
    let shown = world
        .post(&path, json!({"locale": "en"}))
        .await
        .expect(200)
        .body;
    assert_eq!(shown["variants"].as_array().unwrap().len(), 1);
    assert_eq!(shown["variants"][0]["text"], "Hi there, order 42 ships.");
    assert_eq!(shown["variants"][0]["warnings"][0]["code"], "example_used");
    for (data, pointer, code) in [
        (json!({"order": "soon"}), "/data/order", "wrong_type"),
        (json!({"order": [1]}), "/data/order", "wrong_type"),
        (json!({"ordr": 1}), "/data/ordr", "unknown_field"),
    ] {
        let problem = world
            .post(&path, json!({"data": data}))
            .await
            .refused(422, "template_data");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert_eq!(problem["errors"][0]["code"], code);
    }
    world
        .post(
            &path,
            json!({"contact_id": "con_01h2xcejqtf2nbrexx3vqjhp41"}),
        )
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_preview_without_a_value_says_which() {
    let world = World::new().await;
    let template = made(&world, whatsapp()).await;
    let path = format!("{TEMPLATES}/{}/preview", template.id());
    let problem = world
        .post(&path, json!({}))
        .await
        .refused(422, "template_data");
    assert_eq!(problem["errors"][0]["pointer"], "/data/1");
    assert_eq!(problem["errors"][0]["code"], "missing_field");
    let shown = world
        .post(&path, json!({"data": {"1": "Ana"}}))
        .await
        .expect(200)
        .body;
    assert_eq!(
        shown["variants"][0]["text"],
        "Hi Ana, it ships.\nReply STOP to opt out"
    );
    assert_eq!(shown["variants"][0]["segments"], Value::Null);
}

#[tokio::test]
async fn templates_are_listed_by_channel_and_belong_to_their_tenant() {
    let world = World::new().await;
    let text = made(&world, sms()).await;
    let other = made(&world, whatsapp()).await;
    let all = world.get(TEMPLATES).await.expect(200).body;
    assert_eq!(all["data"][0]["id"], other.id());
    let found = world
        .get("/v1/templates?channel=sms")
        .await
        .expect(200)
        .body;
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    assert_eq!(found["data"][0]["id"], text.id());
    let path = format!("{TEMPLATES}/{}", text.id());
    world
        .get_as(&world.theirs.admin, &path)
        .await
        .refused(404, "not_found");
    world
        .post_as(&world.theirs.admin, &format!("{path}/preview"), json!({}))
        .await
        .refused(404, "not_found");
    world.delete(&path).await.expect(204);
    world.delete(&path).await.refused(404, "not_found");
    world
        .patch(&path, json!({}))
        .await
        .refused(404, "not_found");
}
