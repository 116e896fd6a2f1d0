use crate::{Access, ManageError, StoredTemplate};
use async_trait::async_trait;
use tidings_templates::{
    ApprovalStatus, Category, Component, Formats, ParameterFormat, Quality, ReviewError, Variant,
    VariantBody, for_review,
};

/// Keeps the WhatsApp templates of an account at its provider.
///
/// A template there is one of our variants: a name in one locale. Every call is bounded in time by the
/// implementation.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait TemplateSync: Send + Sync {
    /// Makes a template. Where the provider reviews whatever is made, it is handed in by that; elsewhere its
    /// status is [`ApprovalStatus::Draft`] until [`TemplateSync::submit`].
    ///
    /// A name that the provider already has in this locale is refused or made a second time, as the
    /// provider likes: [look](TemplateSync::list) first.
    ///
    /// # Errors
    /// [`ManageError`]: after [`ManageError::Unknown`] it may be there.
    async fn create(
        &self,
        access: &Access,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError>;

    /// Hands a template in for approval. Where it was handed in already, that only tells where it stands.
    ///
    /// # Errors
    /// [`ManageError::NotThere`]: nothing has this id. Else as above.
    async fn submit(
        &self,
        access: &Access,
        id: &str,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError>;

    /// Replaces what a template says. Where the provider allows that only in some states, it refuses it in
    /// the others. Name and locale stay.
    ///
    /// # Errors
    /// [`ManageError`]: after [`ManageError::Unknown`] it may be changed; to do it again changes nothing.
    async fn edit(
        &self,
        access: &Access,
        id: &str,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError>;

    /// Removes one template in one locale. To remove one that is gone changes nothing.
    ///
    /// # Errors
    /// [`ManageError`]: it is there as before, or after [`ManageError::Unknown`] may be gone.
    async fn remove(&self, access: &Access, id: &str, name: &str) -> Result<(), ManageError>;

    /// Where a template stands.
    ///
    /// # Errors
    /// [`ManageError::NotThere`]: nothing has this id. Else the provider could not be asked.
    async fn status(&self, access: &Access, id: &str) -> Result<RemoteTemplate, ManageError>;

    /// One page of all templates that the provider has for the account, from its start or `after` a page.
    ///
    /// # Errors
    /// [`ManageError`]: the provider could not be asked.
    async fn list(&self, access: &Access, after: Option<String>)
    -> Result<RemotePage, ManageError>;
}

/// One variant of a template as a provider gets it for review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateDraft {
    /// Its name there: lower-case letters, digits and underscores.
    pub name: String,
    /// The locale, such as `en_US`.
    pub locale: String,
    /// The category to ask for.
    pub category: Category,
    /// How fields of header and body are told apart.
    pub format: ParameterFormat,
    /// The components, with bare fields and with examples.
    pub components: Vec<Component>,
}

/// A template as its provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteTemplate {
    /// Its id there.
    pub id: String,
    /// Its name there; empty where a call does not tell it.
    pub name: String,
    /// Its locale; empty where a call does not tell it.
    pub locale: String,
    /// The category that it has, if that is told; it need not be the one asked for.
    pub category: Option<Category>,
    /// Whether it may be sent.
    pub status: ApprovalStatus,
    /// The provider's own word for that.
    pub word: String,
    /// Why it was rejected.
    pub rejection_reason: Option<String>,
    /// How readers take it, if told.
    pub quality: Option<Quality>,
    /// What it says; `None` where a call does not tell, or tells what we have no components for.
    pub components: Option<Vec<Component>>,
}

/// Some templates of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePage {
    /// The templates.
    pub templates: Vec<RemoteTemplate>,
    /// What to ask for after this page; `None` behind the last one.
    pub next: Option<String>,
}

/// Why a variant cannot be handed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// It is a text: write it as WhatsApp components.
    #[error("the template is a text: write it as WhatsApp components")]
    NoComponents,
    /// Its components cannot be reviewed as they are.
    #[error(transparent)]
    Review(#[from] ReviewError),
}

impl TemplateDraft {
    /// What the provider gets for one variant of a template.
    ///
    /// The category asked for is the template's own, or the one that its purpose belongs to.
    ///
    /// # Errors
    /// [`DraftError`]: it is no WhatsApp template, or an example is missing.
    pub fn of(template: &StoredTemplate, variant: &Variant) -> Result<Self, DraftError> {
        let components = match &variant.body {
            VariantBody::Components(components) => components,
            VariantBody::Text(_) => return Err(DraftError::NoComponents),
        };
        let formats = Formats::of(&variant.locale);
        let ready = for_review(components, &template.fields, &formats)?;
        let category = template.category.parse();
        Ok(Self {
            name: template.name.clone(),
            locale: variant.locale.clone(),
            category: category.unwrap_or_else(|_| Category::of_purpose(template.purpose)),
            format: ready.format,
            components: ready.components,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings_kernel::{Channel, Purpose};
    use time::OffsetDateTime;

    fn template(category: &str, variant: serde_json::Value) -> StoredTemplate {
        StoredTemplate {
            id: "tpl_00000000000000000000000001".parse().unwrap(),
            tenant: "ten_00000000000000000000000001".parse().unwrap(),
            name: "order_update".into(),
            category: category.into(),
            channel: Channel::Whatsapp,
            purpose: Purpose::Reminder,
            variants: vec![serde_json::from_value(variant).unwrap()],
            fields: Vec::new(),
            status: ApprovalStatus::Draft,
            provider_status: [].into(),
            standings: Vec::new(),
            version: 1,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn draft(category: &str, variant: serde_json::Value) -> Result<TemplateDraft, DraftError> {
        let template = template(category, variant);
        TemplateDraft::of(&template, &template.variants[0])
    }

    #[test]
    fn a_variant_is_handed_in_with_bare_fields_and_examples() {
        let draft = draft(
            "UTILITY",
            json!({"locale": "en_US", "components": [{"type": "BODY", "text": "Hi {{name|there}}!"}]}),
        )
        .unwrap();
        assert_eq!(draft.category, Category::Utility);
        assert_eq!(draft.format, ParameterFormat::Named);
        assert_eq!(
            serde_json::to_value(&draft.components).unwrap(),
            json!([{"type": "BODY", "text": "Hi {{name}}!", "example": {
                "body_text_named_params": [{"param_name": "name", "example": "there"}]}}])
        );
    }

    #[test]
    fn the_purpose_names_the_category_where_the_tenant_does_not() {
        let body = json!({"locale": "en", "components": [{"type": "BODY", "text": "Hi!"}]});
        let category = |word| draft(word, body.clone()).unwrap().category;
        assert_eq!(category("marketing"), Category::Marketing);
        assert_eq!(category("our own group"), Category::Utility);
    }

    #[test]
    fn a_text_is_not_handed_in() {
        let text = json!({"locale": "en", "text": "Hi {{name}}"});
        assert_eq!(draft("utility", text), Err(DraftError::NoComponents));
    }
}
