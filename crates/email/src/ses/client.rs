use super::{credentials::SesCredentials, descriptor::REGION};
use reqwest::Method;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tidings_aws_http::{Scope, Unsigned};
use tidings_kernel::Clock;
use tidings_provider_http::{Answer, Api, CallError, CredentialProblem};
use url::Url;

/// The name that SES signs with.
const SERVICE: &str = "ses";

/// Signs and makes calls, for any account.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) http: reqwest::Client,
    pub(super) clock: Arc<dyn Clock>,
    /// In place of `https://email.{region}.amazonaws.com`.
    pub(super) base_url: Option<Url>,
    pub(super) timeout: Duration,
}

/// SES, called in the name of one account.
pub(super) struct Service<'a> {
    client: &'a Client,
    credentials: &'a SesCredentials,
    api: Api,
}

impl Client {
    pub(super) fn service<'a>(
        &'a self,
        credentials: &'a SesCredentials,
    ) -> Result<Service<'a>, CredentialProblem> {
        let url = self.url(credentials)?;
        Ok(Service {
            client: self,
            credentials,
            api: Api::new(self.http.clone(), url)
                .with_timeout(self.timeout)
                .with_clock(Arc::clone(&self.clock)),
        })
    }

    /// Where the calls of an account go.
    pub(super) fn url(&self, credentials: &SesCredentials) -> Result<Url, CredentialProblem> {
        match &self.base_url {
            Some(url) => Ok(url.clone()),
            None => endpoint(&credentials.region),
        }
    }
}

impl Service<'_> {
    pub(super) async fn get(&self, path: &[&str]) -> Result<Answer, CallError> {
        let url = self.api.url(path.iter().copied());
        self.call(Unsigned::new(Method::GET, url)).await
    }

    pub(super) async fn post(&self, path: &[&str], input: &Value) -> Result<Answer, CallError> {
        let url = self.api.url(path.iter().copied());
        let request = Unsigned::new(Method::POST, url).body("application/json", input.to_string());
        self.call(request).await
    }

    async fn call(&self, request: Unsigned) -> Result<Answer, CallError> {
        let scope = Scope {
            region: &self.credentials.region,
            service: SERVICE,
        };
        let now = self.client.clock.now();
        let signed = request.sign(&self.credentials.keys, scope, now);
        self.api.call(signed.builder(&self.client.http)).await
    }
}

fn endpoint(region: &str) -> Result<Url, CredentialProblem> {
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Url::parse(&format!("https://email.{region}.{domain}/")).map_err(|_| CredentialProblem {
        field: REGION.name,
        problem: "is no region of AWS",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_host() {
        for (region, expected) in [
            ("eu-west-1", "https://email.eu-west-1.amazonaws.com/"),
            ("cn-north-1", "https://email.cn-north-1.amazonaws.com.cn/"),
        ] {
            assert_eq!(endpoint(region).unwrap().as_str(), expected);
        }
    }
}
