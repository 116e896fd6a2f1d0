//! What goes out.

use super::{ID, account, account_with, answering, only_request, ses};
use crate::support::{FROM, KEY, TEXT, TO, attempt, mail, mail_to, rejected};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tidings_email::UnsubscribeKey;
use tidings_kernel::Purpose;
use tidings_messaging::{Access, Content, Media, Outcome, Provider as _, SendableMessage};
use tidings_routing::Class;
use tidings_wire_specs::AwsModel;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

/// Sends to a server that accepts, and gives back what it got: the input and the mail in it.
async fn sent(access: &Access, message: &SendableMessage) -> (Value, String) {
    let server = answering(200, &json!({"MessageId": ID})).await;
    let ses = ses(&server.uri()).with_unsubscribe(UnsubscribeKey::new(KEY.into()).unwrap());
    let outcome = ses.send(access, message).await;
    let expected = Outcome::Accepted {
        provider_message_id: ID.into(),
    };
    assert_eq!(outcome, expected);
    let (operation, request) = only_request(&server).await;
    assert_eq!(operation.id(), "SendEmail");
    let mut input: Value = serde_json::from_slice(&request.body).unwrap();
    let data = input["Content"]["Raw"]["Data"].take();
    let mail = STANDARD.decode(data.as_str().unwrap()).unwrap();
    (input, String::from_utf8(mail).unwrap())
}

#[tokio::test]
async fn a_mail_goes_out_with_our_reference() {
    let (input, mail) = sent(&account(), &mail()).await;
    assert_eq!(
        input,
        json!({
            "FromEmailAddress": FROM,
            "Destination": {"ToAddresses": [TO]},
            "Content": {"Raw": {"Data": null}},
            "EmailTags": [{"Name": "att", "Value": attempt().to_string()}],
            "ConfigurationSetName": "our-platform",
        })
    );
    assert_eq!(
        mail,
        format!(
            "Date: Wed, 15 Jul 2026 15:00:00 +0000\r\n\
             From: no-reply@example.com\r\n\
             To: ann@example.net\r\n\
             Subject: Ready\r\n\
             Message-ID: <{attempt}@example.com>\r\n\
             X-Tidings-Attempt: {attempt}\r\n\
             Auto-Submitted: auto-generated\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 7bit\r\n\
             \r\n\
             {TEXT}",
            attempt = attempt(),
        )
    );
}

/// What SES lets stand in a tag, and gives back in an answer.
#[test]
fn our_reference_is_one_that_ses_takes() {
    let reference = attempt().to_string();
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    assert!(reference.len() <= 256 && reference.bytes().all(is_right));
    let answer = json!({"MessageId": ID});
    AwsModel::sesv2()
        .check_output("SendEmail", &answer)
        .unwrap();
}

#[tokio::test]
async fn names_tenants_and_temporary_keys_go_along() {
    let access = account_with(&[
        ("from_name", "Bäckerei"),
        ("reply_to", "office@example.org"),
        ("tenant_name", "acme"),
        ("configuration_set", ""),
        ("session_token", "FwoGZXIvYXdzE//+="),
    ]);
    let (input, mail) = sent(&access, &mail()).await;
    assert_eq!(input["TenantName"], "acme");
    assert_eq!(input["ConfigurationSetName"], Value::Null);
    assert!(mail.contains("From: =?utf-8?b?QsOkY2tlcmVp?= <no-reply@example.com>\r\n"));
    assert!(mail.contains("Reply-To: office@example.org\r\n"));
}

#[tokio::test]
async fn only_marketing_has_a_link_to_stop_it() {
    for purpose in Purpose::ALL {
        let message = mail_to(TO, purpose, Content::text(TEXT));
        let (_, mail) = sent(&account(), &message).await;
        let link = "List-Unsubscribe: <https://hooks.example.com/callbacks/ses/abc?unsubscribe=";
        assert_eq!(
            mail.contains(link),
            purpose == Purpose::Marketing,
            "{purpose}"
        );
    }
}

#[tokio::test]
async fn a_domain_in_another_script_travels_in_ascii() {
    let message = mail_to(
        "ann@bücher.example",
        Purpose::Transactional,
        Content::text(TEXT),
    );
    let (input, mail) = sent(&account(), &message).await;
    let expected = "ann@xn--bcher-kva.example";
    assert_eq!(input["Destination"]["ToAddresses"], json!([expected]));
    assert!(mail.contains(&format!("To: {expected}\r\n")));
}

#[tokio::test]
async fn what_ses_cannot_carry_is_refused_before_any_call() {
    let server = MockServer::start().await;
    let media = Content {
        media: vec![Media {
            url: "https://example.com/a.pdf".into(),
            content_type: None,
        }],
        ..Content::text(TEXT)
    };
    for (message, class, code) in [
        (
            mail_to(
                "jürgen@example.net",
                Purpose::Transactional,
                Content::text(TEXT),
            ),
            Class::Recipient,
            "no_smtputf8",
        ),
        (
            mail_to("nobody", Purpose::Transactional, Content::text(TEXT)),
            Class::Recipient,
            "recipient_address",
        ),
        (
            mail_to(TO, Purpose::Transactional, media),
            Class::Content,
            "media",
        ),
    ] {
        let error = rejected(ses(&server.uri()).send(&account(), &message).await);
        assert_eq!((error.class, error.provider_code.as_str()), (class, code));
    }
    for (name, value) in [("region", "nowhere"), ("secret_access_key", "")] {
        let mut access = account();
        access.credentials = crate::support::access(
            "ses",
            &[
                ("access_key_id", "AKIAIOSFODNN7EXAMPLE"),
                if name == "region" {
                    (name, value)
                } else {
                    ("region", "eu-west-1")
                },
                if name == "region" {
                    ("secret_access_key", super::SECRET)
                } else {
                    (name, value)
                },
            ],
        )
        .credentials;
        let error = rejected(ses(&server.uri()).send(&access, &mail()).await);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Account, "credentials")
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_name_of_an_error_is_read_from_the_header() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(
            ResponseTemplate::new(400)
                .insert_header(
                    "x-amzn-errortype",
                    "MailFromDomainNotVerifiedException:http://x/",
                )
                .set_body_json(json!({"message": "Mail from domain is not verified"})),
        )
        .mount(&server)
        .await;
    let error = rejected(ses(&server.uri()).send(&account(), &mail()).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "MailFromDomainNotVerifiedException")
    );
    assert!(error.advice.contains("MAIL FROM"));
}
