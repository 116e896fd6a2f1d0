mod types;
mod wire;

use crate::{
    credentials::{TwilioCredentials, is_sid},
    errors::TWILIO,
};
use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;
use tidings_messaging::{
    Access, ManageError, RemotePage, RemoteTemplate, TemplateDraft, TemplateSync,
};
use tidings_provider_http::{Answer, Api, Effect};
use tidings_templates::ApprovalStatus;
use url::Url;
use wire::{Approval, Approvals, Created, Page};

const PAGE_SIZE: &str = "100";

/// Keeps WhatsApp templates as Content at Twilio.
#[derive(Debug, Clone)]
pub struct TwilioContent {
    api: Api,
}

impl TwilioContent {
    /// Calls Twilio's Content API at `base_url`, which is `https://content.twilio.com` or a simulator.
    ///
    /// The address is the platform's configuration and never a tenant's input: credentials go there.
    /// `client` must not follow redirects.
    pub const fn new(client: reqwest::Client, base_url: Url) -> Self {
        Self {
            api: Api::new(client, base_url),
        }
    }

    /// The same with another limit for each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            api: self.api.with_timeout(timeout),
        }
    }

    async fn call(
        &self,
        effect: Effect,
        access: &Access,
        request: RequestBuilder,
    ) -> Result<Answer, ManageError> {
        let credentials = TwilioCredentials::read(&access.credentials)?;
        let request = credentials.login().show(request);
        TWILIO.manage(effect, self.api.call(request).await)
    }

    /// Where the approval of a Content stands.
    async fn approval(&self, access: &Access, id: &str) -> Result<Approval, ManageError> {
        let request = self.api.request(
            Method::GET,
            ["v1", "Content", content(id)?, "ApprovalRequests"],
        );
        let answer = self.call(Effect::Reads, access, request).await?;
        let approvals: Approvals = read(Effect::Reads, &answer)?;
        Ok(approvals.whatsapp.unwrap_or_default())
    }
}

#[async_trait]
impl TemplateSync for TwilioContent {
    /// Twilio gives a new id to whatever is made, and cares nothing for the name until it is submitted.
    #[tracing::instrument(name = "provider.twilio.template.create", skip_all, fields(account = %access.account))]
    async fn create(
        &self,
        access: &Access,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        let body = body(draft)?;
        let request = self
            .api
            .request(Method::POST, ["v1", "Content"])
            .json(&body);
        let answer = self.call(Effect::Changes, access, request).await?;
        let created: Created = read(Effect::Changes, &answer)?;
        Ok(not_submitted(created.sid, draft))
    }

    #[tracing::instrument(name = "provider.twilio.template.submit", skip_all, fields(account = %access.account))]
    async fn submit(
        &self,
        access: &Access,
        id: &str,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        // Twilio refuses what was submitted before, and a lost answer may hide that it was.
        let before = self.approval(access, id).await?;
        if before.status() != ApprovalStatus::Draft {
            return Ok(before.into_template(id, draft.locale.clone()));
        }
        let path = [
            "v1",
            "Content",
            content(id)?,
            "ApprovalRequests",
            "whatsapp",
        ];
        let request = self.api.request(Method::POST, path).json(&json!({
            "name": draft.name, "category": draft.category.as_str().to_uppercase(),
        }));
        let answer = self.call(Effect::Changes, access, request).await?;
        let approval: Approval = read(Effect::Changes, &answer)?;
        Ok(approval.into_template(id, draft.locale.clone()))
    }

    /// Twilio does not tell with the change where the approval stands now: ask for it.
    #[tracing::instrument(name = "provider.twilio.template.edit", skip_all, fields(account = %access.account))]
    async fn edit(
        &self,
        access: &Access,
        id: &str,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        let body = body(draft)?;
        let path = ["v1", "Content", content(id)?];
        let request = self.api.request(Method::PUT, path).json(&body);
        self.call(Effect::Changes, access, request).await?;
        Ok(not_submitted(id.to_owned(), draft))
    }

    #[tracing::instrument(name = "provider.twilio.template.remove", skip_all, fields(account = %access.account))]
    async fn remove(&self, access: &Access, id: &str, _: &str) -> Result<(), ManageError> {
        let path = ["v1", "Content", content(id)?];
        let request = self.api.request(Method::DELETE, path);
        match self.call(Effect::Changes, access, request).await {
            Ok(_) | Err(ManageError::NotThere) => Ok(()),
            Err(error) => Err(error),
        }
    }

    #[tracing::instrument(name = "provider.twilio.template.status", skip_all, fields(account = %access.account))]
    async fn status(&self, access: &Access, id: &str) -> Result<RemoteTemplate, ManageError> {
        let approval = self.approval(access, id).await?;
        Ok(approval.into_template(id, String::new()))
    }

    #[tracing::instrument(name = "provider.twilio.template.list", skip_all, fields(account = %access.account))]
    async fn list(
        &self,
        access: &Access,
        after: Option<String>,
    ) -> Result<RemotePage, ManageError> {
        let fields: Vec<(String, String)> = match after {
            Some(query) => form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            None => vec![("PageSize".to_owned(), PAGE_SIZE.to_owned())],
        };
        let request = self.api.request(Method::GET, ["v1", "ContentAndApprovals"]);
        let answer = self
            .call(Effect::Reads, access, request.query(&fields))
            .await?;
        let page: Page = read(Effect::Reads, &answer)?;
        Ok(page.into())
    }
}

/// What Twilio gets of a draft.
fn body(draft: &TemplateDraft) -> Result<Value, ManageError> {
    let content = types::of(draft).map_err(ManageError::Refused)?;
    let mut body = json!({
        "friendly_name": draft.name, "language": draft.locale.replace('-', "_"),
        "types": {content.kind: content.content},
    });
    if !content.variables.is_empty() {
        body["variables"] = json!(content.variables);
    }
    Ok(body)
}

/// An id as it may stand in a path; anything else is the id of nothing.
fn content(id: &str) -> Result<&str, ManageError> {
    is_sid(id, "HX").then_some(id).ok_or(ManageError::NotThere)
}

fn not_submitted(id: String, draft: &TemplateDraft) -> RemoteTemplate {
    RemoteTemplate {
        id,
        name: draft.name.clone(),
        locale: draft.locale.clone(),
        category: None,
        status: ApprovalStatus::Draft,
        word: "unsubmitted".to_owned(),
        rejection_reason: None,
        quality: None,
        components: None,
    }
}

fn read<T: DeserializeOwned>(effect: Effect, answer: &Answer) -> Result<T, ManageError> {
    let body = answer.read();
    body.ok_or_else(|| TWILIO.unreadable_success(effect, answer))
}
