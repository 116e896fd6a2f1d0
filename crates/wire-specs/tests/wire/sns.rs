use serde_json::json;
use tidings_wire_specs::{AwsModel, Request, Rule};

use crate::refused;

const SIGNATURE: &str = "AWS4-HMAC-SHA256 \
    Credential=AKIDEXAMPLE/20260102/us-east-1/sns/aws4_request, \
    SignedHeaders=content-type;host;x-amz-date, \
    Signature=237436aff5c3f9cb84e94e5c03cfd9834af0d76ab16c57781d44b7b954b76c7f";

const PUBLISH: &str = "Action=Publish&Message=Your%20table%20is%20ready\
    &MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType\
    &MessageAttributes.entry.1.Value.DataType=String\
    &MessageAttributes.entry.1.Value.StringValue=Transactional\
    &PhoneNumber=%2B15550002222&Version=2010-03-31";

fn unsigned(body: &str) -> Request {
    Request::new("POST", "https://sns.us-east-1.amazonaws.com/")
        .header(
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .body(body)
}

fn call(body: &str) -> Request {
    unsigned(body)
        .header("X-Amz-Date", "20260102T030405Z")
        .header("Authorization", SIGNATURE)
}

#[test]
fn actions_pass() {
    for body in [
        PUBLISH,
        "Action=GetSMSAttributes&Version=2010-03-31&attributes.member.1=MonthlySpendLimit\
            &attributes.member.2=DefaultSMSType",
        "Action=SetSMSAttributes&Version=2010-03-31&attributes.entry.1.key=DefaultSMSType\
            &attributes.entry.1.value=Transactional",
        "Action=ListPhoneNumbersOptedOut&Version=2010-03-31",
    ] {
        AwsModel::sns().assert(&call(body));
    }
    // Whoever holds the token may confirm.
    let confirm = "Action=ConfirmSubscription&Version=2010-03-31&Token=abc\
        &TopicArn=arn:aws:sns:us-east-1:111122223333:our-topic";
    AwsModel::sns().assert(&unsigned(confirm));
}

#[test]
fn every_fault_of_a_form_has_its_place() {
    let wrong = "Action=Publish&Version=2010-03-30&Mesage=x&PhoneNumber=1&PhoneNumber=2\
        &MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType\
        &MessageAttributes.entry.1.Value.StringValue=Transactional\
        &MessageAttributes.entry.1.Value.BinaryValue=not-base64\
        &MessageAttributes.entry.3.Name=late";
    refused(
        AwsModel::sns().check(&call(wrong)),
        &[
            (Rule::Enum, "/body/Version"),
            (Rule::Unknown, "/body/Mesage"),
            (Rule::Missing, "/body/Message"),
            (Rule::Repeated, "/body/PhoneNumber"),
            (
                Rule::Missing,
                "/body/MessageAttributes/AWS.SNS.SMS.SMSType/DataType",
            ),
            (
                Rule::Pattern,
                "/body/MessageAttributes/AWS.SNS.SMS.SMSType/BinaryValue",
            ),
            (Rule::Unknown, "/body/MessageAttributes.entry.3.Name"),
        ],
    );
    refused(
        AwsModel::sns().check(&call("Action=Publsh&Version=2010-03-31")),
        &[(Rule::Path, "/body/Action")],
    );
    refused(
        AwsModel::sns().check(&call("Message=x")),
        &[(Rule::Missing, "/body/Action")],
    );
    let mut get = call(PUBLISH);
    "GET".clone_into(&mut get.method);
    refused(AwsModel::sns().check(&get), &[(Rule::Method, "/method")]);
    let mut elsewhere = call(PUBLISH);
    elsewhere.url.push_str("publish");
    refused(AwsModel::sns().check(&elsewhere), &[(Rule::Path, "/path")]);
    let mut json = call(PUBLISH);
    json.headers[0].1 = "application/json".to_owned();
    refused(
        AwsModel::sns().check(&json),
        &[(Rule::Content, "/header/content-type")],
    );
}

#[test]
fn the_signature_is_whole_and_for_this_service() {
    refused(
        AwsModel::sns().check(&unsigned(PUBLISH)),
        &[(Rule::Missing, "/header/authorization")],
    );
    let signed = |header: &str| unsigned(PUBLISH).header("Authorization", header);
    let day = ("X-Amz-Date", "20260102T030405Z");
    let place = "/header/authorization";
    for (from, to) in [
        ("/sns/", "/email/"),
        ("20260102", "20260103"),
        ("host;x-amz-date", "x-amz-date;host"),
        ("content-type;host", "content-type"),
        ("content-type", "content-length"),
        ("=237436", "=Z37436"),
        ("AWS4", "AWS3"),
    ] {
        let request = signed(&SIGNATURE.replacen(from, to, 1)).header(day.0, day.1);
        let violations = AwsModel::sns().check(&request).unwrap_err();
        assert!(violations.has(Rule::Pattern, place), "{from} {violations}");
    }
    let token = call(PUBLISH).header("X-Amz-Security-Token", "token");
    refused(AwsModel::sns().check(&token), &[(Rule::Pattern, place)]);
    let undated = AwsModel::sns().check(&signed(SIGNATURE)).unwrap_err();
    assert!(
        undated.has(Rule::Missing, "/header/x-amz-date"),
        "{undated}"
    );
}

#[test]
fn outputs_are_read_as_published() {
    let sns = AwsModel::sns();
    let output = json!({"MessageId":"0a0b0c0d-1111-5222-8333-444455556666","New":1});
    sns.check_output("Publish", &output).unwrap();
    refused(
        sns.check_output("Publish", &json!({"MessageId":1})),
        &[(Rule::Type, "/body/MessageId")],
    );
    refused(
        sns.check_json("Nothing", &json!({})),
        &[(Rule::Path, "/path")],
    );
}
