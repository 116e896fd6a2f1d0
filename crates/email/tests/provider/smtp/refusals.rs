//! Refusals at every stage: what they are about, and that the conversation goes on after them.

use super::{
    account,
    fake::{Act, Fake, Script, say},
    smtp,
};
use crate::support::{mail, rejected};
use tidings_conformance::UnknownCodes;
use tidings_messaging::{Outcome, Provider as _};
use tidings_routing::Class;

type Place = fn(&mut Script, Act);

const GREETING: Place = |script, act| script.greeting = act;
const HELLO: Place = |script, act| script.hello = act;
const LOGIN: Place = |script, act| script.login = act;
const SENDER: Place = |script, act| script.sender = act;
const RECIPIENT: Place = |script, act| script.recipient = act;
const DATA: Place = |script, act| script.data = act;
const END: Place = |script, act| script.end = act;

fn script(place: Place, reply: &str) -> Script {
    let mut script = Script::default();
    place(&mut script, say(reply));
    script
}

#[tokio::test]
async fn a_refusal_is_about_what_was_refused() {
    for (place, reply, class, code) in [
        (GREETING, "554 5.7.1 go away", Class::Account, "5.7.1"),
        (GREETING, "554 no", Class::Account, "554"),
        (GREETING, "421 4.3.2 busy", Class::Transient, "4.3.2"),
        (HELLO, "550 bad name", Class::Account, "550"),
        (LOGIN, "535 5.7.8 wrong", Class::Account, "5.7.8"),
        (LOGIN, "535 wrong", Class::Account, "535"),
        (LOGIN, "534 5.7.9 weak", Class::Account, "5.7.9"),
        (LOGIN, "454 4.7.0 later", Class::Transient, "4.7.0"),
        (SENDER, "530 5.7.0 log in first", Class::Account, "5.7.0"),
        (SENDER, "550 not yours", Class::Sender, "550"),
        (SENDER, "553 5.1.8 not yours", Class::Sender, "5.1.8"),
        (SENDER, "553 5.7.1 not yours", Class::Account, "5.7.1"),
        (SENDER, "550 5.1.0 rejected", Class::Sender, "5.1.0"),
        (SENDER, "552 5.3.4 too big", Class::Content, "5.3.4"),
        (SENDER, "451 4.7.1 later", Class::Transient, "4.7.1"),
        (RECIPIENT, "550 5.1.1 unknown", Class::Recipient, "5.1.1"),
        (RECIPIENT, "550 unknown", Class::Recipient, "550"),
        (RECIPIENT, "550 5.2.1 closed", Class::Recipient, "5.2.1"),
        (RECIPIENT, "552 5.2.2 full", Class::Recipient, "5.2.2"),
        (RECIPIENT, "452 4.2.2 full", Class::Transient, "4.2.2"),
        (RECIPIENT, "556 5.1.10 null MX", Class::Recipient, "5.1.10"),
        (
            RECIPIENT,
            "550 5.7.1 relaying denied",
            Class::Account,
            "5.7.1",
        ),
        (RECIPIENT, "550 5.7.26 unproven", Class::Sender, "5.7.26"),
        (RECIPIENT, "550 5.4.1 denied", Class::Recipient, "5.4.1"),
        (RECIPIENT, "550 5.1.99 new", Class::Recipient, "5.1.99"),
        (RECIPIENT, "450 4.1.8 later", Class::Transient, "4.1.8"),
        (RECIPIENT, "503 5.5.1 order", Class::Account, "5.5.1"),
        (RECIPIENT, "550 5.3.99 new", Class::Recipient, "5.3.99"),
        (DATA, "554 no valid recipients", Class::Content, "554"),
        (DATA, "451 4.3.0 later", Class::Transient, "4.3.0"),
        (END, "550 5.7.1 spam", Class::Content, "5.7.1"),
        (END, "554 spam", Class::Content, "554"),
        (END, "550 5.7.26 unproven", Class::Sender, "5.7.26"),
        (END, "552 5.3.4 too big", Class::Content, "5.3.4"),
        (END, "550 5.1.1 unknown", Class::Recipient, "5.1.1"),
        (END, "421 4.3.2 shutting down", Class::Transient, "4.3.2"),
        (END, "452 4.3.1 no room", Class::Transient, "4.3.1"),
        (END, "450 4.7.28 flood", Class::RateLimited, "4.7.28"),
        (
            END,
            "454 Throttling failure: Maximum sending rate exceeded.",
            Class::RateLimited,
            "454",
        ),
        (
            END,
            "454 Throttling failure: Daily message quota exceeded.",
            Class::Account,
            "454",
        ),
        (
            END,
            "554 Message rejected: Email address is not verified.",
            Class::Account,
            "554",
        ),
        // Of several codes the first counts; what is no code does not.
        (
            END,
            "550 see 10.0.0.1 (5.1.1) 5.7.1",
            Class::Recipient,
            "5.1.1",
        ),
        (
            END,
            "550-5.7.26 one\r\n550 5.7.26 two",
            Class::Sender,
            "5.7.26",
        ),
    ] {
        let fake = Fake::new(script(place, reply));
        let error = rejected(smtp().send(&account(&fake), &mail()).await);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (class, code),
            "{reply}"
        );
        assert!(!error.advice.is_empty(), "{reply}");
        assert_eq!(fake.seen().connections, 1, "{reply}: tried again here");
    }
}

