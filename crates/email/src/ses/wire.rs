//! What SES answers.

use serde::Deserialize;

/// The answer to `GetAccount`, as far as it is used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Account {
    pub(super) enforcement_status: Option<String>,
    pub(super) production_access_enabled: Option<bool>,
    pub(super) sending_enabled: bool,
    pub(super) send_quota: Option<SendQuota>,
}

/// How much may be sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendQuota {
    /// Negative for no limit.
    #[serde(rename = "Max24HourSend")]
    pub(super) most: Option<f64>,
    #[serde(rename = "SentLast24Hours")]
    pub(super) sent: Option<f64>,
}

/// The answer to `GetMessageInsights`, as far as it is used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MessageInsights {
    pub(super) message_id: String,
    #[serde(default)]
    pub(super) insights: Vec<Insight>,
}

/// What happened to a mail on its way to one recipient.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Insight {
    #[serde(default)]
    pub(super) events: Vec<InsightEvent>,
}

/// One thing that happened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InsightEvent {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) details: Option<InsightDetails>,
}

/// More about a bounce or a complaint.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InsightDetails {
    pub(super) bounce: Option<InsightBounce>,
    pub(super) complaint: Option<InsightComplaint>,
}

/// Why a mail came back.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InsightBounce {
    pub(super) bounce_type: Option<String>,
    pub(super) bounce_sub_type: Option<String>,
    pub(super) diagnostic_code: Option<String>,
}

/// Why somebody complained.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InsightComplaint {
    pub(super) complaint_sub_type: Option<String>,
}
