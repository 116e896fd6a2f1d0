use serde_json::{Value, json};
use tidings_wire_specs::{Request, Rule, Spec};

use crate::refused;

fn call(method: &str, path: &str) -> Request {
    Request::new(method, format!("https://graph.facebook.com/v25.0{path}"))
        .header("Authorization", "Bearer EAATESTTOKEN")
}

/// `content` in the fields that all messages share.
fn send(content: &Value) -> Request {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+15550002222",
        "biz_opaque_callback_data": "msg_01TEST",
    });
    if let (Some(body), Some(content)) = (body.as_object_mut(), content.as_object()) {
        body.extend(content.clone());
    }
    call("POST", "/111222333444555/messages").json(&body)
}

#[test]
fn messages_of_every_kind_pass() {
    for content in [
        json!({"type":"text","text":{"preview_url":false,"body":"Your table is ready"}}),
        json!({"type":"image","image":{"id":"900100","caption":"Menu"}}),
        json!({"type":"document","document":{"link":"https://files.example.com/i/42.pdf",
            "filename":"invoice-42.pdf"}}),
        json!({"type":"location","location":{"latitude":"38.7223","longitude":"-9.1393",
            "name":"Shop","address":"Rua 1"}}),
        json!({"type":"reaction","reaction":{"message_id":"wamid.IN1","emoji":"👍"}}),
        json!({"type":"contacts","contacts":[{"name":{"formatted_name":"Ana Dias",
            "first_name":"Ana"},"phones":[{"phone":"+15550003333","type":"WORK"}]}]}),
        json!({"type":"interactive","interactive":{"type":"button","body":{"text":"Confirm?"},
            "action":{"buttons":[{"type":"reply","reply":{"id":"yes","title":"Yes"}},
            {"type":"reply","reply":{"id":"no","title":"No"}}]}}}),
        json!({"type":"interactive","interactive":{"type":"list","body":{"text":"Pick a slot"},
            "action":{"button":"Slots","sections":[{"title":"Friday",
            "rows":[{"id":"f9","title":"09:00","description":"Room A"}]}]}}}),
        json!({"type":"interactive","interactive":{"type":"product","action":{
            "catalog_id":"367025965434465","product_retailer_id":"SKU1"}}}),
        json!({"type":"interactive","interactive":{"type":"product_list",
            "header":{"type":"text","text":"New"},"body":{"text":"Look"},
            "action":{"catalog_id":"146265584024623","sections":[{"title":"Tea",
            "product_items":[{"product_retailer_id":"SKU1"},{"product_retailer_id":"SKU2"}]}]}}}),
        json!({"type":"interactive","interactive":{"type":"catalog_message",
            "body":{"text":"Just visit our catalog"},"action":{"name":"catalog_message",
            "parameters":{"thumbnail_product_retailer_id":"SKU1"}}}}),
        json!({"type":"template","template":{"name":"order_update","language":{"code":"en_US"},
            "components":[
            {"type":"header","parameters":[{"type":"image","image":{"id":"900100"}}]},
            {"type":"body","parameters":[
                {"type":"text","parameter_name":"first_name","text":"Ana"},
                {"type":"text","parameter_name":"order_no","text":"A-42"}]},
            {"type":"button","sub_type":"url","index":"0",
                "parameters":[{"type":"text","text":"A-42"}]},
            {"type":"button","sub_type":"quick_reply","index":"1",
                "parameters":[{"type":"payload","payload":"stop-updates"}]}]}}),
    ] {
        let operation = Spec::meta().assert(&send(&content));
        assert_eq!(operation.id(), "sendMessage");
        assert_eq!(
            operation.parameter("phone_number_id"),
            Some("111222333444555")
        );
    }
}

#[test]
fn faults_are_told_of_the_kind_that_is_named() {
    let check = |content| Spec::meta().check(&send(&content));
    refused(
        check(json!({"type":"text","text":{"bdy":"x"},"txt":1})),
        &[
            (Rule::Missing, "/body/text/body"),
            (Rule::Unknown, "/body/text/bdy"),
            (Rule::Unknown, "/body/txt"),
        ],
    );
    refused(
        check(json!({"type":"text","text":{"body":"x".repeat(4097)}})),
        &[(Rule::Length, "/body/text/body")],
    );
    refused(
        check(
            json!({"type":"template","template":{"name":"Order","language":{"code":"en_US"},
            "components":[{"type":"button","sub_type":"url","index":"ten"}]}}),
        ),
        &[
            (Rule::Pattern, "/body/template/name"),
            (Rule::Pattern, "/body/template/components/0/index"),
        ],
    );
    refused(
        check(json!({"type":"image","image":{"id":"1","link":"https://a.example/1.png"}})),
        &[(Rule::Choice, "/body/image")],
    );
    refused(
        check(json!({"type":"location","location":{"latitude":"38.7"}})),
        &[(Rule::Missing, "/body/location/longitude")],
    );
}

