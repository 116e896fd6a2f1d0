use crate::{GLANCE, Outcome};
use std::{future::Future, os::unix::process::parent_id};
use tokio::signal::unix::{SignalKind, signal};

/// Does `work` in a task of its own, so that a panic or a signal ends the programs too: they end as the
/// task's variables are dropped.
pub(crate) async fn supervised<T: Send + 'static>(
    work: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T> {
    let mut task = tokio::spawn(work);
    let result = tokio::select! {
        result = &mut task => return result?,
        reason = interrupted() => Err(reason?.into()),
    };
    task.abort();
    drop(task.await);
    result
}

/// Waits for a reason to stop early.
async fn interrupted() -> Outcome<&'static str> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let parent = parent_id();
    let orphaned = async {
        while parent_id() == parent {
            tokio::time::sleep(10 * GLANCE).await;
        }
    };
    Ok(tokio::select! {
        _ = terminated.recv() => "terminated",
        _ = interrupted.recv() => "interrupted",
        () = orphaned => "whoever started this has ended",
    })
}
