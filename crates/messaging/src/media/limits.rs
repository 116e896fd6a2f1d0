//! What channels carry.

use super::MediaFile;
use tidings_kernel::Channel;

const MB: u64 = 1_000_000;
/// More pixels than any camera of a phone takes; more are never decoded, whatever the file says of itself.
const MOST_PIXELS: u64 = 60_000_000;

/// How many bytes a channel takes of a kind of file at most; `None` if it takes no such file.
///
/// WhatsApp: Meta's page of supported media types. MMS: the limits of Twilio, the widest that is known; carriers make
/// pictures smaller. Pages and scripts are carried nowhere.
///
/// # Examples
/// ```
/// use tidings_kernel::Channel;
/// use tidings_messaging::media::takes;
///
/// assert_eq!(takes(Channel::Whatsapp, "image/png"), Some(5_000_000));
/// assert_eq!(takes(Channel::Whatsapp, "image/gif"), None);
/// assert_eq!(takes(Channel::Sms, "text/html"), None);
/// ```
pub fn takes(channel: Channel, content_type: &str) -> Option<u64> {
    let most = match channel {
        Channel::Whatsapp => match content_type {
            "image/jpeg" | "image/png" => 5 * MB,
            "video/mp4" | "video/3gpp" | "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4"
            | "audio/ogg" => 16 * MB,
            "image/webp" => MB / 2,
            "application/pdf"
            | "text/plain"
            | "application/msword"
            | "application/vnd.ms-excel"
            | "application/vnd.ms-powerpoint" => 100 * MB,
            office if office.starts_with("application/vnd.openxmlformats-officedocument.") => {
                100 * MB
            }
            _ => return None,
        },
        Channel::Sms => match content_type {
            "image/jpeg" | "image/png" | "image/gif" => 5 * MB,
            "text/html"
            | "image/svg+xml"
            | "application/xml"
            | "application/zip"
            | "application/octet-stream" => return None,
            _ => MB / 2,
        },
        Channel::Email => return None,
    };
    Some(most)
}

/// Whether a channel carries a file as it is.
pub fn fits(channel: Channel, file: &MediaFile) -> bool {
    takes(channel, &file.content_type).is_some_and(|most| file.bytes <= most)
}

/// How many bytes a picture has at most that is made smaller: well below what any channel takes, since carriers of
/// MMS would make it smaller still.
pub const fn smallest_image() -> u64 {
    MB
}

/// How many pixels a picture may have that is decoded.
pub const fn most_pixels() -> u64 {
    MOST_PIXELS
}
