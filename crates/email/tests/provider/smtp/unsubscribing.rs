//! Marketing carries a link that stops it, and nothing else does.

use super::{account, fake::Fake, smtp};
use crate::support::{KEY, TEXT, TO, mail_to};
use bytes::Bytes;
use tidings_conformance::fixtures::NOW;
use tidings_email::UnsubscribeKey;
use tidings_kernel::Purpose;
use tidings_messaging::{
    Address, CallbackRequest, Content, Handshake, Outcome, PreferenceChange, Provider as _,
    ProviderEvent,
};

fn key() -> UnsubscribeKey {
    UnsubscribeKey::new(KEY.into()).unwrap()
}

async fn headers(purpose: Purpose) -> Vec<String> {
    let fake = Fake::willing();
    let smtp = smtp().with_unsubscribe(key());
    let message = mail_to(TO, purpose, Content::text(TEXT));
    let outcome = smtp.send(&account(&fake), &message).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let message = fake.seen().messages.remove(0);
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    head.split("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_press_on_the_link_of_a_mail_is_a_stop() {
    let headers = headers(Purpose::Marketing).await;
    let press = "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned();
    assert!(headers.contains(&press));
    let link = headers
        .iter()
        .find_map(|line| line.strip_prefix("List-Unsubscribe: <")?.strip_suffix('>'))
        .unwrap();
    let request = CallbackRequest {
        method: "POST".into(),
        url: link.into(),
        headers: Vec::new(),
        body: Bytes::from_static(b"List-Unsubscribe=One-Click"),
        received_at: NOW,
    };
    let fake = Fake::willing();
    let (smtp, account) = (smtp().with_unsubscribe(key()), account(&fake));
    assert_eq!(smtp.authenticate(&account, &request).await, Ok(()));
    let events = smtp.parse(&account, &request).unwrap();
    let [ProviderEvent::Preference(event)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(event.from, Address::Email(TO.into()));
    assert_eq!(event.change, PreferenceChange::Stop);
    let opened = CallbackRequest {
        method: "GET".into(),
        body: Bytes::new(),
        ..request
    };
    let answer = smtp.handshake(&account, &opened).await;
    assert!(matches!(answer, Some(Handshake::Welcome(_))));
    assert!(smtp.authenticate(&account, &opened).await.is_err());
}

#[tokio::test]
async fn only_marketing_has_a_link() {
    for purpose in Purpose::ALL {
        let headers = headers(purpose).await;
        let has_link = headers
            .iter()
            .any(|line| line.starts_with("List-Unsubscribe"));
        assert_eq!(has_link, purpose == Purpose::Marketing, "{purpose}");
        let is_automatic = headers.contains(&"Auto-Submitted: auto-generated".to_owned());
        assert_eq!(
            is_automatic,
            purpose != Purpose::Conversational,
            "{purpose}"
        );
    }
}
