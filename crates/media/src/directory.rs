use crate::{name, sha256};
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use tidings_messaging::{LARGEST_MEDIA, MediaKey, MediaStore, MediaStoreError};

/// Where files are until they are whole.
const INCOMING: &str = "incoming";
/// After which time nobody writes a file there any more, but was killed while writing it.
const ABANDONED: Duration = Duration::from_hours(1);

/// Keeps files in a directory of this machine, or of one that several machines share.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
}

/// The directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("media cannot be kept in {root}: give the program a directory that it may write")]
pub struct NoDirectory {
    /// Which.
    pub root: String,
    /// Why not.
    #[source]
    pub source: io::Error,
}

impl Directory {
    /// Keeps files below `root`, which is made when the first one is kept.
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Sees that files can be kept, and clears away what was left half written.
    ///
    /// # Errors
    /// [`NoDirectory`]: nothing can be written there.
    pub fn prepare(&self) -> Result<(), NoDirectory> {
        let incoming = self.root.join(INCOMING);
        let prepared = fs::create_dir_all(&incoming)
            .and_then(|()| tempfile::tempfile_in(&incoming))
            .and_then(|_| clear(&incoming));
        prepared.map_err(|source| NoDirectory {
            root: self.root.display().to_string(),
            source,
        })
    }

    fn path(&self, key: MediaKey) -> PathBuf {
        name(key)
            .iter()
            .fold(self.root.clone(), |path, part| path.join(part))
    }
}

#[async_trait]
impl MediaStore for Directory {
    async fn put(&self, key: MediaKey, bytes: Bytes) -> Result<[u8; 32], MediaStoreError> {
        if bytes.len() > LARGEST_MEDIA {
            return Err(MediaStoreError::TooLarge);
        }
        let (incoming, path) = (self.root.join(INCOMING), self.path(key));
        apart(move || {
            write(&incoming, &path, &bytes)?;
            Ok(sha256(&bytes))
        })
        .await
    }

    async fn get(&self, key: MediaKey) -> Result<Option<Bytes>, MediaStoreError> {
        let path = self.path(key);
        apart(move || absent_is_fine(fs::read(path).map(|bytes| Some(bytes.into())))).await
    }

    async fn delete(&self, key: MediaKey) -> Result<(), MediaStoreError> {
        let path = self.path(key);
        apart(move || absent_is_fine(fs::remove_file(path).map(Some)).map(drop)).await
    }
}

/// Writes beside, makes it last, and only then gives it its name.
fn write(incoming: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    fs::create_dir_all(directory)?;
    fs::create_dir_all(incoming)?;
    let mut file = tempfile::NamedTempFile::new_in(incoming)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The name lasts only with the directory, and the directory only with those above it.
    for above in directory.ancestors().take(3) {
        File::open(above)?.sync_all()?;
    }
    Ok(())
}

fn clear(incoming: &Path) -> io::Result<()> {
    for entry in fs::read_dir(incoming)? {
        let entry = entry?;
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        // A clock that was put back is no reason to clear anything.
        let is_old = age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > ABANDONED));
        if is_old {
            absent_is_fine(fs::remove_file(entry.path()).map(Some))?;
        }
    }
    Ok(())
}

fn absent_is_fine<T>(result: io::Result<Option<T>>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result,
    }
}

/// Does what may block where it blocks nobody.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, MediaStoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(trouble),
        Err(error) => Err(MediaStoreError::Unavailable(error.into())),
    }
}

fn trouble(error: io::Error) -> MediaStoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => MediaStoreError::Full(error.into()),
        _ => MediaStoreError::Unavailable(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_kernel::{MediaId, TenantId};
    use tidings_messaging::media::MediaForm;
    use uuid::Uuid;

    fn key() -> MediaKey {
        MediaKey {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            media: MediaId::from_uuid(Uuid::from_u128(0xab)),
            form: MediaForm::Original,
        }
    }

    #[test]
    fn a_full_disk_is_told_from_other_trouble() {
        let full = trouble(ErrorKind::StorageFull.into());
        assert!(matches!(full, MediaStoreError::Full(_)), "{full:?}");
        let other = trouble(ErrorKind::PermissionDenied.into());
        assert!(
            matches!(other, MediaStoreError::Unavailable(_)),
            "{other:?}"
        );
    }

    #[tokio::test]
    async fn a_disk_that_is_really_full_says_so_and_keeps_what_was_there() {
        // Every write to this device of Linux fails as if the disk were full.
        let error = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .and_then(|mut file| file.write_all(b"x"))
            .unwrap_err();
        assert!(matches!(trouble(error), MediaStoreError::Full(_)));
    }

    #[tokio::test]
    async fn names_are_made_of_ids_and_files_lie_below_the_root() {
        let root = tempfile::tempdir().unwrap();
        let store = Directory::new(root.path().to_owned());
        store.put(key(), Bytes::from_static(b"x")).await.unwrap();
        let path = "00000000000000000000000000000001/ab/000000000000000000000000000000ab.original";
        assert_eq!(fs::read(root.path().join(path)).unwrap(), b"x");
        assert_eq!(fs::read_dir(root.path().join(INCOMING)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_cannot_be_written_leaves_what_was_there() {
        let root = tempfile::tempdir().unwrap();
        let store = Directory::new(root.path().to_owned());
        store.put(key(), Bytes::from_static(b"old")).await.unwrap();
        fs::remove_dir(root.path().join(INCOMING)).unwrap();
        File::create(root.path().join(INCOMING)).unwrap();
        let error = store
            .put(key(), Bytes::from_static(b"new"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, MediaStoreError::Unavailable(_)),
            "{error:?}"
        );
        let found = store.get(key()).await.unwrap();
        assert_eq!(found.as_deref(), Some(&b"old"[..]));
    }

    #[test]
    fn what_is_no_directory_is_refused_at_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Directory::new(file.path().join("media"))
            .prepare()
            .unwrap_err();
        assert!(error.to_string().contains("media"), "{error}");
    }

    #[test]
    fn what_a_killed_program_left_is_cleared_away_and_what_is_being_written_is_not() {
        let root = tempfile::tempdir().unwrap();
        Directory::new(root.path().to_owned()).prepare().unwrap();
        let incoming = root.path().join(INCOMING);
        for (name, hours) in [("old", 2), ("new", 0)] {
            let file = File::create(incoming.join(name)).unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            file.set_modified(modified - Duration::from_hours(hours))
                .unwrap();
        }
        Directory::new(root.path().to_owned()).prepare().unwrap();
        assert!(!incoming.join("old").exists());
        assert!(incoming.join("new").exists());
    }
}
