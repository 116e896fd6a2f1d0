//! Messages of SNS: the vectors of the reference, forgeries, fetching and confirming.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use tidings_aws_http::{
    FetchError, HttpSource, SnsKind, SnsMessage, SnsSource, SnsVerifier,
    testing::{self, CERTIFICATE, CERTIFICATE_URL, Pinned, TOPIC},
};
use tidings_kernel::Clock;
use tidings_messaging::{CallbackRequest, NotAuthentic};
use time::{Duration, OffsetDateTime, macros::datetime};
use url::Url;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

const NOW: OffsetDateTime = datetime!(2026-12-15 15:00 UTC);
/// When the vectors were published, a moment later.
const VECTORS: OffsetDateTime = datetime!(2026-01-02 03:04:06 UTC);

struct At(OffsetDateTime);

impl Clock for At {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

fn request(body: impl Into<Bytes>, received_at: OffsetDateTime) -> CallbackRequest {
    CallbackRequest {
        method: "POST".into(),
        url: "https://hooks.example.com/callbacks/aws_sns/abc".into(),
        headers: vec![("content-type".into(), "text/plain; charset=UTF-8".into())],
        body: body.into(),
        received_at,
    }
}

fn verifier_at(source: Pinned, now: OffsetDateTime) -> (SnsVerifier, Arc<Pinned>) {
    let source = Arc::new(source);
    let verifier = SnsVerifier::with_source(Arc::clone(&source) as _, Arc::new(At(now)));
    (verifier, source)
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn vector_source(vectors: &Value) -> Pinned {
    let messages = vectors["messages"].as_object().unwrap();
    let pem = vectors["certificate_pem"].as_str().unwrap().to_owned();
    let answers = messages.values().flat_map(|message| {
        let url = |name: &str| message[name].as_str().map(str::to_owned);
        let certificate = url("SigningCertURL").map(|url| (url, Bytes::from(pem.clone())));
        let confirmation = url("SubscribeURL").map(|url| (url, Bytes::new()));
        [certificate, confirmation].into_iter().flatten()
    });
    Pinned::new(answers.collect::<Vec<_>>())
}

#[tokio::test]
async fn every_vector_passes_and_no_changed_byte_does() {
    let vectors = vectors();
    let (verifier, _) = verifier_at(vector_source(&vectors), NOW);
    let mut changed = 0;
    for (name, message) in vectors["messages"].as_object().unwrap() {
        let body = message.to_string().into_bytes();
        let good = request(body.clone(), VECTORS);
        assert_eq!(
            verifier.authenticate(&good, &[TOPIC]).await,
            Ok(()),
            "{name}"
        );
        for place in 0..body.len() {
            for flip in [0x01, 0x10, 0x20] {
                let mut other = body.clone();
                other[place] ^= flip;
                if testing::says_the_same(&body, &other) {
                    continue;
                }
                changed += 1;
                let told = String::from_utf8_lossy(&other).into_owned();
                let other = request(other, VECTORS);
                let checked = verifier.authenticate(&other, &[TOPIC]).await;
                assert!(checked.is_err(), "{name}: {told}");
            }
        }
    }
    assert!(changed > 5_000, "{changed}");
}

#[tokio::test]
async fn a_message_of_our_own_key_passes() {
    let (verifier, source) = verifier_at(Pinned::default(), NOW);
    let body = testing::notification("{\"a\":\"é\"}", NOW);
    assert_eq!(
        verifier
            .authenticate(&request(body.clone(), NOW), &[TOPIC])
            .await,
        Ok(())
    );
    assert_eq!(source.asked(), [CERTIFICATE_URL]);
    let message = SnsMessage::read(&body).unwrap();
    assert_eq!(
        (message.kind, message.timestamp, message.message.as_str()),
        (SnsKind::Notification, NOW, "{\"a\":\"é\"}")
    );
}

#[tokio::test]
async fn other_topics_are_refused_before_anything_is_fetched() {
    let (verifier, source) = verifier_at(Pinned::default(), NOW);
    let request = request(testing::notification("x", NOW), NOW);
    let other = "arn:aws:sns:us-east-1:111122223333:our-topic2";
    for topics in [vec![], vec![other]] {
        let checked = verifier.authenticate(&request, &topics).await;
        assert_eq!(checked, Err(NotAuthentic::OtherAccount));
    }
    assert_eq!(source.asked(), [""; 0]);
    assert_eq!(
        verifier.authenticate(&request, &[other, TOPIC]).await,
        Ok(())
    );
}

#[tokio::test]
async fn what_is_old_is_somebody_s_recording() {
    let (verifier, _) = verifier_at(Pinned::default(), NOW);
    for (age, expected) in [
        (Duration::minutes(75), Ok(())),
        (Duration::minutes(76), Err(NotAuthentic::Wrong)),
        (Duration::days(3650), Err(NotAuthentic::Wrong)),
        // SNS's clock is ahead of ours.
        (-Duration::minutes(90), Ok(())),
    ] {
        let request = request(testing::notification("x", NOW), NOW + age);
        assert_eq!(
            verifier.authenticate(&request, &[TOPIC]).await,
            expected,
            "{age}"
        );
    }
}

#[tokio::test]
async fn a_certificate_is_good_for_its_time_alone() {
    for now in [
        datetime!(2025-12-31 0:00 UTC),
        datetime!(2126-01-01 0:00 UTC),
    ] {
        let (verifier, _) = verifier_at(Pinned::default(), now);
        let request = request(testing::notification("x", now), now);
        let checked = verifier.authenticate(&request, &[TOPIC]).await;
        assert_eq!(checked, Err(NotAuthentic::Wrong), "{now}");
    }
}

#[tokio::test]
async fn without_a_certificate_nothing_can_be_checked() {
    let garbage = Bytes::from_static(b"<html>");
    for source in [
        Pinned::new([]),
        Pinned::new([(CERTIFICATE_URL.to_owned(), garbage)]),
    ] {
        let (verifier, _) = verifier_at(source, NOW);
        let request = request(testing::notification("x", NOW), NOW);
        let checked = verifier.authenticate(&request, &[TOPIC]).await;
        assert_eq!(checked, Err(NotAuthentic::CannotCheck));
    }
}

#[tokio::test]
async fn what_is_no_message_of_sns_has_no_signature() {
    let (verifier, _) = verifier_at(Pinned::default(), NOW);
    let raw = r#"{"eventType":"TEXT_DELIVERED","isFinal":true}"#;
    for body in [raw, "", "{}", "[]", "null", "\u{0}", "<xml/>"] {
        let checked = verifier.authenticate(&request(body, NOW), &[TOPIC]).await;
        assert_eq!(checked, Err(NotAuthentic::Missing), "{body}");
    }
    let deep = vec![b'['; 5 << 20];
    let checked = verifier.authenticate(&request(deep, NOW), &[TOPIC]).await;
    assert_eq!(checked, Err(NotAuthentic::Missing));
}

#[tokio::test]
async fn certificates_are_fetched_once_a_day_and_by_one_at_a_time() {
    let source = Arc::new(Pinned::default());
    let clock = Arc::new(Moving(std::sync::Mutex::new(NOW)));
    let verifier = SnsVerifier::with_source(Arc::clone(&source) as _, Arc::clone(&clock) as _);
    let request = request(testing::notification("x", NOW), NOW);
    let (one, two, three) = tokio::join!(
        verifier.authenticate(&request, &[TOPIC]),
        verifier.authenticate(&request, &[TOPIC]),
        verifier.authenticate(&request, &[TOPIC]),
    );
    assert_eq!((one, two, three), (Ok(()), Ok(()), Ok(())));
    assert_eq!(source.asked().len(), 1);
    for (hours, fetches) in [(23, 1), (24, 2)] {
        *clock.0.lock().unwrap() = NOW + Duration::hours(hours);
        assert_eq!(verifier.authenticate(&request, &[TOPIC]).await, Ok(()));
        assert_eq!(source.asked().len(), fetches, "after {hours} hours");
    }
}

struct Moving(std::sync::Mutex<OffsetDateTime>);

impl Clock for Moving {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn so_many_certificates_are_kept_and_no_more() {
    let url = |number: usize| CERTIFICATE_URL.replace("7.pem", &format!("7{number}.pem"));
    let pem = Bytes::from_static(CERTIFICATE.as_bytes());
    let source = Pinned::new((0..65).map(|number| (url(number), pem.clone())));
    let source = Arc::new(source);
    let clock = Arc::new(Moving(std::sync::Mutex::new(NOW)));
    let verifier = SnsVerifier::with_source(Arc::clone(&source) as _, Arc::clone(&clock) as _);
    let body = testing::notification("x", NOW);
    let ask = async |number: usize| {
        *clock.0.lock().unwrap() += Duration::SECOND;
        let body = String::from_utf8(body.to_vec()).unwrap();
        // Which certificate to use is not signed.
        let request = request(body.replace(CERTIFICATE_URL, &url(number)), NOW);
        assert_eq!(verifier.authenticate(&request, &[TOPIC]).await, Ok(()));
        source.asked().len()
    };
    for number in 0..65 {
        assert_eq!(ask(number).await, number + 1);
    }
    assert_eq!(ask(64).await, 65, "the newest is kept");
    assert_eq!(ask(1).await, 65, "so is the second oldest");
    assert_eq!(ask(0).await, 66, "the oldest made room");
}

/// Knows the certificate, and keeps whoever asks for anything else waiting.
struct Tarpit(Pinned);

#[async_trait]
impl SnsSource for Tarpit {
    async fn get(&self, url: &Url) -> Result<Bytes, FetchError> {
        if url.as_str() != CERTIFICATE_URL {
            std::future::pending::<()>().await;
        }
        self.0.get(url).await
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_hold_up_nobody_else() {
    let source = Arc::new(Tarpit(Pinned::default()));
    let verifier = Arc::new(SnsVerifier::with_source(source, Arc::new(At(NOW))));
    for number in 0..20 {
        let mut body: Value = serde_json::from_slice(&testing::notification("x", NOW)).unwrap();
        let other =
            format!("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{number}.pem");
        body["SigningCertURL"] = other.into();
        let verifier = Arc::clone(&verifier);
        let request = request(body.to_string(), NOW);
        tokio::spawn(async move { verifier.authenticate(&request, &[TOPIC]).await });
    }
    tokio::task::yield_now().await;
    let request = request(testing::notification("x", NOW), NOW);
    let checked = verifier.authenticate(&request, &[TOPIC]);
    let checked = tokio::time::timeout(std::time::Duration::from_secs(5), checked).await;
    assert_eq!(checked, Ok(Ok(())));
}

#[tokio::test]
async fn a_subscription_is_confirmed_once_its_message_is_checked() {
    let (verifier, source) = verifier_at(Pinned::default(), NOW);
    let good = testing::confirmation(NOW);
    assert_eq!(
        verifier
            .authenticate(&request(good.clone(), NOW), &[TOPIC])
            .await,
        Ok(())
    );
    assert_eq!(
        source.asked(),
        [CERTIFICATE_URL.to_owned(), testing::confirmation_url()]
    );

    // A forged one causes no call but for the certificate.
    let (verifier, source) = verifier_at(Pinned::default(), NOW);
    let forged = String::from_utf8(good.to_vec())
        .unwrap()
        .replace("visit", "visi7");
    let checked = verifier.authenticate(&request(forged, NOW), &[TOPIC]).await;
    assert_eq!(checked, Err(NotAuthentic::Wrong));
    assert_eq!(source.asked(), [CERTIFICATE_URL]);
}

#[tokio::test]
async fn a_signed_subscription_to_elsewhere_is_not_confirmed() {
    let mut message: Value = serde_json::from_slice(&testing::confirmation(NOW)).unwrap();
    for link in [
        "https://sns.us-east-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
        "https://169.254.169.254/latest/meta-data/",
        "https://sns.us-east-1.amazonaws.com/?Action=DeleteTopic",
    ] {
        message["SubscribeURL"] = link.into();
        let (verifier, source) = verifier_at(Pinned::default(), NOW);
        let body = testing::signed(message.clone());
        let checked = verifier.authenticate(&request(body, NOW), &[TOPIC]).await;
        assert_eq!(checked, Err(NotAuthentic::Wrong), "{link}");
        assert_eq!(source.asked(), [CERTIFICATE_URL]);
    }
}

#[tokio::test]
async fn a_confirmation_that_fails_is_asked_for_again() {
    let certificate = Bytes::from_static(CERTIFICATE.as_bytes());
    let source = Pinned::new([(CERTIFICATE_URL.to_owned(), certificate)]);
    let (verifier, _) = verifier_at(source, NOW);
    let request = request(testing::confirmation(NOW), NOW);
    let checked = verifier.authenticate(&request, &[TOPIC]).await;
    assert_eq!(checked, Err(NotAuthentic::CannotCheck));
}

#[tokio::test]
async fn the_end_of_a_subscription_is_authentic_with_and_without_its_token() {
    let mut message: Value = serde_json::from_slice(&testing::confirmation(NOW)).unwrap();
    message["Type"] = "UnsubscribeConfirmation".into();
    let with_token = testing::signed(message.clone());
    let token = message["Token"].take();
    let mut without: Value = serde_json::from_slice(&testing::signed(message)).unwrap();
    without["Token"] = token;
    let (verifier, source) = verifier_at(Pinned::default(), NOW);
    for body in [with_token, Bytes::from(without.to_string())] {
        assert_eq!(
            verifier.authenticate(&request(body, NOW), &[TOPIC]).await,
            Ok(())
        );
    }
    // Nothing is confirmed: that would subscribe again.
    assert_eq!(source.asked(), [CERTIFICATE_URL]);
}

fn http() -> reqwest::Client {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.build().unwrap()
}

#[tokio::test]
async fn a_stand_in_is_asked_for_the_same_path_and_query() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string(CERTIFICATE);
    Mock::given(method("GET"))
        .respond_with(answer)
        .mount(&server)
        .await;
    for base in ["", "/", "/fake", "/fake/"] {
        let base = format!("{}{base}", server.uri()).parse().unwrap();
        let source = HttpSource::instead(http(), base);
        let verifier = SnsVerifier::with_source(Arc::new(source), Arc::new(At(NOW)));
        let request = request(testing::confirmation(NOW), NOW);
        assert_eq!(verifier.authenticate(&request, &[TOPIC]).await, Ok(()));
    }
    let asked = server.received_requests().await.unwrap();
    let asked: Vec<_> = asked
        .iter()
        .map(|request| &request.url[url::Position::BeforePath..])
        .collect();
    let certificate = "/SimpleNotificationService-00000000000000000000000000000007.pem";
    let confirmation =
        testing::confirmation_url().replace("https://sns.us-east-1.amazonaws.com", "");
    let fake = [
        format!("/fake{certificate}"),
        format!("/fake{confirmation}"),
    ];
    let plain = [certificate.to_owned(), confirmation];
    assert_eq!(asked, [plain.clone(), plain, fake.clone(), fake].concat());
}

#[tokio::test]
async fn fetching_is_bounded_and_follows_nothing() {
    let elsewhere = MockServer::start().await;
    for answer in [
        ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 64 * 1024 + 1]),
        ResponseTemplate::new(302).insert_header("location", elsewhere.uri()),
        ResponseTemplate::new(403),
        ResponseTemplate::new(503),
        ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(5)),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(answer.clone())
            .mount(&server)
            .await;
        let source = HttpSource::instead(http(), server.uri().parse().unwrap())
            .with_timeout(std::time::Duration::from_secs(1));
        let url = CERTIFICATE_URL.parse().unwrap();
        assert!(source.get(&url).await.is_err(), "{answer:?}");
    }
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}
