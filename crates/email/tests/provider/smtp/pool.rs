//! Connections are used again, are not too many, and never outlive what they were opened with.

use super::{
    account, account_with,
    fake::{Act, Fake, Script, say},
    hasty, smtp,
};
use crate::support::{mail, rejected};
use std::time::Duration;
use tidings_messaging::{Outcome, Provider as _};
use tidings_routing::Class;

fn is_accepted(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

#[tokio::test]
async fn an_account_has_ten_connections_at_most() {
    let fake = Fake::willing();
    let (smtp, account) = (smtp().with_timeout(Duration::from_secs(20)), account(&fake));
    let sending = (0..60).map(|_| {
        let (smtp, account) = (smtp.clone(), account.clone());
        tokio::spawn(async move { smtp.send(&account, &mail()).await })
    });
    for sent in sending.collect::<Vec<_>>() {
        is_accepted(&sent.await.unwrap());
    }
    let seen = fake.seen();
    assert_eq!(seen.messages.len(), 60);
    assert!(seen.most_at_once <= 10, "{}", seen.most_at_once);
    assert!(seen.connections <= 10, "{}", seen.connections);
}

#[tokio::test]
async fn who_waits_too_long_for_a_connection_comes_again() {
    let fake = Fake::new(Script {
        end: Act::Hang,
        ..Script::default()
    });
    let smtp = smtp().with_timeout(Duration::from_secs(5));
    let account = account(&fake);
    let sending = (0..11).map(|_| {
        let (smtp, account) = (smtp.clone(), account.clone());
        tokio::spawn(async move { smtp.send(&account, &mail()).await })
    });
    let mut busy = 0;
    for sent in sending.collect::<Vec<_>>() {
        match sent.await.unwrap() {
            Outcome::Unknown { .. } => {}
            other => {
                let error = rejected(other);
                assert_eq!(
                    (error.class, error.provider_code.as_str()),
                    (Class::RateLimited, "busy")
                );
                assert!(error.retry_after_seconds.is_some());
                busy += 1;
            }
        }
    }
    assert_eq!(busy, 1);
    assert_eq!(fake.seen().messages.len(), 10);
}

#[tokio::test]
async fn a_changed_password_opens_another_connection() {
    let fake = Fake::willing();
    let smtp = smtp();
    is_accepted(&smtp.send(&account(&fake), &mail()).await);
    let changed = account_with(&fake, &[("password", "another")]);
    is_accepted(&smtp.send(&changed, &mail()).await);
    assert_eq!(fake.seen().connections, 2);
    let mut other = account(&fake);
    other.account = "acc_00000000000000000000000003".parse().unwrap();
    is_accepted(&smtp.send(&other, &mail()).await);
    assert_eq!(fake.seen().connections, 3);
}

#[tokio::test]
async fn a_connection_that_has_died_is_replaced_unseen() {
    for reset in [
        Act::Close,
        Act::Hang,
        say("421 4.4.2 idle"),
        say("503 5.5.1 no"),
    ] {
        let fake = Fake::new(Script {
            reset,
            ..Script::default()
        });
        let (smtp, account) = (smtp().with_timeout(Duration::from_secs(10)), account(&fake));
        for _ in 0..2 {
            is_accepted(&smtp.send(&account, &mail()).await);
        }
        let seen = fake.seen();
        assert_eq!((seen.connections, seen.messages.len()), (2, 2));
    }
}

#[tokio::test]
async fn a_message_that_is_given_up_takes_its_connection_with_it() {
    let fake = Fake::new(Script {
        recipient: Act::Hang,
        ..Script::default()
    });
    let (smtp, account) = (hasty(), account(&fake));
    for _ in 0..2 {
        rejected(smtp.send(&account, &mail()).await);
    }
    assert_eq!(fake.seen().connections, 2);
}
