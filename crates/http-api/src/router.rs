use crate::{
    api::Api,
    envelope::{admit, envelope},
    error::ApiError,
    openapi::described,
    rate_limit::Limiter,
    routes::{
        account_health, accounts, automations, bulk, callbacks, consent, consent_export,
        contact_merge, contacts, conversation_notes, conversation_reply, conversations, docs,
        explain, export, fallback, health, media, messages, preferences, preview, providers, queue,
        quick_replies, segments, sources, stream, template_sync, templates, tenant, twilio,
        twilio_token, webhook_deliveries, webhook_endpoints, whatsapp,
    },
};
use axum::{Extension, Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the layers need.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) api: Arc<Api>,
    pub(crate) limiter: Arc<Limiter>,
}

/// The whole HTTP surface, ready to be served.
///
/// `/metrics` is not here: it belongs on a listener of its own.
pub fn router(api: Arc<Api>) -> Router {
    let limiter = Arc::new(Limiter::new(api.config.rate_limit));
    let shared = Shared {
        api: Arc::clone(&api),
        limiter,
    };
    let locked = locked().route_layer(from_fn_with_state(shared.clone(), admit));
    let facade = facade().route_layer(from_fn_with_state(shared.clone(), twilio::admit));
    let (router, document) = open().merge(locked).merge(facade).split_for_parts();
    router
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .fallback(|| async { ApiError::NotFound("path") })
        .layer(Extension(Arc::new(described(document))))
        .layer(Extension(media::Places::new()))
        .layer(Extension(bulk::Places::new(api.config.bulk_at_once)))
        // Every body is read by our own extractors, which have limits of their own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(shared, envelope))
        .with_state(api)
}

/// The OpenAPI 3.1 document of [`router`], made from its handlers.
pub fn openapi() -> OpenApi {
    described(open().merge(locked()).merge(facade()).into_openapi())
}

/// What needs no key.
fn open() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(docs::openapi_json))
        .routes(routes!(docs::page))
        .routes(routes!(callbacks::handshake, callbacks::take))
        .routes(routes!(media::fetch))
}

/// What needs a key.
fn locked() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(contacts::list, contacts::create))
        .routes(routes!(contacts::read, contacts::change, contacts::erase))
        .routes(routes!(contact_merge::merge))
        .routes(routes!(export::export))
        .routes(routes!(preferences::read, preferences::replace))
        .routes(routes!(consent::read, consent::record))
        .routes(routes!(consent_export::export))
        .routes(routes!(providers::list))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::read, accounts::change, accounts::delete))
        .routes(routes!(accounts::test))
        .routes(routes!(account_health::health))
        .routes(routes!(fallback::fallback))
        .routes(routes!(messages::list, messages::create))
        .routes(routes!(bulk::create))
        .routes(routes!(messages::read, messages::change))
        .routes(routes!(media::take_in))
        .routes(routes!(media::read_one, media::delete))
        .routes(routes!(explain::explain))
        .routes(routes!(messages::cancel))
        .routes(routes!(messages::retry))
        .routes(routes!(automations::show, automations::replace))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::read_one, conversations::change))
        .routes(routes!(conversations::messages))
        .routes(routes!(conversation_reply::reply))
        .routes(routes!(conversations::mark_read))
        .routes(routes!(
            conversation_notes::list,
            conversation_notes::create
        ))
        .routes(routes!(quick_replies::list, quick_replies::create))
        .routes(routes!(
            quick_replies::read,
            quick_replies::change,
            quick_replies::remove
        ))
        .routes(routes!(queue::stats))
        .routes(routes!(queue::dead_letters))
        .routes(routes!(segments::count))
        .routes(routes!(sources::announce))
        .routes(routes!(stream::listen))
        .routes(routes!(templates::list, templates::create))
        .routes(routes!(
            templates::read,
            templates::change,
            templates::delete
        ))
        .routes(routes!(template_sync::submit))
        .routes(routes!(template_sync::withdraw))
        .routes(routes!(template_sync::sync))
        .routes(routes!(template_sync::listings))
        .routes(routes!(preview::preview))
        .routes(routes!(tenant::read, tenant::change))
        .routes(routes!(twilio_token::read))
        .routes(routes!(twilio_token::create))
        .routes(routes!(webhook_endpoints::list, webhook_endpoints::create))
        .routes(routes!(
            webhook_endpoints::read,
            webhook_endpoints::change,
            webhook_endpoints::delete
        ))
        .routes(routes!(webhook_endpoints::rotate))
        .routes(routes!(webhook_endpoints::test))
        .routes(routes!(webhook_deliveries::list))
        .routes(routes!(webhook_deliveries::replay))
        .routes(routes!(whatsapp::list))
        .routes(routes!(whatsapp::read))
        .routes(routes!(whatsapp::subscribe))
        .routes(routes!(whatsapp::register))
        .routes(routes!(whatsapp::profile, whatsapp::change_profile))
}

/// What programs written for Twilio call, with what they show instead of a key.
fn facade() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(twilio::list, twilio::create))
        .routes(routes!(twilio::read, twilio::update))
}
