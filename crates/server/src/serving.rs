//! Serves HTTP to clients that may not mean well.

mod takers;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{io, sync::Arc, time::Duration};
use takers::{Patience, Taker};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;

/// How long a client may take over the head of a request, and stay silent between two. Bodies and
/// answers are bounded by the API's own timeout.
const HEAD: Duration = Duration::from_secs(20);
/// How long a client may take nothing of an answer that is sent to it.
const PATIENCE: Patience = Patience {
    running: Duration::from_mins(1),
    stopping: Duration::from_secs(2),
};
/// How many connections are open at once; further ones wait to be accepted.
const CONNECTIONS: usize = 4_096;
/// How long to wait when the system has no file descriptor left for another connection.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until `stop`, then lets the requests under way end.
///
/// A client that sends nothing, or its head byte by byte, or takes nothing of what it is sent, is cut off, so that it
/// can neither keep others out nor use up the time for a stop.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    serve_with(listener, router, stop, HEAD, PATIENCE).await;
}

async fn serve_with(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    head: Duration,
    patience: Patience,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let under_way = GracefulShutdown::new();
    loop {
        let Some((stream, place)) = next(&listener, &places, &stop).await else {
            break;
        };
        let service = TowerToHyperService::new(router.clone());
        let stream = TokioIo::new(Taker::new(stream, patience, &stop));
        let connection = under_way.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a connection broke"
                );
            }
        });
    }
    under_way.shutdown().await;
}

/// The next connection with its place; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    loop {
        let accepted: io::Result<_> = tokio::select! {
            () = stop.cancelled() => return None,
            accepted = async {
                let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((stream, place))
            } => accepted,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no connection accepted"
                );
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    async fn served(
        head: Duration,
    ) -> (
        std::net::SocketAddr,
        CancellationToken,
        tokio::task::JoinHandle<()>,
    ) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let router = Router::new()
            .route("/", axum::routing::get(|| async { "here" }))
            .route("/endless", axum::routing::get(endless));
        let served = tokio::spawn(serve_with(listener, router, stop.clone(), head, PATIENCE));
        (address, stop, served)
    }

    /// An answer without an end.
    async fn endless() -> axum::body::Body {
        let part = axum::body::Bytes::from_static(&[b'x'; 16 * 1_024]);
        let parts = futures_util::stream::repeat_with(move || Ok::<_, io::Error>(part.clone()));
        axum::body::Body::from_stream(parts)
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes));
        read.await
            .expect("the connection is closed in time")
            .unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn a_client_that_drips_its_head_is_cut_off() {
        let (address, _stop, _served) = served(Duration::from_millis(100)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-drip: ")
            .await
            .unwrap();
        assert!(!answer(&mut stream).await.contains("here"));
    }

    #[tokio::test]
    async fn a_request_is_answered_and_a_stop_ends_the_rest() {
        let (address, stop, _served) = served(HEAD).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"here") {
            let mut part = [0; 256];
            let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut part));
            let length = read.await.expect("an answer comes in time").unwrap();
            assert!(length > 0, "the connection stays open for the next request");
            seen.extend_from_slice(&part[..length]);
        }
        stop.cancel();
        assert!(
            answer(&mut stream).await.is_empty(),
            "an idle connection is closed"
        );
    }

    #[tokio::test]
    async fn a_client_that_never_reads_does_not_hold_up_a_stop() {
        let (address, stop, served) = served(HEAD).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        // It has begun, and nobody reads more of it than this.
        stream.read_u8().await.unwrap();
        stop.cancel();
        let ended = tokio::time::timeout(PATIENCE.stopping * 3, served).await;
        ended
            .expect("serving ends soon after its patience")
            .unwrap();
    }
}
