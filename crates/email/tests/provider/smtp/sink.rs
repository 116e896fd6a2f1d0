//! Against a real server, which reads every mail with another implementation than ours.

use super::smtp;
use crate::support::{FROM, access, rejected};
use serde::Deserialize;
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::{AttemptId, Channel, Purpose};
use tidings_messaging::{Access, Address, Content, Outcome, Provider as _, SendableMessage};
use tidings_routing::Class;

const MISSING: &str = "TIDINGS_SMTP_SINK is not set, so there is no mail server to test against: run \
    `cargo xtask test`, or leave `cargo xtask smtp-sink` running and set what it prints";

#[derive(Deserialize)]
struct Place {
    host: String,
    starttls: u16,
    tls: u16,
    username: String,
    password: String,
}

#[derive(Deserialize)]
struct Mail {
    from: String,
    to: Vec<String>,
    encrypted: bool,
    headers: Vec<(String, String)>,
    text: String,
    defects: Vec<String>,
}

impl Mail {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().filter(|(other, _)| other == name);
        let (_, value) = headers.next()?;
        assert!(headers.next().is_none(), "{name} stands twice");
        Some(value)
    }
}

fn directory() -> PathBuf {
    std::env::var_os("TIDINGS_SMTP_SINK")
        .unwrap_or_else(|| panic!("{MISSING}"))
        .into()
}

fn account(security: &str, more: &[(&str, &str)]) -> Access {
    let read = |name| fs::read_to_string(directory().join(name)).unwrap();
    let place: Place = serde_json::from_str(&read("address.json")).unwrap();
    let port = match security {
        "tls" => place.tls,
        _ => place.starttls,
    };
    let (port, authority) = (port.to_string(), read("ca.pem"));
    let mut fields = vec![
        ("host", place.host.as_str()),
        ("port", &port),
        ("security", security),
        ("username", &place.username),
        ("password", &place.password),
        ("ca_certificate", &authority),
    ];
    for (name, value) in more {
        fields.retain(|(other, _)| other != name);
        fields.push((name, value));
    }
    access("smtp", &fields)
}

/// An attempt that no other test, and no other run, has.
fn attempt() -> AttemptId {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    attempt_id(u128::from(std::process::id()) << 64 | u128::from(count))
}

fn message(attempt: AttemptId, to: &str, content: Content) -> SendableMessage {
    let to = Address::Email(to.into());
    sendable(
        attempt,
        Channel::Email,
        Purpose::Transactional,
        to,
        FROM,
        content,
    )
}

/// The mail with this id, as the server has read it.
fn kept(id: &str) -> Mail {
    let files = fs::read_dir(directory().join("mail")).unwrap();
    let mails = files.filter_map(|file| {
        let text = fs::read_to_string(file.unwrap().path()).ok()?;
        serde_json::from_str::<Mail>(&text).ok()
    });
    let id = format!("<{id}>");
    let mut found: Vec<Mail> = mails
        .filter(|mail| mail.header("Message-ID") == Some(&id))
        .collect();
    assert_eq!(found.len(), 1, "{id} was kept {} times", found.len());
    found.remove(0)
}

