//! Against moto, which stands in for AWS: it computes signatures with AWS's own library, and keeps what was
//! sent.

use super::{account_with, http};
use crate::support::{TEXT, TO, clock, mail, mail_to, rejected};
use reqwest::{Client, Method};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use tidings_aws_http::{Keys, Scope, Unsigned, form, testing::verifier};
use tidings_conformance::{attempt_id, fixtures::NOW, sendable};
use tidings_email::ses::Ses;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Access, Address, Content, Outcome, Provider as _};
use tidings_routing::Class;
use url::Url;

const MISSING: &str = "TIDINGS_MOTO_URL is not set, so there is no AWS to test against: run `cargo xtask test`, \
    or `cargo xtask moto start` and set it to what that prints";

/// moto, and the key of a user who may do everything.
struct Moto {
    http: Client,
    url: Url,
    keys: Keys,
}

impl Moto {
    /// A fresh one, with signatures checked from now on.
    async fn fresh() -> Self {
        let url = std::env::var("TIDINGS_MOTO_URL").unwrap_or_else(|_| panic!("{MISSING}"));
        let mut moto = Self {
            http: http(),
            url: url.parse().unwrap(),
            keys: keys("AKIAIOSFODNN7EXAMPLE", "anything"),
        };
        // The calls of IAM below are not checked, and all others are.
        for (path, body) in [("moto-api/reset", ""), ("moto-api/reset-auth", "3")] {
            let request = moto.http.post(moto.url.join(path).unwrap()).body(body);
            assert!(request.send().await.unwrap().status().is_success());
        }
        moto.iam(&[("Action", "CreateUser"), ("UserName", "tidings")])
            .await;
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        moto.iam(&[
            ("Action", "PutUserPolicy"),
            ("UserName", "tidings"),
            ("PolicyName", "all"),
            ("PolicyDocument", &policy.to_string()),
        ])
        .await;
        let key = moto
            .iam(&[("Action", "CreateAccessKey"), ("UserName", "tidings")])
            .await;
        let between = |name: &str| {
            let (_, rest) = key.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        moto.keys = keys(&between("AccessKeyId"), &between("SecretAccessKey"));
        moto
    }

    async fn iam(&self, fields: &[(&str, &str)]) -> String {
        let fields = fields.iter().copied().chain([("Version", "2010-05-08")]);
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        let request = Unsigned::new(Method::POST, self.url.clone()).body(kind, form(fields));
        self.call(request, "us-east-1", "iam").await
    }

    /// Makes an address one that may send.
    async fn verify(&self, address: &str) {
        let url = self.url.join("v2/email/identities").unwrap();
        let body = json!({"EmailIdentity": address}).to_string();
        let request = Unsigned::new(Method::POST, url).body("application/json", body);
        self.call(request, "eu-west-1", "ses").await;
    }

    async fn call(&self, request: Unsigned, region: &str, service: &str) -> String {
        let signed = request.sign(&self.keys, Scope { region, service }, NOW);
        let answer = signed.builder(&self.http).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        text
    }

    /// The mails that it has taken.
    async fn mails(&self) -> Vec<Value> {
        let url = self.url.join("moto-api/data.json").unwrap();
        let data = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let data: Value = serde_json::from_slice(&data).unwrap();
        data["ses"]["RawMessage"].as_array().unwrap().clone()
    }

    fn ses(&self) -> Ses {
        let notifications = Arc::new(verifier(clock()));
        Ses::new(
            self.http.clone(),
            Some(self.url.clone()),
            notifications,
            clock(),
        )
    }

    fn account(&self, secret: &str) -> Access {
        let mut access = account_with(&[("configuration_set", "")]);
        access.credentials = crate::support::access(
            "ses",
            &[
                ("access_key_id", &self.keys.access_key_id),
                ("secret_access_key", secret),
                ("region", "eu-west-1"),
                ("from_name", "Bäckerei"),
            ],
        )
        .credentials;
        access
    }
}

fn keys(id: &str, secret: &str) -> Keys {
    Keys {
        access_key_id: id.to_owned(),
        secret_access_key: SecretString::from(secret),
        session_token: None,
    }
}

/// One test, since there is one moto.
#[tokio::test]
async fn aws_takes_what_we_sign_and_keeps_what_we_write() {
    use secrecy::ExposeSecret as _;
    let moto = Moto::fresh().await;
    moto.verify("no-reply@example.com").await;
    let account = moto.account(moto.keys.secret_access_key.expose_secret());

    let texts = [TEXT, "Grüße aus Köln\n.\nFrom me", "予約の確認"];
    for (number, text) in (1..).zip(texts) {
        let content = Content {
            subject: Some("Schöne Grüße".into()),
            ..Content::text(text)
        };
        let to = Address::Email(TO.into());
        let from = "no-reply@example.com";
        let attempt = attempt_id(number);
        let message = sendable(
            attempt,
            Channel::Email,
            Purpose::Marketing,
            to,
            from,
            content,
        );
        let outcome = moto.ses().send(&account, &message).await;
        let Outcome::Accepted {
            provider_message_id,
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        let mails = moto.mails().await;
        let mail = mails.iter().find(|mail| mail["id"] == *provider_message_id);
        let raw = mail.unwrap()["raw_data"].as_str().unwrap();
        assert!(
            raw.contains(&format!("\r\nX-Tidings-Attempt: {attempt}\r\n")),
            "{raw}"
        );
        assert!(raw.contains("\r\nTo: ann@example.net\r\n"), "{raw}");
        assert!(raw.is_ascii());
    }
    assert_eq!(moto.mails().await.len(), texts.len());

    let wrong = moto.account("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let error = rejected(moto.ses().send(&wrong, &mail()).await);
    assert_eq!(error.class, Class::Account, "{error:?}");

    let content = Content::text(TEXT);
    let to = Address::Email(TO.into());
    let from = "somebody@example.org";
    let message = sendable(
        attempt_id(9),
        Channel::Email,
        Purpose::Transactional,
        to,
        from,
        content,
    );
    let error = rejected(moto.ses().send(&account, &message).await);
    assert_eq!(error.provider_code, "MessageRejected");
    assert!(!error.detail.contains(from), "{}", error.detail);

    let message = mail_to(
        "jürgen@example.net",
        Purpose::Transactional,
        Content::text(TEXT),
    );
    let error = rejected(moto.ses().send(&account, &message).await);
    assert_eq!(error.provider_code, "no_smtputf8");
    assert_eq!(moto.mails().await.len(), texts.len());
}
