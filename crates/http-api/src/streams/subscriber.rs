use super::{Line, Seat, Seated, Streams};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use std::{collections::VecDeque, convert::Infallible, sync::Arc};
use tidings_kernel::{ContactId, EventId, TenantId};
use tidings_messaging::{EventKind, LogSpan};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};

/// Which events somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    /// Of these kinds; empty for all.
    pub(crate) kinds: Vec<EventKind>,
    /// About this contact.
    pub(crate) contact: Option<ContactId>,
}

/// Who wants to listen.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) tenant: TenantId,
    /// The hash of the key that was shown; none where this program itself listens.
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) filter: Filter,
    /// The place of the last event that was seen.
    pub(crate) after: Option<u64>,
}

/// What a listener is given.
pub(super) enum Given {
    /// It begins after this place. Where there is a gap, events between the last one that was seen and the next one are
    /// not kept any more.
    Begin { id: EventId, is_gap: bool },
    /// Something happened.
    Event(Arc<Line>),
    /// Nothing happened, and this place was reached.
    Still(EventId),
    /// Nothing more is given, for this reason.
    End(&'static str),
}

impl Given {
    /// As it goes over the wire. An id without data is remembered by clients, and shown to nobody.
    fn frame(&self) -> Bytes {
        match self {
            Self::Begin { id, is_gap } => {
                let gap = if *is_gap { GAP } else { "" };
                format!("{gap}: listening\nretry: 2000\nid: {id}\n\n").into()
            }
            Self::Event(line) => line.frame.clone(),
            Self::Still(id) => format!(": still here\nid: {id}\n\n").into(),
            Self::End(reason) => {
                format!("event: stream.end\ndata: {{\"reason\":\"{reason}\"}}\n\n").into()
            }
        }
    }
}

const GAP: &str = "event: stream.gap\ndata: {\"detail\":\"events between the last one that you have seen and \
    the next one are not kept any more\"}\n\n";

/// One who listens. Holds a page of what was missed at most, and the events that its room holds for all.
pub(crate) struct Subscriber {
    seat: Seat,
    tenant: TenantId,
    key: Option<[u8; 32]>,
    kinds: Vec<EventKind>,
    contact: Option<String>,
    lines: Receiver<Arc<Line>>,
    /// The place of the last event that was given or passed over.
    seen: u64,
    /// From the event after this one on they come from the room.
    joined: u64,
    missed: VecDeque<Arc<Line>>,
    first: Option<Given>,
    beat: Instant,
    key_check: Instant,
    is_over: bool,
}

impl Subscriber {
    pub(super) fn new(opening: Opening, seated: Seated, span: LogSpan) -> Self {
        let Seated {
            seat,
            lines,
            joined,
        } = seated;
        let last = span.last.max(joined);
        let (seen, is_gap) = match opening.after {
            None => (joined, false),
            // What it has missed is not in the log any more, or was never.
            Some(after) if after < span.after => (span.after, true),
            // A log that was longer once: the database is an older one.
            Some(after) if after > last => (joined, true),
            Some(after) => (after, false),
        };
        let streams = &seat.streams;
        let limits = streams.limits;
        let now = Instant::now();
        let id = streams.id(opening.tenant, seen);
        Self {
            tenant: opening.tenant,
            key: opening.key,
            kinds: opening.filter.kinds,
            contact: opening.filter.contact.map(|contact| contact.to_string()),
            lines,
            seen,
            joined,
            missed: VecDeque::new(),
            first: Some(Given::Begin { id, is_gap }),
            beat: now + limits.heartbeat,
            key_check: now + limits.check_key,
            is_over: false,
            seat,
        }
    }

    /// What is written to the listener, until there is nothing more to say.
    pub(crate) fn frames(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        self.given().map(|given| Ok(given.frame()))
    }

    /// What the listener is given, until there is nothing more.
    pub(super) fn given(self) -> impl Stream<Item = Given> + Send {
        stream::unfold(self, |mut subscriber| async move {
            let given = subscriber.next().await?;
            Some((given, subscriber))
        })
    }

    async fn next(&mut self) -> Option<Given> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if self.is_over {
            return None;
        }
        let given = self.wait().await;
        self.beat = Instant::now() + self.streams().limits.heartbeat;
        Some(given)
    }

    const fn streams(&self) -> &Arc<Streams> {
        &self.seat.streams
    }

    async fn wait(&mut self) -> Given {
        loop {
            while let Some(line) = self.missed.pop_front() {
                if self.takes(&line) {
                    return Given::Event(line);
                }
            }
            if self.seen < self.joined {
                match self.streams().page(self.tenant, self.seen).await {
                    // They were forgotten while they were read.
                    Ok(lines) if lines.is_empty() => self.seen = self.joined,
                    Ok(lines) => self.missed = lines.into(),
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "a listener cannot be given what it has missed"
                        );
                        return self.end("unavailable");
                    }
                }
                continue;
            }
            tokio::select! {
                line = self.lines.recv() => match line {
                    Ok(line) => if self.takes(&line) {
                        return Given::Event(line);
                    },
                    Err(RecvError::Lagged(_)) => return self.end("too_slow"),
                    Err(RecvError::Closed) => return self.end("stopping"),
                },
                () = tokio::time::sleep_until(self.beat) => return self.still_here().await,
            }
        }
    }

    /// Whether an event is new and wanted.
    fn takes(&mut self, line: &Line) -> bool {
        if line.place <= self.seen {
            return false;
        }
        self.seen = line.place;
        let is_kind = self.kinds.is_empty() || self.kinds.contains(&line.kind);
        let is_contact = self.contact.is_none() || self.contact == line.contact;
        is_kind && is_contact
    }

    /// A sign of life, with the place that was reached: events that were not wanted need not be looked at again.
    async fn still_here(&mut self) -> Given {
        if let Some(key) = self.key
            && Instant::now() >= self.key_check
        {
            self.key_check = Instant::now() + self.streams().limits.check_key;
            if !self.streams().is_valid(key).await {
                return self.end("key_revoked");
            }
        }
        Given::Still(self.streams().id(self.tenant, self.seen))
    }

    /// Says why nothing more comes. Whoever comes back with `Last-Event-ID` has missed nothing.
    fn end(&mut self, reason: &'static str) -> Given {
        self.is_over = true;
        metrics::counter!("tidings_streams_ended_total", "reason" => reason).increment(1);
        Given::End(reason)
    }
}