async fn sent(access: &Access, message: &SendableMessage) -> Mail {
    match smtp().send(access, message).await {
        Outcome::Accepted {
            provider_message_id,
        } => kept(&provider_message_id),
        other => panic!("{other:?}"),
    }
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

#[tokio::test]
async fn mail_arrives_as_it_was_meant_by_both_ways_of_encryption() {
    for (security, subject, text) in [
        ("tls", "Ready", "Your table is ready"),
        (
            "starttls",
            "Grüße aus Köln",
            "Schöne Grüße\n\n.\n..\nFrom me =3D",
        ),
        (
            "tls",
            "予約の確認 🎉",
            "ご予約ありがとうございます。\nコード: 123456",
        ),
        ("starttls", "=?utf-8?b?w7w=?", "= equals = at = ends ="),
        (
            "tls",
            "a\r\nBcc: eve@example.com",
            "Ready\r\n\r\n--\r\nAcme",
        ),
    ] {
        let content = Content {
            subject: Some(subject.into()),
            ..Content::text(text)
        };
        let name = "Bäckerei \"Löwe\", Köln <3";
        let more = [("from_name", name), ("reply_to", "office@example.org")];
        let access = account(security, &more);
        let mail = sent(&access, &message(attempt(), "ann@example.net", content)).await;
        assert!(mail.encrypted);
        assert_eq!(
            (mail.from.as_str(), mail.to.as_slice()),
            (FROM, &["ann@example.net".to_owned()][..])
        );
        assert_eq!(mail.defects, [""; 0], "{subject}");
        assert_eq!(lines(&mail.text), lines(text));
        let expected = match subject {
            "=?utf-8?b?w7w=?" => "=?utf-8?b?w7w=?".to_owned(),
            _ => subject.replace("\r\n", "  "),
        };
        assert_eq!(mail.header("Subject"), Some(expected.as_str()));
        assert_eq!(
            mail.header("From"),
            Some("\"Bäckerei \\\"Löwe\\\", Köln <3\" <no-reply@example.com>")
        );
        assert_eq!(mail.header("Reply-To"), Some("office@example.org"));
        assert_eq!(mail.header("To"), Some("ann@example.net"));
        assert_eq!(mail.header("Bcc"), None);
        assert_eq!(mail.header("Date"), Some("Wed, 15 Jul 2026 15:00:00 +0000"));
    }
}

#[tokio::test]
async fn long_texts_arrive_whole() {
    let text = "A long line without any end, with an ü. ".repeat(5_000);
    let content = Content {
        subject: Some("Ein sehr langer Betreff mit vielen schönen Wörtern ".repeat(8)),
        ..Content::text(&text)
    };
    let mail = sent(
        &account("tls", &[]),
        &message(attempt(), "ann@example.net", content.clone()),
    )
    .await;
    assert_eq!(lines(&mail.text), text.trim_end());
    assert_eq!(
        mail.header("Subject"),
        content.subject.as_deref().map(str::trim)
    );
    assert_eq!(mail.defects, [""; 0]);
}

#[tokio::test]
async fn addresses_in_other_scripts_arrive() {
    let content = Content::text("Ready");
    let message = message(attempt(), "jürgen@bücher.example", content);
    let mail = sent(&account("starttls", &[]), &message).await;
    let expected = "jürgen@xn--bcher-kva.example";
    assert_eq!(mail.to, [expected]);
    assert_eq!(mail.header("To"), Some(expected));
}

#[tokio::test]
async fn refusals_are_understood() {
    for (to, class, code) in [
        ("nobody@example.net", Class::Recipient, "5.1.1"),
        ("full@example.net", Class::Transient, "4.2.2"),
    ] {
        let message = message(attempt(), to, Content::text("Ready"));
        let error = rejected(smtp().send(&account("tls", &[]), &message).await);
        assert_eq!((error.class, error.provider_code.as_str()), (class, code));
    }
    let wrong = account("starttls", &[("password", "wrong")]);
    let message = message(attempt(), "ann@example.net", Content::text("Ready"));
    let error = rejected(smtp().send(&wrong, &message).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "5.7.8")
    );
}

#[tokio::test]
async fn connection_tests_pass_and_fail_as_they_should() {
    for security in ["tls", "starttls"] {
        let info = smtp().connect(&account(security, &[])).await.unwrap();
        assert_eq!(info.state.as_deref(), Some("connected"));
        let wrong = account(security, &[("password", "wrong")]);
        assert!(smtp().connect(&wrong).await.is_err());
        let stranger = account(security, &[("ca_certificate", "")]);
        assert!(smtp().connect(&stranger).await.is_err());
    }
}

#[tokio::test]
async fn one_connection_carries_many_mails() {
    let (smtp, access) = (smtp(), account("starttls", &[]));
    for number in 0..5 {
        let message = message(
            attempt(),
            "ann@example.net",
            Content::text(format!("Number {number}")),
        );
        match smtp.send(&access, &message).await {
            Outcome::Accepted {
                provider_message_id,
            } => assert_eq!(
                lines(&kept(&provider_message_id).text),
                format!("Number {number}")
            ),
            other => panic!("{other:?}"),
        }
    }
}
