use serde_json::{Value, json};
use tidings_wire_specs::{AwsModel, Request, Rule};

use crate::refused;

fn call(target: &str, body: &Value) -> Request {
    Request::new("POST", "https://sms-voice.us-east-1.amazonaws.com/")
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("X-Amz-Target", target)
        .header("X-Amz-Date", "20260102T030405Z")
        .header(
            "Authorization",
            format!(
                "AWS4-HMAC-SHA256 \
                 Credential=AKIDEXAMPLE/20260102/us-east-1/sms-voice/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={}",
                "0".repeat(64)
            ),
        )
        .body(body.to_string())
}

fn text() -> Value {
    json!({"DestinationPhoneNumber":"+15550002222","OriginationIdentity":"+15550001111",
        "MessageBody":"Your table is ready","MessageType":"TRANSACTIONAL",
        "ConfigurationSetName":"our-platform","Context":{"ref":"msg_01TEST","t":"acme"},
        "TimeToLive":3600,"DryRun":true,"MaxPrice":"0.05",
        "DestinationCountryParameters":{"IN_ENTITY_ID":"1234"}})
}

#[test]
fn messages_pass() {
    let model = AwsModel::sms_voice_v2();
    let operation = model.assert(&call("PinpointSMSVoiceV2.SendTextMessage", &text()));
    assert_eq!(operation.id(), "SendTextMessage");
    model.check_json("SendTextMessage", &text()).unwrap();
    let media = json!({"DestinationPhoneNumber":"+15550002222",
        "OriginationIdentity":"+15550001111","MediaUrls":["s3://our-bucket/a.png"]});
    model.check_json("SendMediaMessage", &media).unwrap();
    let output = json!({"MessageId":"0a0b0c0d-1111-4222-8333-444455556666"});
    model.check_output("SendTextMessage", &output).unwrap();
    let numbers = call("PinpointSMSVoiceV2.DescribePhoneNumbers", &json!({}));
    model.assert(&numbers);
}

#[test]
fn every_fault_has_its_place() {
    let wrong = json!({"DestinationPhoneNumber":"0","MessageBody":" ","MessageType":"URGENT",
        "TimeToLive":4,"Extra":1,"MaxPrice":"5","DryRun":"true","OriginationIdentity":"a b",
        "Context":{"a":"1","b":"2","c":"3","d":"4","e":"5","f":" x"},
        "DestinationCountryParameters":{"XX":"1"}});
    refused(
        AwsModel::sms_voice_v2().check_json("SendTextMessage", &wrong),
        &[
            (Rule::Pattern, "/body/DestinationPhoneNumber"),
            (Rule::Pattern, "/body/MessageBody"),
            (Rule::Enum, "/body/MessageType"),
            (Rule::Range, "/body/TimeToLive"),
            (Rule::Unknown, "/body/Extra"),
            (Rule::Pattern, "/body/MaxPrice"),
            (Rule::Length, "/body/MaxPrice"),
            (Rule::Type, "/body/DryRun"),
            (Rule::Pattern, "/body/OriginationIdentity"),
            (Rule::Count, "/body/Context"),
            (Rule::Pattern, "/body/Context/f"),
            (Rule::Enum, "/body/DestinationCountryParameters/XX"),
        ],
    );
    refused(
        AwsModel::sms_voice_v2().check_json("SendTextMessage", &json!({"MessageBody":"x"})),
        &[(Rule::Missing, "/body/DestinationPhoneNumber")],
    );
}

#[test]
fn the_target_names_the_operation() {
    let check = |request: &Request| AwsModel::sms_voice_v2().check(request);
    refused(
        check(&call("PinpointSMSVoiceV2.SendText", &text())),
        &[(Rule::Path, "/header/x-amz-target")],
    );
    refused(
        check(&call("Pinpoint.SendTextMessage", &text())),
        &[(Rule::Path, "/header/x-amz-target")],
    );
    let mut newer = call("PinpointSMSVoiceV2.SendTextMessage", &text());
    newer.headers[0].1 = "application/x-amz-json-1.1".to_owned();
    refused(check(&newer), &[(Rule::Content, "/header/content-type")]);
    let untold = Request::new("POST", "/").body("{}");
    refused(check(&untold), &[(Rule::Missing, "/header/x-amz-target")]);
    let broken = call("PinpointSMSVoiceV2.SendTextMessage", &text()).body("{");
    refused(check(&broken), &[(Rule::Content, "/body")]);
}
