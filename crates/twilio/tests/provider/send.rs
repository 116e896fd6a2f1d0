use crate::support::{
    ACCOUNT, FROM, KEY, MESSAGES, SERVICE, SID, TO, access, access_with, answering, attempt,
    fields, known, message, only_request, refusal, rejected, resource, sms, twilio,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::BTreeMap;
use tidings_conformance::sendable;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{
    Access, Address, ComponentCall, ComponentKind, Content, Degrees, Media, Outcome, Parameter,
    ParameterValue, Provider as _, Rich, RichForm, RichKind, SendableMessage, TemplateCall,
};
use tidings_routing::{Class, ProviderError};
use tidings_twilio::ERRORS;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::path};

const OTHER_SERVICE: &str = "MG00000000000000000000000000000008";

/// Sends to a server that accepts, and gives back what it got.
async fn accepted(access: &Access, message: &SendableMessage) -> Request {
    let server = answering(ResponseTemplate::new(201).set_body_json(resource())).await;
    let outcome = twilio(&server.uri()).send(access, message).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: SID.into()
        }
    );
    let request = only_request(&server).await;
    let operation = known(&request);
    assert_eq!(operation.id(), "CreateMessage");
    assert_eq!(operation.parameter("AccountSid"), Some(ACCOUNT));
    request
}

/// The fields of an accepted call.
async fn form(access: &Access, message: &SendableMessage) -> String {
    let request = accepted(access, message).await;
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    fields(&request)
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect::<Vec<_>>()
        .concat()
}

async fn outcome(response: ResponseTemplate) -> Outcome {
    let server = answering(response).await;
    twilio(&server.uri()).send(&access(), &sms("Ready")).await
}

/// A refusal by us: nothing may reach the server.
async fn refused_here(access: &Access, message: &SendableMessage) -> ProviderError {
    let server = MockServer::start().await;
    let error = rejected(twilio(&server.uri()).send(access, message).await);
    assert!(server.received_requests().await.unwrap().is_empty());
    error
}

fn media(url: &str) -> Media {
    Media {
        url: url.into(),
        content_type: None,
    }
}

fn template(provider_ids: BTreeMap<String, String>) -> Content {
    let text = |name: &str, value: &str| Parameter {
        name: name.into(),
        value: ParameterValue::Text(value.into()),
    };
    Content {
        text: "Hi Ana, order A-42 ships today".into(),
        template: Some(TemplateCall {
            id: "tpl_00000000000000000000000001".parse().unwrap(),
            name: "order_update".into(),
            locale: "en".into(),
            provider_ids,
            components: vec![ComponentCall {
                component: ComponentKind::Body,
                parameters: vec![text("1", "Ana"), text("2", "A-42")],
            }],
        }),
        ..Content::default()
    }
}

