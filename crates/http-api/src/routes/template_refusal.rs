use super::{template_analysis::code, template_request::pointer_of};
use crate::{error::ApiError, problem::FieldError};
use tidings_messaging::{StoredTemplate, Tenant, template_refusals};

/// Refuses a template that could not be used or submitted; the rest of the lint is for its author.
pub(super) fn check(template: &StoredTemplate, tenant: &Tenant) -> Result<(), ApiError> {
    let errors: Vec<FieldError> = template_refusals(template, tenant)
        .into_iter()
        .filter_map(|(index, found)| {
            let variant = template.variants.get(index)?;
            let pointer = pointer_of(index, &variant.body, &found.place);
            Some(FieldError::new(pointer, code(found.code), found.message))
        })
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::InvalidTemplate(errors))
    }
}
