use crate::{
    assets::Assets,
    console::Console,
    ctx::Shared,
    door::{Verb, enter},
    failure::Failure,
    limiter::Limiter,
    live::Listeners,
    routes::ROUTES,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, RawPathParams, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::{MethodFilter, any, on},
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many slow hashes run at the same time; others wait.
const HASHES: usize = 2;
/// How many forms with files are worked on at the same time: their files are in memory as a whole. Others wait.
const UPLOADS: usize = 8;

/// What every answer says to browsers: nothing but our own files and forms, in no frame, and no address of ours to
/// others. Styles and scripts stand in files alone.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

/// The console under `/console`, ready to be merged with what else is served.
pub fn router(console: Arc<Console>) -> Router {
    let shared = Arc::new(Shared {
        console,
        assets: Assets::new(),
        limiter: Limiter::new(),
        listeners: Listeners::default(),
        hashing: Semaphore::new(HASHES),
        uploading: Arc::new(Semaphore::new(UPLOADS)),
    });
    let mut router = Router::new();
    for route in ROUTES {
        let filter = match route.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        };
        let handler = move |State(shared): State<Arc<Shared>>,
                            params: RawPathParams,
                            request: Request| async move {
            enter(shared, route, params, request).await
        };
        router = router.route(route.path, on(filter, handler));
    }
    router
        .route("/console/{*rest}", any(nothing))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(guarded))
        .with_state(shared)
}

async fn nothing(State(shared): State<Arc<Shared>>) -> Response {
    Failure::NotFound("page").plain(&shared.assets)
}

/// Gives every answer its headers. What is shown to a member is kept by nobody.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
