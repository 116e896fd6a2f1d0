//! What goes wrong on purpose.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::message::Code;
use crate::problem::{Problem, fields};
use crate::protocol::Provider;

/// One entry of the fault table, for one provider or, without `provider`, for those that have no
/// entry of their own. The body of `PUT /faults`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fault {
    provider: Option<String>,
    down: Option<bool>,
    latency_ms: Option<u64>,
    timeout_after_accept: Option<Chance>,
    error_rate: Option<f64>,
    error_code: Option<ErrorCode>,
    rate_limit_per_second: Option<u32>,
    callbacks: Option<CallbackFault>,
}

/// The part of a fault about callbacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CallbackFault {
    delay_ms: Option<u64>,
    drop_rate: Option<f64>,
    repeat_rate: Option<f64>,
    reorder: Option<Chance>,
}

/// A provider's code, as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum ErrorCode {
    Number(u32),
    Word(String),
}

impl ErrorCode {
    fn of(&self, provider: Provider) -> Option<Code> {
        match self {
            Self::Number(number) => Some(Code::Number(*number)),
            Self::Word(word) => provider.protocol().code(word),
        }
    }
}

/// `true`, `false`, or how often.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Chance {
    Switch(bool),
    Rate(f64),
}

impl Chance {
    fn rate(self) -> f64 {
        match self {
            Self::Switch(true) => 1.0,
            Self::Switch(false) => 0.0,
            Self::Rate(rate) => rate,
        }
    }
}

/// What happens to a request before it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    TooMany,
    /// 503 without a code, otherwise the provider's own error.
    Error(Option<Code>),
}

/// What happens to a callback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CallbackVerdict {
    pub(crate) delay: Duration,
    pub(crate) is_dropped: bool,
    pub(crate) is_repeated: bool,
    pub(crate) is_overtaken: bool,
}

#[derive(Debug)]
struct Entry {
    fault: Fault,
    /// Start of the running second and how many requests it had.
    second: Mutex<(Instant, u32)>,
}

/// The fault table and the dice.
#[derive(Debug)]
pub(crate) struct Faults {
    entries: RwLock<BTreeMap<Option<Provider>, Arc<Entry>>>,
    dice: Mutex<u64>,
    /// Tells the doors that somebody has changed the table.
    changed: watch::Sender<()>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            entries: RwLock::default(),
            // Xorshift stays at zero forever.
            dice: Mutex::new(seed | 1 << 63),
            changed: watch::Sender::new(()),
        }
    }

    /// Replaces the entry of the provider that `body` names.
    pub(crate) fn put(&self, body: Value) -> Result<Fault, Problem> {
        let fault = read(body)?;
        let provider = match &fault.provider {
            None => None,
            Some(word) => Some(Provider::named(word, "/provider")?),
        };
        if let (Some(provider), Some(code)) = (provider, &fault.error_code)
            && code.of(provider).is_none()
        {
            let detail = format!("{} has no such code", provider.word());
            return Err(Problem::field("unknown_code", "/error_code", detail));
        }
        let entry = Entry {
            fault: fault.clone(),
            second: Mutex::new((Instant::now(), 0)),
        };
        self.entries
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(provider, Arc::new(entry));
        self.changed.send_replace(());
        Ok(fault)
    }

    /// Removes one entry, or all.
    pub(crate) fn clear(&self, provider: Option<Provider>) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        match provider {
            Some(_) => {
                entries.remove(&provider);
            }
            None => entries.clear(),
        }
        drop(entries);
        self.changed.send_replace(());
    }

    /// True if nobody answers for the provider.
    pub(crate) fn is_down(&self, provider: Provider) -> bool {
        self.entry(provider)
            .is_some_and(|entry| entry.fault.down == Some(true))
    }

    /// Waits until the provider is down, or is not.
    pub(crate) async fn until_down(&self, provider: Provider, is_down: bool) {
        let mut changed = self.changed.subscribe();
        while self.is_down(provider) != is_down {
            // The sender lives as long as the table.
            let _ = changed.changed().await;
        }
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.entries
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(|entry| entry.fault.clone())
            .collect()
    }

    fn entry(&self, provider: Provider) -> Option<Arc<Entry>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(&Some(provider))
            .or_else(|| entries.get(&None))
            .cloned()
    }

    /// How long every answer of the provider takes.
    pub(crate) fn latency(&self, provider: Provider) -> Duration {
        self.entry(provider)
            .and_then(|entry| entry.fault.latency_ms)
            .map_or(Duration::ZERO, Duration::from_millis)
    }

    /// Judges one request.
    pub(crate) fn request(&self, provider: Provider) -> Verdict {
        let Some(entry) = self.entry(provider) else {
            return Verdict::Pass;
        };
        if let Some(limit) = entry.fault.rate_limit_per_second {
            let mut second = entry.second.lock().unwrap_or_else(PoisonError::into_inner);
            if second.0.elapsed() >= Duration::from_secs(1) {
                *second = (Instant::now(), 0);
            }
            second.1 = second.1.saturating_add(1);
            if second.1 > limit {
                return Verdict::TooMany;
            }
        }
        self.judge(&entry, provider)
    }

    /// Judges what is no request of its own, such as a login: it does not count.
    pub(crate) fn mishap(&self, provider: Provider) -> Verdict {
        self.entry(provider)
            .map_or(Verdict::Pass, |entry| self.judge(&entry, provider))
    }

    fn judge(&self, entry: &Entry, provider: Provider) -> Verdict {
        let code = &entry.fault.error_code;
        // A code without a rate means every time.
        let rate = entry
            .fault
            .error_rate
            .unwrap_or(f64::from(u8::from(code.is_some())));
        if self.happens(rate) {
            Verdict::Error(code.as_ref().and_then(|code| code.of(provider)))
        } else {
            Verdict::Pass
        }
    }

    /// True if the answer to an accepted message is withheld.
    pub(crate) fn withholds_answer(&self, provider: Provider) -> bool {
        self.entry(provider)
            .and_then(|entry| entry.fault.timeout_after_accept)
            .is_some_and(|chance| self.happens(chance.rate()))
    }

    /// Judges one callback.
    pub(crate) fn callback(&self, provider: Provider) -> CallbackVerdict {
        let Some(fault) = self.entry(provider).and_then(|entry| entry.fault.callbacks) else {
            return CallbackVerdict::default();
        };
        CallbackVerdict {
            delay: Duration::from_millis(fault.delay_ms.unwrap_or(0)),
            is_dropped: self.happens(fault.drop_rate.unwrap_or(0.0)),
            is_repeated: self.happens(fault.repeat_rate.unwrap_or(0.0)),
            is_overtaken: self.happens(fault.reorder.map_or(0.0, Chance::rate)),
        }
    }

    /// Throws the dice. A rate of zero never happens, one of 1 always does; neither throws.
    fn happens(&self, rate: f64) -> bool {
        if rate <= 0.0 {
            return false;
        }
        if rate >= 1.0 {
            return true;
        }
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        let thrown = u32::try_from(*dice >> 32).unwrap_or(u32::MAX);
        f64::from(thrown) / 4_294_967_296.0 < rate
    }
}

