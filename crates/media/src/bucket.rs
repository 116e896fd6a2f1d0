use crate::{name, sha256};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::{Client, Method, Response};
use std::{fmt, sync::Arc, time::Duration};
use tidings_aws_http::{Keys, Scope, Unsigned};
use tidings_kernel::{BoxError, Clock};
use tidings_messaging::{LARGEST_MEDIA, MediaKey, MediaStore, MediaStoreError};
use tidings_provider_http::hex;
use url::Url;

/// How long one call may take: some megabytes over a slow line.
const CALL: Duration = Duration::from_mins(1);

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The address of the service, such as `https://s3.eu-west-1.amazonaws.com`.
    pub endpoint: Url,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket. It exists; nobody but us writes to it.
    pub bucket: String,
}

/// Keeps files in a bucket of a service that speaks S3.
#[derive(Clone)]
pub struct Bucket {
    http: Client,
    place: Place,
    keys: Keys,
    clock: Arc<dyn Clock>,
}

impl Bucket {
    /// Keeps files at `place`. `http` must not follow redirects, which could lead bytes elsewhere.
    pub fn new(http: Client, place: Place, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        Self {
            http,
            place,
            keys,
            clock,
        }
    }

    async fn call(
        &self,
        method: Method,
        key: MediaKey,
        body: Bytes,
    ) -> Result<Response, MediaStoreError> {
        let mut url = self.place.endpoint.clone();
        // An address that cannot have a path is not called: the client refuses its scheme.
        if let Ok(mut segments) = url.path_segments_mut() {
            let name = name(key);
            let parts = [self.place.bucket.as_str()].into_iter();
            segments
                .pop_if_empty()
                .extend(parts.chain(name.iter().map(String::as_str)));
        }
        let scope = Scope {
            region: &self.place.region,
            service: "s3",
        };
        let request = Unsigned::new(method, url)
            .header("x-amz-content-sha256", hex(&sha256(&body)))
            .body("application/octet-stream", body)
            .sign(&self.keys, scope, self.clock.now());
        let sent = request.builder(&self.http).timeout(CALL).send().await;
        sent.map_err(|error| unavailable(error.without_url()))
    }
}

#[async_trait]
impl MediaStore for Bucket {
    async fn put(&self, key: MediaKey, bytes: Bytes) -> Result<[u8; 32], MediaStoreError> {
        if bytes.len() > LARGEST_MEDIA {
            return Err(MediaStoreError::TooLarge);
        }
        let hash = sha256(&bytes);
        done(self.call(Method::PUT, key, bytes).await?)?;
        Ok(hash)
    }

    async fn get(&self, key: MediaKey) -> Result<Option<Bytes>, MediaStoreError> {
        let response = self.call(Method::GET, key, Bytes::new()).await?;
        if response.status().as_u16() == 404 && !is_bucket_missing(&response) {
            return Ok(None);
        }
        let mut response = done(response)?;
        let mut bytes = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
            if bytes.len() + chunk.len() > LARGEST_MEDIA {
                return Err(MediaStoreError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes.freeze()))
    }

    async fn delete(&self, key: MediaKey) -> Result<(), MediaStoreError> {
        let response = self.call(Method::DELETE, key, Bytes::new()).await?;
        if response.status().as_u16() == 404 {
            return Ok(());
        }
        done(response).map(drop)
    }
}

/// Whether what is not there is the bucket, which some services say in a header.
fn is_bucket_missing(response: &Response) -> bool {
    let code = response.headers().get("x-amz-error-code");
    code.is_some_and(|code| code.as_bytes() == b"NoSuchBucket")
}

/// The answer of success, or what is wrong.
fn done(response: Response) -> Result<Response, MediaStoreError> {
    match response.status().as_u16() {
        200..=299 => Ok(response),
        507 => Err(MediaStoreError::Full("the bucket's service has no room".into())),
        status => Err(MediaStoreError::Unavailable(
            format!("the bucket's service answered {status}: see that the bucket, its region and the key are right").into(),
        )),
    }
}

fn unavailable(error: impl Into<BoxError>) -> MediaStoreError {
    MediaStoreError::Unavailable(error.into())
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
