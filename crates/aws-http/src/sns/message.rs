use serde::Deserialize;
use tidings_messaging::Unreadable;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A message of SNS, as an authentic request carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnsMessage {
    /// What it is for.
    pub kind: SnsKind,
    /// Its id; every repeat carries the same.
    pub id: String,
    /// The topic.
    pub topic_arn: String,
    /// The subject, if it has one.
    pub subject: Option<String>,
    /// What was published.
    pub message: String,
    /// When it was published.
    pub timestamp: OffsetDateTime,
}

/// What a message of SNS is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SnsKind {
    /// Something was published to the topic.
    Notification,
    /// Somebody has subscribed this address to the topic.
    SubscriptionConfirmation,
    /// This address was unsubscribed from the topic.
    UnsubscribeConfirmation,
}

impl SnsKind {
    /// The name that SNS gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
            Self::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }
}

impl SnsMessage {
    /// Reads the body of a request that [`SnsVerifier`](crate::SnsVerifier) has found authentic.
    ///
    /// # Errors
    /// [`Unreadable`]: it is no message of SNS.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let unreadable = |source| Unreadable {
            context: "the body is no message of SNS".into(),
            source: Some(source),
        };
        let envelope = Envelope::read(body).map_err(|error| unreadable(error.into()))?;
        Ok(Self {
            timestamp: envelope
                .timestamp()
                .ok_or_else(|| unreadable("the Timestamp is no instant".into()))?,
            kind: envelope.kind,
            id: envelope.message_id,
            topic_arn: envelope.topic_arn,
            subject: envelope.subject,
            message: envelope.message,
        })
    }
}

/// The JSON that SNS posts. A name that stands twice is refused, so that nothing can be read in two ways.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Envelope {
    #[serde(rename = "Type")]
    pub(crate) kind: SnsKind,
    pub(crate) message_id: String,
    pub(crate) topic_arn: String,
    pub(crate) subject: Option<String>,
    pub(crate) message: String,
    timestamp: String,
    pub(crate) token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    pub(crate) subscribe_url: Option<String>,
    pub(crate) signature_version: String,
    pub(crate) signature: String,
    #[serde(rename = "SigningCertURL")]
    pub(crate) signing_cert_url: String,
}

impl Envelope {
    pub(crate) fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    /// When it was published; `None` if that is no instant.
    pub(crate) fn timestamp(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(&self.timestamp, &Rfc3339).ok()
    }

    /// The texts that may have been signed; one, except for the confirmation of an end, where the
    /// documentation names the token and AWS's own validator leaves it out.
    ///
    /// `None` if a line break would let one field run into the next: names and values stand on lines of
    /// their own, so only the first of them, which is the message, may have several.
    pub(crate) fn signed_texts(&self) -> Option<Vec<String>> {
        let subject = self.subject.as_deref();
        let token = self.token.as_deref();
        let link = self.subscribe_url.as_deref();
        match self.kind {
            SnsKind::Notification => Some(vec![self.text(subject, None, None)?]),
            SnsKind::SubscriptionConfirmation => Some(vec![self.text(None, link, token)?]),
            SnsKind::UnsubscribeConfirmation => Some(vec![
                self.text(None, link, token)?,
                self.text(None, link, None)?,
            ]),
        }
    }

    fn text(
        &self,
        subject: Option<&str>,
        link: Option<&str>,
        token: Option<&str>,
    ) -> Option<String> {
        let lines = [
            ("MessageId", Some(&*self.message_id)),
            ("Subject", subject),
            ("SubscribeURL", link),
            ("Timestamp", Some(&*self.timestamp)),
            ("Token", token),
            ("TopicArn", Some(&*self.topic_arn)),
            ("Type", Some(self.kind.as_str())),
        ];
        let mut text = format!("Message\n{}\n", self.message);
        for (name, value) in lines {
            let Some(value) = value else { continue };
            if value.contains('\n') {
                return None;
            }
            text.extend([name, "\n", value, "\n"]);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn envelope(kind: &str, more: &Value) -> Envelope {
        let mut body = json!({
            "Type": kind, "MessageId": "id", "TopicArn": "arn", "Message": "one\ntwo",
            "Timestamp": "2026-01-02T03:04:05.678Z", "SignatureVersion": "2", "Signature": "",
            "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "Token": "t", "SubscribeURL": "https://sns.us-east-1.amazonaws.com/",
            "UnsubscribeURL": "not signed",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        Envelope::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn each_kind_has_its_fields_in_order() {
        let time = "Timestamp\n2026-01-02T03:04:05.678Z\n";
        let texts = |kind| {
            envelope(kind, &json!({"Subject": "s"}))
                .signed_texts()
                .unwrap()
        };
        assert_eq!(
            texts("Notification"),
            [format!(
                "Message\none\ntwo\nMessageId\nid\nSubject\ns\n{time}TopicArn\narn\nType\nNotification\n"
            )]
        );
        let link = "SubscribeURL\nhttps://sns.us-east-1.amazonaws.com/\n";
        let start = format!("Message\none\ntwo\nMessageId\nid\n{link}{time}");
        assert_eq!(
            texts("SubscriptionConfirmation"),
            [format!(
                "{start}Token\nt\nTopicArn\narn\nType\nSubscriptionConfirmation\n"
            )]
        );
        assert_eq!(
            texts("UnsubscribeConfirmation"),
            [
                format!("{start}Token\nt\nTopicArn\narn\nType\nUnsubscribeConfirmation\n"),
                format!("{start}TopicArn\narn\nType\nUnsubscribeConfirmation\n"),
            ]
        );
    }

    #[test]
    fn a_subject_of_null_is_none() {
        let texts = envelope("Notification", &json!({"Subject": null})).signed_texts();
        assert!(!texts.unwrap()[0].contains("Subject"));
    }

    #[test]
    fn only_the_message_may_have_lines() {
        for name in ["MessageId", "Subject", "TopicArn", "Timestamp"] {
            let envelope = envelope("Notification", &json!({name: "a\nb"}));
            assert_eq!(envelope.signed_texts(), None, "{name}");
        }
        for name in ["Token", "SubscribeURL"] {
            let envelope = envelope("SubscriptionConfirmation", &json!({name: "a\nb"}));
            assert_eq!(envelope.signed_texts(), None, "{name}");
        }
    }

    #[test]
    fn what_stands_twice_or_is_missing_is_refused() {
        let twice = r#"{"Type":"Notification","Type":"Notification"}"#;
        for body in [twice, "{}", "[]", "null", "", "{\"Type\":\"Other\"}"] {
            assert!(SnsMessage::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
