use tidings_kernel::Channel;

/// What stands before addresses on WhatsApp.
pub const WHATSAPP: &str = "whatsapp:";

/// An address as a program writes it: the channel, and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressed<'a> {
    /// WhatsApp if it says so, else SMS.
    pub channel: Channel,
    /// The number, or the name of a sender.
    pub address: &'a str,
}

/// An address as Twilio writes it on this channel.
///
/// ```
/// use tidings_kernel::Channel;
/// use tidings_twilio_facade::address;
///
/// assert_eq!(address(Channel::Whatsapp, "+12025550123"), "whatsapp:+12025550123");
/// assert_eq!(address(Channel::Sms, "+12025550123"), "+12025550123");
/// ```
pub fn address(channel: Channel, address: &str) -> String {
    match channel {
        // What an erasure has taken out stays out.
        Channel::Whatsapp if !address.is_empty() => format!("{WHATSAPP}{address}"),
        Channel::Sms | Channel::Whatsapp | Channel::Email => address.to_owned(),
    }
}

/// Reads an address that a program gives. Blanks around it are no part of it.
///
/// ```
/// use tidings_kernel::Channel;
/// use tidings_twilio_facade::{Addressed, read_address};
///
/// let whatsapp = Addressed { channel: Channel::Whatsapp, address: "+12025550123" };
/// assert_eq!(read_address("whatsapp:+12025550123"), whatsapp);
/// assert_eq!(read_address(" EXAMPLE "), Addressed { channel: Channel::Sms, address: "EXAMPLE" });
/// ```
pub fn read_address(text: &str) -> Addressed<'_> {
    let text = text.trim();
    match text.strip_prefix(WHATSAPP) {
        Some(address) => Addressed {
            channel: Channel::Whatsapp,
            address: address.trim(),
        },
        None => Addressed {
            channel: Channel::Sms,
            address: text,
        },
    }
}
