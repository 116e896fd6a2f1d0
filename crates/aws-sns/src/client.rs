use crate::{
    credentials::{AwsCredentials, SendApi},
    endpoints::Endpoints,
};
use reqwest::Method;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tidings_aws_http::{Scope, Unsigned, form};
use tidings_kernel::Clock;
use tidings_provider_http::{Answer, Api, CallError, CredentialProblem};
use url::Url;

const TARGET: &str = "PinpointSMSVoiceV2";
const SNS_VERSION: &str = "2010-03-31";

/// Signs and makes calls, for any account.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endpoints: Endpoints,
    pub(crate) timeout: Duration,
}

/// One service, called in the name of one account.
pub(crate) struct Service<'a> {
    client: &'a Client,
    credentials: &'a AwsCredentials,
    name: &'static str,
    url: Url,
}

impl Client {
    /// Where the messages of an account go.
    pub(crate) fn url(&self, credentials: &AwsCredentials) -> Result<Url, CredentialProblem> {
        match credentials.api {
            SendApi::EndUserMessaging => self.endpoints.sms_voice(&credentials.region),
            SendApi::Sns => self.endpoints.sns(&credentials.region),
        }
    }

    /// AWS End User Messaging.
    pub(crate) fn sms_voice<'a>(
        &'a self,
        credentials: &'a AwsCredentials,
    ) -> Result<Service<'a>, CredentialProblem> {
        Ok(Service {
            client: self,
            credentials,
            name: "sms-voice",
            url: self.endpoints.sms_voice(&credentials.region)?,
        })
    }

    /// SNS.
    pub(crate) fn sns<'a>(
        &'a self,
        credentials: &'a AwsCredentials,
    ) -> Result<Service<'a>, CredentialProblem> {
        Ok(Service {
            client: self,
            credentials,
            name: "sns",
            url: self.endpoints.sns(&credentials.region)?,
        })
    }
}

impl Service<'_> {
    /// Calls an operation in JSON 1.0.
    pub(crate) async fn json(&self, operation: &str, input: &Value) -> Result<Answer, CallError> {
        let request = Unsigned::new(Method::POST, self.url.clone())
            .header("x-amz-target", format!("{TARGET}.{operation}"))
            .body("application/x-amz-json-1.0", input.to_string());
        self.call(request).await
    }

    /// Calls an action in the query protocol.
    pub(crate) async fn query(
        &self,
        action: &str,
        fields: &[(String, String)],
    ) -> Result<Answer, CallError> {
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        let ends = [("Action", action), ("Version", SNS_VERSION)];
        let request = Unsigned::new(Method::POST, self.url.clone()).body(
            "application/x-www-form-urlencoded; charset=utf-8",
            form(ends.into_iter().chain(fields)),
        );
        self.call(request).await
    }

    async fn call(&self, request: Unsigned) -> Result<Answer, CallError> {
        let Client {
            http,
            clock,
            timeout,
            ..
        } = self.client;
        let scope = Scope {
            region: &self.credentials.region,
            service: self.name,
        };
        let signed = request.sign(&self.credentials.keys, scope, clock.now());
        let api = Api::new(http.clone(), self.url.clone())
            .with_timeout(*timeout)
            .with_clock(Arc::clone(clock));
        api.call(signed.builder(http)).await
    }
}
