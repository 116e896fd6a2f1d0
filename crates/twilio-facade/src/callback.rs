use crate::{
    API_VERSION, MessageStatus, account_sid, address,
    failure::{PASSED, failure},
    is_service_sid, message_sid, signature,
};
use secrecy::SecretString;
use tidings_kernel::Channel;
use tidings_messaging::{
    Decision, Message, MessageRecord, StatusWebhook, WebhookForm, WebhookRequest,
};
use time::{OffsetDateTime, macros::format_description};

/// Writes changes of status as Twilio's status callbacks: a form, signed with the tenant's auth token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TwilioForm;

impl WebhookForm for TwilioForm {
    fn request(
        &self,
        webhook: &StatusWebhook,
        record: &MessageRecord,
        decision: Option<&Decision>,
        key: Option<&SecretString>,
    ) -> Option<WebhookRequest> {
        let status = MessageStatus::when(record, webhook.status);
        if !is_news(webhook, record, status) {
            return None;
        }
        let pairs = pairs(webhook, record, decision, status);
        let mut headers = vec![(
            "i-twilio-idempotency-token",
            format!("{}-{}", webhook.message.uuid(), webhook.number),
        )];
        if let Some(key) = key {
            headers.push(("x-twilio-signature", signature(key, &webhook.url, &pairs)));
        }
        Some(WebhookRequest {
            url: webhook.url.clone(),
            headers,
            content_type: "application/x-www-form-urlencoded; charset=UTF-8",
            body: form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&pairs)
                .finish(),
        })
    }
}

/// Whether the message came further by this change than it was before.
fn is_news(webhook: &StatusWebhook, record: &MessageRecord, status: MessageStatus) -> bool {
    let before = record
        .timeline
        .iter()
        .take_while(|entry| (entry.status, entry.at) != (webhook.status, webhook.at));
    before
        .map(|entry| MessageStatus::when(record, entry.status).rank())
        .all(|rank| rank < status.rank())
}

fn pairs(
    webhook: &StatusWebhook,
    record: &MessageRecord,
    decision: Option<&Decision>,
    status: MessageStatus,
) -> Vec<(&'static str, String)> {
    let message = &record.message;
    let sid = message_sid(message);
    let mut pairs = vec![
        ("AccountSid", account_sid(message.tenant)),
        ("ApiVersion", API_VERSION.to_owned()),
        ("MessageSid", sid.clone()),
        ("MessageStatus", status.as_str().to_owned()),
        ("SmsSid", sid),
        ("SmsStatus", status.as_str().to_owned()),
        ("To", address(message.channel, &message.to)),
    ];
    if let Some(from) = &message.from {
        pairs.push(("From", address(message.channel, from)));
    }
    if let Some(service) = service_of(message) {
        pairs.push(("MessagingServiceSid", service.to_owned()));
    }
    let is_failure = matches!(status, MessageStatus::Failed | MessageStatus::Undelivered);
    if is_failure {
        let why = failure(record, decision).unwrap_or(PASSED);
        pairs.push(("ErrorCode", why.code.to_string()));
    }
    match message.channel {
        Channel::Sms => {
            if matches!(
                status,
                MessageStatus::Delivered | MessageStatus::Undelivered
            ) {
                pairs.push(("RawDlrDoneDate", carrier_date(webhook.at)));
            }
        }
        Channel::Whatsapp => {
            pairs.push(("ChannelPrefix", "whatsapp".to_owned()));
            if status == MessageStatus::Read {
                pairs.push(("EventType", "READ".to_owned()));
            }
        }
        Channel::Email => {}
    }
    pairs
}

/// The messaging service that a program named, which is kept as a tag.
pub fn service_of(message: &Message) -> Option<&str> {
    let mut tags = message.tags.iter().map(String::as_str);
    tags.find(|tag| is_service_sid(tag))
}

