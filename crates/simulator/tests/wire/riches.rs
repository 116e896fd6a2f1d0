//! WhatsApp's riches and the review of templates, on the wire.

use serde_json::{Value, json};

use crate::support::{CONTACT, World};

const WHATSAPP: &str = "+12025550101";
const WABA: &str = "100200300400500";
const TOKEN: &str = "EAATESTTOKEN";

async fn writes(world: &World, said: Value) {
    let mut body = json!({"channel": "whatsapp", "to": WHATSAPP});
    body.as_object_mut()
        .expect("an object")
        .extend(said.as_object().expect("an object").clone());
    world.writes(CONTACT, body).await;
}

/// The message of the last webhook about one.
async fn told(world: &World, count: usize) -> Value {
    let calls = world.calls(count).await;
    let last = calls.last().expect("a webhook");
    last.change()["messages"][0].clone()
}

#[tokio::test]
async fn places_cards_and_reactions_of_contacts_come_in_metas_form() {
    let world = World::start().await;
    let place = json!({"latitude": 40.742, "longitude": -73.989, "name": "Barn", "address": null});
    writes(&world, json!({"location": place})).await;
    let message = told(&world, 1).await;
    assert_eq!(message["type"], "location");
    assert_eq!(
        message["location"],
        json!({"latitude": 40.742, "longitude": -73.989, "name": "Barn"})
    );
    let card = json!([{"name": "Emil Novak", "phones": ["+12025550155"]}]);
    writes(&world, json!({"contacts": card})).await;
    let message = told(&world, 2).await;
    assert_eq!(message["type"], "contacts");
    assert_eq!(
        message["contacts"][0]["name"]["formatted_name"],
        "Emil Novak"
    );
    assert_eq!(message["contacts"][0]["phones"][0]["wa_id"], "12025550155");
    writes(
        &world,
        json!({"reaction": {"message_id": "wamid.1", "emoji": ""}}),
    )
    .await;
    let message = told(&world, 3).await;
    assert_eq!(message["reaction"], json!({"message_id": "wamid.1"}));
    writes(&world, json!({"text": "This one", "reply_to": "wamid.2"})).await;
    let message = told(&world, 4).await;
    assert_eq!(message["context"]["id"], "wamid.2");
    assert_eq!(message["text"]["body"], "This one");
}

#[tokio::test]
async fn a_row_of_a_list_comes_as_one() {
    let world = World::start().await;
    writes(&world, json!({"text": "Hi"})).await;
    told(&world, 1).await;
    let rows = json!([{"id": "t9", "title": "9:00", "description": "Soft light"}]);
    let (status, sent) = world
        .meta(json!({"messaging_product": "whatsapp", "to": CONTACT, "type": "interactive", "interactive": {
            "type": "list", "header": {"type": "text", "text": "Friday"}, "body": {"text": "When?"},
            "action": {"button": "See times", "sections": [{"title": "Morning", "rows": rows}]}}}))
        .await;
    assert_eq!(status, 200, "{sent}");
    // Sent and delivered.
    world.calls(3).await;
    writes(&world, json!({"button": "t9"})).await;
    let message = told(&world, 4).await;
    assert_eq!(
        message["interactive"],
        json!({"type": "list_reply", "list_reply": {"id": "t9", "title": "9:00", "description": "Soft light"}})
    );
    assert_eq!(message["context"]["id"], sent["messages"][0]["id"]);
    let shown = world.handset(CONTACT, "").await;
    assert_eq!(shown[0]["rich"]["header"], "Friday");
    assert_eq!(shown[0]["rich"]["list"]["title"], "See times");
}

