//! What the simulator was asked to send and which callbacks it made, for comparing with others.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::clock;
use crate::message::{Code, Media, Message};
use crate::protocol::Provider;

const KEEP_REQUESTS: usize = 200_000;
const KEEP_CALLBACKS: usize = 600_000;

/// One request to send.
#[derive(Debug, Serialize)]
pub(crate) struct Request {
    pub(crate) at: String,
    pub(crate) provider: &'static str,
    pub(crate) account: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) template: Option<Value>,
    pub(crate) media: Vec<Media>,
    pub(crate) client_reference: Option<String>,
    pub(crate) status_callback: Option<String>,
    /// `None`: refused.
    pub(crate) provider_message_id: Option<String>,
    /// `None`: the answer was withheld by a fault.
    pub(crate) answer_status: Option<u16>,
    /// The provider's error code in the answer.
    pub(crate) error_code: Option<Code>,
}

impl Request {
    /// An empty entry of this moment.
    pub(crate) fn now(provider: Provider, account: &str) -> Self {
        Self {
            at: clock::rfc3339(clock::now()),
            provider: provider.word(),
            account: account.to_owned(),
            from: None,
            to: None,
            text: None,
            template: None,
            media: Vec::new(),
            client_reference: None,
            status_callback: None,
            provider_message_id: None,
            answer_status: None,
            error_code: None,
        }
    }

    /// Takes over what the message that it became says.
    pub(crate) fn adopt(&mut self, message: &Message) {
        let facts = &message.facts;
        self.from = Some(facts.sender.clone());
        self.to = Some(facts.contact.clone());
        self.text.clone_from(&facts.text);
        self.template.clone_from(&facts.template);
        self.media.clone_from(&facts.media);
        self.client_reference.clone_from(&facts.client_reference);
        self.status_callback.clone_from(&facts.status_callback);
        self.provider_message_id = Some(facts.provider_message_id.clone());
    }
}

/// What became of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The other side answered; `answered` is its HTTP status.
    Answered,
    /// No connection, or no answer in time.
    Failed,
    /// A fault lost it.
    Dropped,
    /// Its host is not a loopback address.
    Refused,
    /// Too many were waiting.
    Overflow,
}

/// One try to deliver a callback.
#[derive(Debug, Serialize)]
pub(crate) struct CallbackEntry {
    pub(crate) at: String,
    pub(crate) provider: &'static str,
    /// `status` or `inbound`.
    pub(crate) kind: &'static str,
    pub(crate) url: String,
    pub(crate) provider_message_id: String,
    pub(crate) status: &'static str,
    pub(crate) attempt: u32,
    pub(crate) answered: Option<u16>,
    pub(crate) outcome: Outcome,
}

/// What the other side knows of a message, since it has answered callbacks about it with success.
#[derive(Debug)]
struct Told {
    first_at: OffsetDateTime,
    statuses: Vec<&'static str>,
}

/// Both lists, oldest first; the oldest entries give way.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    requests: VecDeque<Arc<Request>>,
    /// Messages that were accepted without an answer, as long as their requests are kept.
    withheld: HashSet<String>,
    callbacks: VecDeque<Arc<CallbackEntry>>,
    /// By the message's id, as long as its callbacks are kept.
    told: HashMap<String, Told>,
    /// Messages with lower numbers are not shown.
    pub(crate) messages_since: u64,
}

/// A copy that can be written out without the lock.
pub(crate) type Snapshot = (Vec<Arc<Request>>, Vec<Arc<CallbackEntry>>);

impl Ledger {
    pub(crate) fn request(&mut self, entry: Request) {
        if self.requests.len() >= KEEP_REQUESTS
            && let Some(oldest) = self.requests.pop_front()
            && let Some(id) = &oldest.provider_message_id
        {
            self.withheld.remove(id);
        }
        if let (Some(id), None) = (&entry.provider_message_id, entry.answer_status) {
            self.withheld.insert(id.clone());
        }
        self.requests.push_back(Arc::new(entry));
    }

    pub(crate) fn callback(&mut self, entry: CallbackEntry) {
        if self.callbacks.len() >= KEEP_CALLBACKS
            && let Some(oldest) = self.callbacks.pop_front()
        {
            self.told.remove(&oldest.provider_message_id);
        }
        if entry
            .answered
            .is_some_and(|status| (200..300).contains(&status))
        {
            let told = self.told.entry(entry.provider_message_id.clone());
            let told = told.or_insert_with(|| Told {
                first_at: clock::now(),
                statuses: Vec::new(),
            });
            told.statuses.push(entry.status);
        }
        self.callbacks.push_back(Arc::new(entry));
    }

    /// Whether the other side has answered a callback about this status of the message with success.
    pub(crate) fn has_told(&self, provider_message_id: &str, status: &str) -> bool {
        self.told
            .get(provider_message_id)
            .is_some_and(|told| told.statuses.contains(&status))
    }

    /// When the other side answered a callback about the message with success for the first time.
    pub(crate) fn told_at(&self, provider_message_id: &str) -> Option<OffsetDateTime> {
        self.told.get(provider_message_id).map(|told| told.first_at)
    }

    /// Whether the message was accepted without an answer.
    pub(crate) fn has_withheld(&self, provider_message_id: &str) -> bool {
        self.withheld.contains(provider_message_id)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        (
            self.requests.iter().cloned().collect(),
            self.callbacks.iter().cloned().collect(),
        )
    }

    /// Forgets everything; messages numbered below `next_seq` are not shown any more.
    pub(crate) fn clear(&mut self, next_seq: u64) {
        *self = Self {
            messages_since: next_seq,
            ..Self::default()
        };
    }
}
