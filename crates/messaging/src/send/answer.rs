//! Messages that others answer: what their provider calls them, and where it knows them.

use super::{ContentWish, SendError, SendRequest, Sending};
use crate::{Direction, MessageRecord};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};
use tidings_kernel::{AccountId, Channel, ContactId, MessageId, StoreError, TenantId};

/// A message that another one quotes or reacts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answered {
    contact: ContactId,
    pub(super) provider_message_id: String,
    /// The account that it went or came through; no other one knows it.
    account: AccountId,
}

impl Answered {
    /// `None` for what is not on WhatsApp, or was never there.
    fn of(record: MessageRecord) -> Option<Self> {
        let message = record.message;
        if message.channel != Channel::Whatsapp {
            return None;
        }
        let (id, account) = match message.direction {
            Direction::Inbound => (message.provider_message_id?, message.account?),
            Direction::Outbound => {
                let mut attempts = record.attempts.into_iter().rev();
                attempts
                    .find_map(|attempt| Some((attempt.provider_message_id?, attempt.account)))?
            }
        };
        Some(Self {
            contact: message.contact,
            provider_message_id: id,
            account,
        })
    }
}

/// What requests answer, by our id.
pub(super) type AllAnswered = HashMap<MessageId, Answered>;

/// The message that a request answers, and the request with the account that both go through.
pub(super) fn resolve<'a>(
    request: &'a SendRequest,
    contact: ContactId,
    answered: &'a AllAnswered,
) -> Result<(Cow<'a, SendRequest>, Option<&'a Answered>), SendError> {
    let ContentWish::Rich {
        answers: Some(id), ..
    } = &request.content
    else {
        return Ok((Cow::Borrowed(request), None));
    };
    let invalid = |code, detail: &str| SendError::Invalid {
        pointer: "/whatsapp/reply_to",
        code,
        detail: detail.to_owned(),
    };
    let found = answered.get(id).filter(|it| it.contact == contact);
    let Some(found) = found else {
        let detail =
            "there is no such message of this contact on WhatsApp, or no provider has it yet";
        return Err(invalid("not_found", detail));
    };
    match request.account {
        Some(account) if account != found.account => {
            let detail = "that message is in another account: leave out account_id";
            Err(invalid("conflict", detail))
        }
        Some(_) | None => {
            let request = SendRequest {
                account: Some(found.account),
                ..request.clone()
            };
            Ok((Cow::Owned(request), Some(found)))
        }
    }
}

impl Sending {
    /// Looks up what requests answer, by one question for all of them.
    pub(super) async fn answered(
        &self,
        tenant: TenantId,
        requests: &[&SendRequest],
    ) -> Result<AllAnswered, StoreError> {
        let ids: BTreeSet<MessageId> = requests
            .iter()
            .filter_map(|request| match &request.content {
                ContentWish::Rich { answers, .. } => *answers,
                ContentWish::Text(_) | ContentWish::Template { .. } | ContentWish::MediaOnly => {
                    None
                }
            })
            .collect();
        if ids.is_empty() {
            return Ok(AllAnswered::new());
        }
        let ids: Vec<MessageId> = ids.into_iter().collect();
        let records = self.messages.get_many(tenant, &ids).await?;
        let answered = records.into_iter().filter_map(|record| {
            let id = record.message.id;
            Answered::of(record).map(|answered| (id, answered))
        });
        Ok(answered.collect())
    }
}