#[tokio::test]
async fn products_are_shown_and_a_cart_comes_back() {
    let world = World::start().await;
    writes(&world, json!({"text": "Hi"})).await;
    told(&world, 1).await;
    let send = async |interactive: Value| {
        world
            .meta(
                json!({"messaging_product": "whatsapp", "to": CONTACT, "type": "interactive",
                "interactive": interactive}),
            )
            .await
            .0
    };
    let items = json!([{"product_retailer_id": "SKU1"}, {"product_retailer_id": "SKU2"}]);
    let action =
        json!({"catalog_id": "42", "sections": [{"title": "Tea", "product_items": items}]});
    let list = json!({"type": "product_list", "header": {"type": "text", "text": "New"},
        "body": {"text": "Look"}, "action": action});
    assert_eq!(send(list.clone()).await, 200);
    let mut headless = list;
    headless
        .as_object_mut()
        .expect("an object")
        .remove("header");
    assert_eq!(send(headless).await, 400);
    let product =
        json!({"type": "product", "action": {"catalog_id": "42", "product_retailer_id": "SKU1"}});
    assert_eq!(send(product).await, 200);
    let catalog = json!({"type": "catalog_message", "body": {"text": "All"},
        "action": {"name": "catalog_message", "parameters": {"thumbnail_product_retailer_id": "SKU2"}}});
    assert_eq!(send(catalog).await, 200);
    // Sent and delivered, three times.
    world.calls(7).await;
    let shown = world.handset(CONTACT, "").await;
    assert_eq!(shown[0]["rich"]["header"], "New");
    assert_eq!(
        shown[0]["rich"]["shelf"],
        json!({"catalog_id": "42", "button": "View items",
            "sections": [{"title": "Tea", "products": ["SKU1", "SKU2"]}]})
    );
    assert_eq!(
        shown[1]["rich"]["shelf"]["sections"][0]["products"],
        json!(["SKU1"])
    );
    assert_eq!(shown[2]["rich"]["shelf"]["button"], "View catalog");
    assert_eq!(shown[2]["rich"]["shelf"]["thumbnail"], "SKU2");

    let cart = json!([{"product_retailer_id": "SKU1", "quantity": 2, "item_price": 9.5, "currency": "USD"}]);
    writes(
        &world,
        json!({"order": {"catalog_id": "42", "product_items": cart}}),
    )
    .await;
    let message = told(&world, 8).await;
    assert_eq!(message["type"], "order");
    assert_eq!(
        message["order"],
        json!({"catalog_id": "42", "text": "", "product_items": cart})
    );
    let product = json!({"catalog_id": "42", "product_retailer_id": "SKU2"});
    writes(
        &world,
        json!({"text": "Is it there?", "referred_product": product}),
    )
    .await;
    let message = told(&world, 9).await;
    assert_eq!(message["text"]["body"], "Is it there?");
    assert_eq!(message["context"]["referred_product"], product);
    assert_eq!(message["context"]["from"], "12025550101");
}

#[tokio::test]
async fn a_cart_that_no_app_could_send_is_refused() {
    let world = World::start().await;
    let none =
        json!({"product_retailer_id": "SKU1", "quantity": 0, "item_price": 1, "currency": "USD"});
    for (order, pointer) in [
        (
            json!({"catalog_id": "42", "product_items": []}),
            "/order/product_items",
        ),
        (
            json!({"catalog_id": "42", "product_items": [none]}),
            "/order/product_items/0",
        ),
    ] {
        let body = json!({"channel": "whatsapp", "to": WHATSAPP, "order": order});
        let path = format!("/handsets/{CONTACT}/messages");
        let (status, problem) = world.control("POST", &path, body).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{problem}"
        );
    }
}

fn template(name: &str) -> Value {
    json!({"name": name, "language": "en_US", "category": "MARKETING", "parameter_format": "POSITIONAL",
        "components": [{"type": "BODY", "text": "Hi {{1}}"}]})
}

async fn submit(world: &World, path: &str, body: &Value) -> (u16, Value) {
    let request = world.client.post(world.url(&format!("/v25.0/{path}")));
    crate::support::answered(request.bearer_auth(TOKEN).json(body)).await
}

async fn send(world: &World, name: &str) -> u16 {
    let body = json!({"messaging_product": "whatsapp", "to": CONTACT, "type": "template", "template": {
        "name": name, "language": {"code": "en_US"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]}});
    world.meta(body).await.0
}

