//! The connection test.

use crate::support::{access, access_with, adapter, sns_access, sns_error};
use serde_json::{Value, json};
use tidings_aws_http::testing::TOPIC;
use tidings_messaging::{Access, AccountInfo, ConnectError, Provider as _};
use tidings_routing::Class;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string_contains, header},
};

/// What AWS answers to each question when all is well.
pub(crate) fn answers() -> [(&'static str, Value); 3] {
    [
        (
            "DescribeAccountAttributes",
            json!({"AccountAttributes": [
                {"Name": "DEFAULT_PROTECT_CONFIGURATION_ID", "Value": "protect-1"},
                {"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"},
            ]}),
        ),
        (
            "DescribeSpendLimits",
            json!({"SpendLimits": [
                {"Name": "VOICE_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 1, "MaxLimit": 1, "Overridden": false},
                {"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 50, "MaxLimit": 100, "Overridden": true},
            ]}),
        ),
        (
            "DescribeConfigurationSets",
            json!({"ConfigurationSets": [{
                "ConfigurationSetArn": "arn:aws:sms-voice:us-east-1:111122223333:configuration-set/our-platform",
                "ConfigurationSetName": "our-platform", "CreatedTimestamp": 1_784_127_600.5,
                "EventDestinations": [
                    {"EventDestinationName": "log", "Enabled": true, "MatchingEventTypes": ["TEXT_ALL"],
                        "CloudWatchLogsDestination": {"IamRoleArn": "arn:aws:iam::111122223333:role/log",
                            "LogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:log"}},
                    {"EventDestinationName": "us", "Enabled": true, "MatchingEventTypes": ["TEXT_ALL", "MEDIA_ALL"],
                        "SnsDestination": {"TopicArn": TOPIC}},
                ],
            }]}),
        ),
    ]
}

/// A connection test where AWS gives these answers, by operation.
async fn connect(
    access: &Access,
    answers: impl IntoIterator<Item = (&'static str, ResponseTemplate)>,
) -> Result<AccountInfo, ConnectError> {
    let server = MockServer::start().await;
    for (operation, answer) in answers {
        Mock::given(header(
            "x-amz-target",
            format!("PinpointSMSVoiceV2.{operation}"),
        ))
        .respond_with(answer)
        .mount(&server)
        .await;
    }
    adapter(&server.uri()).connect(access).await
}

/// The good answers, with some replaced.
fn answers_with(
    others: &[(&'static str, ResponseTemplate)],
) -> Vec<(&'static str, ResponseTemplate)> {
    let answer = |(operation, body): (&'static str, Value)| {
        let other = others.iter().find(|(name, _)| *name == operation);
        let usual = || ResponseTemplate::new(200).set_body_json(body);
        (
            operation,
            other.map_or_else(usual, |(_, answer)| answer.clone()),
        )
    };
    answers().into_iter().map(answer).collect()
}

fn json(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn a_good_account_has_its_tier_and_its_limit() {
    let info = connect(&access(), answers_with(&[])).await.unwrap();
    assert_eq!(info.state.as_deref(), Some("PRODUCTION"));
    assert_eq!(
        info.notes,
        ["At most 50 US dollars are spent on texts each month; then AWS refuses them."]
    );
}

#[tokio::test]
async fn what_keeps_messages_or_receipts_away_is_noted() {
    let sandbox =
        json(json!({"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "SANDBOX"}]}));
    let answers = answers_with(&[("DescribeAccountAttributes", sandbox)]);
    let without = access_with(&[("topic_arn", "")]);
    let info = connect(&without, answers).await.unwrap();
    assert_eq!(info.state.as_deref(), Some("SANDBOX"));
    let notes = info.notes.join("\n");
    for word in ["sandbox", "No configuration set", "No topic"] {
        assert!(notes.contains(word), "{word}: {notes}");
    }
}

#[tokio::test]
async fn events_that_go_elsewhere_are_noted() {
    let [_, _, (operation, good)] = answers();
    let disabled = good
        .to_string()
        .replace("\"Enabled\":true", "\"Enabled\":false");
    let elsewhere = good.to_string().replace(TOPIC, &format!("{TOPIC}2"));
    for body in [
        disabled,
        elsewhere,
        json!({"ConfigurationSets": []}).to_string(),
    ] {
        let body: Value = serde_json::from_str(&body).unwrap();
        let info = connect(&access(), answers_with(&[(operation, json(body))]))
            .await
            .unwrap();
        let notes = info.notes.join("\n");
        assert!(notes.contains("to none of the topics"), "{notes}");
    }
}

#[tokio::test]
async fn what_the_key_may_not_ask_is_noted() {
    let denied = ResponseTemplate::new(400)
        .set_body_json(json!({"__type": "AccessDeniedException", "Message": "no right"}));
    let answers = answers_with(&[
        ("DescribeSpendLimits", denied.clone()),
        ("DescribeConfigurationSets", denied.clone()),
    ]);
    let info = connect(&access(), answers).await.unwrap();
    assert_eq!(
        info.notes,
        [
            "The spend limit could not be read: the provider refused: no right.",
            "The configuration set could not be read: the provider refused: no right.",
        ]
    );
    let answers = answers_with(&[("DescribeAccountAttributes", denied)]);
    let refused = connect(&access(), answers).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(error) if error.class == Class::Account));
}

#[tokio::test]
async fn wrong_keys_are_the_account_s_although_aws_says_400() {
    for kind in ["UnrecognizedClientException", "InvalidSignatureException"] {
        let answer =
            ResponseTemplate::new(400).set_body_json(json!({"__type": kind, "message": "no"}));
        let answers = answers_with(&[("DescribeAccountAttributes", answer)]);
        match connect(&access(), answers).await {
            Err(ConnectError::Refused(error)) => {
                assert_eq!(
                    (error.class, error.provider_code.as_str()),
                    (Class::Account, kind)
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A connection test where SNS says this of its sandbox.
async fn sns(status: ResponseTemplate) -> AccountInfo {
    let server = MockServer::start().await;
    let attributes = "<GetSMSAttributesResponse><GetSMSAttributesResult><attributes>\
        <entry><key>DefaultSMSType</key><value>Promotional</value></entry>\
        <entry><key>MonthlySpendLimit</key><value>1</value></entry>\
        </attributes></GetSMSAttributesResult></GetSMSAttributesResponse>";
    for (action, answer) in [
        (
            "GetSMSAttributes",
            ResponseTemplate::new(200).set_body_string(attributes),
        ),
        ("GetSMSSandboxAccountStatus", status),
    ] {
        Mock::given(body_string_contains(format!("Action={action}&")))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    adapter(&server.uri()).connect(&sns_access()).await.unwrap()
}

#[tokio::test]
async fn sns_tells_its_limit_and_its_sandbox() {
    let status = |is_in: &str| {
        ResponseTemplate::new(200).set_body_string(format!(
            "<GetSMSSandboxAccountStatusResponse><GetSMSSandboxAccountStatusResult>\
             <IsInSandbox>{is_in}</IsInSandbox></GetSMSSandboxAccountStatusResult>\
             </GetSMSSandboxAccountStatusResponse>"
        ))
    };
    let info = sns(status("true")).await;
    assert_eq!(info.state.as_deref(), Some("SANDBOX"));
    let notes = info.notes.join("\n");
    for word in ["no receipts", "At most 1 US dollars", "in the sandbox"] {
        assert!(notes.contains(word), "{word}: {notes}");
    }
    let info = sns(status("false")).await;
    assert_eq!(info.state.as_deref(), Some("PRODUCTION"));
    assert_eq!(info.notes.len(), 2);

    let denied = ResponseTemplate::new(403).set_body_string(sns_error("AuthorizationError", "no"));
    let info = sns(denied).await;
    assert_eq!(info.state, None);
    assert!(info.notes.join("\n").contains("does not say"));
}
