//! Answers that go wrong: nothing that may have been taken is a refusal, nothing that was not is unknown.

use super::{
    Canned, ProviderCase, refusal,
    untrusted::Untrusted,
    wire::{Fake, Reaction, bytes},
};
use tidings_messaging::{ConnectError, Found, Outcome};
use tidings_routing::Class;

/// The longest id that is kept, in bytes.
const LONGEST_ID: usize = 1_024;

pub(super) async fn all(case: &ProviderCase) {
    unreadable_answers(case).await;
    long_ids(case).await;
    strange_ids(case).await;
    long_answers(case).await;
    pages_of_html(case).await;
    cut_refusals(case).await;
    unknown_codes(case).await;
    passing_faults(case).await;
    too_fast(case).await;
    broken_connections(case).await;
    no_connection(case).await;
    redirects(case).await;
}

fn html(status: u16) -> Canned {
    Canned {
        status,
        content_type: "text/html",
        body: "<html><body><h1>Something happened</h1></body></html>".to_owned(),
    }
}

async fn is_unknown(case: &ProviderCase, reaction: Reaction, what: &str) {
    let fake = Fake::new(reaction).await;
    let outcome = case
        .adapter(&fake.url)
        .send(&case.access, &case.message)
        .await;
    assert!(
        matches!(outcome, Outcome::Unknown { .. }),
        "{what}: {outcome:?}"
    );
    case.keeps_secrets(&format!("{outcome:?}"));
    assert_eq!(fake.requests(), 1, "{what}: a call is never repeated");
}

async fn unreadable_answers(case: &ProviderCase) {
    let accepted = &case.accepted;
    for body in ["", "{", "[]", "null", "{}", "<html></html>", "\u{0}"] {
        let answer = Canned {
            body: body.to_owned(),
            ..accepted.clone()
        };
        let reaction = Reaction::Bytes(bytes(&answer, body.len(), ""));
        is_unknown(case, reaction, &format!("success with the body {body:?}")).await;
    }
    let deep = Canned {
        body: "[".repeat(200_000),
        ..accepted.clone()
    };
    is_unknown(
        case,
        Reaction::Bytes(bytes(&deep, deep.body.len(), "")),
        "success with JSON that is nested without end",
    )
    .await;
    // More is promised than comes.
    let cut = Canned {
        body: accepted.body.chars().take(10).collect(),
        ..accepted.clone()
    };
    let reaction = Reaction::Bytes(bytes(&cut, accepted.body.len() + 500, ""));
    is_unknown(case, reaction, "a success that breaks off").await;
}

/// Meta's ids have no documented bound, and no store minds the length of one.
async fn long_ids(case: &ProviderCase) {
    let accepted = &case.accepted;
    let all = case.accepted_id.repeat(LONGEST_ID);
    let longest: String = all.chars().take(LONGEST_ID).collect();
    let answer = Canned {
        body: accepted.body.replace(case.accepted_id, &longest),
        ..accepted.clone()
    };
    let expected = Outcome::Accepted {
        provider_message_id: longest,
    };
    let (outcome, _) = case.sent(&answer).await;
    assert_eq!(outcome, expected, "success with a long id");
}

/// An id that no store can keep leaves nothing to ask about, but the message may be on its way.
async fn strange_ids(case: &ProviderCase) {
    let accepted = &case.accepted;
    for id in [
        case.accepted_id.repeat(LONGEST_ID + 1),
        "a\\u0000b".to_owned(),
    ] {
        let is_json = accepted.content_type.contains("json");
        if !is_json && id.contains('\\') {
            // Another notation would say something else by it.
            continue;
        }
        let answer = Canned {
            body: accepted.body.replace(case.accepted_id, &id),
            ..accepted.clone()
        };
        let (outcome, _) = case.sent(&answer).await;
        let is_kept = match &outcome {
            Outcome::Accepted {
                provider_message_id: id,
            } => id.len() <= LONGEST_ID && !id.chars().any(char::is_control),
            Outcome::Unknown { .. } => true,
            Outcome::Rejected(_) => false,
        };
        assert!(is_kept, "success with the id {id:?}: {outcome:?}");
    }
}

