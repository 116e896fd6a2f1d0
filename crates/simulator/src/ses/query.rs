//! Reading the account, an identity, what became of a mail, and the suppression list.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use super::errors::SesError;
use super::{AWS_SES, caller};
use crate::aws::AwsAccount;
use crate::clock;
use crate::mailbox;
use crate::message::{Message, Status};
use crate::request::text;
use crate::world::{World, locked};

type Answer = Result<Json<Value>, SesError>;
type Access = (Method, Uri, HeaderMap);

async fn arrive(
    world: &World,
    (method, uri, headers): Access,
    body: Bytes,
) -> Result<Arc<AwsAccount>, SesError> {
    world.survive::<SesError>().await?;
    caller(world, &(method, uri, headers, body))
}

/// `GET /v2/email/account`, the usual connection test.
pub(super) async fn account(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, (method, uri, headers), Bytes::new()).await?;
    let sent = locked(&world.store)
        .since(0)
        .filter(|message| is_of(message, &account))
        .count();
    Ok(Json(json!({
        "DedicatedIpAutoWarmupEnabled": false,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": true,
        "SendingEnabled": true,
        "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": sent},
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    })))
}

/// `GET /v2/email/identities/{identity}`.
pub(super) async fn identity(
    State(world): State<Arc<World>>,
    Path(identity): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, (method, uri, headers), Bytes::new()).await?;
    let is_known = account.identities.is_empty()
        || account
            .identities
            .iter()
            .any(|own| own.eq_ignore_ascii_case(&identity));
    if !is_known {
        return Err(SesError::of("NotFoundException"));
    }
    Ok(Json(json!({
        "IdentityType": if identity.contains('@') { "EMAIL_ADDRESS" } else { "DOMAIN" },
        "VerifiedForSendingStatus": true,
        "VerificationStatus": "SUCCESS",
        "FeedbackForwardingStatus": false,
        "DkimAttributes": {"SigningEnabled": true, "Status": "SUCCESS"},
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
    })))
}

fn is_of(message: &Message, account: &AwsAccount) -> bool {
    message.facts.provider == AWS_SES && message.facts.account == account.access_key_id
}

/// `GET /v2/email/insights/{id}/`.
pub(super) async fn insights(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, (method, uri, headers), Bytes::new()).await?;
    let store = locked(&world.store);
    let message = store
        .find(&id)
        .filter(|message| is_of(message, &account))
        .ok_or_else(|| SesError::of("NotFoundException"))?;
    let facts = &message.facts;
    let event = |kind: &str, at: time::OffsetDateTime| json!({"Timestamp": at.unix_timestamp(), "Type": kind});
    let mut events: Vec<Value> = Vec::new();
    if message.status != Status::Failed {
        events.extend(message.sent_at.map(|at| event("SEND", at)));
    }
    events.extend(message.received_at.map(|at| event("DELIVERY", at)));
    let end = match message.status {
        Status::Undelivered => Some("BOUNCE"),
        Status::Failed => Some("REJECT"),
        Status::Complained => Some("COMPLAINT"),
        _ => None,
    };
    if let Some(kind) = end {
        let mut last = event(kind, message.updated_at);
        let code = message.failure.map(|failure| failure.code.to_string());
        if let (Some((bounce, subtype)), "BOUNCE") =
            (code.as_deref().and_then(|code| code.split_once('.')), kind)
        {
            last["Details"] = json!({"Bounce": {
                "BounceType": bounce.to_uppercase(),
                "BounceSubType": subtype,
                "DiagnosticCode": message.failure.map(|failure| failure.title),
            }});
        }
        events.push(last);
    }
    let tags: Vec<Value> = facts.own["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| json!({"Name": pair[0], "Value": pair[1]}))
        .collect();
    Ok(Json(json!({
        "MessageId": id,
        "FromEmailAddress": facts.own["source"],
        "Subject": facts.subject,
        "EmailTags": tags,
        "Insights": [{"Destination": facts.contact, "Isp": "Simulated", "Events": events}],
    })))
}

fn list_name(account: &AwsAccount) -> String {
    format!("ses:{}", account.account_id)
}

/// True if SES does not send to the address for this account.
pub(super) fn is_suppressed(world: &World, account: &AwsAccount, address: &str) -> bool {
    locked(&world.store)
        .handset(address)
        .is_some_and(|handset| handset.stopped.contains(&list_name(account)))
}

fn entry(address: &str) -> Value {
    json!({
        "EmailAddress": address,
        "Reason": "BOUNCE",
        "LastUpdateTime": clock::now().unix_timestamp(),
    })
}

/// `GET /v2/email/suppression/addresses`.
pub(super) async fn suppressed(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, (method, uri, headers), Bytes::new()).await?;
    let name = list_name(&account);
    let mut found: Vec<String> = locked(&world.store)
        .handsets()
        .filter(|(_, handset)| handset.stopped.contains(&name))
        .map(|(address, _)| address.clone())
        .collect();
    found.sort();
    let summaries: Vec<Value> = found.iter().map(|address| entry(address)).collect();
    Ok(Json(json!({ "SuppressedDestinationSummaries": summaries })))
}

/// `PUT /v2/email/suppression/addresses`.
pub(super) async fn suppress(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let input: Value = serde_json::from_slice(&body).unwrap_or_default();
    let account = arrive(&world, (method, uri, headers), body).await?;
    let address = text(&input, "EmailAddress").and_then(mailbox::address);
    let is_fine = matches!(text(&input, "Reason"), Some("BOUNCE" | "COMPLAINT"));
    let address = address
        .filter(|_| is_fine)
        .ok_or_else(|| SesError::of("BadRequestException"))?;
    let mut store = locked(&world.store);
    store
        .handset_mut(&address)
        .stopped
        .insert(list_name(&account));
    Ok(Json(json!({})))
}

/// `GET /v2/email/suppression/addresses/{address}`.
pub(super) async fn suppression(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, (method, uri, headers), Bytes::new()).await?;
    if is_suppressed(&world, &account, &address) {
        Ok(Json(json!({"SuppressedDestination": entry(&address)})))
    } else {
        Err(SesError::of("NotFoundException"))
    }
}

/// `DELETE /v2/email/suppression/addresses/{address}`.
pub(super) async fn relieve(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, (method, uri, headers), Bytes::new()).await?;
    let mut store = locked(&world.store);
    let handset = store.handset_mut(&address);
    if handset.stopped.remove(&list_name(&account)) {
        Ok(Json(json!({})))
    } else {
        Err(SesError::of("NotFoundException"))
    }
}
