//! What goes out when all is well.

use super::{
    PASSWORD, account, account_with,
    fake::{Fake, Script, say},
    smtp,
};
use crate::support::{TEXT, TO, attempt, mail, mail_to, rejected};
use tidings_kernel::Purpose;
use tidings_messaging::{Content, Media, Outcome, Provider as _, SendableMessage};
use tidings_routing::Class;

/// Sends to a willing server, and gives back the server.
async fn sent(message: &SendableMessage) -> Fake {
    let fake = Fake::willing();
    let outcome = smtp().send(&account(&fake), message).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    fake
}

async fn message(content: Content) -> String {
    let fake = sent(&mail_to(TO, Purpose::Transactional, content)).await;
    fake.seen().messages.remove(0)
}

#[tokio::test]
async fn one_mail_is_one_conversation() {
    let fake = Fake::willing();
    let outcome = smtp().send(&account(&fake), &mail()).await;
    let expected = Outcome::Accepted {
        provider_message_id: format!("{}@example.com", attempt()),
    };
    assert_eq!(outcome, expected);
    let seen = fake.seen();
    assert_eq!(
        seen.commands,
        [
            "EHLO mail.platform.example",
            "AUTH PLAIN AGFjbWUAY29ycmVjdCBob3JzZSBiYXR0ZXJ5",
            "MAIL FROM:<no-reply@example.com>",
            "RCPT TO:<ann@example.net>",
            "DATA",
        ]
    );
    assert_eq!(
        seen.messages,
        [format!(
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
        )]
    );
}

#[tokio::test]
async fn a_connection_is_used_again_and_logs_in_once() {
    let fake = Fake::willing();
    let (smtp, account) = (smtp(), account(&fake));
    for _ in 0..3 {
        let outcome = smtp.send(&account, &mail()).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let seen = fake.seen();
    assert_eq!((seen.connections, seen.messages.len()), (1, 3));
    assert_eq!(
        fake.verbs(),
        [
            "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA", "RSET", "MAIL",
            "RCPT", "DATA",
        ]
    );
}

#[tokio::test]
async fn a_server_without_plain_gets_login() {
    let fake = Fake::new(Script {
        hello: say("250-fake.example\r\n250 AUTH LOGIN"),
        ..Script::default()
    });
    let outcome = smtp().send(&account(&fake), &mail()).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert_eq!(
        fake.seen().commands.get(1..4).unwrap(),
        ["AUTH LOGIN", "YWNtZQ==", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"]
    );
}

#[tokio::test]
async fn a_server_that_knows_us_needs_no_login() {
    let fake = Fake::new(Script {
        hello: say("250 fake.example"),
        ..Script::default()
    });
    let access = account_with(&fake, &[("username", ""), ("password", "")]);
    let outcome = smtp().send(&access, &mail()).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert_eq!(fake.verbs(), ["EHLO", "MAIL", "RCPT", "DATA"]);
    // With a login that it does not take, nothing is sent and no password told.
    let error = rejected(smtp().send(&account(&fake), &mail()).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "no_login")
    );
    assert!(!fake.seen().commands.concat().contains("AUTH"));
    assert_eq!(fake.seen().messages.len(), 1);
    assert!(!PASSWORD.is_empty());
}

#[tokio::test]
async fn dots_and_lines_arrive_as_they_were() {
    let text = ".\n..two\r\n.three\n\nfour\r.\r\nQUIT";
    let message = message(Content::text(text)).await;
    let (_, body) = message.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, ".\r\n..two\r\n.three\r\n\r\nfour\r\n.\r\nQUIT");
}

#[tokio::test]
async fn a_mail_is_ascii_in_lines_that_every_server_takes() {
    let texts = [
        "Grüße aus Köln".to_owned(),
        "予約の確認".repeat(100),
        "a".repeat(5_000),
        "trailing blanks   \nFrom here".to_owned(),
    ];
    for text in texts {
        let message = message(Content {
            subject: Some("Ihre Bestellung ist da: schöne Grüße ".repeat(12)),
            ..Content::text(text)
        })
        .await;
        assert!(message.is_ascii());
        for line in message.split("\r\n") {
            assert!(line.len() <= 998, "{}", line.len());
            assert!(!line.contains(['\r', '\n']), "{line:?}");
        }
    }
}

#[tokio::test]
async fn addresses_in_other_scripts_need_a_server_that_takes_them() {
    let message = |to| mail_to(to, Purpose::Transactional, Content::text(TEXT));
    let fake = sent(&message("jürgen@bücher.example")).await;
    assert_eq!(
        fake.seen().commands.get(2..4).unwrap(),
        [
            "MAIL FROM:<no-reply@example.com> SMTPUTF8",
            "RCPT TO:<jürgen@xn--bcher-kva.example>"
        ]
    );
    // A domain in another script travels in ASCII, and needs nothing.
    let fake = sent(&message("ann@bücher.example")).await;
    let expected = "MAIL FROM:<no-reply@example.com>";
    assert_eq!(fake.seen().commands.get(2).unwrap(), expected);

    let fake = Fake::new(Script {
        hello: say("250-fake.example\r\n250 AUTH PLAIN"),
        ..Script::default()
    });
    let outcome = smtp()
        .send(&account(&fake), &message("jürgen@example.com"))
        .await;
    let error = rejected(outcome);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "no_smtputf8")
    );
    assert_eq!(fake.verbs(), ["EHLO", "AUTH"]);
}

#[tokio::test]
async fn what_a_mail_cannot_carry_is_refused_before_any_call() {
    let fake = Fake::willing();
    let media = Content {
        media: vec![Media {
            url: "https://example.com/a.pdf".into(),
            content_type: None,
        }],
        ..Content::text(TEXT)
    };
    for (message, class, code) in [
        (
            mail_to(TO, Purpose::Transactional, media),
            Class::Content,
            "media",
        ),
        (
            mail_to("nobody", Purpose::Transactional, Content::text(TEXT)),
            Class::Recipient,
            "recipient_address",
        ),
        (
            mail_to(
                "ann@example.net>\r\nRCPT TO:<eve@example.net",
                Purpose::Transactional,
                Content::text(TEXT),
            ),
            Class::Recipient,
            "recipient_address",
        ),
    ] {
        let error = rejected(smtp().send(&account(&fake), &message).await);
        assert_eq!((error.class, error.provider_code.as_str()), (class, code));
    }
    assert_eq!(fake.seen().connections, 0);
}
