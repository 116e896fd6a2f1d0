use crate::{
    account::{next, quality},
    credentials::{Caller, is_id},
    errors::{self, META},
    node::Node,
    provider::WhatsappCloud,
};
use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};
use tidings_messaging::{
    Access, ManageError, RemotePage, RemoteTemplate, TemplateDraft, TemplateSync,
};
use tidings_provider_http::Effect;
use tidings_routing::Class;
use tidings_templates::{ApprovalStatus, ParameterFormat};

const FIELDS: &str =
    "id,name,language,status,category,components,quality_score,rejected_reason,parameter_format";
const PAGE_SIZE: &str = "100";

#[async_trait]
impl TemplateSync for WhatsappCloud {
    /// Meta reviews whatever is made.
    #[tracing::instrument(name = "provider.whatsapp_cloud.template.create", skip_all, fields(account = %access.account))]
    async fn create(
        &self,
        access: &Access,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let path = [caller.waba_id, "message_templates"];
        let request = self.graph.request(Method::POST, caller, path).json(&json!({
            "name": draft.name, "language": locale(draft), "category": category(draft),
            "parameter_format": match draft.format {
                ParameterFormat::Named => "NAMED",
                ParameterFormat::Positional => "POSITIONAL",
            },
            "components": draft.components,
        }));
        let answer = errors::manage(Effect::Changes, self.graph.call(request).await)?;
        let json = answer.json().unwrap_or_default();
        let made = Node(&json);
        let Some(id) = made.word("id") else {
            return Err(META.unreadable_success(Effect::Changes, &answer));
        };
        let word = made.text("status").unwrap_or("PENDING");
        Ok(RemoteTemplate {
            id: id.into_owned(),
            name: draft.name.clone(),
            locale: draft.locale.clone(),
            category: made.text("category").and_then(|word| word.parse().ok()),
            status: status(word),
            word: word.to_owned(),
            rejection_reason: None,
            quality: None,
            components: None,
        })
    }

    /// It was handed in when it was made.
    async fn submit(
        &self,
        access: &Access,
        id: &str,
        _: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        self.status(access, id).await
    }

    /// Meta takes changes of what is approved, rejected or paused, and a new category of the latter two only;
    /// it reviews what was changed.
    #[tracing::instrument(name = "provider.whatsapp_cloud.template.edit", skip_all, fields(account = %access.account))]
    async fn edit(
        &self,
        access: &Access,
        id: &str,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let before = self.status(access, id).await?;
        let mut body = json!({"components": draft.components});
        let is_approved = before.status == ApprovalStatus::Approved;
        if !is_approved && before.category != Some(draft.category) {
            body["category"] = json!(category(draft));
        }
        let request = self.graph.request(Method::POST, caller, [id]).json(&body);
        errors::done(self.graph.call(request).await)?;
        // The change is made, whatever becomes of this question.
        let after = self.status(access, id).await;
        Ok(after.unwrap_or_else(|_| RemoteTemplate {
            status: ApprovalStatus::Pending,
            word: "PENDING".to_owned(),
            rejection_reason: None,
            components: None,
            ..before
        }))
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.template.remove", skip_all, fields(account = %access.account))]
    async fn remove(&self, access: &Access, id: &str, name: &str) -> Result<(), ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let path = [caller.waba_id, "message_templates"];
        let request = self.graph.request(Method::DELETE, caller, path);
        let request = request.query(&[("name", name), ("hsm_id", node(id)?)]);
        match errors::done(self.graph.call(request).await) {
            Err(ManageError::NotThere) => Ok(()),
            // Meta has no code of its own for what is gone.
            Err(error @ ManageError::Refused(_)) if is_about_content(&error) => {
                match self.status(access, id).await {
                    Err(ManageError::NotThere) => Ok(()),
                    Ok(_) | Err(_) => Err(error),
                }
            }
            other => other,
        }
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.template.status", skip_all, fields(account = %access.account))]
    async fn status(&self, access: &Access, id: &str) -> Result<RemoteTemplate, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let request = self.graph.request(Method::GET, caller, [node(id)?]);
        let request = request.query(&[("fields", FIELDS)]);
        let answer = errors::manage(Effect::Reads, self.graph.call(request).await)?;
        let json = answer.json().unwrap_or_default();
        template(Node(&json)).ok_or_else(|| META.unreadable_success(Effect::Reads, &answer))
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.template.list", skip_all, fields(account = %access.account))]
    async fn list(
        &self,
        access: &Access,
        after: Option<String>,
    ) -> Result<RemotePage, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let path = [caller.waba_id, "message_templates"];
        let mut fields = vec![("fields", FIELDS), ("limit", PAGE_SIZE)];
        fields.extend(after.as_deref().map(|cursor| ("after", cursor)));
        let request = self.graph.request(Method::GET, caller, path).query(&fields);
        let answer = errors::manage(Effect::Reads, self.graph.call(request).await)?;
        let json = answer.json().unwrap_or_default();
        let page = Node(&json);
        if page.at("data").is_none_or(|data| !data.0.is_array()) {
            return Err(META.unreadable_success(Effect::Reads, &answer));
        }
        Ok(RemotePage {
            templates: page
                .list("data")
                .filter_map(template)
                .filter(|template| !is_leaving(&template.word))
                .collect(),
            next: next(page),
        })
    }
}

