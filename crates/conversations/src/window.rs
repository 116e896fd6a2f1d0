use crate::Place;
use tidings_kernel::Channel;
use tidings_messaging::gate::SERVICE_WINDOW;
use time::OffsetDateTime;

/// A period in which a channel takes more, or for less.
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
    /// The contact has written: WhatsApp's customer service window of 24 hours, in which it takes free text.
    Service,
    /// The contact came by an advertisement or a button of a page, and was answered: everything is free for 72
    /// hours. Free text needs the other window all the same.
    FreeEntryPoint,
}

impl WindowKind {
    /// The name used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::FreeEntryPoint => "free_entry_point",
        }
    }
}

impl Window {
    /// The windows of a place, if its channel has any.
    pub fn of(place: &Place) -> Vec<Self> {
        let window = |kind, closes_at| Self {
            channel: place.channel,
            kind,
            closes_at,
        };
        match place.channel {
            Channel::Whatsapp => {
                let closes_at = place.written_at.saturating_add(SERVICE_WINDOW);
                let free = place
                    .free_until
                    .map(|until| window(WindowKind::FreeEntryPoint, until));
                std::iter::once(window(WindowKind::Service, closes_at))
                    .chain(free)
                    .collect()
            }
            // These take free text at any time.
            Channel::Sms | Channel::Email => Vec::new(),
        }
    }

    /// Whether it is open at an instant.
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        now < self.closes_at
    }
}