fn read(body: Value) -> Result<Fault, Problem> {
    let Value::Object(mut object) = body else {
        return Err(Problem::field("invalid_field", "", "an object is expected"));
    };
    let callbacks = object.remove("callbacks");
    let mut fault: Fault = fields(Value::Object(object), "")?;
    fault.callbacks = match callbacks {
        None | Some(Value::Null) => None,
        Some(value) => Some(fields(value, "/callbacks")?),
    };
    let callbacks = fault.callbacks.unwrap_or_default();
    for (pointer, rate) in [
        ("/error_rate", fault.error_rate),
        (
            "/timeout_after_accept",
            fault.timeout_after_accept.map(Chance::rate),
        ),
        ("/callbacks/drop_rate", callbacks.drop_rate),
        ("/callbacks/repeat_rate", callbacks.repeat_rate),
        ("/callbacks/reorder", callbacks.reorder.map(Chance::rate)),
    ] {
        if rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err(Problem::field(
                "invalid_field",
                pointer,
                "a rate is a number from 0 to 1",
            ));
        }
    }
    Ok(fault)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Faults, Verdict};
    use crate::meta::META;
    use crate::twilio::TWILIO;

    #[test]
    fn an_own_entry_takes_the_place_of_the_general_one() {
        let faults = Faults::new(7);
        faults.put(json!({"error_rate": 1})).expect("valid");
        faults
            .put(json!({"provider": "twilio", "error_code": 21610}))
            .expect("valid");
        assert_eq!(faults.request(META), Verdict::Error(None));
        assert_eq!(faults.request(TWILIO), Verdict::Error(Some(21610.into())));
        faults.clear(Some(TWILIO));
        assert_eq!(faults.request(TWILIO), Verdict::Error(None));
        faults.clear(None);
        assert_eq!(faults.request(TWILIO), Verdict::Pass);
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_at_about_the_rate() {
        let run = |seed| {
            let faults = Faults::new(seed);
            faults.put(json!({"error_rate": 0.3})).expect("valid");
            (0..1000)
                .map(|_| faults.request(TWILIO) == Verdict::Pass)
                .collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(5));
        let passed = run(3).into_iter().filter(|passed| *passed).count();
        assert!((640..760).contains(&passed), "{passed}");
    }

    #[test]
    fn more_than_the_rate_is_refused() {
        let faults = Faults::new(1);
        faults
            .put(json!({"rate_limit_per_second": 2}))
            .expect("valid");
        let verdicts: Vec<_> = (0..3).map(|_| faults.request(TWILIO)).collect();
        assert_eq!(verdicts, [Verdict::Pass, Verdict::Pass, Verdict::TooMany]);
    }

    #[test]
    fn unknown_fields_and_impossible_rates_are_refused() {
        let faults = Faults::new(1);
        for body in [
            json!({"latency": 5}),
            json!({"callbacks": {"drop": 1}}),
            json!({"error_rate": 1.5}),
            json!({"provider": "pigeon"}),
            json!([]),
        ] {
            assert!(faults.put(body.clone()).is_err(), "{body}");
        }
        assert!(faults.list().is_empty());
    }
}
