use crate::{Answer, CallError, note_unknown, without_numbers};
use tidings_messaging::{ConnectError, Outcome};
use tidings_routing::{Class, ErrorTable, ProviderError};

/// The longest id of a message, in bytes. Meta documents no bound, and its ids may hold those of people, with up to 128
/// characters; an entry of an index of PostgreSQL has room for 2,700 bytes.
const LONGEST_ID: usize = 1_024;

/// How one provider says yes and no.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The provider's name in metrics: `twilio`.
    pub name: &'static str,
    /// The provider's name for people: `Twilio`.
    pub title: &'static str,
    /// Its codes.
    pub errors: ErrorTable,
    /// Codes for faults of its own, after which a message may exist all the same.
    pub faults: &'static [&'static str],
    /// Reads an answer of success to a call that hands a message over; `None` when it is not what the
    /// provider documents.
    pub read: fn(&Answer) -> Option<Read>,
    /// The reason in an answer that is none of success; `None` when it gives none.
    pub reason: fn(&Answer) -> Option<Reason>,
}

/// What an answer of success says about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// It was taken, under this id.
    Accepted(String),
    /// It was refused all the same.
    Refused(Reason),
}

/// Why a provider refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The provider's code.
    pub code: String,
    /// The provider's words.
    pub words: String,
}

impl Dialect {
    /// What a call that hands a message over came to.
    ///
    /// None of these calls can be repeated safely, so nothing that may have been taken is called a refusal.
    pub fn outcome(&self, result: Result<Answer, CallError>) -> Outcome {
        let title = self.title;
        match result {
            Ok(answer) => self.answered(&answer),
            Err(CallError::NotSent(_)) => Outcome::Rejected(ProviderError::new(
                Class::Transient,
                "unreachable",
                &format!("{title} could not be reached: nothing was sent"),
            )),
            Err(error) if error.is_timeout() => Outcome::Unknown {
                detail: format!("{title} did not answer in time"),
            },
            Err(CallError::Lost(_)) => Outcome::Unknown {
                detail: format!("the connection to {title} broke before it answered"),
            },
        }
    }

    fn answered(&self, answer: &Answer) -> Outcome {
        let status = answer.status;
        let unknown = |what: &str| Outcome::Unknown {
            detail: format!("{} answered {status} {what}", self.title),
        };
        match status {
            200..=299 => match (self.read)(answer) {
                Some(Read::Accepted(id)) if is_id(&id) => Outcome::Accepted {
                    provider_message_id: id,
                },
                Some(Read::Refused(reason)) if self.is_fault(&reason.code) => {
                    unknown("which does not tell whether the message was taken")
                }
                Some(Read::Refused(reason)) => {
                    Outcome::Rejected(self.explain(&reason, Class::Content))
                }
                Some(Read::Accepted(_)) | None => unknown("with a body that cannot be read"),
            },
            400..=599 => {
                let reason = (self.reason)(answer);
                if self.is_ambiguous(status, reason.as_ref()) {
                    unknown("which does not tell whether the message was taken")
                } else {
                    Outcome::Rejected(self.refusal(answer))
                }
            }
            _ => unknown("which it documents nowhere"),
        }
    }

    /// Whether an answer of this status, with this reason, leaves open if the message was taken.
    fn is_ambiguous(&self, status: u16, reason: Option<&Reason>) -> bool {
        // A server that waited too long for a request may have had all of it.
        let is_open = status >= 500 || status == 408;
        match reason {
            Some(reason) if self.is_fault(&reason.code) => true,
            Some(reason) => {
                let row = self.errors.find(&reason.code);
                is_open && row.is_none_or(|row| row.class == Class::Transient)
            }
            None => is_open,
        }
    }

    /// Whether an answer leaves open if what it answers was done.
    pub fn is_doubtful(&self, answer: &Answer) -> bool {
        let reason = (self.reason)(answer);
        self.is_ambiguous(answer.status, reason.as_ref())
    }

    fn is_fault(&self, code: &str) -> bool {
        self.faults.contains(&code)
    }

    /// A call that was refused, in our words.
    pub fn refusal(&self, answer: &Answer) -> ProviderError {
        let status = answer.status;
        let otherwise = class_of_http(status);
        let mut refusal = match (self.reason)(answer) {
            Some(reason) => self.explain(&reason, otherwise),
            None => ProviderError::new(
                otherwise,
                &format!("http_{status}"),
                &format!("{} gave no reason", self.title),
            ),
        };
        // These two are about the call and not about the message, whatever the body says.
        if matches!(status, 401 | 429) && refusal.class != otherwise {
            refusal.class = otherwise;
            otherwise.advice().clone_into(&mut refusal.advice);
        }
        refusal.retry_after_seconds = answer.retry_after();
        refusal
    }

    /// A reason in our words. A code that is in no table has the class `otherwise`; it is counted, and
    /// logged once.
    pub fn explain(&self, reason: &Reason, otherwise: Class) -> ProviderError {
        let Reason { code, words } = reason;
        if self.errors.find(code).is_none() {
            note_unknown(self.name, code, otherwise);
        }
        let words = if words.is_empty() {
            format!("{} gave no reason", self.title)
        } else {
            without_numbers(words)
        };
        self.errors.explain(code, &words, otherwise)
    }

    /// A refused connection test.
    pub fn refused(&self, answer: &Answer) -> ConnectError {
        // A redirect is followed by nobody, and says nothing about the credentials.
        if !(400..500).contains(&answer.status) {
            let what = format!("{} answered {}", self.title, answer.status);
            return ConnectError::Unreachable(what.into());
        }
        ConnectError::Refused(self.refusal(answer))
    }

