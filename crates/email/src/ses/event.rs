//! Events of SES, as SNS brings them.

use super::{errors, send::ATTEMPT};
use serde::Deserialize;
use std::collections::BTreeMap;
use tidings_aws_http::{SnsKind, SnsMessage};
use tidings_kernel::{AttemptId, Channel};
use tidings_messaging::{
    Address, CallbackRequest, PreferenceChange, PreferenceEvent, PreferenceReach, ProviderEvent,
    Receipt, ReceiptEvent, Unreadable,
};
use tidings_routing::ProviderError;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What an authentic request tells.
pub(super) fn parse(request: &CallbackRequest) -> Result<Vec<ProviderEvent>, Unreadable> {
    let message = SnsMessage::read(&request.body)?;
    match message.kind {
        SnsKind::Notification => {}
        SnsKind::SubscriptionConfirmation | SnsKind::UnsubscribeConfirmation => {
            return Ok(vec![ProviderEvent::Ignored(
                message.kind.as_str().to_owned(),
            )]);
        }
    }
    // When events are set up SES publishes a sentence.
    if !message.message.trim_start().starts_with('{') {
        return Ok(vec![ProviderEvent::Ignored("a text".to_owned())]);
    }
    let event: Event = serde_json::from_str(&message.message).map_err(|error| Unreadable {
        context: "the notification is no event of SES".to_owned(),
        source: Some(error.into()),
    })?;
    Ok(event.tells())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    /// `notificationType` where an identity and no configuration set reports.
    #[serde(rename = "eventType", alias = "notificationType")]
    kind: String,
    mail: Mail,
    delivery: Option<Instant>,
    open: Option<Instant>,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    reject: Option<Reject>,
    failure: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: Option<String>,
    #[serde(default)]
    destination: Vec<String>,
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Instant {
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(rename = "bounceType")]
    kind: Option<String>,
    #[serde(rename = "bounceSubType")]
    sub_kind: Option<String>,
    timestamp: Option<String>,
    #[serde(default)]
    bounced_recipients: Vec<Bounced>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounced {
    diagnostic_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(rename = "complaintSubType")]
    sub_kind: Option<String>,
    #[serde(rename = "complaintFeedbackType")]
    feedback: Option<String>,
    timestamp: Option<String>,
    #[serde(default)]
    complained_recipients: Vec<Complained>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complained {
    email_address: String,
}

#[derive(Deserialize)]
struct Reject {
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    error_message: Option<String>,
}

impl Event {
    fn tells(&self) -> Vec<ProviderEvent> {
        match self.kind.as_str() {
            "Send" => vec![self.receipt(Receipt::Sent, self.mail.timestamp.as_ref())],
            "Delivery" => vec![self.receipt(Receipt::Delivered, of(self.delivery.as_ref()))],
            "Open" => vec![self.receipt(Receipt::Read, of(self.open.as_ref()))],
            "Bounce" => vec![self.bounced()],
            "Complaint" => self.complained(),
            "Reject" => {
                let reason = self.reject.as_ref().and_then(|it| it.reason.as_deref());
                vec![self.failed(errors::rejected(reason.unwrap_or_default()), None)]
            }
            "Rendering Failure" => {
                let failure = self.failure.as_ref();
                let words = failure.and_then(|it| it.error_message.as_deref());
                vec![self.failed(errors::not_rendered(words.unwrap_or_default()), None)]
            }
            // It is still trying, or tells what changes nothing here.
            other => vec![ProviderEvent::Ignored(other.chars().take(64).collect())],
        }
    }

    fn bounced(&self) -> ProviderEvent {
        let bounce = self.bounce.as_ref();
        let kind = bounce.and_then(|bounce| bounce.kind.as_deref());
        let sub_kind = bounce.and_then(|bounce| bounce.sub_kind.as_deref());
        let words = bounce
            .and_then(|bounce| bounce.bounced_recipients.first())
            .and_then(|bounced| bounced.diagnostic_code.as_deref());
        let error = errors::bounced(
            kind.unwrap_or_default(),
            sub_kind.unwrap_or_default(),
            words.unwrap_or_default(),
        );
        self.failed(error, bounce.and_then(|bounce| bounce.timestamp.as_ref()))
    }

    /// Whoever complains has the mail, and wants no more like it.
    fn complained(&self) -> Vec<ProviderEvent> {
        let complaint = self.complaint.as_ref();
        let sub_kind = complaint.and_then(|it| it.sub_kind.as_deref());
        let at = complaint.and_then(|it| it.timestamp.as_ref());
        if sub_kind == Some(errors::SUPPRESSED_HERE) {
            return vec![self.failed(errors::suppressed_complaint(), at)];
        }
        let feedback = complaint.and_then(|it| it.feedback.as_deref());
        // The opposite of a complaint. It is no consent either.
        if feedback == Some("not-spam") {
            return vec![ProviderEvent::Ignored("not-spam".to_owned())];
        }
        let stop = |address: &str| {
            ProviderEvent::Preference(PreferenceEvent {
                from: Address::Email(address.to_owned()),
                channel: Channel::Email,
                change: PreferenceChange::Stop,
                reach: PreferenceReach::Marketing,
                at: instant(at),
            })
        };
        let mut events = vec![self.receipt(Receipt::Delivered, at)];
        events.extend(self.complainers().iter().map(|address| stop(address)));
        events
    }

    /// Who complained. A mail of ours has one recipient; who is named beside it is SES's guess.
    fn complainers(&self) -> Vec<String> {
        let complaint = self.complaint.iter();
        let named: Vec<&String> = if let [only] = self.mail.destination.as_slice() {
            vec![only]
        } else {
            complaint
                .flat_map(|it| &it.complained_recipients)
                .map(|it| &it.email_address)
                .collect()
        };
        let spellings = named.into_iter().flat_map(|address| {
            let address = without_nul(address);
            [in_own_script(&address), Some(address)]
        });
        spellings.flatten().collect()
    }

    fn failed(&self, error: ProviderError, at: Option<&String>) -> ProviderEvent {
        self.event(Receipt::Failed, Some(error), at)
    }

    fn receipt(&self, receipt: Receipt, at: Option<&String>) -> ProviderEvent {
        self.event(receipt, None, at)
    }

    fn event(
        &self,
        receipt: Receipt,
        error: Option<ProviderError>,
        at: Option<&String>,
    ) -> ProviderEvent {
        ProviderEvent::Receipt(ReceiptEvent {
            attempt: self.attempt(),
            provider_message_id: without_nul(&self.mail.message_id),
            receipt,
            error,
            cost: None,
            at: instant(at),
        })
    }

    fn attempt(&self) -> Option<AttemptId> {
        self.mail.tags.get(ATTEMPT)?.first()?.parse().ok()
    }
}

/// The address as a person writes it, where its domain travels as `xn--…`: a contact may have it so.
fn in_own_script(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (own, result) = idna::domain_to_unicode(domain);
    (result.is_ok() && own != domain.to_lowercase()).then(|| format!("{local}@{own}"))
}

fn of(part: Option<&Instant>) -> Option<&String> {
    part?.timestamp.as_ref()
}

fn instant(text: Option<&String>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text?, &Rfc3339).ok()
}

/// No store of ours keeps U+0000.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}
