//! The connection test goes as far as the login, and sends nothing.

use super::{
    account, account_with,
    fake::{Act, Fake, Script, say},
    hasty, smtp, with_reach,
};
use tidings_email::smtp::{DESCRIPTOR, Reach, SetupError, Smtp, SmtpSettings};
use tidings_messaging::{ConnectError, Found, NotAuthentic, Provider as _, StatusQuery};
use tidings_routing::Class;

use crate::support::{FROM, TEXT, TO, access, attempt, clock, mail, rejected};

#[tokio::test]
async fn a_good_account_logs_in_and_leaves() {
    let fake = Fake::willing();
    let info = smtp().connect(&account(&fake)).await.unwrap();
    assert_eq!(info.name.as_deref(), Some("127.0.0.1"));
    assert_eq!(info.state.as_deref(), Some("connected"));
    assert_eq!(fake.verbs(), ["EHLO", "AUTH", "NOOP", "QUIT"]);
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let fake = Fake::new(Script {
        login: say("535 5.7.8 wrong"),
        ..Script::default()
    });
    match smtp().connect(&account(&fake)).await {
        Err(ConnectError::Refused(error)) => {
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Account, "5.7.8")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_makes_no_sense_is_unreachable() {
    for greeting in [
        Act::Close,
        Act::Hang,
        Act::Flood,
        say("421 4.3.2 later"),
        Act::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ] {
        let fake = Fake::new(Script {
            greeting,
            ..Script::default()
        });
        let result = hasty().connect(&account(&fake)).await;
        assert!(
            matches!(result, Err(ConnectError::Unreachable(_))),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn a_server_out_of_reach_is_the_account_s_to_repair() {
    let fake = Fake::willing();
    match with_reach(Reach::Networks).connect(&account(&fake)).await {
        Err(ConnectError::Refused(error)) => assert_eq!(error.provider_code, "host_not_allowed"),
        other => panic!("{other:?}"),
    }
    assert_eq!(fake.seen().connections, 0);
}

#[tokio::test]
async fn a_credential_that_is_missing_is_named_before_any_call() {
    let fake = Fake::willing();
    for (name, named) in [
        ("host", "host"),
        ("password", "password"),
        ("username", "username"),
    ] {
        let access = account_with(&fake, &[(name, "")]);
        match smtp().connect(&access).await {
            Err(ConnectError::Credential { field, .. }) => assert_eq!(field, named),
            other => panic!("{other:?}"),
        }
        let error = rejected(smtp().send(&access, &mail()).await);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Account, "credentials")
        );
    }
    assert_eq!(fake.seen().connections, 0);
}

#[test]
fn the_descriptor_is_complete() {
    assert_eq!(DESCRIPTOR.name, "smtp");
    assert!(!DESCRIPTOR.can_be_asked);
    for (place, field) in DESCRIPTOR.credentials.iter().enumerate() {
        assert!(!field.hint.is_empty(), "{}", field.name);
        let mut before = DESCRIPTOR.credentials[..place].iter();
        assert!(before.all(|other| other.name != field.name));
    }
}

#[test]
fn servers_are_greeted_with_a_full_name() {
    for hello in [
        "",
        "localhost",
        "127.0.0.1",
        "mail.example.com\r\nQUIT",
        "a b.example.com",
    ] {
        let settings = SmtpSettings {
            hello: hello.into(),
            reach: Reach::Internet,
        };
        let result = Smtp::new(&settings, clock());
        assert!(matches!(result, Err(SetupError::Hello)), "{hello:?}");
    }
}

#[tokio::test]
async fn smtp_has_nothing_to_ask_and_nothing_to_hear() {
    let access = access("smtp", &[("host", "smtp.example.com")]);
    let query = StatusQuery {
        attempt: attempt(),
        started_at: tidings_conformance::fixtures::NOW,
        provider_message_id: None,
        channel: tidings_kernel::Channel::Email,
        from: FROM.into(),
        to: tidings_messaging::Address::Email(TO.into()),
        text: TEXT.into(),
        taken: Vec::new(),
    };
    let found = smtp().find(&access, &query).await;
    assert!(matches!(found, Ok(Found::CannotTell)));
    let request = tidings_messaging::CallbackRequest {
        method: "POST".into(),
        url: access.callback_url.clone(),
        headers: Vec::new(),
        body: bytes::Bytes::from_static(b"{}"),
        received_at: tidings_conformance::fixtures::NOW,
    };
    let checked = smtp().authenticate(&access, &request).await;
    assert_eq!(checked, Err(NotAuthentic::Missing));
    assert!(smtp().parse(&access, &request).is_err());
    assert_eq!(smtp().handshake(&access, &request).await, None);
}
