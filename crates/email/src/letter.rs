//! One mail to one person, checked before anything is called, and written the same way whoever carries it.

use crate::{address, identity::Identity};
use lettre::{
    Address,
    message::{
        Body, Mailbox, Mailboxes,
        header::{self, ContentType, HeaderName, HeaderValue, Headers},
    },
};
use tidings_kernel::{AttemptId, Purpose};
use tidings_messaging::{Address as Recipient, SendableMessage};
use tidings_routing::{Class, ProviderError};
use time::OffsetDateTime;
use url::Url;

/// Our reference, where the message's own id may be replaced by whoever carries it.
pub(crate) const REFERENCE: &str = "X-Tidings-Attempt";

/// One mail to one person. Nothing in it can end a header, a line or a command early.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    attempt: AttemptId,
    from: Mailbox,
    reply_to: Option<Address>,
    to: Address,
    subject: Option<String>,
    text: String,
    is_automatic: bool,
    unsubscribe: Option<Url>,
}

impl Letter {
    /// The message as a mail, if it can be one. `unsubscribe` stops marketing by one press.
    pub(crate) fn new(
        message: &SendableMessage,
        identity: &Identity,
        unsubscribe: Option<Url>,
    ) -> Result<Self, ProviderError> {
        let content = message.content();
        if content.template.is_some() {
            return Err(refused(
                Class::Content,
                "template",
                "a mail cannot call a template of WhatsApp: use a template for email",
            ));
        }
        if !content.media.is_empty() {
            return Err(refused(
                Class::Content,
                "media",
                "attachments are not sent by mail: put links to them into the text",
            ));
        }
        Ok(Self {
            attempt: message.attempt(),
            from: Mailbox::new(identity.from_name.clone(), sender(message.from())?),
            reply_to: identity.reply_to.clone(),
            to: recipient(message.to())?,
            subject: content.subject.as_deref().and_then(in_one_line),
            // Line ends as the wire has them: what is written again is not gone through line by line.
            text: readable(&content.text).replace('\n', "\r\n"),
            is_automatic: message.purpose() != Purpose::Conversational,
            unsubscribe,
        })
    }

    /// The sender's address.
    pub(crate) const fn from(&self) -> &Address {
        &self.from.email
    }

    /// The recipient's address.
    pub(crate) const fn to(&self) -> &Address {
        &self.to
    }

    /// The message's own id, without brackets: what a bounce repeats.
    pub(crate) fn id(&self) -> String {
        format!("{}@{}", self.attempt, self.from.email.domain())
    }

    /// Whether its addresses need SMTPUTF8 (RFC 6531).
    pub(crate) fn needs_utf8(&self) -> bool {
        !address::is_ascii(&self.to) || !address::is_ascii(&self.from.email)
    }

    /// The whole mail by RFC 5322, with lines that end in CR and LF.
    pub(crate) fn bytes(&self, date: OffsetDateTime) -> Vec<u8> {
        let body = Body::new(self.text.clone());
        let mut headers = Headers::new();
        headers.set(header::Date::new(date.into()));
        headers.set(header::From::from(Mailboxes::from(self.from.clone())));
        if let Some(address) = &self.reply_to {
            let mailbox = Mailbox::new(None, address.clone());
            headers.set(header::ReplyTo::from(Mailboxes::from(mailbox)));
        }
        let to = Mailbox::new(None, self.to.clone());
        headers.set(header::To::from(Mailboxes::from(to)));
        if let Some(subject) = &self.subject {
            headers.set(header::Subject::from(subject.clone()));
        }
        headers.set(header::MessageId::from(format!("<{}>", self.id())));
        extra(&mut headers, REFERENCE, self.attempt.to_string());
        if self.is_automatic {
            // Out-of-office notes are not sent to it (RFC 3834).
            extra(&mut headers, "Auto-Submitted", "auto-generated".to_owned());
        }
        if let Some(link) = &self.unsubscribe {
            extra(&mut headers, "List-Unsubscribe", format!("<{link}>"));
            let press = "List-Unsubscribe=One-Click".to_owned();
            extra(&mut headers, "List-Unsubscribe-Post", press);
        }
        headers.set(header::MIME_VERSION_1_0);
        headers.set(ContentType::TEXT_PLAIN);
        headers.set(body.encoding());
        let mut bytes = format!("{headers}\r\n").into_bytes();
        bytes.extend_from_slice(body.as_ref());
        bytes
    }
}

fn extra(headers: &mut Headers, name: &'static str, value: String) {
    headers.insert_raw(HeaderValue::new(
        HeaderName::new_from_ascii_str(name),
        value,
    ));
}

fn refused(class: Class, code: &str, detail: &str) -> ProviderError {
    ProviderError::new(class, code, detail)
}

fn sender(text: &str) -> Result<Address, ProviderError> {
    address::parse(text).ok_or_else(|| {
        refused(
            Class::Sender,
            "sender_address",
            "the sender is no email address: correct it in the account",
        )
    })
}

fn recipient(to: &Recipient) -> Result<Address, ProviderError> {
    let address = match to {
        Recipient::Email(text) => address::parse(text),
        Recipient::Phone(_) | Recipient::WhatsappUser(_) => None,
    };
    address.ok_or_else(|| {
        refused(
            Class::Recipient,
            "recipient_address",
            "the recipient has no email address that can be written to: correct it with the contact",
        )
    })
}

/// A text with one kind of line end, and without what no reader shows.
fn readable(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    lines.chars().filter(is_shown).collect()
}

/// A subject in one line; `None` if nothing of it is left.
fn in_one_line(text: &str) -> Option<String> {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests;