/// An id as it may stand in a path; anything else is the id of nothing.
fn node(id: &str) -> Result<&str, ManageError> {
    is_id(id).then_some(id).ok_or(ManageError::NotThere)
}

fn is_about_content(error: &ManageError) -> bool {
    matches!(error, ManageError::Refused(refusal) if refusal.class == Class::Content)
}

/// Whether a template was removed, though Meta may go on listing it for a while: nothing can be done with it.
fn is_leaving(word: &str) -> bool {
    matches!(word, "PENDING_DELETION" | "DELETED")
}

/// The language as Meta writes it: `en_US`.
fn locale(draft: &TemplateDraft) -> String {
    draft.locale.replace('-', "_")
}

fn category(draft: &TemplateDraft) -> String {
    draft.category.as_str().to_uppercase()
}

fn template(found: Node<'_>) -> Option<RemoteTemplate> {
    let word = found.text("status")?;
    let reason = found.text("rejected_reason");
    Some(RemoteTemplate {
        id: found.word("id")?.into_owned(),
        name: found.text("name").unwrap_or_default().to_owned(),
        locale: found.text("language").unwrap_or_default().to_owned(),
        category: found.text("category").and_then(|word| word.parse().ok()),
        status: status(word),
        word: word.to_owned(),
        rejection_reason: reason.filter(|reason| *reason != "NONE").map(str::to_owned),
        quality: found.text("quality_score/score").map(quality),
        components: (found.at("components"))
            .and_then(|components| serde_json::from_value(Value::clone(components.0)).ok()),
    })
}

/// What a status of Meta's means. A word that nobody documents sends nothing.
fn status(word: &str) -> ApprovalStatus {
    match word {
        // What is flagged for its quality is still carried.
        "APPROVED" | "REINSTATED" | "UNARCHIVED" | "FLAGGED" => ApprovalStatus::Approved,
        "REJECTED" | "LIMIT_EXCEEDED" => ApprovalStatus::Rejected,
        "PAUSED" => ApprovalStatus::Paused,
        "DISABLED" | "ARCHIVED" | "LOCKED" | "PENDING_DELETION" | "DELETED" => {
            ApprovalStatus::Disabled
        }
        // `PENDING`, `IN_APPEAL`, and whatever comes.
        _ => ApprovalStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every status of the reference, section 8, in its order.
    #[test]
    fn every_status_has_its_meaning() {
        for (word, expected) in [
            ("PENDING", ApprovalStatus::Pending),
            ("APPROVED", ApprovalStatus::Approved),
            ("REJECTED", ApprovalStatus::Rejected),
            ("PAUSED", ApprovalStatus::Paused),
            ("DISABLED", ApprovalStatus::Disabled),
            ("IN_APPEAL", ApprovalStatus::Pending),
            ("PENDING_DELETION", ApprovalStatus::Disabled),
            ("DELETED", ApprovalStatus::Disabled),
            ("LIMIT_EXCEEDED", ApprovalStatus::Rejected),
            ("ARCHIVED", ApprovalStatus::Disabled),
            ("UNARCHIVED", ApprovalStatus::Approved),
            ("FLAGGED", ApprovalStatus::Approved),
            ("REINSTATED", ApprovalStatus::Approved),
            ("LOCKED", ApprovalStatus::Disabled),
            ("NEW_WORD", ApprovalStatus::Pending),
        ] {
            assert_eq!(status(word), expected, "{word}");
        }
    }
}