#[tokio::test]
async fn a_template_is_reviewed_before_it_can_be_sent() {
    let world = World::start().await;
    let path = format!("{WABA}/message_templates");
    let (status, made) = submit(&world, &path, &template("offer")).await;
    assert_eq!(
        (status, &made["status"]),
        (200, &json!("PENDING")),
        "{made}"
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(send(&world, "offer").await, 404, "it waits");
    let (status, _) = submit(&world, &path, &template("offer")).await;
    assert_eq!(status, 400, "the name is taken");

    let review = format!("/templates/{id}/review");
    let (status, answer) = world
        .control(
            "POST",
            &review,
            json!({"status": "REJECTED", "reason": "PROMOTIONAL"}),
        )
        .await;
    assert_eq!(
        (status, &answer["rejected_reason"]),
        (200, &json!("PROMOTIONAL"))
    );
    let calls = world.calls(1).await;
    let change = calls[0].json()["entry"][0]["changes"][0].clone();
    assert_eq!(change["field"], "message_template_status_update");
    assert_eq!(change["value"]["event"], "REJECTED");
    assert_eq!(change["value"]["message_template_id"].to_string(), id);
    assert_eq!(change["value"]["reason"], "PROMOTIONAL");
    let (_, seen) = world.meta_get(&id, TOKEN).await;
    assert_eq!(
        (&seen["status"], &seen["rejected_reason"]),
        (&json!("REJECTED"), &json!("PROMOTIONAL"))
    );

    // What is changed is reviewed again.
    let better =
        json!({"components": [{"type": "BODY", "text": "Dear {{1}}"}], "category": "UTILITY"});
    assert_eq!(submit(&world, &id, &better).await.0, 200);
    let (_, seen) = world.meta_get(&id, TOKEN).await;
    assert_eq!(
        (&seen["status"], &seen["category"]),
        (&json!("PENDING"), &json!("UTILITY"))
    );
    assert_eq!(
        submit(&world, &id, &better).await.0,
        400,
        "not while it waits"
    );
    world
        .control("POST", &review, json!({"status": "APPROVED"}))
        .await;
    assert_eq!(send(&world, "offer").await, 200);
    world.calls(4).await;
    let shown = world.handset(CONTACT, "").await;
    assert_eq!(shown[0]["text"], "Dear Ana");

    // It stays when the account is registered again, and goes when it is deleted.
    world.register(&world.accounts("our-token")).await;
    assert_eq!(send(&world, "offer").await, 200);
    let gone = world.url(&format!("/v25.0/{path}?name=offer&hsm_id={id}"));
    let remove = || world.client.delete(&gone).bearer_auth(TOKEN);
    assert_eq!(crate::support::answered(remove()).await.0, 200);
    assert_eq!(crate::support::answered(remove()).await.0, 400);
    assert_eq!(world.meta_get(&id, TOKEN).await.0, 400);
    let (status, rests) = submit(&world, &path, &template("offer")).await;
    assert_eq!(
        (status, &rests["error"]["error_subcode"]),
        (400, &json!(2_388_023)),
        "its name rests"
    );
    assert_eq!(submit(&world, &path, &template("offers")).await.0, 200);
}

#[tokio::test]
async fn a_review_of_nothing_and_a_verdict_that_is_none_are_refused() {
    let world = World::start().await;
    let (status, answer) = world
        .control("POST", "/templates/9/review", json!({"status": "APPROVED"}))
        .await;
    assert_eq!((status, &answer["code"]), (404, &json!("not_found")));
    let (_, list) = world.control("GET", "/templates", Value::Null).await;
    assert_eq!(list["data"][0]["name"], "order");
    assert_eq!(list["data"][0]["waba_id"], WABA);
    let id = list["data"][0]["id"].as_str().expect("an id");
    let review = format!("/templates/{id}/review");
    for (body, code) in [
        (json!({"status": "MAYBE"}), "invalid_field"),
        (json!({}), "missing_field"),
        (
            json!({"status": "APPROVED", "mood": "good"}),
            "unknown_field",
        ),
    ] {
        let (status, answer) = world.control("POST", &review, body).await;
        assert_eq!((status, &answer["code"]), (422, &json!(code)), "{answer}");
    }
}

#[tokio::test]
async fn strangers_submit_nothing() {
    let world = World::start().await;
    let url = world.url(&format!("/v25.0/{WABA}/message_templates"));
    let request = world.client.post(url).bearer_auth("EAASTRANGER");
    let (status, _) = crate::support::answered(request.json(&template("offer"))).await;
    assert_eq!(status, 401);
    let (_, list) = world.control("GET", "/templates", Value::Null).await;
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn category_and_quality_of_a_template_are_told() {
    let world = World::start().await;
    let (_, list) = world.control("GET", "/templates", Value::Null).await;
    let id = list["data"][0]["id"].as_str().expect("an id");
    let review = format!("/templates/{id}/review");
    let change = json!({"category": "MARKETING", "quality": "YELLOW"});
    let (status, _) = world.control("POST", &review, change).await;
    assert_eq!(status, 200);
    let calls = world.calls(2).await;
    let said: Vec<Value> = calls
        .iter()
        .map(|call| call.json()["entry"][0]["changes"][0].clone())
        .collect();
    assert_eq!(said[0]["field"], "template_category_update");
    assert_eq!(said[0]["value"]["new_category"], "MARKETING");
    assert_eq!(said[1]["field"], "message_template_quality_update");
    assert_eq!(said[1]["value"]["new_quality_score"], "YELLOW");
    let (_, seen) = world.meta_get(id, TOKEN).await;
    assert_eq!(seen["quality_score"]["score"], "YELLOW");
}
