//! Links with which a reader stops marketing by one press (RFC 8058), and what comes of a press.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use tidings_kernel::{AccountId, AttemptId, Channel, Purpose};
use tidings_messaging::{
    Access, Address, CallbackRequest, Handshake, NotAuthentic, PreferenceChange, PreferenceEvent,
    PreferenceReach, ProviderEvent, SendableMessage,
};
use url::Url;

/// The fields of a link: who, by which mail, and the proof that we wrote it.
const WHO: &str = "unsubscribe";
const MAIL: &str = "att";
const PROOF: &str = "proof";

/// What a mail program sends when its button is pressed (RFC 8058, 3.2).
const PRESS: &[u8] = b"One-Click";

/// Nobody guesses a key of so many characters.
const SHORTEST_KEY: usize = 32;

/// The key is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of unsubscribe links has fewer than 32 characters: make it longer, at random")]
pub struct KeyTooShort;

/// Signs the links in the mail of all accounts, and knows them again.
///
/// Links have to work for a month and more after a mail was sent, so the key must stay for as long.
#[derive(Debug, Clone)]
pub struct UnsubscribeKey(SecretString);

impl UnsubscribeKey {
    /// Takes a key of 32 characters or more, chosen at random.
    ///
    /// # Errors
    /// [`KeyTooShort`]: it can be guessed.
    pub fn new(key: SecretString) -> Result<Self, KeyTooShort> {
        if key.expose_secret().len() < SHORTEST_KEY {
            return Err(KeyTooShort);
        }
        Ok(Self(key))
    }

    /// The link that stops marketing to `to`, in the mail of `attempt`; `None` where the account has no
    /// address for callbacks that a mail program would call.
    fn link(&self, access: &Access, attempt: AttemptId, to: &str) -> Option<Url> {
        let mut link = Url::parse(&access.callback_url).ok()?;
        if link.scheme() != "https" {
            return None;
        }
        let who = URL_SAFE_NO_PAD.encode(to);
        let mail = attempt.to_string();
        let proof = hmac::sign(&self.key(), &signed(access.account, &who, &mail));
        link.query_pairs_mut()
            .append_pair(WHO, &who)
            .append_pair(MAIL, &mail)
            .append_pair(PROOF, &URL_SAFE_NO_PAD.encode(proof));
        Some(link)
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret().as_bytes())
    }

    fn is_proven(&self, account: AccountId, press: &Press) -> bool {
        let signed = signed(account, &press.who, &press.mail);
        hmac::verify(&self.key(), &signed, &press.proof).is_ok()
    }
}

/// A request to one of our links.
struct Press {
    who: String,
    mail: String,
    proof: Vec<u8>,
}

impl Press {
    /// Reads the link; `None` if it is none of ours.
    fn of(request: &CallbackRequest) -> Option<Self> {
        let (_, query) = request.url.split_once('?')?;
        let field = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        Some(Self {
            who: field(WHO)?,
            mail: field(MAIL).unwrap_or_default(),
            proof: URL_SAFE_NO_PAD
                .decode(field(PROOF).unwrap_or_default())
                .unwrap_or_default(),
        })
    }
}

fn signed(account: AccountId, who: &str, mail: &str) -> Vec<u8> {
    format!("tidings unsubscribe\n{account}\n{who}\n{mail}").into_bytes()
}

/// The link for a message, where it is marketing and there is a key.
pub(crate) fn link_for(
    key: Option<&UnsubscribeKey>,
    access: &Access,
    message: &SendableMessage,
) -> Option<Url> {
    match message.purpose() {
        Purpose::Marketing => key?.link(access, message.attempt(), &message.to().to_string()),
        Purpose::Authentication
        | Purpose::Emergency
        | Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => None,
    }
}

/// Whether a press is proven; `None` if the request is none.
pub(crate) fn authenticate(
    key: Option<&UnsubscribeKey>,
    access: &Access,
    request: &CallbackRequest,
) -> Option<Result<(), NotAuthentic>> {
    let press = Press::of(request)?;
    let is_press = request.method == "POST" && contains(&request.body, PRESS);
    let is_proven = key.is_some_and(|key| key.is_proven(access.account, &press));
    Some(if is_press && is_proven {
        Ok(())
    } else {
        Err(NotAuthentic::Wrong)
    })
}

/// What a press tells; `None` if the request is none.
pub(crate) fn parse(request: &CallbackRequest) -> Option<ProviderEvent> {
    let press = Press::of(request)?;
    let who = URL_SAFE_NO_PAD.decode(press.who).ok();
    let Some(address) = who.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Some(ProviderEvent::Ignored(
            "an unsubscribe link of nobody".into(),
        ));
    };
    Some(ProviderEvent::Preference(PreferenceEvent {
        from: Address::Email(address),
        channel: Channel::Email,
        change: PreferenceChange::Stop,
        reach: PreferenceReach::Marketing,
        at: None,
    }))
}