#[tokio::test]
async fn a_greylisted_mail_comes_again_after_a_minute() {
    let fake = Fake::new(script(RECIPIENT, "451 4.7.1 Greylisted, come again"));
    let error = rejected(smtp().send(&account(&fake), &mail()).await);
    assert_eq!(error.class, Class::Transient);
    assert_eq!(error.retry_after_seconds, Some(60));
}

#[tokio::test]
async fn the_conversation_goes_on_after_a_refusal() {
    for (place, reply) in [
        (SENDER, "550 5.1.8 no"),
        (RECIPIENT, "550 5.1.1 no"),
        (DATA, "451 4.3.0 no"),
        (END, "554 5.7.1 no"),
    ] {
        let fake = Fake::new(script(place, reply));
        let (smtp, account) = (smtp(), account(&fake));
        for _ in 0..2 {
            rejected(smtp.send(&account, &mail()).await);
        }
        assert_eq!(fake.seen().connections, 1, "{reply}");
        assert!(fake.verbs().contains(&"RSET".to_owned()), "{reply}");
    }
}

#[tokio::test]
async fn a_server_that_says_goodbye_is_left() {
    let fake = Fake::new(script(END, "421 4.3.2 shutting down"));
    let (smtp, account) = (smtp(), account(&fake));
    for _ in 0..2 {
        rejected(smtp.send(&account, &mail()).await);
    }
    assert_eq!(fake.seen().connections, 2);
}

#[tokio::test]
async fn a_reason_in_another_alphabet_is_still_a_reason() {
    let fake = Fake::new(Script {
        recipient: Act::Bytes(b"550 5.1.1 Benutzer unbekannt f\xfcr immer\r\n".to_vec()),
        ..Script::default()
    });
    let error = rejected(smtp().send(&account(&fake), &mail()).await);
    assert_eq!(error.class, Class::Recipient);
    assert_eq!(error.detail, "Benutzer unbekannt f?r immer");

    let fake = Fake::new(Script {
        end: Act::Bytes(b"250 2.0.0 angenommen f\xfcr Zustellung\r\n".to_vec()),
        ..Script::default()
    });
    let outcome = smtp().send(&account(&fake), &mail()).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_code_that_no_table_has_is_counted_and_logged_once() {
    let watch = UnknownCodes::watch();
    for (times, reply) in (1..).zip(["550 5.1.97 new", "550 5.1.97 new again", "553 5.1.97 newer"])
    {
        let fake = Fake::new(script(RECIPIENT, reply));
        let error = rejected(smtp().send(&account(&fake), &mail()).await);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Recipient, "5.1.97")
        );
        assert_eq!(watch.counted(), times);
    }
    assert_eq!(watch.logged("5.1.97"), 1);
    // One that is known is neither.
    let fake = Fake::new(script(RECIPIENT, "550 5.1.1 unknown"));
    rejected(smtp().send(&account(&fake), &mail()).await);
    assert_eq!((watch.counted(), watch.logged("5.1.1")), (3, 0));
}
