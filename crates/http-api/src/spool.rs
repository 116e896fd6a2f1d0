//! Large bodies on their way: kept in a file, so that memory stays small however many come.

use crate::{
    body::{Asked, Repeatable, check_announced, digest, media_type},
    error::ApiError,
};
use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use ring::digest::Context;
use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

/// The most that a request of many messages may weigh.
pub(crate) const BULK_LIMIT: usize = 64 << 20;
/// How much is gathered before it is written.
const BLOCK: usize = 256 << 10;

/// A body in a file that has no name: it is gone when this is dropped, and when the process dies.
#[derive(Debug)]
pub(crate) struct Spooled {
    file: File,
    asked: Asked,
    media_type: String,
    fingerprint: [u8; 32],
}

impl Spooled {
    /// Takes the whole body of a request into a file in `directory`. Whatever a client sends of a body
    /// that breaks off has no effect.
    pub(crate) async fn take(request: Request, directory: &Path) -> Result<Self, ApiError> {
        check_announced(request.headers(), BULK_LIMIT)?;
        let asked = Asked::of(&request);
        let media_type = media_type(request.headers()).to_ascii_lowercase();
        let directory = directory.to_owned();
        let file = tokio::task::spawn_blocking(move || tempfile::tempfile_in(directory))
            .await
            .map_err(ApiError::internal)?
            .map_err(refused)?;
        let body = request.into_body().into_data_stream();
        let (file, context) = write(body, file, asked.fingerprint(), BULK_LIMIT).await?;
        Ok(Self {
            file,
            asked,
            media_type,
            fingerprint: digest(context),
        })
    }

    /// What the body is said to be, in small letters and without parameters.
    pub(crate) fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The file, to be read from its beginning by one reader at a time.
    pub(crate) fn reader(&self) -> Result<File, ApiError> {
        let mut file = self.file.try_clone().map_err(ApiError::internal)?;
        file.seek(SeekFrom::Start(0)).map_err(ApiError::internal)?;
        Ok(file)
    }
}

impl Repeatable for Spooled {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

/// Writes and hashes a body, apart from the threads that serve requests.
async fn write<E>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    mut file: File,
    mut context: Context,
    limit: usize,
) -> Result<(File, Context), ApiError> {
    let mut taken = 0;
    let mut block = BytesMut::new();
    loop {
        let part = body.next().await;
        let is_last = part.is_none();
        if let Some(part) = part {
            let part = part.map_err(|_| ApiError::IncompleteBody)?;
            taken += part.len();
            if taken > limit {
                return Err(ApiError::BodyTooLarge(limit));
            }
            block.extend_from_slice(&part);
        }
        if block.len() >= BLOCK || is_last {
            let full = block.split().freeze();
            (file, context) = tokio::task::spawn_blocking(move || {
                context.update(&full);
                file.write_all(&full).map(|()| (file, context))
            })
            .await
            .map_err(ApiError::internal)?
            .map_err(refused)?;
        }
        if is_last {
            return Ok((file, context));
        }
    }
}

fn refused(error: io::Error) -> ApiError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ApiError::NoRoom(error.into()),
        _ => ApiError::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use ring::digest::SHA256;
    use std::{convert::Infallible, io::Read};

    fn parts(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| Ok(Bytes::from_static(part.as_bytes())))
            .collect();
        stream::iter(parts)
    }

    #[tokio::test]
    async fn what_is_kept_is_what_came_with_its_hash() {
        let file = tempfile::tempfile().unwrap();
        let body = parts(&["one ", "", "two"]);
        let (mut file, context) = write(body, file, Context::new(&SHA256), 7).await.unwrap();
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one two");
        let whole = ring::digest::digest(&SHA256, b"one two");
        assert_eq!(digest(context), whole.as_ref());
    }

    #[tokio::test]
    async fn a_byte_too_many_is_refused() {
        let file = tempfile::tempfile().unwrap();
        let written = write(parts(&["one ", "two"]), file, Context::new(&SHA256), 6).await;
        assert!(matches!(written, Err(ApiError::BodyTooLarge(6))));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_refused() {
        let broken = stream::iter([Ok(Bytes::from_static(b"one")), Err("gone")]);
        let file = tempfile::tempfile().unwrap();
        let written = write(broken, file, Context::new(&SHA256), 100).await;
        assert!(matches!(written, Err(ApiError::IncompleteBody)));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_told_as_such() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let written = write(parts(&["one"]), full, Context::new(&SHA256), 100).await;
        assert!(matches!(written, Err(ApiError::NoRoom(_))));
    }
}
