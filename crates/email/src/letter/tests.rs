use super::*;
use tidings_conformance::{attempt_id, fixtures::NOW, sendable};
use tidings_kernel::Channel;
use tidings_messaging::{ComponentCall, Content, Media, TemplateCall};

fn letter_by(
    identity: &Identity,
    from: &str,
    to: &str,
    content: Content,
) -> Result<Letter, ProviderError> {
    let message = sendable(
        attempt_id(7),
        Channel::Email,
        Purpose::Transactional,
        Recipient::Email(to.into()),
        from,
        content,
    );
    Letter::new(&message, identity, None)
}

fn letter(content: Content) -> Result<Letter, ProviderError> {
    let identity = Identity::default();
    letter_by(
        &identity,
        "no-reply@example.com",
        "ann@example.net",
        content,
    )
}

fn written(content: Content) -> String {
    String::from_utf8(letter(content).unwrap().bytes(NOW)).unwrap()
}

/// The headers of a mail, folded lines together, and its body.
fn parts(mail: &str) -> (Vec<String>, String) {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ");
    (
        head.split("\r\n").map(str::to_owned).collect(),
        body.to_owned(),
    )
}

#[test]
fn nothing_in_a_subject_ends_a_header() {
    for subject in [
        "a\r\nBcc: eve@example.com",
        "a\nBcc: eve@example.com",
        "a\rBcc: eve@example.com",
        "a\r\n\r\nthe body of somebody else",
        "ü\r\nBcc: eve@example.com",
        "a\u{0}b\u{85}c\u{b}d",
    ] {
        let content = Content {
            subject: Some(subject.into()),
            ..Content::text("Ready")
        };
        let (headers, body) = parts(&written(content));
        let names: Vec<_> = headers
            .iter()
            .map(|line| line.split(':').next().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "Date",
                "From",
                "To",
                "Subject",
                "Message-ID",
                "X-Tidings-Attempt",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding",
            ],
            "{subject:?}"
        );
        assert_eq!(body, "Ready");
    }
}

#[test]
fn a_mail_without_a_subject_has_none() {
    for subject in [None, Some("  \r\n ".to_owned())] {
        let content = Content {
            subject,
            ..Content::text("Ready")
        };
        let (headers, _) = parts(&written(content));
        assert!(!headers.iter().any(|line| line.starts_with("Subject")));
    }
}

#[test]
fn the_sender_has_a_name_and_answers_an_address() {
    let identity = Identity {
        from_name: Some("Acme, \"Dental\"".into()),
        reply_to: address::parse("office@example.org"),
    };
    let content = Content::text("Ready");
    let letter = letter_by(
        &identity,
        "no-reply@bücher.example",
        "ann@example.net",
        content,
    );
    let letter = letter.unwrap();
    let mail = String::from_utf8(letter.bytes(NOW)).unwrap();
    let (headers, _) = parts(&mail);
    for expected in [
        "From: =?utf-8?b?QWNtZSwgIkRlbnRhbCI=?= <no-reply@xn--bcher-kva.example>",
        "Reply-To: office@example.org",
        &format!("Message-ID: <{}@xn--bcher-kva.example>", attempt_id(7)),
    ] {
        assert!(headers.contains(&expected.to_owned()), "{headers:#?}");
    }
    assert!(!letter.needs_utf8());
}

#[test]
fn texts_keep_their_lines_and_lose_what_nobody_sees() {
    assert_eq!(readable("one\ntwo\r\nthree\rfour"), "one\ntwo\nthree\nfour");
    assert_eq!(readable("a\u{0}b\u{7}\u{85}c\td"), "abc\td");
    for (text, body) in [
        ("one\ntwo\r\nthree", "one\r\ntwo\r\nthree"),
        ("Grüße", "R3LDvMOfZQ=="),
        (
            "Your table is ready, Jürgen",
            "Your table is ready, J=C3=BCrgen",
        ),
    ] {
        assert_eq!(parts(&written(Content::text(text))).1, body, "{text:?}");
    }
}

#[test]
fn what_is_no_mail_is_refused_with_its_reason() {
    let media = Content {
        media: vec![Media {
            url: "https://example.com/a.png".into(),
            content_type: None,
        }],
        ..Content::text("Ready")
    };
    let template = Content {
        template: Some(TemplateCall {
            id: "tpl_00000000000000000000000001".parse().unwrap(),
            name: "ready".into(),
            locale: "en_US".into(),
            provider_ids: std::collections::BTreeMap::new(),
            components: Vec::<ComponentCall>::new(),
        }),
        ..Content::text("Ready")
    };
    for (content, code) in [(media, "media"), (template, "template")] {
        let error = letter(content).unwrap_err();
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, code)
        );
    }
    let by = |from, to| {
        let identity = Identity::default();
        letter_by(&identity, from, to, Content::text("Ready")).unwrap_err()
    };
    let error = by("Acme <no-reply@example.com>", "ann@example.net");
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Sender, "sender_address")
    );
    let error = by(
        "no-reply@example.com",
        "ann@example.net\r\nBcc: eve@example.com",
    );
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "recipient_address")
    );
}
