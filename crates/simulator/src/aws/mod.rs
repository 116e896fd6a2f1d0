//! AWS: requests signed with Signature Version 4, topics of SNS, and SMS both through SNS and through
//! End User Messaging (`pinpoint-sms-voice-v2`).

mod accounts;
mod errors;
mod query;
mod signer;
mod sigv4;
mod sms;
mod topics;

pub use accounts::{AwsAccount, AwsConfigurationSet, AwsNumber, AwsSubscription, AwsTopic};
pub(crate) use sigv4::{NotSigned, Signed};
pub(crate) use topics::{About, publish};

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::callbacks::Callback;
use crate::message::{Channel, Code, Message};
use crate::protocol::{Address, Answering, Door, Inbound, Known, Owner, Protocol, Provider};
use crate::request::parameter;
use crate::world::World;

pub(crate) const AWS_SNS: Provider = Provider::of(&AwsSns);

#[derive(Debug)]
struct AwsSns;

impl Protocol for AwsSns {
    fn name(&self) -> &'static str {
        "aws_sns"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["aws"]
    }

    fn door(&self) -> Door {
        Door::Http(
            Router::new()
                .route("/", post(call))
                .route("/{file}", get(certificate)),
        )
    }

    /// Links in notifications.
    fn root(&self, world: &Arc<World>, query: &str) -> Option<Answering> {
        parameter(query, "Action")?;
        let (world, query) = (Arc::clone(world), query.to_owned());
        Some(Box::pin(async move { query::follow(&world, &query).await }))
    }

    fn report(&self, world: &World, message: &Message) -> Vec<Callback> {
        sms::report(world, message)
    }

    fn owner(&self, world: &World, channel: Channel, address: &Address) -> Option<Owner> {
        if channel != Channel::Sms {
            return None;
        }
        let account = world.registry.aws.by_number(&address.sender)?;
        Some(Owner {
            account: account.access_key_id.clone(),
            sender: address.sender.clone(),
        })
    }

    fn numbers(&self, world: &World) -> Vec<Known> {
        let accounts = world.registry.aws.all();
        let numbers = accounts.iter().flat_map(|account| &account.numbers);
        numbers
            .filter_map(|own| crate::phone::e164(&own.number))
            .map(Known::sms)
            .collect()
    }

    fn react(&self, world: &World, message: &Message) {
        sms::react(world, message);
    }

    fn inbound(&self, world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
        sms::inbound(world, inbound)
    }

    fn code(&self, word: &str) -> Option<Code> {
        errors::word(word).map(Code::Word)
    }
}

/// End User Messaging names its operation in a header, SNS in the form.
async fn call(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let signed = Signed {
        method: &method,
        uri: &uri,
        headers: &headers,
        body: &body,
    };
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("PinpointSMSVoiceV2."));
    match target {
        Some(operation) => sms::operate(&world, operation, signed).await,
        None => query::act(&world, signed).await,
    }
}

/// The certificate that notifications are signed with.
async fn certificate(State(world): State<Arc<World>>, Path(file): Path<String>) -> Response {
    world.key.prepare().await;
    let Some(key) = world.key.get() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if format!("/{file}") != signer::certificate_path(key) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match signer::certificate(key) {
        Ok(pem) => ([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response(),
        Err(error) => {
            tracing::error!(%error, "no certificate");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