/// As carriers write the time: `YYMMDDhhmm`.
fn carrier_date(at: OffsetDateTime) -> String {
    let form = format_description!("[year repr:last_two][month][day][hour][minute]");
    // Every instant has these parts.
    at.format(form).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_conformance::fixtures;
    use tidings_kernel::{AccountId, AttemptId, ContactId, MessageId, SenderId, TenantId};
    use tidings_messaging::{Attempt, OutcomeKind, Status, TimelineEntry};
    use tidings_routing::{Class, ProviderError};
    use time::{Duration, macros::datetime};

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:04 UTC);
    const URL: &str = "https://hooks.example.com/status?t=1";

    /// A message that came through these statuses, one a second.
    fn record(statuses: &[Status]) -> MessageRecord {
        let tenant = TenantId::from_uuid(fixtures::uuid(1, 1));
        let contact = fixtures::contact(tenant, ContactId::from_uuid(fixtures::uuid(2, 1)), 23);
        let id = MessageId::from_uuid(fixtures::uuid(3, 1));
        let mut message = fixtures::message(&contact, id, "Ready");
        message.from = Some("+12025550100".into());
        message.status = *statuses.last().unwrap();
        let timeline = statuses
            .iter()
            .zip(0..)
            .map(|(status, second)| TimelineEntry {
                status: *status,
                at: NOW + Duration::seconds(second),
                source: "test".into(),
            });
        MessageRecord {
            message,
            attempts: Vec::new(),
            timeline: timeline.collect(),
        }
    }

    fn attempt(outcome: OutcomeKind, error: Option<ProviderError>) -> Attempt {
        Attempt {
            id: AttemptId::from_uuid(fixtures::uuid(4, 1)),
            message: MessageId::from_uuid(fixtures::uuid(3, 1)),
            account: AccountId::from_uuid(fixtures::uuid(5, 1)),
            provider: "vonage".into(),
            sender: SenderId::from_uuid(fixtures::uuid(6, 1)),
            sender_address: "+12025550100".into(),
            started_at: NOW,
            outcome: Some(outcome),
            provider_message_id: None,
            error,
            receipt: None,
            cost: None,
        }
    }

    fn webhook(record: &MessageRecord, place: usize) -> StatusWebhook {
        let entry = &record.timeline[place];
        StatusWebhook {
            tenant: record.message.tenant,
            message: record.message.id,
            number: 7,
            status: entry.status,
            at: entry.at,
            url: URL.into(),
            failures: 0,
        }
    }

    /// What is told of each change after the first two, or none.
    fn told(record: &MessageRecord) -> Vec<Option<String>> {
        let places = 2..record.timeline.len();
        places
            .map(|place| {
                let request = TwilioForm.request(&webhook(record, place), record, None, None)?;
                let mut pairs = form_urlencoded::parse(request.body.as_bytes());
                let status = pairs.find(|(name, _)| name == "MessageStatus");
                status.map(|(_, value)| value.into_owned())
            })
            .collect()
    }

    #[test]
    fn a_callback_is_twilios() {
        let mut record = record(&[
            Status::Accepted,
            Status::Queued,
            Status::Sending,
            Status::Sent,
            Status::Delivered,
        ]);
        record.message.tags = vec!["lunch".into(), format!("MG{}", "0".repeat(32))];
        let key = SecretString::from("0123456789abcdef0123456789abcdef");
        let webhook = webhook(&record, 4);
        let request = TwilioForm.request(&webhook, &record, None, Some(&key));
        let request = request.unwrap();
        let account = account_sid(record.message.tenant);
        let sid = message_sid(&record.message);
        let expected = [
            ("AccountSid", account.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("MessageSid", &sid),
            ("MessageStatus", "delivered"),
            ("SmsSid", &sid),
            ("SmsStatus", "delivered"),
            ("To", "+12025550123"),
            ("From", "+12025550100"),
            ("MessagingServiceSid", "MG00000000000000000000000000000000"),
            ("RawDlrDoneDate", "2607151504"),
        ];
        let pairs: Vec<_> = form_urlencoded::parse(request.body.as_bytes()).collect();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
            .collect();
        assert_eq!(pairs, expected);
        assert_eq!(request.url, URL);
        let token = format!("{}-7", record.message.id.uuid());
        assert_eq!(
            request.headers,
            [
                ("i-twilio-idempotency-token", token),
                ("x-twilio-signature", signature(&key, URL, &expected)),
            ]
        );
    }

    #[test]
    fn without_a_token_nothing_is_signed() {
        let record = record(&[Status::Accepted, Status::Queued, Status::Cancelled]);
        let request = TwilioForm.request(&webhook(&record, 2), &record, None, None);
        let headers = request.unwrap().headers;
        assert!(
            headers
                .iter()
                .all(|(name, _)| *name != "x-twilio-signature")
        );
    }

    #[test]
    fn a_program_never_sees_a_message_go_back() {
        let failed_over = record(&[
            Status::Accepted,
            Status::Queued,
            Status::Sending,
            Status::Queued,
            Status::Sending,
            Status::Sent,
            Status::Failed,
            Status::Delivered,
            Status::Read,
        ]);
        let word = |word: &str| Some(word.to_owned());
        assert_eq!(
            told(&failed_over),
            [
                word("sending"),
                None,
                None,
                word("sent"),
                word("failed"),
                word("delivered"),
                word("read"),
            ]
        );
        let resumed = record(&[
            Status::Accepted,
            Status::Deferred,
            Status::Queued,
            Status::Deferred,
            Status::Sending,
        ]);
        assert_eq!(told(&resumed), [word("queued"), None, word("sending")]);
    }

    #[test]
    fn a_failure_says_why() {
        let code = |record: &MessageRecord, place| {
            let request = TwilioForm.request(&webhook(record, place), record, None, None);
            let body = request.unwrap().body;
            let mut pairs = form_urlencoded::parse(body.as_bytes());
            let code = pairs.find(|(name, _)| name == "ErrorCode");
            code.map(|(_, value)| value.into_owned())
        };
        let statuses = [Status::Accepted, Status::Queued, Status::Failed];
        let mut failed = record(&statuses);
        assert_eq!(code(&failed, 2).as_deref(), Some("21612"));
        let error = ProviderError::new(Class::Recipient, "x", "");
        failed.attempts = vec![attempt(OutcomeKind::Accepted, Some(error))];
        assert_eq!(code(&failed, 2).as_deref(), Some("30003"));
        assert_eq!(told(&failed), [Some("undelivered".to_owned())]);
        // Undone before it was told: the order stays, and nobody knows why any more.
        let mut undone = record(&[
            Status::Accepted,
            Status::Queued,
            Status::Failed,
            Status::Delivered,
        ]);
        undone.attempts = vec![attempt(OutcomeKind::Accepted, None)];
        assert_eq!(code(&undone, 2).as_deref(), Some("30008"));
        assert_eq!(code(&undone, 3), None);
    }

    #[test]
    fn whatsapp_has_its_marks() {
        let mut record = record(&[Status::Accepted, Status::Sent, Status::Read]);
        record.message.channel = Channel::Whatsapp;
        let request = TwilioForm.request(&webhook(&record, 2), &record, None, None);
        let body = request.unwrap().body;
        for pair in [
            "To=whatsapp%3A%2B12025550123",
            "From=whatsapp%3A%2B12025550100",
            "ChannelPrefix=whatsapp",
            "EventType=READ",
        ] {
            assert!(body.split('&').any(|given| given == pair), "{pair}: {body}");
        }
        assert!(!body.contains("RawDlrDoneDate"));
    }
}
