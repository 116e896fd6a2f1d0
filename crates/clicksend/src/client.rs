use crate::credentials::Login;
use reqwest::Method;
use serde::Serialize;
use tidings_messaging::Access;
use tidings_provider_http::{Answer, Api, CallError, CredentialProblem};

/// ClickSend's API with the login of one account.
pub(crate) struct Client<'a> {
    api: &'a Api,
    login: Login,
}

impl<'a> Client<'a> {
    pub(crate) fn of(api: &'a Api, access: &Access) -> Result<Self, CredentialProblem> {
        let login = Login::read(&access.credentials)?;
        Ok(Self { api, login })
    }

    /// Reads a resource.
    pub(crate) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, CallError> {
        let request = self.api.request(Method::GET, path.iter().copied());
        self.api.call(self.login.sign(request.query(query))).await
    }

    /// Hands something over.
    pub(crate) async fn post(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<Answer, CallError> {
        let request = self.api.request(Method::POST, path.iter().copied());
        self.api.call(self.login.sign(request.json(body))).await
    }
}