async fn long_answers(case: &ProviderCase) {
    let accepted = &case.accepted;
    let long = Canned {
        body: format!("{}{}", accepted.body, " ".repeat(9 << 20)),
        ..accepted.clone()
    };
    let reaction = Reaction::Bytes(bytes(&long, long.body.len(), ""));
    is_unknown(case, reaction, "a success of nine megabytes").await;
    let reaction = Reaction::DripBody(bytes(accepted, accepted.body.len() + 500, ""));
    is_unknown(case, reaction, "a success whose body never ends").await;
}

/// What refuses by its status refuses, though the reason breaks off.
async fn cut_refusals(case: &ProviderCase) {
    let whole = &case.unknown_refusal;
    let cut = Canned {
        body: whole.body.chars().take(whole.body.len() / 2).collect(),
        ..whole.clone()
    };
    let reaction = Reaction::Bytes(bytes(&cut, whole.body.len(), ""));
    let fake = Fake::new(reaction).await;
    let outcome = case
        .adapter(&fake.url)
        .send(&case.access, &case.message)
        .await;
    let error = refusal(outcome);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Content, "http_400"),
        "a refusal that breaks off"
    );
}

async fn pages_of_html(case: &ProviderCase) {
    for status in [500, 502, 503, 504, 408] {
        let page = html(status);
        let reaction = Reaction::Bytes(bytes(&page, page.body.len(), ""));
        is_unknown(case, reaction, &format!("a page of HTML with {status}")).await;
    }
    for (status, class) in [
        (400, Class::Content),
        (401, Class::Account),
        (403, Class::Account),
        (404, Class::Sender),
        (413, Class::Content),
        (429, Class::RateLimited),
    ] {
        let (outcome, _) = case.sent(&html(status)).await;
        let error = refusal(outcome);
        assert_eq!(
            (error.class, error.provider_code),
            (class, format!("http_{status}")),
            "a page of HTML with {status}"
        );
    }
}

async fn unknown_codes(case: &ProviderCase) {
    for (status, class) in [
        (400, Class::Content),
        (401, Class::Account),
        (403, Class::Account),
        (404, Class::Sender),
        (422, Class::Content),
        (429, Class::RateLimited),
    ] {
        let answer = Canned {
            status,
            ..case.unknown_refusal.clone()
        };
        let error = refusal(case.sent(&answer).await.0);
        assert_eq!(error.class, class, "an unknown code with {status}");
        case.keeps_secrets(&format!("{error:?}"));
    }
    for status in [500, 408] {
        let answer = Canned {
            status,
            ..case.unknown_refusal.clone()
        };
        let reaction = Reaction::Bytes(bytes(&answer, answer.body.len(), ""));
        is_unknown(case, reaction, &format!("an unknown code with {status}")).await;
    }
}

/// A fault that passes may have come after the message was taken, unless the provider says that it did not.
async fn passing_faults(case: &ProviderCase) {
    let unknown = refusal(case.sent(&case.unknown_refusal).await.0).provider_code;
    let rows = case.errors.rows().iter();
    let passing: Vec<&str> = rows
        .filter(|row| row.class == Class::Transient)
        .map(|row| row.code)
        .collect();
    for code in case.not_taken {
        assert!(passing.contains(code), "{code} is no passing fault");
    }
    for code in passing {
        let answer = |status| Canned {
            status,
            body: case.unknown_refusal.body.replace(&unknown, code),
            ..case.unknown_refusal.clone()
        };
        for status in [500, 408] {
            if status == 500 && case.not_taken.contains(&code) {
                let error = refusal(case.sent(&answer(status)).await.0);
                assert_eq!(
                    (error.class, error.provider_code.as_str()),
                    (Class::Transient, code)
                );
                continue;
            }
            let answer = answer(status);
            let reaction = Reaction::Bytes(bytes(&answer, answer.body.len(), ""));
            let what = format!("the passing fault {code} with {status}");
            is_unknown(case, reaction, &what).await;
        }
    }
}

