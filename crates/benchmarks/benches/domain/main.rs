//! The speed of the domain crates. `cargo xtask bench domain` runs this and judges the figures;
//! docs/benchmarks/domain.md says what they mean.

#![expect(
    clippy::expect_used,
    reason = "a benchmark whose input is wrong has nothing better to do"
)]

mod consent;
mod gate;
mod quiet_hours;
mod segmentation;
mod templates;

use criterion::Criterion;

fn main() -> Result<(), tidings_kernel::BoxError> {
    let mut criterion = Criterion::default().configure_from_args();
    segmentation::bench(&mut criterion);
    gate::bench(&mut criterion)?;
    consent::bench(&mut criterion);
    quiet_hours::bench(&mut criterion);
    templates::bench(&mut criterion);
    criterion.final_summary();
    Ok(())
}
