//! What a reply is about, for whoever acts on it.

use async_trait::async_trait;
use std::{fmt, str::FromStr};
use tidings_consent::{Languages, Reply, ReplyContext, classify_in};
use tidings_kernel::{BoxError, Channel, Locale, TenantId};
use tidings_messaging::Address;

/// A message from a contact, to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardReply {
    /// The tenant.
    pub tenant: TenantId,
    /// The channel.
    pub channel: Channel,
    /// Who wrote.
    pub from: Address,
    /// What.
    pub text: String,
    /// The subject of an email.
    pub subject: Option<String>,
    /// The languages in which it may be written: the contact's, the tenant's.
    pub locales: Vec<Locale>,
}

/// What a message from a contact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Intent {
    /// To be left alone, or perhaps to be.
    OptOut,
    /// To be let back in, or yes to a double opt-in.
    OptIn,
    /// Help, as the keyword asks for it.
    Help,
    /// A machine has answered: out of office, not delivered, do not reply.
    Automatic,
    /// Something is asked.
    Question,
    /// Thanks, or an agreement that needs no answer.
    Thanks,
    /// Anything else.
    Other,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Self; 7] = [
        Self::OptOut,
        Self::OptIn,
        Self::Help,
        Self::Automatic,
        Self::Question,
        Self::Thanks,
        Self::Other,
    ];

    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Help => "help",
            Self::Automatic => "automatic",
            Self::Question => "question",
            Self::Thanks => "thanks",
            Self::Other => "other",
        }
    }

    /// Whether nothing may be answered by a machine: the system answers these itself, or another machine would.
    pub const fn is_left_alone(self) -> bool {
        match self {
            Self::OptOut | Self::OptIn | Self::Help | Self::Automatic => true,
            Self::Question | Self::Thanks | Self::Other => false,
        }
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no intent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown intent {0:?}")]
pub struct UnknownIntent(pub String);

impl FromStr for Intent {
    type Err = UnknownIntent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|intent| intent.as_str() == text)
            .ok_or_else(|| UnknownIntent(text.to_owned()))
    }
}

/// Reads what contacts write. An embedding service puts its own here, such as an agent of its own.
///
/// It decides nothing about consent: that is read from the text before, by rules alone.
#[async_trait]
pub trait ReplyClassifier: Send + Sync {
    /// What a message is about.
    ///
    /// # Errors
    /// It could not be read now; it is asked again, and after some times nothing is done about the message.
    async fn classify(&self, reply: &HeardReply) -> Result<Intent, BoxError>;
}

/// Reads by rules: the words of consent in thirty languages, the phrases of machines, question marks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleClassifier;

/// What machines say, as [`spoken`](crate::search::spoken) writes it.
const MACHINES: [&str; 30] = [
    "out of office",
    "out of the office",
    "automatic reply",
    "automatic response",
    "automated message",
    "automated reply",
    "automated response",
    "auto reply",
    "autoreply",
    "autoresponder",
    "do not reply",
    "do not respond to this",
    "this inbox is not monitored",
    "this number is not monitored",
    "this mailbox is not monitored",
    "delivery status notification",
    "undeliverable",
    "undelivered mail",
    "mail delivery failed",
    "i am driving",
    "im driving",
    "abwesenheitsnotiz",
    "automatische antwort",
    "reponse automatique",
    "message automatique",
    "absence du bureau",
    "respuesta automatica",
    "fuera de la oficina",
    "risposta automatica",
    "resposta automatica",
];

/// Mailboxes that nobody reads.
const NOBODY_READS: [&str; 7] = [
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "mailer-daemon",
    "postmaster",
    "bounce",
];

const THANKS: [&str; 22] = [
    "thanks",
    "thank you",
    "thank you so much",
    "thanks a lot",
    "many thanks",
    "thx",
    "ty",
    "ok",
    "okay",
    "ok thanks",
    "great",
    "perfect",
    "cool",
    "danke",
    "vielen dank",
    "merci",
    "merci beaucoup",
    "gracias",
    "muchas gracias",
    "grazie",
    "obrigado",
    "obrigada",
];

/// How questions begin in English, where people leave out the mark.
const ASKING: [&str; 16] = [
    "what",
    "when",
    "where",
    "who",
    "why",
    "how",
    "which",
    "can you",
    "could you",
    "do you",
    "are you",
    "is it",
    "is there",
    "will you",
    "would you",
    "may i",
];