async fn too_fast(case: &ProviderCase) {
    let answer = Canned {
        status: 429,
        ..case.unknown_refusal.clone()
    };
    for asked in [
        "retry-after: 7\r\n",
        // An instant counts from the provider's own clock.
        "date: Wed, 21 Oct 2026 07:28:00 GMT\r\nretry-after: Wed, 21 Oct 2026 07:28:07 GMT\r\n",
    ] {
        let reaction = Reaction::Bytes(bytes(&answer, answer.body.len(), asked));
        let fake = Fake::new(reaction).await;
        let outcome = case
            .adapter(&fake.url)
            .send(&case.access, &case.message)
            .await;
        let error = refusal(outcome);
        assert_eq!(error.class, Class::RateLimited, "429");
        assert_eq!(error.retry_after_seconds, Some(7), "429 with {asked}");
    }
}

async fn broken_connections(case: &ProviderCase) {
    let nothing = Reaction::Bytes(Vec::new());
    is_unknown(case, nothing, "a connection that closes after the request").await;
    let noise = Reaction::Bytes(b"\x16\x03\x01 this is no HTTP\r\n\r\n".to_vec());
    is_unknown(case, noise, "an answer that is no HTTP").await;
    is_unknown(case, Reaction::Silence, "no answer in time").await;
    is_unknown(case, Reaction::Drip, "a head that never ends").await;
}

async fn no_connection(case: &ProviderCase) {
    let untrusted = Untrusted::new().await;
    let adapter = case.adapter(&untrusted.url);
    let outcome = adapter.send(&case.access, &case.message).await;
    let error = refusal(outcome);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Transient, "unreachable"),
        "a certificate that nobody vouches for"
    );
    let connected = adapter.connect(&case.access).await;
    assert!(
        matches!(connected, Err(ConnectError::Unreachable(_))),
        "a certificate that nobody vouches for: {connected:?}"
    );
    assert_eq!(untrusted.heard(), 0, "nothing is told to such a server");

    let fake = Fake::answering(&case.accepted).await;
    let refused = fake.url.clone();
    let without_tls = fake.url.replace("http://", "https://");
    let outcome = case
        .adapter(&without_tls)
        .send(&case.access, &case.message)
        .await;
    let error = refusal(outcome);
    assert_eq!(error.class, Class::Transient, "no TLS: {error:?}");
    assert_eq!(fake.requests(), 0, "nothing leaves before TLS stands");
    drop(fake);
    // The port is closed once the task that listened is gone.
    tokio::task::yield_now().await;
    let outcome = case
        .adapter(&refused)
        .send(&case.access, &case.message)
        .await;
    let error = refusal(outcome);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Transient, "unreachable"),
        "nobody listens"
    );
}

async fn redirects(case: &ProviderCase) {
    let elsewhere = Fake::answering(&case.accepted).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = Canned {
            status,
            ..html(status)
        };
        let to = format!("location: {}/\r\n", elsewhere.url);
        let reaction = Reaction::Bytes(bytes(&answer, answer.body.len(), &to));
        is_unknown(case, reaction.clone(), &format!("a redirect with {status}")).await;
        let fake = Fake::new(reaction).await;
        let connected = case.adapter(&fake.url).connect(&case.access).await;
        assert!(
            matches!(connected, Err(ConnectError::Unreachable(_))),
            "a redirect with {status} of a connection test: {connected:?}"
        );
        if let Some(query) = &case.query {
            let found = case.adapter(&fake.url).find(&case.access, query).await;
            assert!(
                matches!(found, Err(_) | Ok(Found::CannotTell)),
                "a redirect with {status} of a question: {found:?}"
            );
        }
    }
    assert_eq!(elsewhere.requests(), 0, "a redirect was followed");
}
