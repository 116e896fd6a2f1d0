#![doc = include_str!("../README.md")]

mod bucket;
mod directory;
mod picture;

pub use bucket::{Bucket, Place};
pub use directory::{Directory, NoDirectory};
pub use picture::Pictures;

use ring::digest::{SHA256, digest};
use tidings_messaging::MediaKey;

/// How the bytes under a key are called: of ids alone, spread over directories by the random end of the id.
fn name(key: MediaKey) -> [String; 3] {
    let media = key.media.uuid().simple().to_string();
    let spread = media.get(30..).unwrap_or_default().to_owned();
    let tenant = key.tenant.uuid().simple().to_string();
    [tenant, spread, format!("{media}.{}", key.form.as_str())]
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
