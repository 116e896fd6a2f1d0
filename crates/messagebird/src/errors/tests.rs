use super::*;
use crate::{classic, platform};

#[test]
fn an_unknown_code_is_the_recipient_s() {
    let error = not_delivered(&platform::DIALECT, "failed", Some("news".into()), None);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "news")
    );
    let error = not_delivered(&platform::DIALECT, "undelivered", None, None);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "undelivered")
    );
    assert_eq!(error.detail, "Bird gave no reason");
}

#[test]
fn what_expired_has_expired_unless_the_contact_said_stop() {
    let class = |status, code: &str| {
        not_delivered(&classic::DELIVERY, status, Some(code.into()), None).class
    };
    assert_eq!(class("expired", "27"), Class::Expired);
    assert_eq!(class("expired", "999"), Class::Expired);
    assert_eq!(class("expired", "103"), Class::OptedOut);
    assert_eq!(class("delivery_failed", "27"), Class::Transient);
    let bare = not_delivered(&classic::DELIVERY, "expired", None, None);
    assert_eq!(
        (bare.class, bare.advice.as_str()),
        (Class::Expired, Class::Expired.advice())
    );
}

#[test]
fn words_lose_their_numbers() {
    let words = Some("+12025550123 is not reachable");
    for code in [None, Some("1".to_owned())] {
        let error = not_delivered(&classic::DELIVERY, "delivery_failed", code, words);
        assert_eq!(error.detail, "+…23 is not reachable");
    }
}

#[test]
fn our_own_refusals_say_what_to_do() {
    let error = refused_here(Class::Content, "empty", "there is nothing", "write a text");
    assert_eq!(
        (error.advice.as_str(), error.detail.as_str()),
        ("write a text", "there is nothing")
    );
}
