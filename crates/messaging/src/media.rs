//! The files of tenants: what contacts sent, fetched from its provider, and what is to be sent.

mod address;
mod keeping;
mod kind;
mod limits;
mod link;
mod record;
mod upload;

pub use address::{kept_as, media_address};
pub use keeping::{FETCH_FOR, Fetched, Keeping, OpenError, OpenedMedia};
pub use kind::MediaKind;
pub use limits::{fits, most_pixels, smallest_image, takes};
#[cfg(feature = "mock")]
pub use link::MockLinkSigner;
pub use link::{LinkSigner, MediaLink, MediaLinks};
pub use record::{
    MediaFile, MediaForm, MediaOrigin, MediaRecord, MediaRefusal, MediaState, UnknownMediaWord,
};
#[cfg(feature = "mock")]
pub use upload::MockImageShrinker;
pub use upload::{ImageShrinker, NotAttached, NotShrunk, UploadError};
