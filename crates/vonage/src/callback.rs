mod inbound;

use crate::{
    credentials::Signing,
    errors,
    node::{Node, drop_nul},
    status::MessageStatus,
};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use tidings_kernel::Money;
use tidings_messaging::{
    Access, CallbackRequest, NotAuthentic, ProviderEvent, Receipt, ReceiptEvent, Unreadable,
};
use tidings_provider_http::{is_same, sha256_hex, verify_hs256};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

const TOKEN_HEADER: &str = "authorization";
/// How old a signature may be. Vonage repeats a callback for a day, and nothing says that it signs again;
/// repeats change nothing here, so the bound is wide.
const OLDEST: Duration = Duration::days(7);

/// Checks the token, that it was made for this body, and that it is of the account that the credentials are
/// for.
pub(crate) fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    // By a fault of its own Vonage sometimes forgets the token, and has it when it calls again.
    let header = request
        .header(TOKEN_HEADER)
        .ok_or(NotAuthentic::CannotCheck)?;
    let token = bearer(header).ok_or(NotAuthentic::Wrong)?;
    // Without credentials nothing can be right.
    let Signing { api_key, secret } =
        Signing::read(&access.credentials).map_err(|_| NotAuthentic::Wrong)?;
    let claims =
        verify_hs256(token, secret.expose_secret().as_bytes()).map_err(|_| NotAuthentic::Wrong)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let hash = text("payload_hash").to_ascii_lowercase();
    if !is_same(sha256_hex(&request.body).as_bytes(), hash.as_bytes()) {
        return Err(NotAuthentic::Wrong);
    }
    if is_too_old(&claims, request.received_at) {
        return Err(NotAuthentic::Wrong);
    }
    if !is_same(api_key.as_bytes(), text("api_key").as_bytes()) {
        return Err(NotAuthentic::OtherAccount);
    }
    Ok(())
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn is_too_old(claims: &Map<String, Value>, received_at: OffsetDateTime) -> bool {
    let issued = claims.get("iat").and_then(Value::as_i64);
    issued.is_some_and(|issued| {
        received_at.unix_timestamp().saturating_sub(issued) > OLDEST.whole_seconds()
    })
}

/// Reads one request; each tells one thing.
pub(crate) fn parse(request: &CallbackRequest) -> Result<ProviderEvent, Unreadable> {
    let mut body: Value = serde_json::from_slice(&request.body).map_err(|error| Unreadable {
        context: "the body is not JSON".into(),
        source: Some(error.into()),
    })?;
    drop_nul(&mut body);
    let body = Node(&body);
    if !body.0.is_object() {
        return Err(unreadable("the body is no object"));
    }
    match (body.text("status"), body.text("channel")) {
        (Some(status), _) => receipt(body, status),
        (None, Some(channel)) => inbound::read(body, channel),
        // Not ignored: somebody wrote, and it may be STOP.
        (None, None) if body.at("message").is_some() => Err(unreadable(
            "the callback has the format v0.1: set the Messages API to v1 in the account's settings",
        )),
        (None, None) => Ok(ignored("a callback with neither status nor channel")),
    }
}

fn receipt(body: Node<'_>, name: &str) -> Result<ProviderEvent, Unreadable> {
    let Some(status) = MessageStatus::parse(name) else {
        return Ok(ignored(&format!("status {name}")));
    };
    let receipt = status.receipt();
    let error = match receipt {
        Receipt::Failed => match errors::delivery_failure(status, body.at("error")) {
            Some(error) => Some(error),
            None => return Ok(ignored(&format!("status {name} that tells nothing"))),
        },
        Receipt::Sent | Receipt::Delivered | Receipt::Read => None,
    };
    Ok(ProviderEvent::Receipt(ReceiptEvent {
        // The address has it too, but no signature covers that.
        attempt: body.text("client_ref").and_then(|text| text.parse().ok()),
        provider_message_id: message_id(body)?,
        receipt,
        error,
        cost: cost(body),
        at: instant(body),
    }))
}

/// What Vonage charged. WhatsApp shows zero where its prices are per message, which says nothing.
fn cost(body: Node<'_>) -> Option<Money> {
    let amount = body.word("usage/price")?;
    let cost = money(&amount, body.text("usage/currency")?)?;
    let is_told = cost.micros() != 0 || body.text("channel") != Some("whatsapp");
    is_told.then_some(cost)
}

/// A price; `None`, with a line in the log, if it cannot be read: the status beside it matters more.
pub(crate) fn money(amount: &str, currency: &str) -> Option<Money> {
    Money::parse(amount, currency)
        .inspect_err(|error| tracing::warn!(%error, "the price of a message cannot be read"))
        .ok()
}

fn message_id(body: Node<'_>) -> Result<String, Unreadable> {
    let id = body.text("message_uuid").map(str::to_owned);
    id.ok_or_else(|| unreadable("message_uuid is missing"))
}

fn instant(body: Node<'_>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(body.text("timestamp")?, &Rfc3339).ok()
}

fn ignored(name: &str) -> ProviderEvent {
    ProviderEvent::Ignored(name.chars().take(100).collect())
}

fn unreadable(context: &str) -> Unreadable {
    Unreadable {
        context: context.to_owned(),
        source: None,
    }
}
