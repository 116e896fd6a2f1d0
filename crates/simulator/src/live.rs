//! `GET /events`: tells the page that something has changed, as it happens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::world::{World, locked};

/// Many changes within this time are told of once.
const PAUSE: Duration = Duration::from_millis(80);

struct Listener {
    changes: watch::Receiver<u64>,
    stop: CancellationToken,
}

/// A number that grows with every change; the first one comes at once. Ends with the simulator.
pub(crate) async fn events(
    State(world): State<Arc<World>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = locked(&world.store).changes();
    changes.mark_changed();
    let listener = Listener {
        changes,
        stop: world.stop.clone(),
    };
    let stream = stream::unfold(listener, |mut listener| async {
        let number = listener.next().await?;
        Some((Ok(Event::default().data(number.to_string())), listener))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

impl Listener {
    async fn next(&mut self) -> Option<u64> {
        tokio::select! {
            () = self.stop.cancelled() => return None,
            changed = self.changes.changed() => changed.ok()?,
        }
        let number = *self.changes.borrow_and_update();
        // What changes meanwhile is told of next.
        tokio::select! {
            () = self.stop.cancelled() => None,
            () = tokio::time::sleep(PAUSE) => Some(number),
        }
    }
}
