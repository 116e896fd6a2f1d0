//! Connections that break, at every stage: nothing that may have been taken is a refusal, nothing that was
//! not is unknown.

use super::{
    account,
    fake::{Act, Fake, Script, say},
    smtp,
};
use crate::support::{mail, mail_to, rejected};
use std::time::{Duration, Instant};
use tidings_kernel::Purpose;
use tidings_messaging::{Content, Outcome, Provider as _};
use tidings_routing::Class;

type Place = fn(&mut Script, Act);

const BEFORE_THE_MESSAGE: [(&str, Place); 6] = [
    ("greeting", |script, act| script.greeting = act),
    ("hello", |script, act| script.hello = act),
    ("login", |script, act| script.login = act),
    ("sender", |script, act| script.sender = act),
    ("recipient", |script, act| script.recipient = act),
    ("data", |script, act| script.data = act),
];

fn faults() -> Vec<Act> {
    vec![
        Act::Close,
        Act::Hang,
        Act::Flood,
        Act::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        Act::Bytes(b"25".to_vec()),
        Act::Bytes(b"250-one\r\n".to_vec()),
        Act::Bytes(b"250-one\r\n550 two\r\n".to_vec()),
        Act::Bytes(vec![0; 100]),
        say("250-endless\r\n".repeat(20_000).trim_end()),
    ]
}

async fn outcome(place: Place, act: Act, timeout: Duration) -> (Outcome, Fake) {
    let mut script = Script::default();
    place(&mut script, act);
    let fake = Fake::new(script);
    let smtp = smtp().with_timeout(timeout);
    let outcome = smtp.send(&account(&fake), &mail()).await;
    (outcome, fake)
}

#[tokio::test]
async fn what_breaks_before_the_message_was_not_sent() {
    for (name, place) in BEFORE_THE_MESSAGE {
        for act in faults() {
            let start = Instant::now();
            let (outcome, fake) = outcome(place, act.clone(), Duration::from_secs(1)).await;
            let error = rejected(outcome);
            assert_eq!(error.class, Class::Transient, "{name}");
            assert!(
                matches!(error.provider_code.as_str(), "broken_off" | "timeout"),
                "{name}: {error:?}"
            );
            // Generous, since tests share few cores: without a bound it would be minutes.
            assert!(start.elapsed() < Duration::from_secs(20), "{name}");
            let seen = fake.seen();
            assert_eq!(seen.messages.len(), 0, "{name}");
            assert_eq!(seen.connections, 1, "{name}: tried again here");
        }
    }
}

#[tokio::test]
async fn what_breaks_after_the_message_is_unknown() {
    let mut faults = faults();
    // Neither a yes nor a no.
    faults.push(say("354 go on"));
    faults.push(say("150 one moment"));
    for act in faults {
        let (outcome, fake) = outcome(
            |script, act| script.end = act,
            act.clone(),
            Duration::from_secs(4),
        )
        .await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        let seen = fake.seen();
        assert_eq!(seen.messages.len(), 1);
        assert_eq!(seen.connections, 1, "tried again here");
    }
}

#[tokio::test]
async fn what_breaks_in_the_middle_of_the_message_was_not_sent() {
    // More than a connection to a server that takes little holds, so that the client is not through when
    // it breaks.
    let content = Content::text("All of this matters.\n".repeat(300_000));
    let message = mail_to("ann@example.net", Purpose::Transactional, content);
    let fake = Fake::new(Script {
        breaks_after: Some(10_000),
        ..Script::default()
    });
    let smtp = smtp().with_timeout(Duration::from_mins(1));
    let error = rejected(smtp.send(&account(&fake), &message).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Transient, "broken_off")
    );
    assert_eq!(fake.seen().messages.len(), 0);
}

#[tokio::test]
async fn a_message_that_ends_in_the_air_is_unknown() {
    // It fits into what the connection holds: the client is through, and nobody knows what was read.
    let fake = Fake::new(Script {
        breaks_after: Some(100),
        ..Script::default()
    });
    let outcome = smtp().send(&account(&fake), &mail()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn the_message_is_not_told_to_a_server_that_does_not_wait_for_it() {
    let fake = Fake::new(Script {
        data: say("250 2.0.0 what message?"),
        ..Script::default()
    });
    let error = rejected(smtp().send(&account(&fake), &mail()).await);
    assert_eq!(error.class, Class::Transient);
    assert_eq!(fake.verbs(), ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"]);
}

#[tokio::test]
async fn a_server_that_is_slow_before_the_message_leaves_time_for_its_answer() {
    // Every step is quick enough; all of them together are not.
    let fake = Fake::new(Script {
        recipient: Act::Hang,
        ..Script::default()
    });
    let start = Instant::now();
    let smtp = smtp().with_timeout(Duration::from_secs(2));
    let error = rejected(smtp.send(&account(&fake), &mail()).await);
    assert_eq!(error.provider_code, "timeout");
    let half = Duration::from_secs(1);
    assert!(start.elapsed() >= half && start.elapsed() < half + half);
}

#[tokio::test]
async fn nobody_listens() {
    let fake = Fake::willing();
    let account = account(&fake);
    drop(fake);
    // The port is closed once the task that listened is gone.
    tokio::task::yield_now().await;
    let error = rejected(smtp().send(&account, &mail()).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Transient, "unreachable")
    );
}