impl RuleClassifier {
    /// The same without waiting: rules need nothing of the outside.
    ///
    /// # Examples
    /// ```
    /// use tidings_conversations::{HeardReply, Intent, RuleClassifier};
    /// use tidings_kernel::{Channel, TenantId};
    /// use tidings_messaging::Address;
    ///
    /// let read = |text: &str| {
    ///     RuleClassifier.read(&HeardReply {
    ///         tenant: TenantId::from_uuid(uuid::Uuid::nil()),
    ///         channel: Channel::Sms,
    ///         from: Address::Email("ana@example.com".into()),
    ///         text: text.into(),
    ///         subject: None,
    ///         locales: Vec::new(),
    ///     })
    /// };
    /// assert_eq!(read("STOP"), Intent::OptOut);
    /// assert_eq!(read("Automatic reply: I am out of office"), Intent::Automatic);
    /// assert_eq!(read("Do you have it in blue?"), Intent::Question);
    /// assert_eq!(read("Thanks!"), Intent::Thanks);
    /// ```
    pub fn read(self, reply: &HeardReply) -> Intent {
        if is_machine(reply) {
            return Intent::Automatic;
        }
        let hints = reply
            .locales
            .iter()
            .map(Languages::of_locale)
            .fold(Languages::NONE, Languages::union);
        match classify_in(&reply.text, ReplyContext::Plain, hints).reply {
            Reply::OptOut | Reply::Refusal | Reply::Uncertain => return Intent::OptOut,
            Reply::OptIn | Reply::Confirmation => return Intent::OptIn,
            Reply::Help => return Intent::Help,
            Reply::None => {}
        }
        let spoken = crate::search::spoken(&reply.text);
        if THANKS.contains(&spoken.as_str()) {
            return Intent::Thanks;
        }
        let asks = |beginning: &&str| {
            spoken
                .strip_prefix(*beginning)
                .is_some_and(|rest| rest.starts_with(' '))
        };
        let marks = ['?', '\u{ff1f}', '\u{61f}', '\u{37e}'];
        if reply.text.contains(marks) || ASKING.iter().any(asks) {
            return Intent::Question;
        }
        Intent::Other
    }
}

fn is_machine(reply: &HeardReply) -> bool {
    if let Address::Email(address) = &reply.from {
        let local = address.split('@').next().unwrap_or(address).to_lowercase();
        if NOBODY_READS.iter().any(|name| local.contains(name)) {
            return true;
        }
    }
    let subject = reply.subject.as_deref().unwrap_or_default();
    let spoken = format!(
        " {} {} ",
        crate::search::spoken(subject),
        crate::search::spoken(&reply.text)
    );
    MACHINES
        .iter()
        .any(|phrase| spoken.contains(&format!(" {phrase} ")))
}

#[async_trait]
impl ReplyClassifier for RuleClassifier {
    async fn classify(&self, reply: &HeardReply) -> Result<Intent, BoxError> {
        Ok(self.read(reply))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(from: &str, text: &str) -> Intent {
        RuleClassifier.read(&HeardReply {
            tenant: TenantId::from_uuid(uuid::Uuid::nil()),
            channel: Channel::Email,
            from: Address::Email(from.into()),
            text: text.into(),
            subject: None,
            locales: vec![Locale::parse("de").unwrap()],
        })
    }

    #[test]
    fn machines_are_known_by_what_they_say_and_where_they_write_from() {
        for (from, text) in [
            ("ana@example.com", "I'm driving and will text you later"),
            ("ana@example.com", "Réponse automatique : absent"),
            (
                "ana@example.com",
                "This is an AUTOMATED message. Do not reply.",
            ),
            ("no-reply@example.com", "Hello"),
            ("MAILER-DAEMON@example.com", "Hello"),
        ] {
            assert_eq!(read_from(from, text), Intent::Automatic, "{text}");
        }
        let text = "Is your office automatic?";
        assert_eq!(read_from("ana@example.com", text), Intent::Question);
    }

    #[test]
    fn consent_is_read_in_the_languages_of_those_who_write() {
        assert_eq!(read_from("ana@example.com", "Abmelden"), Intent::OptOut);
        assert_eq!(read_from("ana@example.com", "HELP"), Intent::Help);
    }

    #[test]
    fn names_can_be_read_back() {
        for intent in Intent::ALL {
            assert_eq!(intent.as_str().parse(), Ok(intent));
        }
        assert!("joy".parse::<Intent>().is_err());
    }
}
