//! What the kernel counts; `None` where there is no `/proc`.

use std::{collections::BTreeMap, fs};

/// The most memory that a process has held at once, in KiB.
pub(crate) fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Processor time in hundredths of a second (the unit of `/proc`), by program.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProcessorTime {
    /// By name of the program.
    pub(crate) programs: BTreeMap<&'static str, u64>,
    /// Of the whole machine.
    pub(crate) machine: u64,
}

impl ProcessorTime {
    /// What has been used so far.
    pub(crate) fn now(processes: &[(&'static str, u32)]) -> Option<Self> {
        let mut programs = BTreeMap::new();
        for (name, process) in processes {
            *programs.entry(*name).or_default() += of_process(*process)?;
        }
        Some(Self {
            programs,
            machine: of_machine()?,
        })
    }

    /// What was used since `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let programs = self.programs.iter().map(|(name, ticks)| {
            let earlier = before.programs.get(name).copied().unwrap_or_default();
            (*name, ticks.saturating_sub(earlier))
        });
        Self {
            programs: programs.collect(),
            machine: self.machine.saturating_sub(before.machine),
        }
    }

    /// What none of the programs used: PostgreSQL, the kernel, and whatever else runs here.
    pub(crate) fn rest(&self) -> u64 {
        let ours: u64 = self.programs.values().sum();
        self.machine.saturating_sub(ours)
    }
}

fn of_process(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before may hold spaces; then utime and stime are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<u64>().ok()).sum()
}

fn of_machine() -> Option<u64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = stat
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .map_while(|ticks| ticks.parse().ok())
        .collect();
    // user, nice, system, idle, waiting, interrupts …; the guests' are in user already.
    let busy = [0, 1, 2, 5, 6];
    busy.iter().map(|at| fields.get(*at).copied()).sum()
}
