//! The load program of the dispatch engine in its short form: every section must come to its end with every
//! message taken in, sent and acknowledged once, and nothing left. How fast is not asked.
//!
//! `cargo xtask test` builds the programs and sets `DATABASE_URL`.

#[path = "../../benches/dispatch/bench.rs"]
mod bench;
#[path = "../../benches/dispatch/bulk_request.rs"]
mod bulk_request;
#[path = "../../benches/dispatch/business.rs"]
mod business;
mod calculations;
#[path = "../../benches/dispatch/figures.rs"]
mod figures;
#[path = "../../benches/dispatch/inside.rs"]
mod inside;
#[path = "../../benches/dispatch/limits.rs"]
mod limits;
#[path = "../../benches/dispatch/load.rs"]
mod load;
#[path = "../../benches/dispatch/options.rs"]
mod options;
#[path = "../../benches/dispatch/ours.rs"]
mod ours;
#[path = "../../benches/dispatch/plant.rs"]
mod plant;
#[expect(dead_code, reason = "a test does not start itself as another program")]
#[path = "../../benches/dispatch/raw/mod.rs"]
mod raw;
#[path = "../../benches/dispatch/report.rs"]
mod report;
#[path = "../../benches/dispatch/sections/mod.rs"]
mod sections;
#[expect(dead_code, reason = "another program uses the rest")]
#[path = "../../benches/support/mod.rs"]
mod support;
#[path = "../../benches/dispatch/tables.rs"]
mod tables;

use clap::Parser;
use options::Options;
use std::{env, error::Error, path::Path, time::Duration};
use support::{database, machine, program, statements, system};

/// As in the load program.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// As in the load program.
const GLANCE: Duration = Duration::from_millis(10);

#[tokio::test(flavor = "multi_thread")]
async fn every_section_comes_to_its_end_and_loses_nothing() {
    let built = Path::new(env!("CARGO_BIN_EXE_tidings")).parent().unwrap();
    let programs = env::var_os("TIDINGS_BIN_DIR").unwrap_or_else(|| built.into());
    let words = [
        "dispatch".into(),
        "--quick".into(),
        "--programs".into(),
        programs,
    ];
    let options = Options::parse_from(words);
    // Nobody calls it off.
    let (_stop, stopped) = tokio::sync::oneshot::channel();
    let figures = bench::run(&options, stopped).await.unwrap();

    for section in options.wanted() {
        let name = section.name();
        let of_it: Vec<_> = figures
            .iter()
            .filter(|figure| figure.section == name)
            .collect();
        assert!(!of_it.is_empty(), "{name} has no figures");
        for figure in of_it {
            let limit = figure.limit.as_deref().unwrap_or_default();
            assert_ne!(figure.key, bench::FAILED, "{name}: {limit}");
            if let Some(ours) = figure.ours {
                assert!(ours.is_finite(), "{name}: {} is {ours}", figure.what);
            }
        }
    }
    for told in [report::Limits::OfMissed, report::Limits::All] {
        let report = report::report(&figures, told).unwrap();
        let json = report.lines().last().unwrap_or_default();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["benchmark"], "dispatch");
        assert!(json["figures"]["pipeline.per_second"]["ours"].is_number());
    }
}
