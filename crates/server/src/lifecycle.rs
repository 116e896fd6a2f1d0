//! How a program ends: the first signal asks it to finish, a second one or the deadline cuts it off, and
//! the exit code tells which.

use std::{error::Error, future::Future, io, process::ExitCode, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

/// How a program ended.
#[derive(Debug)]
pub enum Ending<E> {
    /// It was asked to stop and finished what it had begun.
    Stopped,
    /// It was asked to stop and did not finish in time, or was told to hurry. Leases and callbacks in
    /// the database see to what was cut off.
    CutOff,
    /// It failed, or ended although nobody had asked it to.
    Crashed(Option<E>),
}

impl<E: Error + 'static> Ending<E> {
    /// 0 for a stop, 1 for a crash, 3 when work was cut off. (2 says that the settings or arguments are
    /// wrong.)
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Stopped => ExitCode::SUCCESS,
            Self::Crashed(_) => ExitCode::FAILURE,
            Self::CutOff => ExitCode::from(3),
        }
    }

    /// Logs how it ended.
    pub fn log(&self) {
        match self {
            Self::Stopped => tracing::info!("stopped"),
            Self::CutOff => tracing::warn!("stopped before everything was finished"),
            Self::Crashed(Some(error)) => {
                tracing::error!(error = crate::telemetry::chain(error), "crashed");
            }
            Self::Crashed(None) => tracing::error!("ended although nobody asked for it"),
        }
    }
}

/// Runs `work` until it ends. The first of `signals` cancels `stop`, upon which `work` finishes what it
/// has begun; a second signal, or `grace` after the first, drops it.
pub async fn supervise<E>(
    work: impl Future<Output = Result<(), E>>,
    stop: CancellationToken,
    grace: Duration,
    mut signals: mpsc::Receiver<()>,
) -> Ending<E> {
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return Ending::Crashed(done.err()),
        // A closed channel can never ask for a stop, so it is not one.
        Some(()) = signals.recv() => {}
    }
    tracing::info!(grace_seconds = grace.as_secs(), "finishing what was begun");
    stop.cancel();
    tokio::select! {
        done = &mut work => match done {
            Ok(()) => Ending::Stopped,
            Err(error) => Ending::Crashed(Some(error)),
        },
        Some(()) = signals.recv() => Ending::CutOff,
        () = tokio::time::sleep(grace) => Ending::CutOff,
    }
}

/// Every SIGTERM and SIGINT that this process gets from now on.
///
/// # Errors
/// The system lets no handler be installed.
pub fn signals() -> io::Result<mpsc::Receiver<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = terminate.recv() => {}
                Some(()) = interrupt.recv() => {}
                else => return,
            }
            // Nobody waits any more: the program is ending.
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future;

    const LONG: Duration = Duration::from_hours(1);

    async fn after(signals: usize, grace: Duration, work: Work) -> Ending<io::Error> {
        let (sender, receiver) = mpsc::channel(2);
        for _ in 0..signals {
            sender.send(()).await.unwrap();
        }
        let stop = CancellationToken::new();
        supervise(work.run(stop.clone()), stop, grace, receiver).await
    }

    #[derive(Clone, Copy)]
    enum Work {
        FinishesWhenAsked,
        FailsWhenAsked,
        NeverFinishes,
        EndsByItself,
        Fails,
    }

    impl Work {
        async fn run(self, stop: CancellationToken) -> io::Result<()> {
            match self {
                Self::EndsByItself => Ok(()),
                Self::Fails => Err(io::Error::other("broken")),
                Self::NeverFinishes => future::pending().await,
                Self::FinishesWhenAsked => {
                    stop.cancelled().await;
                    Ok(())
                }
                Self::FailsWhenAsked => {
                    stop.cancelled().await;
                    Err(io::Error::other("broken"))
                }
            }
        }
    }

    #[tokio::test]
    async fn the_first_signal_lets_work_finish() {
        let ending = after(1, LONG, Work::FinishesWhenAsked).await;
        assert!(matches!(ending, Ending::Stopped));
        assert_eq!(ending.exit_code(), ExitCode::SUCCESS);
    }

    #[tokio::test]
    async fn the_second_signal_cuts_work_off() {
        let ending = after(2, LONG, Work::NeverFinishes).await;
        assert!(matches!(ending, Ending::CutOff));
        assert_eq!(ending.exit_code(), ExitCode::from(3));
    }

    #[tokio::test]
    async fn the_deadline_cuts_work_off() {
        let ending = after(1, Duration::ZERO, Work::NeverFinishes).await;
        assert!(matches!(ending, Ending::CutOff));
    }

    #[tokio::test]
    async fn an_end_that_nobody_asked_for_is_a_crash() {
        let ending = after(0, LONG, Work::EndsByItself).await;
        assert!(matches!(ending, Ending::Crashed(None)));
        assert_eq!(ending.exit_code(), ExitCode::FAILURE);
    }

    #[tokio::test]
    async fn a_failure_is_a_crash_whether_or_not_a_stop_was_asked_for() {
        for (signals, work) in [(0, Work::Fails), (1, Work::FailsWhenAsked)] {
            let ending = after(signals, LONG, work).await;
            assert!(matches!(ending, Ending::Crashed(Some(_))));
        }
    }
}
