use serde_json::{Value, json};
use tidings_wire_specs::{AwsModel, Request, Rule};

use crate::refused;

fn call(method: &str, path: &str) -> Request {
    let url = format!("https://email.us-east-1.amazonaws.com{path}");
    Request::new(method, url)
        .header("X-Amz-Date", "20260102T030405Z")
        .header(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/ses/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=e0068127361c05db8860aebce41cc77ec84e042c11f1ea853cebe9c2517413c3",
        )
}

fn email() -> Value {
    json!({"FromEmailAddress":"Acme <no-reply@example.com>",
        "Destination":{"ToAddresses":["ann@example.net"]},
        "Content":{"Simple":{"Subject":{"Data":"Your code","Charset":"UTF-8"},
        "Body":{"Text":{"Data":"Code 123456","Charset":"UTF-8"},
            "Html":{"Data":"<p>Code 123456</p>","Charset":"UTF-8"}},
        "Headers":[{"Name":"List-Unsubscribe","Value":"<https://u.example.com/x>"},
            {"Name":"List-Unsubscribe-Post","Value":"List-Unsubscribe=One-Click"}]}},
        "EmailTags":[{"Name":"ref","Value":"msg_01TEST"},{"Name":"t","Value":"acme"}],
        "ConfigurationSetName":"our-platform"})
}

fn send(body: &Value) -> Request {
    call("POST", "/v2/email/outbound-emails").json(body)
}

#[test]
fn calls_pass() {
    let model = AwsModel::sesv2();
    assert_eq!(model.assert(&send(&email())).id(), "SendEmail");
    let raw = json!({"Content":{"Raw":{"Data":"RnJvbTogYQ0KDQpi"}}});
    model.assert(&send(&raw));
    model.assert(&call("GET", "/v2/email/account"));
    let insights = "/v2/email/insights/0100018f0a0b0c0d-11111111-000000/";
    assert_eq!(
        model.assert(&call("GET", insights)).id(),
        "GetMessageInsights"
    );
    let list = "/v2/email/suppression/addresses?Reason=BOUNCE&Reason=COMPLAINT&PageSize=10\
        &StartDate=2026-11-20T00:00:00Z";
    model.assert(&call("GET", list));
    let one = model.assert(&call(
        "DELETE",
        "/v2/email/suppression/addresses/ann%40example.net",
    ));
    assert_eq!(one.parameter("EmailAddress"), Some("ann@example.net"));
    let events = "/v2/email/configuration-sets/our-platform/event-destinations";
    model.assert(
        &call("POST", events).json(&json!({"EventDestinationName":"hook",
        "EventDestination":{"Enabled":true,"MatchingEventTypes":["SEND","DELIVERY","BOUNCE"],
        "SnsDestination":{"TopicArn":"arn:aws:sns:us-east-1:111122223333:our-topic"}}})),
    );
}

#[test]
fn every_fault_has_its_place() {
    let model = AwsModel::sesv2();
    let wrong = json!({"Destination":{"ToAddress":["ann@example.net"]},
        "Content":{"Simple":{"Subject":{"Charset":"UTF-8"},"Body":{},
        "Headers":[{"Name":"a:b","Value":"ü"}]},"Raw":{"Data":"a b"}},
        "EmailTags":{"ref":"x"}});
    refused(
        model.check(&send(&wrong)),
        &[
            (Rule::Unknown, "/body/Destination/ToAddress"),
            (Rule::Missing, "/body/Content/Simple/Subject/Data"),
            (Rule::Pattern, "/body/Content/Simple/Headers/0/Name"),
            (Rule::Pattern, "/body/Content/Simple/Headers/0/Value"),
            (Rule::Pattern, "/body/Content/Raw/Data"),
            (Rule::Type, "/body/EmailTags"),
        ],
    );
    let list = "/v2/email/suppression/addresses?Reason=SPAM&PageSize=ten&Page=1&StartDate=today";
    refused(
        model.check(&call("GET", list)),
        &[
            (Rule::Enum, "/query/Reason/0"),
            (Rule::Type, "/query/PageSize"),
            (Rule::Unknown, "/query/Page"),
            (Rule::Format, "/query/StartDate"),
        ],
    );
    refused(
        model.check(&call("GET", "/v2/email/accounts")),
        &[(Rule::Path, "/path")],
    );
    refused(
        model.check(&call("PUT", "/v2/email/account")),
        &[(Rule::Method, "/method")],
    );
    refused(
        model.check(&call("GET", "/v2/email/account").body("{}")),
        &[(Rule::Unknown, "/body")],
    );
    let events = "/v2/email/configuration-sets/our-platform/event-destinations";
    refused(
        model.check(
            &call("POST", events).json(&json!({"ConfigurationSetName":"x",
            "EventDestinationName":"hook","EventDestination":{}})),
        ),
        &[(Rule::Unknown, "/body/ConfigurationSetName")],
    );
    refused(
        model.check(&call("PUT", "/v2/email/suppression/addresses").json(&json!([]))),
        &[
            (Rule::Type, "/body"),
            (Rule::Missing, "/body/EmailAddress"),
            (Rule::Missing, "/body/Reason"),
        ],
    );
}

#[test]
fn outputs_are_read_as_published() {
    let account = json!({"SendingEnabled":true,"ProductionAccessEnabled":true,
        "EnforcementStatus":"HEALTHY","SendQuota":{"Max24HourSend":200.0,"MaxSendRate":1.0,
        "SentLast24Hours":0.0},"Later":{}});
    AwsModel::sesv2()
        .check_output("GetAccount", &account)
        .unwrap();
    refused(
        AwsModel::sesv2().check_output("GetAccount", &json!({"SendingEnabled":"yes"})),
        &[(Rule::Type, "/body/SendingEnabled")],
    );
}
