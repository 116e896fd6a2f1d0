//! What became of a mail, for accounts that have Virtual Deliverability Manager.

use super::{
    client::Client,
    credentials::SesCredentials,
    errors::{self, SES},
    wire::{InsightEvent, MessageInsights},
};
use tidings_messaging::{Found, QueryError, Receipt, StatusQuery};
use tidings_routing::ProviderError;

/// Asks about one mail. SES knows it by its own id alone, and says that there is none also where it has
/// kept nothing, so absence is never certain.
pub(super) async fn find(
    client: &Client,
    credentials: &SesCredentials,
    query: &StatusQuery,
) -> Result<Found, QueryError> {
    let Some(id) = &query.provider_message_id else {
        return Ok(Found::CannotTell);
    };
    let service = client
        .service(credentials)
        .map_err(|problem| QueryError(problem.into()))?;
    let answer = service.get(&["v2", "email", "insights", id, ""]).await?;
    // It is not there, or the account may not ask: no reason to ask in a loud voice again and again.
    if matches!(answer.status, 400 | 403 | 404) {
        return Ok(Found::CannotTell);
    }
    if !answer.is_success() {
        return Err(QueryError(SES.refusal(&answer).detail.into()));
    }
    let insights: Option<MessageInsights> = answer.read();
    let Some(insights) = insights.filter(|insights| insights.message_id == *id) else {
        return Ok(Found::CannotTell);
    };
    let events = insights.insights.iter().flat_map(|insight| &insight.events);
    let furthest = events.filter_map(step).max_by_key(|(receipt, _)| *receipt);
    let (receipt, error) = match furthest {
        Some((receipt, error)) => (Some(receipt), error),
        None => (None, None),
    };
    Ok(Found::There {
        provider_message_id: id.clone(),
        receipt,
        error,
        cost: None,
    })
}

fn step(event: &InsightEvent) -> Option<(Receipt, Option<ProviderError>)> {
    let details = event.details.as_ref();
    match event.kind.as_deref()? {
        "SEND" => Some((Receipt::Sent, None)),
        "DELIVERY" => Some((Receipt::Delivered, None)),
        "OPEN" => Some((Receipt::Read, None)),
        "COMPLAINT" => {
            let complaint = details.and_then(|details| details.complaint.as_ref());
            let kind = complaint.and_then(|complaint| complaint.complaint_sub_type.as_deref());
            Some(match kind {
                Some(errors::SUPPRESSED_HERE) => {
                    (Receipt::Failed, Some(errors::suppressed_complaint()))
                }
                _ => (Receipt::Delivered, None),
            })
        }
        "REJECT" => Some((Receipt::Failed, Some(errors::rejected("")))),
        "RENDERING_FAILURE" => Some((Receipt::Failed, Some(errors::not_rendered("")))),
        "BOUNCE" => {
            let bounce = details.and_then(|details| details.bounce.as_ref());
            let part = |part: Option<&String>| part.cloned().unwrap_or_default();
            let kind = part(bounce.and_then(|bounce| bounce.bounce_type.as_ref()));
            let sub_kind = part(bounce.and_then(|bounce| bounce.bounce_sub_type.as_ref()));
            let words = part(bounce.and_then(|bounce| bounce.diagnostic_code.as_ref()));
            let error = errors::bounced(&kind, &sub_kind, &words);
            Some((Receipt::Failed, Some(error)))
        }
        _ => None,
    }
}
