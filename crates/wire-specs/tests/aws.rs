//! Requests to AWS, right and wrong.

use serde_json::json;
use tidings_wire_specs::{AwsModel, Request, Rule};

/// The worked example of Signature Version 4 for SNS.
fn publish(body: &str) -> Request {
    Request::new("POST", "https://sns.us-east-1.amazonaws.com/")
        .header(
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .header("X-Amz-Date", "20260102T030405Z")
        .header(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/sns/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=237436aff5c3f9cb84e94e5c03cfd9834af0d76ab16c57781d44b7b954b76c7f",
        )
        .body(body)
}

const PUBLISH: &str = "Action=Publish&Message=Your%20table%20is%20ready\
    &MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType\
    &MessageAttributes.entry.1.Value.DataType=String\
    &MessageAttributes.entry.1.Value.StringValue=Transactional\
    &PhoneNumber=%2B15550002222&Version=2010-03-31";

#[test]
fn a_notification_passes() {
    assert_eq!(AwsModel::sns().assert(&publish(PUBLISH)).id(), "Publish");
}

#[test]
fn a_text_message_passes() {
    let input = json!({"DestinationPhoneNumber":"+15550002222","OriginationIdentity":"+15550001111","MessageBody":"Your table is ready",
        "MessageType":"TRANSACTIONAL","ConfigurationSetName":"our-platform","Context":{"ref":"msg_01TEST","t":"acme"},"TimeToLive":3600});
    AwsModel::sms_voice_v2()
        .check_json("SendTextMessage", &input)
        .unwrap();
    let wrong = json!({"DestinationPhoneNumber":"0","MessageBody":" ","MessageType":"X","TimeToLive":1,"Extra":1,"Context":{"a b":""}});
    let violations = AwsModel::sms_voice_v2()
        .check_json("SendTextMessage", &wrong)
        .unwrap_err();
    println!("{violations}");
    assert!(violations.has(Rule::Enum, "/body/MessageType"));
}

#[test]
fn an_email_passes() {
    let request = Request::new("POST", "https://email.us-east-1.amazonaws.com/v2/email/outbound-emails")
        .header("X-Amz-Date", "20260102T030405Z")
        .header(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/ses/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=e0068127361c05db8860aebce41cc77ec84e042c11f1ea853cebe9c2517413c3",
        )
        .json(&json!({"FromEmailAddress":"no-reply@example.com","Destination":{"ToAddresses":["ann@example.net"]},"Content":{"Simple":{"Subject":{"Data":"Hi"},"Body":{"Text":{"Data":"Hello"}}}}}));
    assert_eq!(AwsModel::sesv2().assert(&request).id(), "SendEmail");
}
