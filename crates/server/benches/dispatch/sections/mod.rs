//! The parts of the engine, each measured beside its baseline.

mod accept;
mod bulk;
mod flatness;
mod http;
mod pipeline;
mod queue;
mod receipts;
mod urgency;

use crate::{Outcome, bench::Bench, figures::Figure, options::Section};

/// The text of messages that are not marketing.
const TEXT: &str = "Your order is ready for collection until 6 pm. Reply STOP to end.";

/// Measures one.
pub(crate) async fn measure(section: Section, bench: &mut Bench) -> Outcome<Vec<Figure>> {
    match section {
        Section::Queue => queue::measure(bench).await,
        Section::Pipeline => pipeline::measure(bench).await,
        Section::Http => http::measure(bench).await,
        Section::Accept => accept::measure(bench).await,
        Section::Bulk => bulk::measure(bench).await,
        Section::Receipts => receipts::measure(bench).await,
        Section::Flatness => flatness::measure(bench).await,
        Section::Urgency => urgency::measure(bench).await,
    }
}
