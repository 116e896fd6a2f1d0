//! The adapter against moto, which stands in for AWS: it reads the query protocol, and computes signatures
//! with AWS's own library for Python.
//!
//! `cargo xtask test` starts it and sets `TIDINGS_MOTO_URL`; `cargo xtask moto start` does so by itself. It
//! knows SNS and not AWS End User Messaging.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

use reqwest::{Client, Method};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::Arc;
use tidings_aws_http::{Keys, Scope, Unsigned, form};
use tidings_aws_sns::{AwsSns, Endpoints};
use tidings_conformance::{attempt_id, fixtures, sendable};
use tidings_kernel::{Channel, PhoneNumber, Purpose};
use tidings_messaging::{
    Access, Address, ConnectError, Content, Credentials, Outcome, Provider as _, SendableMessage,
};
use tidings_routing::Class;
use url::Url;

const TEXT: &str = "Ready & so on, 100 % + 😀\nsecond line";
/// To check a signature moto writes the form anew, with `+` for a blank, so this text has none.
const WITHOUT_BLANKS: &str = "Ready&so_on,100%+😀\nsecond-line";

/// moto, and a user of it whose key may do everything.
struct Moto {
    http: Client,
    url: Url,
}

impl Moto {
    fn find() -> Self {
        let url = std::env::var("TIDINGS_MOTO_URL").unwrap_or_else(|_| {
            panic!(
                "TIDINGS_MOTO_URL is not set: run the tests with `cargo xtask test`, or run `cargo xtask moto \
                 start` and set it to what that prints"
            )
        });
        // Installing it again changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            http: builder.build().unwrap(),
            url: url.parse().unwrap(),
        }
    }

    /// Forgets everything, and checks no signature for so many calls, or none at all.
    async fn reset(&self, unchecked: &str) {
        for (path, body) in [("reset", ""), ("reset-auth", unchecked)] {
            let url = self.url.join(&format!("moto-api/{path}")).unwrap();
            let answer = self
                .http
                .post(url)
                .body(body.to_owned())
                .send()
                .await
                .unwrap();
            assert!(answer.status().is_success(), "{path}: {answer:?}");
        }
    }

    /// A call of IAM, before signatures are checked.
    async fn iam(&self, fields: &[(&str, &str)]) -> String {
        let keys = Keys {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("anything"),
            session_token: None,
        };
        let scope = Scope {
            region: "us-east-1",
            service: "iam",
        };
        let fields = fields.iter().copied().chain([("Version", "2010-05-08")]);
        let request = Unsigned::new(Method::POST, self.url.clone()).body(
            "application/x-www-form-urlencoded; charset=utf-8",
            form(fields),
        );
        let request = request
            .sign(&keys, scope, fixtures::NOW)
            .builder(&self.http);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.text().await.unwrap()
    }

    /// The key and the secret of a user who may do everything; from now on signatures are checked.
    async fn user(&self) -> (String, String) {
        self.reset("3").await;
        self.iam(&[("Action", "CreateUser"), ("UserName", "tidings")])
            .await;
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        self.iam(&[
            ("Action", "PutUserPolicy"),
            ("UserName", "tidings"),
            ("PolicyName", "all"),
            ("PolicyDocument", policy),
        ])
        .await;
        let key = self
            .iam(&[("Action", "CreateAccessKey"), ("UserName", "tidings")])
            .await;
        let between = |name: &str| {
            let (_, rest) = key.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        (between("AccessKeyId"), between("SecretAccessKey"))
    }

    fn adapter(&self) -> AwsSns {
        let endpoints = Endpoints {
            sms_voice: None,
            sns: Some(self.url.clone()),
        };
        AwsSns::new(
            self.http.clone(),
            endpoints,
            Arc::new(fixtures::FixedClock(fixtures::NOW)),
        )
    }

    /// The texts that moto has taken, each with its id and number.
    async fn taken(&self) -> Vec<(String, String, String)> {
        let url = self.url.join("moto-api/data.json").unwrap();
        let data: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let taken = data["sns"]["SMS"].as_array().unwrap();
        let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
        taken
            .iter()
            .map(|sms| {
                (
                    text(sms, "message_id"),
                    text(sms, "phone_number"),
                    text(sms, "message"),
                )
            })
            .collect()
    }
}

fn access(key: &str, secret: &str) -> Access {
    let fields = [
        ("access_key_id", key),
        ("secret_access_key", secret),
        ("region", "us-east-1"),
        ("api", "sns"),
    ];
    Access {
        tenant: "ten_00000000000000000000000001".parse().unwrap(),
        account: "acc_00000000000000000000000002".parse().unwrap(),
        credentials: Credentials::new(
            fields.map(|(name, value)| (name.to_owned(), SecretString::from(value))),
        ),
        callback_url: "https://hooks.example.com/callbacks/aws_sns/abc".into(),
    }
}

fn sms(text: &str) -> SendableMessage {
    let to = Address::Phone(PhoneNumber::from_e164("+12025550123").unwrap());
    let content = Content::text(text);
    sendable(
        attempt_id(7),
        Channel::Sms,
        Purpose::Transactional,
        to,
        "Example",
        content,
    )
}

/// One test, since what moto has taken and whether it checks signatures is one state of the whole server.
#[tokio::test]
async fn moto_reads_our_forms_and_finds_the_signatures_right() {
    let moto = Moto::find();
    let adapter = moto.adapter();
    let taken = async |access: &Access, text: &str| {
        let outcome = adapter.send(access, &sms(text)).await;
        let Outcome::Accepted {
            provider_message_id,
        } = outcome
        else {
            panic!("moto refuses a good message: {outcome:?}");
        };
        let expected = (
            provider_message_id,
            "+12025550123".to_owned(),
            text.to_owned(),
        );
        assert_eq!(moto.taken().await, [expected]);
    };
    moto.reset("inf").await;
    taken(&access("AKIAIOSFODNN7EXAMPLE", "anything"), TEXT).await;

    let (key, secret) = moto.user().await;
    let good = access(&key, &secret);
    taken(&good, WITHOUT_BLANKS).await;
    let info = adapter.connect(&good).await.unwrap();
    assert!(!info.notes.is_empty());
    for (key, secret, code) in [
        (key.as_str(), "another-secret-key", "SignatureDoesNotMatch"),
        (
            "AKIAIOSFODNN7EXAMPLE",
            secret.as_str(),
            "InvalidClientTokenId",
        ),
    ] {
        let access = access(key, secret);
        let outcome = adapter.send(&access, &sms(WITHOUT_BLANKS)).await;
        let Outcome::Rejected(error) = outcome else {
            panic!("moto takes a message with a wrong key: {outcome:?}");
        };
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Account, code)
        );
        let refused = adapter.connect(&access).await.unwrap_err();
        assert!(matches!(refused, ConnectError::Refused(error) if error.provider_code == code));
    }
    assert_eq!(moto.taken().await.len(), 1);
    moto.reset("inf").await;
}
