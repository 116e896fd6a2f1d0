//! The templates that requests name: looked up once for all of them, their texts read once.

use super::{ContentWish, SendError, SendRequest};
use crate::{StoredTemplate, TemplateLibrary};
use std::{cell::OnceCell, collections::HashMap};
use tidings_kernel::{Channel, StoreError, TenantId};
use tidings_templates::{FieldSpec, ParsedBody, Variant, choose};

/// Templates by name.
pub(super) struct Templates(HashMap<String, Vec<Readable>>);

/// A template whose texts are read when they are first needed.
pub(super) struct Readable {
    pub(super) template: StoredTemplate,
    /// One for each variant.
    texts: Vec<OnceCell<Result<Text, String>>>,
}

/// The text of a variant, ready for merging.
pub(super) struct Text {
    pub(super) body: ParsedBody,
    /// The fields that it uses.
    pub(super) used: Vec<FieldSpec>,
    /// The fields that only other variants use.
    pub(super) unused: Vec<FieldSpec>,
}

impl Templates {
    pub(super) async fn named_by(
        library: &dyn TemplateLibrary,
        tenant: TenantId,
        requests: &[&SendRequest],
    ) -> Result<Self, StoreError> {
        let mut found = HashMap::new();
        for request in requests {
            let ContentWish::Template { name, .. } = &request.content else {
                continue;
            };
            if found.contains_key(name) {
                continue;
            }
            let templates = library.named(tenant, name).await?;
            found.insert(
                name.clone(),
                templates.into_iter().map(Readable::new).collect(),
            );
        }
        Ok(Self(found))
    }

    pub(super) fn find(&self, name: &str, channel: Channel) -> Result<&Readable, SendError> {
        let named = self.0.get(name).map_or(&[][..], Vec::as_slice);
        named
            .iter()
            .find(|readable| readable.template.channel == channel)
            .ok_or_else(|| SendError::NoTemplate {
                name: name.to_owned(),
                channel,
            })
    }
}

impl Readable {
    fn new(template: StoredTemplate) -> Self {
        let texts = template.variants.iter().map(|_| OnceCell::new()).collect();
        Self { template, texts }
    }

    /// The variant for a reader of `wanted`, with its text.
    pub(super) fn variant(
        &self,
        wanted: &str,
        fallback: &str,
    ) -> Result<(&Variant, &Text), SendError> {
        let broken = |detail: &str| SendError::TemplateBroken {
            detail: detail.to_owned(),
        };
        let variants = &self.template.variants;
        let chosen =
            choose(variants, wanted, fallback).ok_or_else(|| broken("it has no variant"))?;
        let cell = variants
            .iter()
            .position(|variant| std::ptr::eq(variant, chosen))
            .and_then(|place| self.texts.get(place))
            .ok_or_else(|| broken("it has no variant"))?;
        match cell.get_or_init(|| self.read(chosen)) {
            Ok(text) => Ok((chosen, text)),
            Err(detail) => Err(broken(detail)),
        }
    }

    fn read(&self, variant: &Variant) -> Result<Text, String> {
        let body = variant.body.parse().map_err(|error| error.to_string())?;
        let (used, unused) = self.template.fields.iter().cloned().partition(|field| {
            let texts = body.templates();
            texts.iter().any(|text| text.names().contains(&&field.name))
        });
        Ok(Text { body, used, unused })
    }
}
