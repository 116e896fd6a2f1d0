//! The command line of `tidings queue`.

use super::{
    keys,
    queue::{self, Drained},
};
use crate::{Config, SystemClock, telemetry::say};
use clap::Subcommand;
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings_kernel::{BoxError, TenantId};
use tidings_messaging::{
    Ages, Line,
    watch::{Repair, Watching},
};

/// Something is left, or does not go on.
const LEFT: u8 = 3;

#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// Prints what waits, by class and tenant.
    Stats,
    /// Prints the lanes in which something waits, and those that are paused.
    Lanes,
    /// Lets nothing more be claimed from a lane or of a tenant; what is held is finished.
    Pause {
        /// The number of a lane, or a tenant's id.
        #[arg(value_parser = queue::line)]
        line: Line,
    },
    /// Ends a pause.
    Resume {
        /// The number of a lane, or a tenant's id.
        #[arg(value_parser = queue::line)]
        line: Line,
    },
    /// Gives a tenant so many places for each one of a tenant with the weight 1.
    Weight {
        /// The tenant.
        tenant: TenantId,
        /// From 1 to 1000.
        #[arg(value_parser = clap::value_parser!(u16).range(1..=1_000))]
        weight: u16,
    },
    /// Waits until nothing is ready, held or of unknown outcome; exit code 3 if something still is when the
    /// time has passed. It stops nobody from sending more: stop or pause that first.
    Drain {
        /// For how many seconds to wait.
        #[arg(long, default_value_t = 600)]
        timeout: u32,
    },
    /// Looks for what does not go on; exit code 3 if there is something.
    Check {
        /// Gives messages that wait and have no place in the queue a new one.
        #[arg(long)]
        repair: bool,
    },
    /// Makes the tables of the months to come, and detaches those of old months.
    Months {
        /// Detach the months that ended more than so many months before this one.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1_200))]
        keep: Option<u16>,
    },
}

impl QueueCommand {
    /// Does what was asked for.
    pub(super) async fn run(self) -> Result<ExitCode, BoxError> {
        let postgres = Arc::new(keys::open(&Config::database_from_env()?).await?);
        let watching = Watching {
            operations: postgres.clone(),
            clock: Arc::new(SystemClock),
            ages: Ages::default(),
        };
        let done = self.act(&watching).await;
        postgres.close().await;
        done
    }

    async fn act(self, watching: &Watching) -> Result<ExitCode, BoxError> {
        match self {
            Self::Stats => say(queue::stats(watching).await?)?,
            Self::Lanes => say(queue::lanes(watching).await?)?,
            Self::Pause { line } => say(queue::pause(watching, line).await?)?,
            Self::Resume { line } => say(queue::resume(watching, line).await?)?,
            Self::Weight { tenant, weight } => say(queue::weigh(watching, tenant, weight).await?)?,
            Self::Drain { timeout } => {
                let timeout = Duration::from_secs(timeout.into());
                // Progress is not the answer: that is the exit code.
                let drained = queue::drain(watching, timeout, |words| eprintln!("{words}")).await?;
                return Ok(match drained {
                    Drained::Empty => ExitCode::SUCCESS,
                    Drained::TimedOut => ExitCode::from(LEFT),
                });
            }
            Self::Check { repair } => {
                let repair = if repair { Repair::Yes } else { Repair::No };
                let (words, is_fine) = queue::check(watching, repair).await?;
                say(words)?;
                if !is_fine {
                    return Ok(ExitCode::from(LEFT));
                }
            }
            Self::Months { keep } => say(queue::months(watching, keep).await?)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