#[tokio::test]
async fn a_text_names_recipient_sender_body_and_our_reference() {
    insta::assert_snapshot!(form(&access(), &sms("Ready & so on, 100 % 😀")).await, @r"
    To=+12025550123
    From=+12025550100
    Body=Ready & so on, 100 % 😀
    StatusCallback=https://hooks.example.com/callbacks/twilio/abc?att=att_00000000000000000000000007#rc=3&rp=all
    ");
}

#[tokio::test]
async fn an_attachment_is_repeated_for_each() {
    let content = Content {
        media: vec![
            media("https://cdn.example.com/a.png"),
            media("https://cdn.example.com/b.png"),
        ],
        ..Content::text("Two pictures")
    };
    insta::assert_snapshot!(form(&access(), &message(Channel::Sms, content)).await, @r"
    To=+12025550123
    From=+12025550100
    Body=Two pictures
    MediaUrl=https://cdn.example.com/a.png
    MediaUrl=https://cdn.example.com/b.png
    StatusCallback=https://hooks.example.com/callbacks/twilio/abc?att=att_00000000000000000000000007#rc=3&rp=all
    ");
}

#[tokio::test]
async fn whatsapp_addresses_have_their_prefix() {
    let content = Content {
        media: vec![media("https://cdn.example.com/a.png")],
        ..Content::default()
    };
    insta::assert_snapshot!(form(&access(), &message(Channel::Whatsapp, content)).await, @r"
    To=whatsapp:+12025550123
    From=whatsapp:+12025550100
    MediaUrl=https://cdn.example.com/a.png
    StatusCallback=https://hooks.example.com/callbacks/twilio/abc?att=att_00000000000000000000000007#rc=3&rp=all
    ");
}

#[tokio::test]
async fn a_template_is_called_by_its_content_sid() {
    let ids = BTreeMap::from([(
        "twilio".to_owned(),
        "HX00000000000000000000000000000005".to_owned(),
    )]);
    insta::assert_snapshot!(form(&access(), &message(Channel::Whatsapp, template(ids))).await, @r#"
    To=whatsapp:+12025550123
    From=whatsapp:+12025550100
    ContentSid=HX00000000000000000000000000000005
    ContentVariables={"1":"Ana","2":"A-42"}
    StatusCallback=https://hooks.example.com/callbacks/twilio/abc?att=att_00000000000000000000000007#rc=3&rp=all
    "#);
}

#[tokio::test]
async fn a_template_without_a_content_sid_is_refused_with_advice() {
    let message = message(Channel::Whatsapp, template(BTreeMap::new()));
    let error = refused_here(&access(), &message).await;
    assert_eq!(error.class, Class::Sender);
    assert_eq!(error.provider_code, "template_not_synced");
    assert!(error.advice.contains("HX"), "{}", error.advice);
}

#[tokio::test]
async fn a_messaging_service_is_named_beside_the_sender() {
    let access = access_with(&[("messaging_service_sid", SERVICE)]);
    let form = form(&access, &sms("Ready")).await;
    assert!(form.contains(&format!("From={FROM}\n")));
    assert!(form.contains(&format!("MessagingServiceSid={SERVICE}\n")));
}

#[tokio::test]
async fn a_service_that_is_the_sender_chooses_alone() {
    for channel in [Channel::Sms, Channel::Whatsapp] {
        let message = sendable(
            attempt(),
            channel,
            Purpose::Transactional,
            crate::support::to(),
            SERVICE,
            Content::text("Ready"),
        );
        // Another service of the account does not matter then.
        let access = access_with(&[("messaging_service_sid", OTHER_SERVICE)]);
        let form = form(&access, &message).await;
        assert!(
            form.contains(&format!("MessagingServiceSid={SERVICE}\n")),
            "{form}"
        );
        assert!(!form.contains("From="), "{form}");
        assert!(!form.contains(OTHER_SERVICE), "{form}");
    }
}

#[tokio::test]
async fn a_place_has_its_name_as_text() {
    let place = |name: Option<&str>, address: Option<&str>| Content {
        rich: Some(Rich {
            form: Some(RichForm::Location {
                latitude: Degrees::new(38.7223).unwrap(),
                longitude: Degrees::new(-9.1393).unwrap(),
                name: name.map(str::to_owned),
                address: address.map(str::to_owned),
            }),
            to: None,
        }),
        ..Content::default()
    };
    for (content, lines) in [
        (
            place(Some("Shop"), Some("Rua 1")),
            "Body=Shop\nPersistentAction=geo:38.7223,-9.1393|Rua 1\n",
        ),
        (
            place(None, None),
            "Body=geo:38.7223,-9.1393\nPersistentAction=geo:38.7223,-9.1393\n",
        ),
    ] {
        let form = form(&access(), &message(Channel::Whatsapp, content)).await;
        assert!(form.contains(lines), "{form}");
    }
}

#[tokio::test]
async fn rich_messages_that_need_a_content_are_refused_here() {
    let content = Content {
        rich: Some(Rich {
            form: Some(RichForm::LocationRequest),
            to: None,
        }),
        ..Content::text("Where are you?")
    };
    let error = refused_here(&access(), &message(Channel::Whatsapp, content)).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Sender, "not_carried")
    );
    let ability = tidings_twilio::DESCRIPTOR.ability(Channel::Whatsapp);
    assert!(!ability.unwrap().rich.contains(&RichKind::LocationRequest));
}

#[tokio::test]
async fn the_token_opens_the_account_and_an_api_key_replaces_it() {
    let basic = |user: &str, password: &str| {
        format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
    };
    let request = accepted(&access(), &sms("Ready")).await;
    assert_eq!(
        request.headers["authorization"],
        basic(ACCOUNT, crate::support::TOKEN).as_str()
    );
    let access = access_with(&[("api_key_sid", KEY), ("api_key_secret", "secret")]);
    let request = accepted(&access, &sms("Ready")).await;
    assert_eq!(
        request.headers["authorization"],
        basic(KEY, "secret").as_str()
    );
}

#[tokio::test]
async fn a_callback_address_that_twilio_refuses_does_not_stop_the_message() {
    let access = Access {
        callback_url: "https://my_host.example.com/c".into(),
        ..access()
    };
    assert_eq!(
        form(&access, &sms("Ready")).await,
        format!("To={TO}\nFrom={FROM}\nBody=Ready\n")
    );
}

#[tokio::test]
async fn the_path_of_the_base_address_is_kept() {
    let server = MockServer::start().await;
    Mock::given(path(format!("/fake{MESSAGES}")))
        .respond_with(ResponseTemplate::new(201).set_body_json(resource()))
        .mount(&server)
        .await;
    for base in ["/fake", "/fake/"] {
        let twilio = twilio(&format!("{}{base}", server.uri()));
        let outcome = twilio.send(&access(), &sms("Ready")).await;
        assert_eq!(
            outcome,
            Outcome::Accepted {
                provider_message_id: SID.into()
            },
            "{base}"
        );
    }
}

#[tokio::test]
async fn people_without_a_number_are_refused_here() {
    // Others reach them by WhatsApp, and nobody does by SMS.
    for (channel, class) in [
        (Channel::Whatsapp, Class::Sender),
        (Channel::Sms, Class::Recipient),
    ] {
        let message = sendable(
            attempt(),
            channel,
            Purpose::Transactional,
            Address::WhatsappUser("US.13491208655302741918".into()),
            FROM,
            Content::text("Ready"),
        );
        let error = refused_here(&access(), &message).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (class, "no_phone_number")
        );
    }
}

#[tokio::test]
async fn email_is_refused_here() {
    let address = Address::Email("ana@example.com".into());
    let message = sendable(
        attempt(),
        Channel::Email,
        Purpose::Transactional,
        address,
        "us@example.com",
        Content::text("Ready"),
    );
    let error = refused_here(&access(), &message).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Sender, "no_email")
    );
}

