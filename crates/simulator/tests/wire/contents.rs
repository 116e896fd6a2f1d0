//! Twilio's Content API: made, submitted, reviewed, sent and removed.

use serde_json::{Value, json};

use crate::support::{CONTACT, SENDER, SID, TOKEN, World, answered};

async fn call(world: &World, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let method = method.parse().expect("a method");
    let mut request = world.client.request(method, world.url(path));
    if !body.is_null() {
        request = request.json(body);
    }
    answered(request.basic_auth(SID, Some(TOKEN))).await
}

fn text(body: &str) -> Value {
    json!({"friendly_name": "order_update", "language": "en_US", "variables": {"1": "there"},
        "types": {"twilio/text": {"body": body}}})
}

/// A content's path.
async fn made(world: &World, body: &Value) -> (String, String) {
    let (status, made) = call(world, "POST", "/v1/Content", body).await;
    assert_eq!(status, 201, "{made}");
    let sid = made["sid"].as_str().expect("a SID").to_owned();
    assert!(sid.starts_with("HX") && sid.len() == 34, "{sid}");
    (format!("/v1/Content/{sid}"), sid)
}

async fn submit(world: &World, path: &str) -> (u16, Value) {
    let body = json!({"name": "order_update", "category": "UTILITY"});
    let path = format!("{path}/ApprovalRequests/whatsapp");
    call(world, "POST", &path, &body).await
}

async fn review(world: &World, sid: &str, verdict: Value) -> (u16, Value) {
    let path = format!("/templates/{sid}/review");
    world.control("POST", &path, verdict).await
}

async fn word(world: &World, path: &str) -> Value {
    let path = format!("{path}/ApprovalRequests");
    let (status, found) = call(world, "GET", &path, &Value::Null).await;
    assert_eq!(status, 200, "{found}");
    found["whatsapp"]["status"].clone()
}

/// Sends it to somebody who has not written, and gives how that ended.
async fn sent(world: &World, sid: &str, calls: usize) -> (Value, Value) {
    let (to, from) = (format!("whatsapp:{CONTACT}"), format!("whatsapp:{SENDER}"));
    let variables = r#"{"1":"Ana"}"#;
    let (status, sent) = world
        .twilio(&[
            ("To", to.as_str()),
            ("From", from.as_str()),
            ("Body", ""),
            ("ContentSid", sid),
            ("ContentVariables", variables),
        ])
        .await;
    assert_eq!(status, 201, "{sent}");
    world.calls(calls).await;
    let path = format!("/Messages/{}.json", sent["sid"].as_str().expect("a SID"));
    let (_, found) = world.twilio_get(&path).await;
    (found["status"].clone(), found["error_code"].clone())
}

#[tokio::test]
async fn a_content_is_sent_once_it_is_approved() {
    let world = World::start().await;
    let (path, sid) = made(&world, &text("Hi {{1}}, it ships today")).await;
    assert_eq!(word(&world, &path).await, "unsubmitted");
    let (_, found) = call(&world, "GET", &path, &Value::Null).await;
    assert_eq!(
        found["types"]["twilio/text"]["body"],
        "Hi {{1}}, it ships today"
    );
    let (status, submitted) = submit(&world, &path).await;
    assert_eq!(
        (status, &submitted["status"], &submitted["content_type"]),
        (201, &json!("received"), &json!("twilio/text"))
    );
    assert_eq!(word(&world, &path).await, "pending");
    assert_eq!(submit(&world, &path).await.0, 400, "once is enough");
    // One callback tells of the failure.
    assert_eq!(sent(&world, &sid, 1).await, (json!("failed"), json!(63016)));

    let (status, judged) = review(&world, &sid, json!({"status": "APPROVED"})).await;
    assert_eq!(
        (status, &judged["status"]),
        (200, &json!("APPROVED")),
        "{judged}"
    );
    assert_eq!(
        judged["components"],
        json!([{"type": "BODY", "text": "Hi {{1}}, it ships today"}])
    );
    assert_eq!(word(&world, &path).await, "approved");
    assert_eq!(
        sent(&world, &sid, 3).await,
        (json!("delivered"), Value::Null)
    );
    let shown = world.handset(CONTACT, "").await;
    assert_eq!(shown[0]["text"], "Hi Ana, it ships today");

    // What says something else is nobody's approved text.
    let (status, changed) = call(&world, "PUT", &path, &text("Dear {{1}}")).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(word(&world, &path).await, "unsubmitted");
    assert_eq!(submit(&world, &path).await.0, 201);
    let reason = json!({"status": "REJECTED", "reason": "It promotes something."});
    review(&world, &sid, reason).await;
    let approvals = format!("{path}/ApprovalRequests");
    let (_, found) = call(&world, "GET", &approvals, &Value::Null).await;
    assert_eq!(
        found["whatsapp"]["rejection_reason"],
        "It promotes something."
    );

    assert_eq!(call(&world, "DELETE", &path, &Value::Null).await.0, 204);
    assert_eq!(call(&world, "DELETE", &path, &Value::Null).await.0, 404);
    assert_eq!(call(&world, "GET", &path, &Value::Null).await.0, 404);
    assert_eq!(
        review(&world, &sid, json!({"status": "APPROVED"})).await.0,
        404
    );
    let (status, refused) = world
        .twilio(&[("Body", ""), ("ContentSid", sid.as_str())])
        .await;
    assert_eq!((status, &refused["code"]), (400, &json!(21655)));
}

