use crate::VariantStanding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Purpose, TemplateId, TenantId};
use tidings_templates::{ApprovalStatus, FieldSpec, Variant};
use time::OffsetDateTime;

/// Reusable content of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTemplate {
    /// Its id.
    pub id: TemplateId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Unique within tenant and channel.
    pub name: String,
    /// The tenant's own grouping, or WhatsApp's category.
    pub category: String,
    /// The channel that it is written for.
    pub channel: Channel,
    /// What it is for; decides the consent that it needs.
    pub purpose: Purpose,
    /// Its texts by locale; never empty.
    pub variants: Vec<Variant>,
    /// Its fields.
    pub fields: Vec<FieldSpec>,
    /// Whether it may be sent.
    pub status: ApprovalStatus,
    /// What each provider calls it and says about it, such as `twilio` → `{"content_sid":"HX…"}`.
    pub provider_status: BTreeMap<String, ProviderTemplate>,
    /// Where its variants stand at the providers that list it; empty while none does, and what was said by hand counts.
    pub standings: Vec<VariantStanding>,
    /// Grows with every change.
    pub version: u32,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// A template as one provider knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderTemplate {
    /// The provider's id, such as Twilio's content SID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The provider's word for its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection_reason: Option<String>,
}
