use crate::Place;
use tidings_kernel::Channel;
use tidings_messaging::gate::SERVICE_WINDOW;
use time::OffsetDateTime;

/// A period in which a channel takes free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The channel.
    pub channel: Channel,
    /// What opened it.
    pub kind: WindowKind,
    /// The instant at which it closes; the gate closes it then, too.
    pub closes_at: OffsetDateTime,
}

/// What opened a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowKind {
    /// The contact has written: WhatsApp's customer service window of 24 hours.
    Service,
}

impl WindowKind {
    /// The name used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
        }
    }
}

impl Window {
    /// The window of a place, if its channel has any.
    pub fn of(place: &Place) -> Option<Self> {
        match place.channel {
            Channel::Whatsapp => Some(Self {
                channel: place.channel,
                kind: WindowKind::Service,
                closes_at: place.written_at.saturating_add(SERVICE_WINDOW),
            }),
            // These take free text at any time.
            Channel::Sms | Channel::Email => None,
        }
    }

    /// Whether it is open at an instant.
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        now < self.closes_at
    }
}
