use super::{
    template_analysis::{code, inspected},
    template_request::pointer_of,
};
use crate::{error::ApiError, problem::FieldError};
use tidings_kernel::Channel;
use tidings_messaging::{StoredTemplate, Tenant};
use tidings_templates::{ApprovalStatus, Code, Severity};

/// What no message could be made of: a filter that cannot read its field.
const UNUSABLE: [Code; 1] = [Code::FilterType];

/// What WhatsApp refuses of a template that it has not approved yet. What an author adds before it is
/// submitted, such as examples or words behind the last field, stays a warning; so does what a purpose
/// says about a category.
const UNACCEPTABLE: [Code; 7] = [
    Code::WaLength,
    Code::WaButtonCount,
    Code::WaButtonOrder,
    Code::WaButton,
    Code::WaAdjacentFields,
    Code::WaWhitespace,
    Code::WaAuthentication,
];

/// Refuses a template that could not be used or submitted; the rest of the lint is for its author.
pub(super) fn check(template: &StoredTemplate, tenant: &Tenant) -> Result<(), ApiError> {
    let is_new_to_whatsapp =
        template.channel == Channel::Whatsapp && template.status == ApprovalStatus::Draft;
    let refuses = |found: Code| {
        UNUSABLE.contains(&found) || (is_new_to_whatsapp && UNACCEPTABLE.contains(&found))
    };
    let mut errors = Vec::new();
    for (index, variant) in template.variants.iter().enumerate() {
        for found in inspected(template, variant, tenant, None) {
            if found.severity == Severity::Error && refuses(found.code) {
                let pointer = pointer_of(index, &variant.body, &found.place);
                errors.push(FieldError::new(pointer, code(found.code), found.message));
            }
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::InvalidTemplate(errors))
    }
}