#[tokio::test]
async fn more_media_than_a_message_carries_are_refused_here() {
    let content = |count: usize| Content {
        media: vec![media("https://cdn.example.com/a.png"); count],
        ..Content::default()
    };
    // More than one is too many for WhatsApp itself, whoever carries it.
    for (channel, count, class) in [
        (Channel::Sms, 11, Class::Sender),
        (Channel::Whatsapp, 2, Class::Content),
    ] {
        let error = refused_here(&access(), &message(channel, content(count))).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (class, "too_many_media")
        );
    }
}

#[tokio::test]
async fn misshapen_credentials_are_the_account_s_fault() {
    let access = access_with(&[("messaging_service_sid", "mine")]);
    let error = refused_here(&access, &sms("Ready")).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "credentials")
    );
}

#[tokio::test]
async fn every_code_of_the_table_refuses_by_its_class() {
    for row in ERRORS.rows() {
        let body = refusal(row.code.parse().unwrap(), "no", 400);
        let outcome = outcome(ResponseTemplate::new(400).set_body_json(body)).await;
        if ["20500", "20503"].contains(&row.code) {
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{}", row.code);
            continue;
        }
        let error = rejected(outcome);
        assert_eq!(
            (error.class, error.provider_code),
            (row.class, row.code.to_string())
        );
        assert!(!error.advice.is_empty());
    }
}

#[tokio::test]
async fn an_invalid_recipient_is_refused_without_showing_the_number() {
    let body = refusal(21_211, "Invalid 'To' Phone Number: +12025550123", 400);
    let error = rejected(outcome(ResponseTemplate::new(400).set_body_json(body)).await);
    assert_eq!(
        error,
        ProviderError {
            class: Class::Recipient,
            provider_code: "21211".into(),
            detail: "Invalid 'To' Phone Number: +…23".into(),
            advice: "the number is not valid: correct it with the contact".into(),
            retry_after_seconds: None,
            absence: None,
            most_retries: None,
        }
    );
}

#[tokio::test]
async fn wrong_credentials_are_the_account_s() {
    let body = refusal(20_003, "Authenticate", 401);
    let error = rejected(outcome(ResponseTemplate::new(401).set_body_json(body)).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "20003")
    );
}

#[tokio::test]
async fn a_rate_limit_carries_the_wait_that_twilio_asks_for() {
    let body = refusal(20_429, "Too Many Requests", 429);
    let answer = ResponseTemplate::new(429).set_body_json(body);
    let error = rejected(outcome(answer.clone().insert_header("Retry-After", "30")).await);
    assert_eq!(
        (error.class, error.retry_after_seconds),
        (Class::RateLimited, Some(30))
    );
    let date = answer.insert_header("Retry-After", "Wed, 15 Jul 2026 15:01:00 GMT");
    assert_eq!(rejected(outcome(date).await).retry_after_seconds, None);
}

#[tokio::test]
async fn a_refusal_without_json_goes_by_its_status() {
    let answer = ResponseTemplate::new(413).set_body_string("<html>Too large</html>");
    let error = rejected(outcome(answer).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Content, "http_413")
    );
    assert_eq!(error.detail, "Twilio gave no reason");
}

#[tokio::test]
async fn a_fault_of_the_server_leaves_the_outcome_unknown() {
    for answer in [
        ResponseTemplate::new(500).set_body_json(refusal(20_500, "An internal server error", 500)),
        ResponseTemplate::new(503).set_body_json(refusal(20_503, "Service unavailable", 503)),
        ResponseTemplate::new(500).set_body_json(refusal(99_999, "Something new", 500)),
        ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>"),
        ResponseTemplate::new(408),
        ResponseTemplate::new(302).insert_header("Location", "https://elsewhere.example.com/"),
    ] {
        let outcome = outcome(answer).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_fault_of_the_server_with_a_refusing_code_is_a_refusal() {
    let body = refusal(20_429, "Too Many Requests", 503);
    let error = rejected(outcome(ResponseTemplate::new(503).set_body_json(body)).await);
    assert_eq!(error.class, Class::RateLimited);
}