#[tokio::test]
async fn contents_are_listed_page_by_page_with_their_approvals() {
    let world = World::start().await;
    let mut sids = Vec::new();
    for number in 0..3 {
        let (path, sid) = made(&world, &text(&format!("Text {number}"))).await;
        sids.push(sid);
        if number == 0 {
            submit(&world, &path).await;
        }
    }
    let list = async |path: &str| call(&world, "GET", path, &Value::Null).await.1;
    let first = list("/v1/ContentAndApprovals?PageSize=2").await;
    let of = |page: &Value| -> Vec<Value> {
        let contents = page["contents"].as_array().expect("a list").iter();
        contents.map(|it| it["sid"].clone()).collect()
    };
    assert_eq!(of(&first), [json!(sids[0]), json!(sids[1])]);
    assert_eq!(
        first["contents"][0]["approval_requests"]["status"],
        "pending"
    );
    assert_eq!(
        first["contents"][1]["approval_requests"]["status"],
        "unsubmitted"
    );
    let next = first["meta"]["next_page_url"].as_str().expect("a page");
    let next = next.split_once("/v1/").expect("a path").1;
    let second = list(&format!("/v1/{next}")).await;
    assert_eq!(of(&second), [json!(sids[2])]);
    assert_eq!(second["meta"]["next_page_url"], Value::Null);
    assert_eq!(of(&list("/v1/Content").await).len(), 3);
    // The control API shows what waits for a review.
    let (_, templates) = world.control("GET", "/templates", Value::Null).await;
    let waiting: Vec<_> = templates["data"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    let waiting: Vec<_> = waiting
        .iter()
        .filter(|it| it["provider"] == "twilio")
        .collect();
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (&waiting[0]["id"], &waiting[0]["status"]),
        (&json!(sids[0]), &json!("PENDING"))
    );
}

#[tokio::test]
async fn what_is_no_content_is_refused() {
    let world = World::start().await;
    for body in [
        json!({"types": {"twilio/text": {"body": "Hi"}}}),
        json!({"language": "en"}),
        json!({"language": "en", "types": {"twilio/telegram": {"body": "Hi"}}}),
        json!({"language": "en", "types": {"twilio/text": {}}}),
        json!({"language": "en", "types": {"twilio/text": {"body": "Hi"}}, "variables": {"1": 2}}),
    ] {
        let (status, refused) = call(&world, "POST", "/v1/Content", &body).await;
        assert_eq!((status, &refused["code"]), (400, &json!(20001)), "{body}");
    }
    let (path, sid) = made(&world, &text("Hi")).await;
    let submission = format!("{path}/ApprovalRequests/whatsapp");
    for body in [
        json!({"name": "Not Plain", "category": "UTILITY"}),
        json!({"name": "plain"}),
    ] {
        assert_eq!(
            call(&world, "POST", &submission, &body).await.0,
            400,
            "{body}"
        );
    }
    let unsubmitted = review(&world, &sid, json!({"status": "APPROVED"})).await;
    assert_eq!(unsubmitted.0, 404);
    submit(&world, &path).await;
    for verdict in [json!({}), json!({"quality": "RED"})] {
        assert_eq!(review(&world, &sid, verdict).await.0, 422);
    }
    let stranger = world.client.get(world.url("/v1/Content"));
    let stranger = stranger.basic_auth(SID, Some("wrong"));
    assert_eq!(answered(stranger).await.0, 401);
}
