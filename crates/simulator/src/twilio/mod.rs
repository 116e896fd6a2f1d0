//! Twilio's Programmable Messaging API, version 2010-04-01, as far as sending and receiving go.

pub(crate) mod errors;
pub(crate) mod inbound;
pub(crate) mod keywords;
mod query;
mod send;
pub(crate) mod status;
mod validate;

pub(crate) use validate::content_type;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::TwilioAccount;
use crate::faults::Verdict;
use crate::message::Provider;
use crate::world::World;
use errors::TwilioError;

/// The routes below `/2010-04-01/Accounts`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/2010-04-01/Accounts/{sid}", get(query::account))
        .route(
            "/2010-04-01/Accounts/{sid}/Balance.json",
            get(query::balance),
        )
        .route(
            "/2010-04-01/Accounts/{sid}/Messages.json",
            get(query::list).post(send::send),
        )
        .route(
            "/2010-04-01/Accounts/{sid}/Messages/{message}",
            get(query::message),
        )
}

/// Checks Basic authentication against the account of the path.
fn authenticate(
    world: &World,
    sid: &str,
    headers: &HeaderMap,
) -> Result<Arc<TwilioAccount>, TwilioError> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|pair| {
            let (user, password) = pair.split_once(':')?;
            world.registry.open_twilio(sid, user, password)
        })
        .ok_or_else(|| TwilioError::of(20003))
}

/// Applies latency and the faults that hit every call; errors about one message are for sending.
async fn survive_query(world: &World) -> Result<(), TwilioError> {
    world.hesitate(Provider::Twilio).await;
    match world.faults.request(Provider::Twilio) {
        Verdict::Pass => Ok(()),
        Verdict::TooMany => Err(TwilioError::of(20429)),
        Verdict::Error(None) => Err(TwilioError::of(20503)),
        Verdict::Error(Some(code)) => {
            let error = TwilioError::of(code);
            if error.is_about_the_account() {
                Err(error)
            } else {
                Ok(())
            }
        }
    }
}
