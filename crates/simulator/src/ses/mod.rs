//! Amazon SES, version 2 of its API: sending mail, and events through topics of SNS.

mod errors;
mod events;
mod query;
mod send;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use axum::routing::{get, post};

use crate::aws::{AwsAccount, Signed};
use crate::callbacks::Callback;
use crate::message::{Code, Message};
use crate::protocol::{Door, Protocol, Provider};
use crate::world::World;
use errors::SesError;

pub(crate) const AWS_SES: Provider = Provider::of(&AwsSes);

#[derive(Debug)]
struct AwsSes;

impl Protocol for AwsSes {
    fn name(&self) -> &'static str {
        "aws_ses"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["ses"]
    }

    fn door(&self) -> Door {
        Door::Http(
            Router::new()
                .route("/v2/email/outbound-emails", post(send::send))
                .route("/v2/email/account", get(query::account))
                .route("/v2/email/identities/{identity}", get(query::identity))
                .route("/v2/email/insights/{id}/", get(query::insights))
                .route("/v2/email/insights/{id}", get(query::insights))
                .route(
                    "/v2/email/suppression/addresses",
                    get(query::suppressed).put(query::suppress),
                )
                .route(
                    "/v2/email/suppression/addresses/{address}",
                    get(query::suppression).delete(query::relieve),
                ),
        )
    }

    fn report(&self, world: &World, message: &Message) -> Vec<Callback> {
        events::report(world, message)
    }

    fn code(&self, word: &str) -> Option<Code> {
        errors::word(word).map(Code::Word)
    }
}

/// A request as it came.
type Parts = (Method, Uri, HeaderMap, Bytes);

fn caller(world: &World, parts: &Parts) -> Result<Arc<AwsAccount>, SesError> {
    let (method, uri, headers, body) = parts;
    let signed = Signed {
        method,
        uri,
        headers,
        body,
    };
    signed.verify(world, "ses").map_err(SesError::not_signed)
}
