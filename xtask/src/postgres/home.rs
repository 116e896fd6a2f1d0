//! The directory of a cluster.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::{owner::Owner, purpose::Purpose};
use crate::{process::Outcome, workspace::Workspace};

/// The longest path of a Unix socket.
const SOCKET_PATH_LIMIT: usize = 107;

/// Room for the socket's own name, a separator included.
const SOCKET_NAME: usize = "/.s.PGSQL.65535.lock".len();

/// A directory for a new cluster: in the checkout if the owner reaches it and sockets fit there,
/// else in the system's directory for temporary files.
///
/// # Errors
/// The directories cannot be made, belong to somebody else, or have too long a path.
pub(super) fn choose(workspace: &Workspace, purpose: Purpose, owner: &Owner) -> Outcome<PathBuf> {
    let inside = workspace.state(purpose.name())?;
    if fits_a_socket(&inside) {
        owner.make_private(&inside)?;
        if owner.can_use(&inside) {
            return Ok(inside);
        }
        fs::remove_dir(&inside)?;
    }
    let name = format!("tidings-{}-{:016x}", purpose.name(), workspace.hash());
    let outside = env::temp_dir().join(name);
    if !fits_a_socket(&outside) {
        return Err(format!(
            "{} is too long a path for a socket; set TMPDIR to a shorter one",
            outside.display()
        )
        .into());
    }
    owner.make_private(&outside)?;
    if owner.can_use(&outside) {
        return Ok(outside);
    }
    Err(format!("PostgreSQL's account cannot use {}", outside.display()).into())
}

fn fits_a_socket(directory: &Path) -> bool {
    directory.as_os_str().len() + SOCKET_NAME <= SOCKET_PATH_LIMIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_does_not_fit_a_socket() {
        assert!(fits_a_socket(Path::new(
            "/home/someone/tidings/.tidings/pg-bench"
        )));
        assert!(!fits_a_socket(Path::new(&format!("/{}", "a".repeat(90)))));
    }
}
