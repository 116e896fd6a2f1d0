//! What goes wrong when follows from the seed, and from nothing else.

use crate::run::{
    plan::{Pace, Plan, Surroundings},
    schedule::{KINDS, schedule},
};
use std::{collections::BTreeSet, time::Duration};

fn plan(seed: u64, faults: u32, only: Option<&str>) -> Plan {
    Plan {
        seed,
        messages: 1_000,
        faults,
        only: only.map(str::to_owned),
        connections: 1,
        per_second: 1,
        load_within: Duration::ZERO,
        rest_within: Duration::ZERO,
        areas: Vec::new(),
        numbers: 0,
        pace: Pace {
            provider_timeout: 2,
            lease: 5,
            ask_unknown: 3,
            ask_receipt: 3,
            unknown: 6,
            take_over: 4,
        },
        surroundings: Surroundings {
            database_url: String::new(),
            xtask: String::new().into(),
            programs: String::new().into(),
        },
        log: None,
    }
}

#[test]
fn the_same_seed_gives_the_same_schedule_and_another_another() {
    assert_eq!(schedule(&plan(7, 200, None)), schedule(&plan(7, 200, None)));
    assert_ne!(schedule(&plan(7, 200, None)), schedule(&plan(8, 200, None)));
}

#[test]
fn every_kind_has_its_turn_while_there_is_work() {
    for seed in 0..50 {
        let faults = schedule(&plan(seed, KINDS, None));
        let kinds: BTreeSet<&str> = faults.iter().map(|next| next.fault.kind()).collect();
        assert_eq!(kinds.len(), faults.len());
        assert!(faults.is_sorted_by_key(|next| next.after));
        assert!(faults.iter().all(|next| next.after < 1_000));
    }
}

#[test]
fn a_plan_may_be_about_one_kind() {
    let faults = schedule(&plan(1, 20, Some("frozen")));
    assert_eq!(faults.len(), 20);
    assert!(
        faults
            .iter()
            .all(|next| next.fault.kind().contains("frozen"))
    );
    assert!(schedule(&plan(1, 20, Some("thunder"))).is_empty());
}
