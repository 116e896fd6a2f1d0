//! Lets things go wrong as planned, and makes them good again.

use super::{
    api::client,
    fault::{Fault, Provider, Trouble, entry},
    journal::Journal,
    load::Progress,
    plan::Surroundings,
    schedule::Planned,
    system::System,
};
use crate::{GLANCE, Outcome};
use reqwest::Client;
use std::{
    collections::{BTreeMap, VecDeque},
    process::Command,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// What is made good later.
enum End {
    Thaw { worker: usize, life: u32 },
    WorkerClock(usize),
    ApiClock(usize),
    Trouble(Provider, u32),
}

/// What went wrong.
#[derive(Debug, Default)]
pub(crate) struct Toll {
    /// Faults by kind.
    pub(crate) faults: BTreeMap<&'static str, u32>,
    /// How often something was started again or went on, and how long the longest took to be there.
    pub(crate) recoveries: u32,
    /// The longest recovery.
    pub(crate) longest: Duration,
}

pub(crate) struct Conductor<'run> {
    system: &'run mut System,
    journal: &'run Journal,
    surroundings: &'run Surroundings,
    http: Client,
    ends: Vec<(Instant, End)>,
    /// By provider and number.
    troubles: Vec<(Provider, u32, Trouble)>,
    number: u32,
    toll: Toll,
}

impl<'run> Conductor<'run> {
    pub(crate) fn new(
        system: &'run mut System,
        journal: &'run Journal,
        surroundings: &'run Surroundings,
    ) -> Outcome<Self> {
        Ok(Self {
            system,
            journal,
            surroundings,
            http: client()?,
            ends: Vec::new(),
            troubles: Vec::new(),
            number: 0,
            toll: Toll::default(),
        })
    }

    /// Goes through the schedule as messages are posted, until everything was wrong and is good again.
    pub(crate) async fn conduct(
        mut self,
        schedule: Vec<Planned>,
        progress: &Progress,
        within: Duration,
    ) -> Outcome<Toll> {
        let start = Instant::now();
        let mut schedule = VecDeque::from(schedule);
        loop {
            self.make_good().await?;
            self.system.revive(self.journal).await?;
            let posted = progress.posted.load(Ordering::Relaxed);
            if schedule.front().is_some_and(|next| posted >= next.after)
                && let Some(Planned { fault, .. }) = schedule.pop_front()
            {
                self.journal
                    .note(&format!("after {posted} messages: {fault}"));
                *self.toll.faults.entry(fault.kind()).or_default() += 1;
                self.begin(fault).await?;
            }
            if schedule.is_empty() && self.ends.is_empty() {
                return Ok(self.toll);
            }
            if start.elapsed() > within {
                let left = schedule.len();
                return Err(format!("time is up, and {left} faults are left").into());
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn begin(&mut self, fault: Fault) -> Outcome {
        let begun = Instant::now();
        match fault {
            Fault::KillWorker(worker) => self.system.restart_worker(worker).await?,
            Fault::KillApi(api) => self.system.restart_api(api).await?,
            Fault::CrashDatabase => self.crash_database().await?,
            Fault::FreezeWorker(worker, time) => {
                let unit = self.system.workers.get(worker).ok_or("no such worker")?;
                unit.freeze()?;
                let life = unit.life;
                self.ends.push((begun + time, End::Thaw { worker, life }));
                return Ok(());
            }
            Fault::WorkerClock(worker, seconds, time) => {
                let unit = self.system.workers.get(worker).ok_or("no such worker")?;
                unit.shift_clock(seconds)?;
                self.ends.push((begun + time, End::WorkerClock(worker)));
                return Ok(());
            }
            Fault::ApiClock(api, seconds, time) => {
                let unit = self.system.apis.get(api).ok_or("no such api")?;
                unit.shift_clock(seconds)?;
                self.ends.push((begun + time, End::ApiClock(api)));
                return Ok(());
            }
            Fault::Provider(provider, trouble, time) => {
                self.number += 1;
                self.troubles.push((provider, self.number, trouble));
                self.ends
                    .push((begun + time, End::Trouble(provider, self.number)));
                return self.tell(provider).await;
            }
        }
        self.toll.recoveries += 1;
        self.toll.longest = self.toll.longest.max(begun.elapsed());
        Ok(())
    }

    /// Ends what has lasted long enough.
    async fn make_good(&mut self) -> Outcome {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = self.ends.drain(..).partition(|(at, _)| *at <= now);
        self.ends = later;
        for (_, end) in due {
            match end {
                End::Thaw { worker, life } => {
                    let unit = self.system.workers.get(worker).ok_or("no such worker")?;
                    if unit.life == life {
                        unit.thaw()?;
                        self.toll.recoveries += 1;
                        self.journal.note(&format!("{} goes on", unit.name));
                    }
                }
                End::WorkerClock(worker) => {
                    let unit = self.system.workers.get(worker).ok_or("no such worker")?;
                    unit.shift_clock(0)?;
                }
                End::ApiClock(api) => {
                    let unit = self.system.apis.get(api).ok_or("no such api")?;
                    unit.shift_clock(0)?;
                }
                End::Trouble(provider, number) => {
                    self.troubles.retain(|(_, other, _)| *other != number);
                    self.tell(provider).await?;
                }
            }
        }
        Ok(())
    }

    /// Tells the simulator which troubles a provider has now.
    async fn tell(&self, provider: Provider) -> Outcome {
        let troubles: Vec<Trouble> = self
            .troubles
            .iter()
            .filter(|(other, ..)| *other == provider)
            .map(|(_, _, trouble)| *trouble)
            .collect();
        let url = format!("{}/faults", self.system.simulator_url);
        let request = self.http.put(url).json(&entry(provider, &troubles));
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn crash_database(&self) -> Outcome {
        let mut crash = Command::new(&self.surroundings.xtask);
        crash
            .args(["pg", "crash", "chaos"])
            // It names the crate of this program here, and would be taken for that of the other one.
            .env_remove("CARGO_MANIFEST_DIR");
        let output = tokio::task::spawn_blocking(move || crash.output()).await??;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("the database did not crash as told: {said}").into())
    }
}