/// What a person reads who opens a link. Opening stops nothing: programs that look for harm open every
/// link of a mail.
pub(crate) fn handshake(
    key: Option<&UnsubscribeKey>,
    access: &Access,
    request: &CallbackRequest,
) -> Option<Handshake> {
    let press = Press::of(request)?;
    let is_proven = key.is_some_and(|key| key.is_proven(access.account, &press));
    Some(if is_proven {
        Handshake::Welcome(
            "To get no more of these messages, press \"Unsubscribe\" in your mail program, or write \
             to the sender."
                .into(),
        )
    } else {
        Handshake::Refused
    })
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use time::macros::datetime;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn key() -> UnsubscribeKey {
        UnsubscribeKey::new(KEY.into()).unwrap()
    }

    fn access(account: &str) -> Access {
        Access {
            tenant: "ten_00000000000000000000000001".parse().unwrap(),
            account: account.parse().unwrap(),
            credentials: tidings_messaging::Credentials::default(),
            callback_url: "https://hooks.example.com/callbacks/smtp/abc".into(),
        }
    }

    fn own() -> Access {
        access("acc_00000000000000000000000002")
    }

    fn link() -> String {
        let attempt = "att_00000000000000000000000007".parse().unwrap();
        key()
            .link(&own(), attempt, "ann@example.net")
            .unwrap()
            .into()
    }

    fn press(url: &str, body: &'static [u8]) -> CallbackRequest {
        CallbackRequest {
            method: "POST".into(),
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::from_static(body),
            received_at: datetime!(2026-07-15 15:00 UTC),
        }
    }

    fn one_click(url: &str) -> CallbackRequest {
        press(url, b"List-Unsubscribe=One-Click")
    }

    fn checked(access: &Access, request: &CallbackRequest) -> Option<Result<(), NotAuthentic>> {
        authenticate(Some(&key()), access, request)
    }

    #[test]
    fn a_press_stops_marketing_to_the_reader() {
        let request = one_click(&link());
        assert_eq!(checked(&own(), &request), Some(Ok(())));
        let Some(ProviderEvent::Preference(event)) = parse(&request) else {
            panic!("no preference");
        };
        assert_eq!(event.from, Address::Email("ann@example.net".into()));
        assert_eq!(event.change, PreferenceChange::Stop);
        // As some programs send forms.
        let form = b"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--";
        assert_eq!(checked(&own(), &press(&link(), form)), Some(Ok(())));
    }

    #[test]
    fn opening_a_link_stops_nothing() {
        let mut request = one_click(&link());
        request.method = "GET".into();
        assert_eq!(checked(&own(), &request), Some(Err(NotAuthentic::Wrong)));
        let answer = handshake(Some(&key()), &own(), &request);
        assert!(matches!(answer, Some(Handshake::Welcome(_))));
        assert_eq!(
            checked(&own(), &press(&link(), b"")),
            Some(Err(NotAuthentic::Wrong))
        );
    }

    #[test]
    fn no_character_of_a_link_can_be_changed() {
        let link = link();
        let (address, query) = link.split_once('?').unwrap();
        let mut changed = 0;
        for index in 0..query.len() {
            for other in ['A', 'b', '0', '-'] {
                let mut query = query.to_owned();
                query.replace_range(index..=index, &other.to_string());
                let request = one_click(&format!("{address}?{query}"));
                if link.ends_with(&query) {
                    continue;
                }
                changed += 1;
                assert_ne!(checked(&own(), &request), Some(Ok(())), "{query}");
            }
        }
        assert!(changed > 400);
    }

    #[test]
    fn a_link_is_good_for_one_account_and_one_key() {
        let request = one_click(&link());
        let other = access("acc_00000000000000000000000003");
        assert_eq!(checked(&other, &request), Some(Err(NotAuthentic::Wrong)));
        let key = UnsubscribeKey::new(KEY.replace('0', "1").into()).unwrap();
        assert_eq!(
            authenticate(Some(&key), &own(), &request),
            Some(Err(NotAuthentic::Wrong))
        );
        assert_eq!(
            authenticate(None, &own(), &request),
            Some(Err(NotAuthentic::Wrong))
        );
        assert_eq!(handshake(None, &own(), &request), Some(Handshake::Refused));
    }

    #[test]
    fn other_requests_are_not_its_business() {
        let request = one_click("https://hooks.example.com/callbacks/smtp/abc?att=1");
        assert_eq!(checked(&own(), &request), None);
        assert_eq!(parse(&request), None);
        assert_eq!(handshake(Some(&key()), &own(), &request), None);
    }

    #[test]
    fn no_link_without_an_encrypted_address_and_no_short_key() {
        let mut access = own();
        access.callback_url = "http://hooks.example.com/callbacks/smtp/abc".into();
        let attempt = "att_00000000000000000000000007".parse().unwrap();
        assert_eq!(key().link(&access, attempt, "ann@example.net"), None);
        assert_eq!(
            UnsubscribeKey::new("short".into()).unwrap_err(),
            KeyTooShort
        );
        assert!(!format!("{:?}", key()).contains(KEY));
    }
}
