//! Every request against AWS's own models, and our fakes' answers too.

use crate::support::{FROM, ID, access, adapter, message, mms, request, sms, sns_access};
use serde_json::json;
use tidings_conformance::sendable_for;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Access, Content, Provider as _};
use tidings_wire_specs::{AwsModel, Request};
use time::Duration;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

fn on_the_wire(request: &wiremock::Request) -> Request {
    let start = Request::new(request.method.as_str(), request.url.as_str());
    let headers = request.headers.iter();
    headers
        .fold(start, |start, (name, value)| {
            start.header(name.as_str(), value.to_str().unwrap())
        })
        .body(request.body.clone())
}

#[tokio::test]
async fn every_message_is_as_the_models_want_it() {
    let long = format!("{} 😀", "é".repeat(1_590));
    let spans = [Duration::SECOND, Duration::hours(1), Duration::days(20)];
    let valid = spans.map(|span| {
        let content = Content::text("Ready");
        sendable_for(
            crate::support::attempt(),
            Channel::Sms,
            Purpose::Transactional,
            crate::support::to(),
            FROM,
            content,
            span,
        )
    });
    let mut messages = vec![
        sms("Ready"),
        sms("Ready & so on, 100 % 😀\nsecond line"),
        sms(&long),
        message("Example", Purpose::Marketing, Content::text("Sale")),
        message(
            FROM,
            Purpose::Authentication,
            Content::text("123456 is your code"),
        ),
    ];
    messages.extend(valid);
    for message in &messages {
        let voice = AwsModel::sms_voice_v2();
        let operation = voice.assert(&on_the_wire(&request(&access(), message).await));
        assert_eq!(operation.id(), "SendTextMessage");
        let operation =
            AwsModel::sns().assert(&on_the_wire(&request(&sns_access(), message).await));
        assert_eq!(operation.id(), "Publish");
    }
    let picture = "https://our-media.s3.us-east-1.amazonaws.com/promo/cat%20one.png";
    for text in ["A cat", ""] {
        let request = request(&access(), &mms(text, &[picture])).await;
        let operation = AwsModel::sms_voice_v2().assert(&on_the_wire(&request));
        assert_eq!(operation.id(), "SendMediaMessage");
    }
}

async fn connection(access: &Access, answer: ResponseTemplate) -> Vec<Request> {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    // What it says of this answer is of no interest here.
    drop(adapter(&server.uri()).connect(access).await);
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(on_the_wire).collect()
}

#[tokio::test]
async fn every_question_of_a_connection_test_is_as_the_models_want_it() {
    let answer = json!({"AccountAttributes": [], "SpendLimits": [], "ConfigurationSets": []});
    let answer = ResponseTemplate::new(200).set_body_json(answer);
    let asked: Vec<_> = connection(&access(), answer).await;
    let asked: Vec<_> = asked
        .iter()
        .map(|request| AwsModel::sms_voice_v2().assert(request).id().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "DescribeAccountAttributes",
            "DescribeSpendLimits",
            "DescribeConfigurationSets"
        ]
    );
    let answer = ResponseTemplate::new(200).set_body_string("<GetSMSAttributesResponse/>");
    assert_eq!(connection(&sns_access(), answer).await.len(), 1);
    let answer = "<GetSMSAttributesResponse></GetSMSAttributesResponse>";
    let answer = ResponseTemplate::new(200).set_body_string(answer);
    let asked: Vec<_> = connection(&sns_access(), answer).await;
    let asked: Vec<_> = asked
        .iter()
        .map(|request| AwsModel::sns().assert(request).id().to_owned())
        .collect();
    assert_eq!(asked, ["GetSMSAttributes", "GetSMSSandboxAccountStatus"]);
}

#[test]
fn the_fakes_answer_as_the_models_say() {
    let voice = AwsModel::sms_voice_v2();
    for operation in ["SendTextMessage", "SendMediaMessage"] {
        voice
            .check_output(operation, &json!({"MessageId": ID}))
            .unwrap();
    }
    for (operation, output) in crate::connect::answers() {
        voice.check_output(operation, &output).unwrap();
    }
}
