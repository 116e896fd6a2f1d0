use super::{
    Keeping, MediaForm, MediaKind, MediaRecord, MediaState, fits, keeping::key, kept_as,
    media_address, most_pixels, smallest_image, takes,
};
use crate::{Media, MediaSettled, MediaStoreError};
use async_trait::async_trait;
use bytes::Bytes;
use tidings_kernel::{BoxError, Channel, MediaId, StoreError, TenantId};
use time::Duration;

/// After which time an upload that was not stored to its end is cleared away.
const UNFINISHED: Duration = Duration::HOUR;

/// Makes pictures smaller.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ImageShrinker: Send + Sync {
    /// The same picture as JPEG, in at most `most` bytes. A picture of more than `pixels` is never decoded.
    ///
    /// # Errors
    /// [`NotShrunk`]: there is none.
    async fn shrink(&self, picture: Bytes, most: u64, pixels: u64) -> Result<Bytes, NotShrunk>;
}

/// Why a picture was not made smaller.
#[derive(Debug, thiserror::Error)]
pub enum NotShrunk {
    /// It has more pixels than are decoded.
    #[error("the picture has more pixels than are decoded")]
    TooManyPixels,
    /// It is none that can be decoded.
    #[error("the picture cannot be decoded")]
    Unreadable(#[source] BoxError),
    /// No size that is worth looking at is small enough.
    #[error("the picture does not get small enough")]
    StillTooLarge,
}

/// Why a file was not taken in, or cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than we keep.
    #[error("the file is larger than {most} bytes")]
    TooLarge {
        /// How much is kept.
        most: usize,
    },
    /// No channel carries such files.
    #[error("no channel carries files of the type {content_type}")]
    NotCarried {
        /// What the bytes are.
        content_type: &'static str,
    },
    /// It is larger than any channel takes, and cannot be made smaller.
    #[error("no channel carries the picture, and it cannot be made smaller")]
    NotShrunk(#[source] NotShrunk),
    /// The tenant's files take all the room that they may.
    #[error("your files take {used} of {quota} bytes: delete some, or ask for more room")]
    NoRoom {
        /// How much is taken.
        used: u64,
        /// How much may be.
        quota: u64,
    },
    /// Its bytes are not stored.
    #[error(transparent)]
    Bytes(#[from] MediaStoreError),
    /// What is known of it is not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a file of ours cannot go with a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAttached {
    /// The tenant has no such file.
    #[error("there is no such file")]
    NotFound,
    /// We do not have its bytes.
    #[error("the file is not stored: {0}")]
    NotStored(&'static str),
    /// The channel takes no such files.
    #[error("{channel} does not carry files of the type {content_type}")]
    NotCarried {
        /// Which channel.
        channel: Channel,
        /// What the file is.
        content_type: String,
    },
    /// The channel takes only smaller ones.
    #[error("{channel} carries files of this type up to {most} bytes")]
    TooLarge {
        /// Which channel.
        channel: Channel,
        /// How many bytes it takes.
        most: u64,
    },
}

impl Keeping {
    /// Takes in a file that a tenant gives us. A picture that is too large for a channel is kept in a smaller form
    /// too. It is there when this returns.
    ///
    /// # Errors
    /// [`UploadError`]: it is not.
    pub async fn take_in(
        &self,
        tenant: TenantId,
        bytes: Bytes,
        declared: Option<&str>,
    ) -> Result<MediaRecord, UploadError> {
        if bytes.is_empty() {
            return Err(UploadError::Empty);
        }
        if bytes.len() > self.most {
            return Err(UploadError::TooLarge { most: self.most });
        }
        let kind = MediaKind::of(&bytes, declared);
        let content_type = kind.as_str();
        let mut carried = Channel::ALL
            .into_iter()
            .filter_map(|channel| takes(channel, content_type));
        let Some(widest) = carried.next() else {
            return Err(UploadError::NotCarried { content_type });
        };
        let least = carried.fold(widest, u64::min);
        let small =
            if bytes.len() as u64 > least && ["image/jpeg", "image/png"].contains(&content_type) {
                let shrunk = self
                    .shrinker
                    .shrink(bytes.clone(), smallest_image(), most_pixels());
                Some(shrunk.await.map_err(UploadError::NotShrunk)?)
            } else {
                None
            };
        let weight = bytes.len() + small.as_ref().map_or(0, Bytes::len);
        if let Err(used) = self.has_room(tenant, weight as u64).await? {
            return Err(self.no_room(used));
        }
        let now = self.clock.now();
        let record = MediaRecord {
            id: MediaId::new(&*self.ids),
            tenant,
            origin: None,
            state: MediaState::Pending,
            attempts: 0,
            created_at: now,
        };
        // First the record: bytes that nobody knows of would stay for ever.
        self.records.add(&record, now + UNFINISHED).await?;
        let original = key(tenant, record.id, MediaForm::Original);
        let file = self.keep(original, bytes, kind).await?;
        let small = match small {
            None => None,
            Some(small) => {
                let jpeg = MediaKind::named("image/jpeg");
                let place = key(tenant, record.id, MediaForm::Small);
                Some(self.keep(place, small, jpeg).await?)
            }
        };
        let outcome = self.stored(file.clone(), small.clone());
        match self.records.settle(tenant, record.id, &outcome).await? {
            MediaSettled::Noted => Ok(MediaRecord {
                state: MediaState::Stored { file, small },
                ..record
            }),
            MediaSettled::TooLate => {
                Err(StoreError::unavailable("the upload took too long").into())
            }
            // Others have taken the room meanwhile. Should this break off, whoever claims the unfinished file does it.
            MediaSettled::NoRoom => {
                self.forget(&record).await?;
                Err(self.no_room(self.records.used(tenant).await?))
            }
        }
    }

    fn no_room(&self, used: u64) -> UploadError {
        UploadError::NoRoom {
            used,
            quota: self.quota,
        }
    }

    /// Sees that the files of ours among attachments exist, and that every one of these channels carries them; and says
    /// what they are. Attachments elsewhere stay as they are.
    ///
    /// # Errors
    /// The place of the first attachment that cannot go, and why; or [`StoreError`].
    pub async fn attach(
        &self,
        tenant: TenantId,
        media: &mut [Media],
        channels: &[Channel],
    ) -> Result<Result<(), (usize, NotAttached)>, StoreError> {
        let ids: Vec<MediaId> = media.iter().filter_map(kept_as).collect();
        if ids.is_empty() {
            return Ok(Ok(()));
        }
        let records = self.records.get(tenant, &ids).await?;
        for (place, medium) in media.iter_mut().enumerate() {
            let Some(id) = kept_as(medium) else { continue };
            let record = records.iter().find(|record| record.id == id);
            match attachment(record, channels) {
                Ok(attachment) => *medium = attachment,
                Err(problem) => return Ok(Err((place, problem))),
            }
        }
        Ok(Ok(()))
    }
}

fn attachment(record: Option<&MediaRecord>, channels: &[Channel]) -> Result<Media, NotAttached> {
    let record = record.ok_or(NotAttached::NotFound)?;
    let (file, small) = match &record.state {
        MediaState::Stored { file, small } => (file, small.as_ref()),
        MediaState::Pending => return Err(NotAttached::NotStored("it has not come yet")),
        MediaState::Refused(reason) => return Err(NotAttached::NotStored(reason.words())),
        MediaState::Removed => return Err(NotAttached::NotFound),
    };
    for channel in channels.iter().copied() {
        let Some(most) = takes(channel, &file.content_type) else {
            let content_type = file.content_type.clone();
            return Err(NotAttached::NotCarried {
                channel,
                content_type,
            });
        };
        if !fits(channel, file) && !small.is_some_and(|small| fits(channel, small)) {
            return Err(NotAttached::TooLarge { channel, most });
        }
    }
    Ok(Media {
        url: media_address(record.id),
        content_type: Some(file.content_type.clone()),
    })
}
