//! Signatures that others have computed.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

use reqwest::Method;
use secrecy::SecretString;
use tidings_aws_http::{Keys, Scope, Signed, Unsigned};
use time::{OffsetDateTime, macros::datetime};
use url::Url;

const SUITE: OffsetDateTime = datetime!(2015-08-30 12:36 UTC);
const REFERENCE: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);

fn keys() -> Keys {
    Keys {
        access_key_id: "AKIDEXAMPLE".into(),
        secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: None,
    }
}

fn request(method: Method, url: &str) -> Unsigned {
    Unsigned::new(method, url.parse().unwrap())
}

fn authorization(signed: &Signed) -> &str {
    let (name, value) = signed.headers.last().unwrap();
    assert_eq!(*name, "authorization");
    value
}

fn signature(request: Unsigned, region: &str, service: &str, at: OffsetDateTime) -> String {
    let signed = request.sign(&keys(), Scope { region, service }, at);
    let (_, signature) = authorization(&signed).rsplit_once("Signature=").unwrap();
    signature.to_owned()
}

/// Signs as the published test suite of Signature Version 4 does.
fn suite(request: Unsigned) -> String {
    signature(request, "us-east-1", "service", SUITE)
}

#[test]
fn the_published_suite_passes() {
    let get = |end: &str| request(Method::GET, &format!("https://example.amazonaws.com{end}"));
    let post = || request(Method::POST, "https://example.amazonaws.com/");
    let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (name, request, expected) in [
        (
            "get-vanilla",
            get("/"),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "get-vanilla-query-order-key-case",
            get("/?Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "get-vanilla-empty-query-key",
            get("/?Param1=value1"),
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        ),
        (
            "get-vanilla-query-unreserved",
            get(&format!("/?{unreserved}={unreserved}")),
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            "get-vanilla-utf8-query",
            get("/?ሴ=bar"),
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        (
            "get-unreserved",
            get(&format!("/{unreserved}")),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        (
            "get-relative-relative",
            get("/example1/example2/../.."),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "get-slashes",
            get("//example//"),
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
        (
            "get-header-value-trim",
            get("/")
                .header("my-header1", " value1")
                .header("my-header2", " \"a   b   c\""),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "post-vanilla",
            post(),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "post-header-value-case",
            post().header("my-header1", "VALUE1"),
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        ),
        (
            "post-x-www-form-urlencoded",
            post().body("application/x-www-form-urlencoded", "Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "post-x-www-form-urlencoded-parameters",
            post().body(
                "application/x-www-form-urlencoded; charset=utf8",
                "Param1=value1",
            ),
            "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
        ),
    ] {
        assert_eq!(suite(request), expected, "{name}");
    }
}

#[test]
fn the_token_of_a_temporary_key_is_signed() {
    // post-sts-header-before of the same suite.
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPf\
                 IeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0\
                 wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDryp\
                 NC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    let keys = Keys {
        session_token: Some(SecretString::from(token)),
        ..keys()
    };
    let scope = Scope {
        region: "us-east-1",
        service: "service",
    };
    let signed = request(Method::POST, "https://example.amazonaws.com/").sign(&keys, scope, SUITE);
    assert_eq!(
        authorization(&signed),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-security-token, \
         Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
    );
    assert!(
        signed
            .headers
            .contains(&("x-amz-security-token", token.to_owned()))
    );
    // Nothing of it is told.
    let told = format!("{keys:?} {signed:?}");
    assert!(!told.contains("wJalr") && !told.contains("AQoDY"), "{told}");
}

#[test]
fn the_worked_example_of_the_reference_passes() {
    let body = tidings_aws_http::form([
        ("Action", "Publish"),
        ("Message", "Your table is ready"),
        ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
        ("MessageAttributes.entry.1.Value.DataType", "String"),
        (
            "MessageAttributes.entry.1.Value.StringValue",
            "Transactional",
        ),
        ("PhoneNumber", "+15550002222"),
        ("Version", "2010-03-31"),
    ]);
    let request = request(Method::POST, "https://sns.us-east-1.amazonaws.com/")
        .body("application/x-www-form-urlencoded; charset=utf-8", body);
    assert_eq!(
        signature(request, "us-east-1", "sns", REFERENCE),
        "237436aff5c3f9cb84e94e5c03cfd9834af0d76ab16c57781d44b7b954b76c7f"
    );
}

/// What botocore 1.44.8 computes for these.
#[test]
fn paths_queries_and_ports_are_signed_as_aws_s_own_library_does() {
    let email = "https://email.eu-west-1.amazonaws.com/v2/email";
    let expected = "2a2dc8edb78546b3044286830a602fb7935c61124b56998a553a48a99e637acb";
    for identity in ["a%2Fb%40example.com", "a%2fb@example.com"] {
        let request = request(Method::DELETE, &format!("{email}/identities/{identity}"));
        assert_eq!(
            signature(request, "eu-west-1", "ses", REFERENCE),
            expected,
            "{identity}"
        );
    }
    let expected = "f188978898a15ac5dc354effa0567ba73bbe7400c4962f4a9262f818f80194ed";
    for token in ["a%20b%2Bc%2F%3D", "a+b%2Bc/="] {
        let end = format!("suppression/addresses?NextToken={token}&PageSize=10");
        let request = request(Method::GET, &format!("{email}/{end}"));
        assert_eq!(
            signature(request, "eu-west-1", "ses", REFERENCE),
            expected,
            "{token}"
        );
    }
    let request = request(Method::POST, "http://127.0.0.1:4566/")
        .header("x-amz-target", "PinpointSMSVoiceV2.SendTextMessage")
        .body("application/x-amz-json-1.0", "{}");
    assert_eq!(
        signature(request, "us-east-1", "sms-voice", REFERENCE),
        "4cfdfe4af1a336e116bfb6bdde1bf29e232f92774b909e27692fd56cad05acd0"
    );
}

#[test]
fn what_is_sent_is_what_was_signed() {
    let scope = Scope {
        region: "eu-west-1",
        service: "ses",
    };
    let url = "https://email.eu-west-1.amazonaws.com/v2/a@b/x y?q=a+b&p=é#part";
    let signed = request(Method::POST, url)
        .header("x-amz-target", "T")
        .body("text/plain", "body")
        .sign(&keys(), scope, REFERENCE);
    let http = reqwest_client();
    let sent = signed.clone().builder(&http).build().unwrap();
    assert_eq!(
        sent.url(),
        &Url::parse("https://email.eu-west-1.amazonaws.com/v2/a%40b/x%20y?q=a%20b&p=%C3%A9")
            .unwrap()
    );
    assert_eq!(sent.body().unwrap().as_bytes(), Some(&b"body"[..]));
    let names: Vec<_> = sent
        .headers()
        .keys()
        .map(|name| name.as_str().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "x-amz-target",
            "content-type",
            "x-amz-date",
            "authorization"
        ]
    );
    assert_eq!(sent.headers()["x-amz-date"], "20260102T030405Z");
    assert!(
        authorization(&signed).contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target,")
    );
}

#[test]
fn instants_are_written_in_utc() {
    let scope = Scope {
        region: "us-east-1",
        service: "service",
    };
    let east = datetime!(2015-08-31 02:36 +14);
    let signed = request(Method::GET, "https://example.amazonaws.com/").sign(&keys(), scope, east);
    assert!(
        authorization(&signed)
            .ends_with("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
    );
}

fn reqwest_client() -> reqwest::Client {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build().unwrap()
}
