//! Where files are kept.

use super::{
    Environment,
    reader::{Reader, Transport},
};
use std::path::PathBuf;
use tidings_aws_http::Keys;
use tidings_media::Place;

/// How many megabytes of a file are kept, unless a setting says otherwise: what WhatsApp and MMS carry of pictures,
/// sound and video, and documents of ordinary size.
const USUAL: u32 = 25;
/// How many megabytes the files of a tenant take altogether, unless a setting says otherwise: 5 GiB.
const USUAL_QUOTA: u32 = 5 * 1_024;

/// Where files are kept, and how large they may be.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// Where.
    pub place: MediaPlace,
    /// `TIDINGS_MEDIA_MAX_MB`, in bytes.
    pub most: usize,
    /// `TIDINGS_MEDIA_QUOTA_MB`, in bytes.
    pub quota: u64,
}

/// Where files are kept.
#[derive(Debug, Clone)]
pub enum MediaPlace {
    /// `TIDINGS_MEDIA_DIR`.
    Directory(PathBuf),
    /// `TIDINGS_MEDIA_S3_URL` and what belongs to it.
    Bucket(Place, Keys),
}

impl Reader<'_> {
    /// Where files are kept; `None` if a setting is wrong, which is noted.
    pub(super) fn media(
        &mut self,
        transport: Transport,
        environment: Option<Environment>,
    ) -> Option<MediaConfig> {
        let most = self
            .number("TIDINGS_MEDIA_MAX_MB", 1..=100)
            .unwrap_or(USUAL);
        let most = usize::try_from(most).ok()? << 20;
        let quota = self
            .number("TIDINGS_MEDIA_QUOTA_MB", 1..=100_000_000)
            .unwrap_or(USUAL_QUOTA);
        let quota = u64::from(quota) << 20;
        let directory = self.text("TIDINGS_MEDIA_DIR");
        let place = if self.is_given("TIDINGS_MEDIA_S3_URL") {
            if directory.is_some() {
                self.refuse(
                    "TIDINGS_MEDIA_DIR",
                    "and TIDINGS_MEDIA_S3_URL are both set: remove one of them",
                );
            }
            self.bucket(transport)?
        } else {
            MediaPlace::Directory(match (directory, environment) {
                (Some(given), _) => PathBuf::from(given),
                (None, Some(Environment::Development)) => self.spool().join("tidings-media"),
                (None, Some(Environment::Production) | None) => {
                    PathBuf::from("/var/lib/tidings/media")
                }
            })
        };
        Some(MediaConfig { place, most, quota })
    }

    fn bucket(&mut self, transport: Transport) -> Option<MediaPlace> {
        let endpoint = self.origin("TIDINGS_MEDIA_S3_URL", None, transport);
        let bucket = self.named(
            "TIDINGS_MEDIA_S3_BUCKET",
            "the bucket, such as tidings-media",
        );
        let region = self.named("TIDINGS_MEDIA_S3_REGION", "its region, such as eu-west-1");
        let id = self.named("TIDINGS_MEDIA_S3_KEY_ID", "the id of an access key");
        let hint = "set it to the access key that belongs to TIDINGS_MEDIA_S3_KEY_ID";
        let secret = self.secret("TIDINGS_MEDIA_S3_KEY", hint);
        let place = Place {
            endpoint: endpoint?,
            region: region?,
            bucket: bucket?,
        };
        let keys = Keys {
            access_key_id: id?,
            secret_access_key: secret?.into(),
            session_token: None,
        };
        Some(MediaPlace::Bucket(place, keys))
    }

    /// A name of letters, digits, hyphens, dots and underscores, which has to be there.
    fn named(&mut self, name: &str, what: &str) -> Option<String> {
        let text = self.text(name).unwrap_or_default();
        let is_name = |text: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !text.is_empty() && !text.starts_with('.') && text.bytes().all(is_plain)
        };
        if is_name(&text) {
            return Some(text);
        }
        self.refuse(name, format!("is no name: set it to {what}"));
        None
    }
}