    /// An answer to a connection test that is not what the provider documents.
    pub fn unreadable(&self, answer: &Answer) -> ConnectError {
        let what = format!(
            "{} answered {} with a body that cannot be read",
            self.title, answer.status
        );
        ConnectError::Unreachable(what.into())
    }
}

/// Whether it is an id that can be kept and found again.
fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && !id.chars().any(char::is_control)
}

/// The class of a refusal that has no code, or one that we do not know.
const fn class_of_http(status: u16) -> Class {
    match status {
        // Credentials, payment or permission.
        401..=403 => Class::Account,
        // Something that the message names is not there, such as its template: another way may know it, and other
        // messages go on.
        404 => Class::Sender,
        429 => Class::RateLimited,
        408 | 500.. => Class::Transient,
        _ => Class::Content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use reqwest::header::{HeaderMap, HeaderValue};
    use tidings_routing::ErrorEntry;

    const ACME: Dialect = Dialect {
        name: "acme",
        title: "Acme",
        errors: ErrorTable::new(&[
            ErrorEntry {
                code: "blocked",
                class: Class::OptedOut,
                advice: "",
            },
            ErrorEntry {
                code: "busy",
                class: Class::Transient,
                advice: "",
            },
        ]),
        faults: &["broken"],
        read: |answer| {
            let json = answer.json()?;
            match json.get("code").and_then(|code| code.as_str()) {
                Some(code) => Some(Read::Refused(Reason {
                    code: code.to_owned(),
                    words: String::new(),
                })),
                None => Some(Read::Accepted(json.get("id")?.as_str()?.to_owned())),
            }
        },
        reason: |answer| {
            Some(Reason {
                code: answer.json()?.get("code")?.as_str()?.to_owned(),
                words: "about +12025550123".to_owned(),
            })
        },
    };

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: Some(Bytes::copy_from_slice(body.as_bytes())),
        }
    }

    fn class(status: u16, body: &str) -> Option<Class> {
        match ACME.outcome(Ok(answer(status, body))) {
            Outcome::Rejected(error) => Some(error.class),
            Outcome::Unknown { .. } => None,
            Outcome::Accepted { .. } => panic!("accepted"),
        }
    }

    #[test]
    fn only_an_id_is_an_acceptance() {
        assert_eq!(
            ACME.outcome(Ok(answer(201, r#"{"id":"m1"}"#))),
            Outcome::Accepted {
                provider_message_id: "m1".into()
            }
        );
        let longest = "x".repeat(LONGEST_ID);
        assert_eq!(
            ACME.outcome(Ok(answer(200, &format!(r#"{{"id":"{longest}"}}"#)))),
            Outcome::Accepted {
                provider_message_id: longest.clone()
            }
        );
        let long = format!(r#"{{"id":"{longest}x"}}"#);
        let wide = format!(r#"{{"id":"{}"}}"#, "é".repeat(LONGEST_ID));
        let strange = r#"{"id":"a\u0000b"}"#;
        for body in [r#"{"id":""}"#, &long, &wide, strange, "{}", "<html>", ""] {
            assert_eq!(class(200, body), None, "{body}");
        }
    }

    #[test]
    fn a_success_may_refuse_in_its_body() {
        assert_eq!(class(200, r#"{"code":"blocked"}"#), Some(Class::OptedOut));
        assert_eq!(class(200, r#"{"code":"news"}"#), Some(Class::Content));
        assert_eq!(class(200, r#"{"code":"broken"}"#), None);
    }

    #[test]
    fn a_fault_of_the_server_is_ambiguous_unless_its_code_refuses() {
        for status in [503, 408] {
            let body = r#"{"code":"blocked"}"#;
            assert_eq!(class(status, body), Some(Class::OptedOut), "{status}");
        }
        for (status, body) in [
            (500, "<html>"),
            (503, r#"{"code":"busy"}"#),
            (500, r#"{"code":"news"}"#),
            (400, r#"{"code":"broken"}"#),
            (408, ""),
            (408, r#"{"code":"busy"}"#),
            (408, r#"{"code":"news"}"#),
            (302, ""),
        ] {
            assert_eq!(class(status, body), None, "{status} {body}");
        }
    }

    #[test]
    fn without_a_known_code_the_status_decides() {
        for (status, expected) in [
            (400, Class::Content),
            (401, Class::Account),
            (403, Class::Account),
            (404, Class::Sender),
            (422, Class::Content),
            (429, Class::RateLimited),
        ] {
            for body in ["<html>", r#"{"code":"news"}"#] {
                assert_eq!(class(status, body), Some(expected), "{status} {body}");
            }
        }
        assert_eq!(class(401, r#"{"code":"blocked"}"#), Some(Class::Account));
    }

    #[test]
    fn a_refusal_has_the_provider_s_wait_and_no_numbers() {
        let mut too_fast = answer(429, r#"{"code":"slow"}"#);
        too_fast
            .headers
            .insert("retry-after", HeaderValue::from_static("7"));
        let error = ACME.refusal(&too_fast);
        assert_eq!(error.retry_after_seconds, Some(7));
        assert_eq!(error.detail, "about +…23");
    }

    #[test]
    fn a_connection_test_tells_a_refusal_from_a_fault() {
        assert!(matches!(
            ACME.refused(&answer(401, "")),
            ConnectError::Refused(error) if error.class == Class::Account
        ));
        for status in [503, 302] {
            assert!(matches!(
                ACME.refused(&answer(status, "")),
                ConnectError::Unreachable(_)
            ));
        }
    }
}
