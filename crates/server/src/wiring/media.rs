//! Where files are kept, and what is done with them.

use super::Adapters;
use crate::{Config, DatabaseClock, MediaPlace};
use reqwest::Client;
use std::sync::Arc;
use tidings_media::{Bucket, Directory};
use tidings_messaging::{
    MediaStore,
    media::{Keeping, MediaLinks},
};

/// For how long a file that is fetched belongs to a worker: a few calls, each of twenty seconds, and writing it.
const FETCHING: time::Duration = time::Duration::minutes(5);

/// Links to files.
pub(super) fn links(config: &Config) -> MediaLinks {
    MediaLinks {
        signer: config.keys.clone(),
        public_url: config.public_url.clone(),
    }
}

impl Adapters {
    /// The use case of files.
    pub fn keeping(&self, config: &Config) -> Keeping {
        Keeping {
            records: self.postgres.clone(),
            store: self.media.clone(),
            shrinker: self.pictures.clone(),
            accounts: self.postgres.clone(),
            providers: self.catalog.clone(),
            vault: self.vault.clone(),
            links: links(config),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            most: config.media.most,
            quota: config.media.quota,
            lease: FETCHING,
        }
    }
}

/// Where files are kept. A directory that cannot be written is no reason not to start: files wait for it, and messages
/// do not.
pub(super) fn store(
    config: &Config,
    client: &Client,
    clock: &Arc<DatabaseClock>,
) -> Arc<dyn MediaStore> {
    match &config.media.place {
        MediaPlace::Directory(root) => {
            let directory = Directory::new(root.clone());
            if let Err(error) = directory.prepare() {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "files wait until TIDINGS_MEDIA_DIR names a directory that can be written"
                );
            }
            Arc::new(directory)
        }
        MediaPlace::Bucket(place, keys) => Arc::new(Bucket::new(
            client.clone(),
            place.clone(),
            keys.clone(),
            clock.clone(),
        )),
    }
}
