//! Where things are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::process::{Outcome, cargo, read};

/// The checkout that this program serves.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout whose cargo runs this program.
    ///
    /// # Errors
    /// The directory of the sources is gone.
    pub(crate) fn find() -> Outcome<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.join("..");
        let root = fs::canonicalize(&root)
            .map_err(|error| format!("no checkout at {}: {error}", root.display()))?;
        Ok(Self { root })
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The checkout's directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path under `.tidings`, where everything lives that these commands keep between runs.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(crate) fn state(&self, relative: &str) -> Outcome<PathBuf> {
        let state = self.path(".tidings");
        fs::create_dir_all(&state)
            .map_err(|error| format!("cannot make {}: {error}", state.display()))?;
        Ok(state.join(relative))
    }

    /// The directory that cargo builds into.
    ///
    /// # Errors
    /// Cargo does not say.
    pub(crate) fn target(&self) -> Outcome<PathBuf> {
        let metadata = read(
            cargo()
                .args(["metadata", "--no-deps", "--format-version", "1"])
                .current_dir(&self.root),
        )?;
        let path = text_after(&metadata, "\"target_directory\":\"")
            .ok_or("`cargo metadata` names no target directory")?;
        Ok(PathBuf::from(path))
    }

    /// A number that tells this checkout from others of the same machine (FNV-1a, as it must be the
    /// same in every release of the compiler).
    pub(crate) fn hash(&self) -> u64 {
        self.root
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            })
    }
}

/// What stands between `start` and the next double quote.
pub(crate) fn text_after<'text>(text: &'text str, start: &str) -> Option<&'text str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_directory_is_read_out_of_the_metadata() {
        let metadata = r#"{"version":1,"target_directory":"/somewhere/target","metadata":null}"#;
        assert_eq!(
            text_after(metadata, "\"target_directory\":\""),
            Some("/somewhere/target")
        );
        assert_eq!(text_after("{}", "\"target_directory\":\""), None);
    }

    #[test]
    fn two_checkouts_have_two_hashes() {
        let one = Workspace { root: "a".into() };
        let two = Workspace { root: "b".into() };
        assert_ne!(one.hash(), two.hash());
        // The published value for "a".
        assert_eq!(one.hash(), 0xaf63_dc4c_8601_ec8c);
    }
}
