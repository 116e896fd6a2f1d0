//! The bucket against moto, which stands in for S3 and computes signatures with AWS's own library for Python.
//!
//! `cargo xtask test` starts it and sets `TIDINGS_MOTO_URL`; `cargo xtask moto start` does so by itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use reqwest::{Client, Method};
use std::sync::Arc;
use tidings_aws_http::{Keys, Scope, Unsigned, form};
use tidings_conformance::fixtures::{FixedClock, NOW};
use tidings_kernel::{MediaId, TenantId};
use tidings_media::{Bucket, Place};
use tidings_messaging::{MediaKey, MediaStore as _, MediaStoreError, media::MediaForm};
use url::Url;
use uuid::Uuid;

const REGION: &str = "us-east-1";
const BUCKET: &str = "tidings-media";
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

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

    async fn post(&self, path: &str, body: &'static str) {
        let url = self.url.join(path).unwrap();
        let answer = self.http.post(url).body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
    }

    async fn signed(&self, request: Unsigned, service: &str) -> String {
        let scope = Scope {
            region: REGION,
            service,
        };
        let signed = request.sign(&keys("AKIAIOSFODNN7EXAMPLE", "anything"), scope, NOW);
        let answer = signed.builder(&self.http).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.text().await.unwrap()
    }

    async fn iam(&self, fields: &[(&str, &str)]) -> String {
        let fields = fields
            .iter()
            .copied()
            .chain([("UserName", "tidings"), ("Version", "2010-05-08")]);
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        let request = Unsigned::new(Method::POST, self.url.clone()).body(kind, form(fields));
        self.signed(request, "iam").await
    }

    /// A bucket, and the keys of a user who may do everything; from now on signatures are checked.
    async fn keys(&self) -> Keys {
        self.post("moto-api/reset", "").await;
        self.post("moto-api/reset-auth", "4").await;
        let bucket = self.url.join(BUCKET).unwrap();
        self.signed(Unsigned::new(Method::PUT, bucket), "s3").await;
        self.iam(&[("Action", "CreateUser")]).await;
        let allow = [
            ("Action", "PutUserPolicy"),
            ("PolicyName", "all"),
            ("PolicyDocument", POLICY),
        ];
        self.iam(&allow).await;
        let key = self.iam(&[("Action", "CreateAccessKey")]).await;
        let between = |name: &str| {
            let (_, rest) = key.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        keys(&between("AccessKeyId"), &between("SecretAccessKey"))
    }

    fn bucket(&self, name: &str, keys: Keys) -> Bucket {
        let place = Place {
            endpoint: self.url.clone(),
            region: REGION.into(),
            bucket: name.into(),
        };
        Bucket::new(self.http.clone(), place, keys, Arc::new(FixedClock(NOW)))
    }
}

fn keys(id: &str, secret: &str) -> Keys {
    Keys {
        access_key_id: id.into(),
        secret_access_key: secret.into(),
        session_token: None,
    }
}

#[tokio::test]
async fn a_bucket_keeps_what_the_port_promises_and_opens_to_its_key_alone() {
    let moto = Moto::find();
    let good = moto.keys().await;
    tidings_conformance::media_store(&moto.bucket(BUCKET, good.clone())).await;

    let key = MediaKey {
        tenant: TenantId::from_uuid(Uuid::nil()),
        media: MediaId::from_uuid(Uuid::nil()),
        form: MediaForm::Original,
    };
    let missing = moto.bucket("no-such-bucket", good.clone());
    let error = missing
        .put(key, Bytes::from_static(b"x"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, MediaStoreError::Unavailable(_)),
        "{error:?}"
    );
    let stranger = moto.bucket(BUCKET, keys(&good.access_key_id, "another secret"));
    let error = stranger
        .put(key, Bytes::from_static(b"x"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, MediaStoreError::Unavailable(_)),
        "{error:?}"
    );
    moto.post("moto-api/reset-auth", "inf").await;
}
