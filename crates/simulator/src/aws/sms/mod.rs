//! End User Messaging SMS: `pinpoint-sms-voice-v2`, and what happens to SMS sent in whichever way.

mod describe;
mod events;
mod opt_outs;
mod send;

pub(super) use events::{inbound, report};
pub(super) use opt_outs::{Wish, all as all_opted_out, has_opted_out, opt_out, react};

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Signed;
use super::accounts::AwsAccount;
use super::errors::EumError;
use crate::world::World;

/// Does what the header `X-Amz-Target` names.
pub(super) async fn operate(world: &World, operation: &str, signed: Signed<'_>) -> Response {
    let caller = signed
        .verify(world, "sms-voice")
        .map_err(EumError::not_signed);
    let body: Option<Value> = serde_json::from_slice(signed.body).ok();
    if matches!(operation, "SendTextMessage" | "SendMediaMessage") {
        return send::send(world, operation, caller, body).await;
    }
    match query(world, operation, caller, body).await {
        Ok(answer) => json_answer(&answer),
        Err(error) => error.into_response(),
    }
}

async fn query(
    world: &World,
    operation: &str,
    caller: Result<Arc<AwsAccount>, EumError>,
    body: Option<Value>,
) -> Result<Value, EumError> {
    world.survive::<EumError>().await?;
    let account = caller?;
    let body = body.ok_or_else(|| EumError::of("CANNOT_PARSE"))?;
    match operation {
        "DescribeAccountAttributes" => Ok(json!({
            "AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}],
        })),
        "DescribeSpendLimits" => Ok(describe::spend_limits()),
        "DescribePhoneNumbers" => Ok(describe::phone_numbers(&account)),
        "DescribeConfigurationSets" => describe::configuration_sets(&account, &body),
        "DescribeOptedOutNumbers" => Ok(opt_outs::describe(world, &account)),
        "PutOptedOutNumber" => opt_outs::put(world, &account, &body),
        "DeleteOptedOutNumber" => opt_outs::delete(world, &account, &body),
        _ => Err(EumError::of("UNKNOWN_OPERATION")),
    }
}

fn json_answer(body: &Value) -> Response {
    let kind = HeaderValue::from_static("application/x-amz-json-1.0");
    ([(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}
