//! Codes that no table has: each time counted, and logged once.

use super::{Canned, ProviderCase, refusal};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

const COUNTER: &str = "tidings_provider_codes_unknown_total";

/// Watches which unknown codes adapters count and log in this thread, for as long as it lives.
///
/// # Examples
/// ```rust
/// let watch = tidings_conformance::UnknownCodes::watch();
/// tracing::warn!(code = "brand_new", "a provider's code is in no table");
/// assert_eq!((watch.counted(), watch.logged("brand_new")), (0, 1));
/// ```
pub struct UnknownCodes {
    counted: Arc<AtomicU64>,
    logged: Arc<Mutex<Vec<String>>>,
    _recording: metrics::LocalRecorderGuard<'static>,
    _listening: DefaultGuard,
}

impl UnknownCodes {
    /// Watches from now on.
    pub fn watch() -> Self {
        let counted = Arc::new(AtomicU64::new(0));
        let logged = Arc::new(Mutex::new(Vec::new()));
        // The guard borrows what it guards; a test may leak some bytes for that.
        let tally: &'static Tally = Box::leak(Box::new(Tally(Arc::clone(&counted))));
        Self {
            _recording: metrics::set_default_local_recorder(tally),
            _listening: tracing::subscriber::set_default(Listener(Arc::clone(&logged))),
            counted,
            logged,
        }
    }

    /// How often an unknown code was counted.
    pub fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    /// How often this one was logged.
    pub fn logged(&self, code: &str) -> usize {
        let logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        logged.iter().filter(|one| *one == code).count()
    }
}

struct Tally(Arc<AtomicU64>);

impl Recorder for Tally {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        if key.name() == COUNTER {
            Counter::from_arc(Arc::clone(&self.0))
        } else {
            Counter::noop()
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Hears the field `code` of every event.
struct Listener(Arc<Mutex<Vec<String>>>);

impl Subscriber for Listener {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut code = Code(None);
        event.record(&mut code);
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend(code.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Code(Option<String>);

impl Visit for Code {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "code" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

pub(super) async fn all(case: &ProviderCase) {
    let known = refusal(case.sent(&case.unknown_refusal).await.0).provider_code;
    // One that nobody has met yet, so that it was not logged before.
    let code = format!("{known}7");
    let answer = Canned {
        body: case.unknown_refusal.body.replace(&known, &code),
        ..case.unknown_refusal.clone()
    };
    let watch = UnknownCodes::watch();
    for times in 1..=3 {
        let error = refusal(case.sent(&answer).await.0);
        assert_eq!(error.provider_code, code, "{answer:?}");
        assert_eq!(watch.counted(), times, "{code} is counted each time");
    }
    assert_eq!(watch.logged(&code), 1, "{code} is logged once");
}
