use crate::Media;
use tidings_kernel::MediaId;

/// What stands before the id of a file that we keep.
const KEPT: &str = "tidings-media:";

/// How a message names a file that we keep: no address that anybody fetches, see [`MediaLinks`](crate::media::MediaLinks).
///
/// # Examples
/// ```
/// use tidings_kernel::MediaId;
/// use tidings_messaging::{Media, media};
///
/// let id = MediaId::from_uuid(uuid::Uuid::nil());
/// let url = media::media_address(id);
/// assert_eq!(url, "tidings-media:med_00000000000000000000000000");
/// assert_eq!(media::kept_as(&Media { url, content_type: None }), Some(id));
/// let elsewhere = Media { url: "https://example.com/a.png".into(), content_type: None };
/// assert_eq!(media::kept_as(&elsewhere), None);
/// ```
pub fn media_address(media: MediaId) -> String {
    format!("{KEPT}{media}")
}

/// The file of ours that a message names, if it is one.
pub fn kept_as(media: &Media) -> Option<MediaId> {
    media.url.strip_prefix(KEPT)?.parse().ok()
}
