//! From what is written to what is asked for, a chunk at a time.

use super::form::{Form, Outline};
use crate::{
    body::{JSON_LIMIT, has_nul, parse},
    error::ApiError,
    routes::message_request::NewMessageBody,
    spool::Spooled,
};
use std::{mem, ops::ControlFlow};
use tidings_kernel::ApiKeyId;
use tidings_messaging::{RecipientError, Scope, send::SendRequest};
use tokio::sync::mpsc;

/// How many recipients are judged and stored together. What is recorded of an unfinished batch goes by
/// chunks: it may only change together with what batches are recognized by.
pub(super) const CHUNK: usize = 500;
/// What the recipients of a chunk may weigh as they are written, with the defaults, beside the last one; so that a chunk of
/// long texts does not weigh more than one of short ones.
const WEIGHT: usize = 1 << 20;
/// How much is told about one recipient, in characters: it may repeat what a client wrote.
const DETAIL: usize = 300;

/// A recipient, with its place in the batch: what is asked for, or what is wrong with it.
pub(super) type Asked = (u32, Result<SendRequest, RecipientError>);

/// Reads recipients, on a thread of its own.
pub(super) struct Reading {
    pub(super) form: Form,
    pub(super) outline: Outline,
    /// The key that answers for overrides.
    pub(super) key: ApiKeyId,
    /// Whether the key suffices for overrides.
    pub(super) may_override: bool,
}

impl Reading {
    /// Gives the recipients of a body away by chunks, for as long as somebody takes them. What waits in
    /// between is bounded by the channel.
    pub(super) fn run(
        &self,
        body: &Spooled,
        chunks: &mpsc::Sender<Vec<Asked>>,
    ) -> Result<(), ApiError> {
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut weight = 0;
        self.form
            .recipients(body, &self.outline, &mut |index, written| {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                weight += written.map_or(0, <[u8]>::len) + self.outline.defaults_length;
                let request = self.request(written);
                chunk.push((index, request.map_err(|error| told(index, &error))));
                if chunk.len() < CHUNK && weight < WEIGHT {
                    return ControlFlow::Continue(());
                }
                weight = 0;
                let full = mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
                match chunks.blocking_send(full) {
                    Ok(()) => ControlFlow::Continue(()),
                    // Whoever worked on them has given up.
                    Err(_) => ControlFlow::Break(()),
                }
            })?;
        if !chunk.is_empty() {
            let _ = chunks.blocking_send(chunk);
        }
        Ok(())
    }

    fn request(&self, written: Option<&[u8]>) -> Result<SendRequest, ApiError> {
        let Some(written) = written else {
            return Err(ApiError::BodyTooLarge(JSON_LIMIT));
        };
        let mut body = read(written)?;
        if let Some(defaults) = &self.outline.defaults {
            body = body.over(defaults);
        }
        if body.dry_run {
            let detail = "try single messages with POST /v1/messages";
            return Err(ApiError::not_supported("/dry_run", detail));
        }
        if body.has_override() && !self.may_override {
            return Err(ApiError::Forbidden(Scope::Manage));
        }
        body.refuse_uploads()?;
        body.request(self.key)
    }
}

/// Reads one recipient. To say where a bad one is wrong costs more than to read it, so that comes second.
fn read(written: &[u8]) -> Result<NewMessageBody, ApiError> {
    if !has_nul(written)
        && written.starts_with(b"{")
        && let Ok(body) = serde_json::from_slice(written)
    {
        return Ok(body);
    }
    parse(written)
}

/// What a client is told about a recipient.
pub(super) fn told(index: u32, error: &ApiError) -> RecipientError {
    let row = error.explained();
    RecipientError {
        index,
        code: row.code.to_owned(),
        detail: error.to_string().chars().take(DETAIL).collect(),
    }
}
