use crate::support::{
    FROM, TO, access, access_with, attempt, clicksend, handed, message, not_taken, number, on,
    picture, refusal, requests, sms, success,
};
use std::collections::BTreeMap;
use tidings_clicksend::ERRORS;
use tidings_conformance::sendable;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{
    Access, Address, Content, Media, Outcome, Provider as _, SendableMessage, TemplateCall,
};
use tidings_routing::{Class, ProviderError};
use wiremock::{MockServer, ResponseTemplate};

fn rejected(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("{other:?}"),
    }
}

async fn outcome(answer: ResponseTemplate) -> Outcome {
    let server = MockServer::start().await;
    on(&server, "POST", "/v3/sms/send", answer).await;
    let outcome = clicksend(&server.uri())
        .send(&access(), &sms("Ready"))
        .await;
    assert_eq!(requests(&server).await.len(), 1);
    outcome
}

/// A refusal by us: nothing may reach the server.
async fn refused_here(access: &Access, message: &SendableMessage) -> (Class, String) {
    let server = MockServer::start().await;
    let error = rejected(clicksend(&server.uri()).send(access, message).await);
    assert!(server.received_requests().await.unwrap().is_empty());
    assert!(!error.advice.is_empty());
    (error.class, error.provider_code)
}

fn on_channel(channel: Channel, to: Address, content: Content) -> SendableMessage {
    sendable(
        attempt(),
        channel,
        Purpose::Transactional,
        to,
        FROM,
        content,
    )
}

#[tokio::test]
async fn every_status_of_a_message_is_what_the_table_says() {
    // Words in the table that a message can come back with; faults leave it open.
    let faults = [
        "INTERNAL_ERROR",
        "SOMETHING_IS_WRONG",
        "INTERNAL_SERVER_ERROR",
    ];
    for row in ERRORS
        .rows()
        .iter()
        .filter(|row| !row.code.starts_with(char::is_numeric))
    {
        let answer = success(&handed(&not_taken(row.code)));
        match outcome(answer).await {
            Outcome::Unknown { .. } => assert!(faults.contains(&row.code), "{}", row.code),
            Outcome::Rejected(error) => {
                assert!(!faults.contains(&row.code), "{}", row.code);
                assert_eq!(
                    (
                        error.class,
                        error.provider_code.as_str(),
                        error.advice.as_str()
                    ),
                    (row.class, row.code, row.advice)
                );
            }
            Outcome::Accepted { .. } => panic!("{} was taken", row.code),
        }
    }
}

#[tokio::test]
async fn the_levels_of_http_are_told_apart() {
    for (status, code, class) in [
        (400, "BAD_REQUEST", Class::Content),
        (401, "UNAUTHORIZED", Class::Account),
        (403, "FORBIDDEN", Class::Account),
        (404, "NOT_FOUND", Class::Account),
        (405, "METHOD_NOT_ALLOWED", Class::Content),
        (429, "TOO_MANY_REQUESTS", Class::RateLimited),
    ] {
        let error = rejected(outcome(refusal(status, code)).await);
        assert_eq!((error.class, error.provider_code.as_str()), (class, code));
        assert_eq!(error.detail, "What ClickSend says about it.");
    }
    let fault = outcome(refusal(500, "INTERNAL_SERVER_ERROR")).await;
    assert!(matches!(fault, Outcome::Unknown { .. }), "{fault:?}");
}

#[tokio::test]
async fn the_wait_that_clicksend_asks_for_is_kept() {
    let answer = refusal(429, "TOO_MANY_REQUESTS").insert_header("retry-after", "17");
    assert_eq!(
        rejected(outcome(answer).await).retry_after_seconds,
        Some(17)
    );
    let answer = success(&handed(&not_taken("THROTTLED")));
    assert_eq!(
        rejected(outcome(answer).await).retry_after_seconds,
        Some(60)
    );
}

#[tokio::test]
async fn missing_and_misshapen_credentials_are_the_account_s_fault() {
    let none = Access {
        credentials: tidings_messaging::Credentials::default(),
        ..access()
    };
    for access in [none, access_with(&[("username", "a:b")])] {
        let refused = refused_here(&access, &sms("Ready")).await;
        assert_eq!(refused, (Class::Account, "credentials".to_owned()));
    }
}

#[tokio::test]
async fn what_is_not_reached_by_sms_is_refused_here() {
    let whatsapp_user = Address::WhatsappUser("US.13491208655302741918".into());
    let email = Address::Email("ana@example.com".into());
    let text = Content::text("Ready");
    for (channel, to, class, code) in [
        (
            Channel::Whatsapp,
            number(TO),
            Class::Sender,
            "wrong_channel",
        ),
        (
            Channel::Whatsapp,
            whatsapp_user,
            Class::Sender,
            "wrong_channel",
        ),
        (Channel::Email, email, Class::Sender, "wrong_channel"),
    ] {
        let message = on_channel(channel, to, text.clone());
        let refused = refused_here(&access(), &message).await;
        assert_eq!(refused, (class, code.to_owned()));
    }
}

#[tokio::test]
async fn content_that_would_not_arrive_whole_goes_another_way() {
    let files = |count: usize| Content {
        media: vec![picture("").media.remove(0); count],
        ..Content::text("Two pictures")
    };
    let png = Content {
        media: vec![Media {
            url: "https://cdn.example.com/a.png".into(),
            content_type: None,
        }],
        ..Content::text("A picture")
    };
    let subject = Content {
        subject: Some("More than twenty characters".into()),
        ..picture("Look")
    };
    for (content, code) in [
        (files(2), "too_many_media"),
        (png, "media_type"),
        (subject, "subject_too_long"),
        (picture(&"a".repeat(1_501)), "text_too_long"),
        (picture(&"я".repeat(501)), "text_too_long"),
        (template(), "no_templates"),
    ] {
        let refused = refused_here(&access(), &message(FROM, content)).await;
        assert_eq!(refused, (Class::Sender, code.to_owned()));
    }
}

#[tokio::test]
async fn a_sender_that_clicksend_would_replace_is_refused_here() {
    for from in ["My Shop", "", "12"] {
        let refused = refused_here(&access(), &message(from, Content::text("Ready"))).await;
        assert_eq!(refused, (Class::Sender, "invalid_sender".to_owned()));
    }
}

fn template() -> Content {
    Content {
        template: Some(TemplateCall {
            id: "tpl_00000000000000000000000001".parse().unwrap(),
            name: "order_update".into(),
            locale: "en".into(),
            provider_ids: BTreeMap::new(),
            components: Vec::new(),
        }),
        ..Content::text("Order A-42 ships today")
    }
}
