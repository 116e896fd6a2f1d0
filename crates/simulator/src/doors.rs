//! Where providers are spoken with: all at the simulator's address, and each at a door of its own
//! if the configuration gives it one. What is down does not answer, and its door is not there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::protocol::{Answering, Conversation, Door, Provider};
use crate::simulator::MAX_BODY;
use crate::world::World;

/// How long open connections may finish after a stop.
pub(crate) const GRACE: Duration = Duration::from_secs(2);
/// Between tries to open a door again whose port somebody else has taken.
const PAUSE: Duration = Duration::from_millis(100);

/// The routes of a provider, which answer with an empty 503 while it is down.
pub(crate) fn guarded(
    world: &Arc<World>,
    provider: Provider,
    routes: Router<Arc<World>>,
) -> Router<Arc<World>> {
    let state = (Arc::clone(world), provider);
    routes.layer(middleware::from_fn_with_state(state, guard))
}

async fn guard(
    State((world, provider)): State<(Arc<World>, Provider)>,
    request: Request,
    next: Next,
) -> Response {
    if world.faults.is_down(provider) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    next.run(request).await
}

/// What the provider answers to a GET request to `/`, if anything.
pub(crate) fn root(world: &Arc<World>, provider: Provider, query: &str) -> Option<Answering> {
    let answer = provider.protocol().root(world, query)?;
    if world.faults.is_down(provider) {
        let nothing = async { StatusCode::SERVICE_UNAVAILABLE.into_response() };
        return Some(Box::pin(nothing));
    }
    Some(answer)
}

/// The same at the provider's own door, where nothing else is at this path.
async fn own_root(
    State(world): State<Arc<World>>,
    provider: Provider,
    RawQuery(query): RawQuery,
) -> Response {
    match root(&world, provider, &query.unwrap_or_default()) {
        Some(answer) => answer.await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Keeps a provider's own door: open while it is up, closed while it is down, until the stop.
pub(crate) async fn keep(
    world: Arc<World>,
    provider: Provider,
    listener: TcpListener,
    addr: SocketAddr,
) {
    let mut open = Some(listener);
    loop {
        if let Some(listener) = open.take() {
            serve(&world, provider, listener).await;
        }
        tokio::select! {
            () = world.stop.cancelled() => return,
            () = world.faults.until_down(provider, false) => {}
        }
        match bind(addr) {
            Ok(listener) => open = Some(listener),
            Err(error) => {
                tracing::warn!(%addr, %error, provider = provider.word(), "no door");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Takes the port again, although connections of before may still be closing.
fn bind(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(1024)
}

/// Serves until the provider is down or everything stops, and closes every connection then.
async fn serve(world: &Arc<World>, provider: Provider, listener: TcpListener) {
    match provider.protocol().door() {
        Door::Http(routes) => {
            let own_root = move |world, query| own_root(world, provider, query);
            let routes = guarded(world, provider, routes)
                .route("/", get(own_root))
                .layer(DefaultBodyLimit::max(MAX_BODY))
                .with_state(Arc::clone(world));
            let served = axum::serve(listener, routes)
                .with_graceful_shutdown(closing(Arc::clone(world), provider));
            tokio::select! {
                result = served => {
                    if let Err(error) = result {
                        tracing::error!(%error, "serving ended");
                    }
                }
                () = async {
                    closing(Arc::clone(world), provider).await;
                    tokio::time::sleep(GRACE).await;
                } => {}
            }
        }
        Door::Stream(converse) => {
            tokio::select! {
                () = closing(Arc::clone(world), provider) => {}
                () = converse_with_all(world, &listener, converse) => {}
            }
        }
    }
}

async fn closing(world: Arc<World>, provider: Provider) {
    tokio::select! {
        () = world.stop.cancelled() => {}
        () = world.faults.until_down(provider, true) => {}
    }
}

async fn converse_with_all(
    world: &Arc<World>,
    listener: &TcpListener,
    converse: fn(Arc<World>, TcpStream) -> Conversation,
) {
    // Dropped with the door, which ends every conversation.
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    conversations.spawn(converse(Arc::clone(world), stream));
                }
            }
            Some(_) = conversations.join_next() => {}
        }
    }
}