#[test]
fn other_calls_pass() {
    let spec = Spec::meta();
    let read = json!({"messaging_product":"whatsapp","status":"read","message_id":"wamid.IN1",
        "typing_indicator":{"type":"text"}});
    spec.assert(&call("POST", "/111222333444555/messages").json(&read));
    let proof = "23d2deeb06e78f15b221fcb84ed49c67b34099195239f52dd9cc31c05d852362";
    let test = format!("/111222333444555?fields=status,quality_rating&appsecret_proof={proof}");
    assert_eq!(spec.assert(&call("GET", &test)).id(), "getNode");
    spec.assert(&call("GET", "/900100?phone_number_id=111222333444555"));
    spec.assert(&call("DELETE", "/900100"));
    refused(
        spec.check(&call("GET", "/900100?phone_id=1")),
        &[(Rule::Unknown, "/query/phone_id")],
    );
    refused(
        spec.check(&call("DELETE", "/100200300400500/message_templates")),
        &[(Rule::Missing, "/query/name")],
    );
    let create = json!({"name":"order_update","language":"en_US","category":"UTILITY",
        "parameter_format":"NAMED","components":[
        {"type":"HEADER","format":"TEXT","text":"Order {{order_no}}",
            "example":{"header_text_named_params":[{"param_name":"order_no","example":"A-1"}]}},
        {"type":"BODY","text":"Hi {{first_name}}, your order ships today.",
            "example":{"body_text_named_params":[{"param_name":"first_name","example":"Ana"}]}},
        {"type":"FOOTER","text":"Reply STOP to opt out"},
        {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Stop updates"},
            {"type":"URL","text":"Track","url":"https://shop.example.com/t/{{1}}",
            "example":["A-1"]}]}]});
    spec.assert(&call("POST", "/100200300400500/message_templates").json(&create));
}

#[test]
fn a_medium_is_uploaded_in_parts() {
    let part = |head: &str, content: &str| {
        format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    };
    let upload = |parts: &[String]| {
        call("POST", "/111222333444555/media")
            .header("Content-Type", "multipart/form-data; boundary=XX")
            .body(format!("{}--XX--\r\n", parts.concat()))
    };
    let file = part(
        "name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png",
        "PNG",
    );
    let product = part("name=\"messaging_product\"", "whatsapp");
    let operation = Spec::meta().assert(&upload(&[
        product.clone(),
        part("name=\"type\"", "image/png"),
        file.clone(),
    ]));
    assert_eq!(operation.id(), "uploadMedia");
    refused(
        Spec::meta().check(&upload(&[file, part("name=\"product\"", "whatsapp")])),
        &[
            (Rule::Missing, "/body/messaging_product"),
            (Rule::Unknown, "/body/product"),
        ],
    );
    let mut cut = upload(&[product]);
    cut.body.truncate(40);
    refused(Spec::meta().check(&cut), &[(Rule::Content, "/body")]);
}

#[test]
fn webhooks_have_their_envelope() {
    let envelope = |value: Value| {
        json!({"object":"whatsapp_business_account","entry":[{"id":"100200300400500",
            "changes":[{"value":value,"field":"messages"}]}]})
    };
    let metadata = json!({"display_phone_number":"15550001111",
        "phone_number_id":"111222333444555"});
    let status = json!({"messaging_product":"whatsapp","metadata":metadata,
        "statuses":[{"id":"wamid.TESTVECTOR0001","status":"delivered","timestamp":"1789000000",
        "recipient_id":"15550002222","biz_opaque_callback_data":"msg_01TEST"}]});
    let check = |value| Spec::meta().check_schema("WebhookEnvelope", &envelope(value));
    check(status.clone()).unwrap();
    let inbound = json!({"messaging_product":"whatsapp","metadata":metadata,
        "contacts":[{"profile":{"name":"Zoë"},"wa_id":"15550002222"}],
        "messages":[{"from":"15550002222","id":"wamid.TESTVECTOR0002","timestamp":"1789000001",
        "type":"text","text":{"body":"café"}}]});
    check(inbound).unwrap();
    let mut wrong = status;
    wrong["statuses"][0]["timestamp"] = json!(1_789_000_000);
    refused(
        check(wrong),
        &[(
            Rule::Type,
            "/body/entry/0/changes/0/value/statuses/0/timestamp",
        )],
    );
}
