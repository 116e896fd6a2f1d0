use serde_json::{Map, Value, json};
use std::{fmt, time::Duration};

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A worker is killed in whatever it does, and started again.
    KillWorker(usize),
    /// An API is killed, and started again.
    KillApi(usize),
    /// The database loses its power, and is started again.
    CrashDatabase,
    /// A worker stops for longer than its lease, and goes on as if nothing had been.
    FreezeWorker(usize, Duration),
    /// The clock of a worker is wrong by these seconds for a while.
    WorkerClock(usize, i64, Duration),
    /// The clock of an API is wrong by these seconds for a while.
    ApiClock(usize, i64, Duration),
    /// A provider has trouble for a while.
    Provider(Provider, Trouble, Duration),
}

/// A simulated provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provider {
    /// Can be asked what became of a message.
    Twilio,
    /// Cannot be asked.
    WhatsappCloud,
}

/// What a provider does wrong. Rates are in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Messages are accepted and the answer never comes.
    LosesAnswers(u32),
    /// The same, and what it would have called back is lost too.
    FallsSilent(u32),
    /// Requests are answered with 503.
    Fails(u32),
    /// Every answer takes so many milliseconds.
    IsSlow(u32),
    /// Callbacks are lost.
    DropsCallbacks(u32),
    /// Callbacks come twice.
    RepeatsCallbacks(u32),
    /// Callbacks overtake each other.
    ReordersCallbacks(u32),
    /// Callbacks come so many milliseconds late.
    DelaysCallbacks(u32),
}

impl Fault {
    /// What is counted together.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::KillWorker(_) => "worker killed",
            Self::KillApi(_) => "api killed",
            Self::CrashDatabase => "database crashed",
            Self::FreezeWorker(..) => "worker frozen past its lease",
            Self::WorkerClock(..) => "clock of a worker wrong",
            Self::ApiClock(..) => "clock of an api wrong",
            Self::Provider(_, trouble, _) => match trouble {
                Trouble::LosesAnswers(_) => "provider loses answers",
                Trouble::FallsSilent(_) => "provider loses answers and callbacks",
                Trouble::Fails(_) => "provider fails",
                Trouble::IsSlow(_) => "provider is slow",
                Trouble::DropsCallbacks(_) => "callbacks dropped",
                Trouble::RepeatsCallbacks(_) => "callbacks repeated",
                Trouble::ReordersCallbacks(_) => "callbacks reordered",
                Trouble::DelaysCallbacks(_) => "callbacks delayed",
            },
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::KillWorker(index) | Self::KillApi(index) => {
                write!(f, "{kind} (number {})", index + 1)
            }
            Self::CrashDatabase => f.write_str(kind),
            Self::FreezeWorker(index, time) => {
                write!(f, "{kind} (number {}, {} ms)", index + 1, time.as_millis())
            }
            Self::WorkerClock(index, seconds, time) | Self::ApiClock(index, seconds, time) => {
                let time = time.as_millis();
                write!(
                    f,
                    "{kind} (number {}, {seconds:+} s for {time} ms)",
                    index + 1
                )
            }
            Self::Provider(provider, trouble, time) => {
                let (provider, time) = (provider.name(), time.as_millis());
                let (size, unit) = trouble.size();
                write!(f, "{kind} ({provider}, {size} {unit}, for {time} ms)")
            }
        }
    }
}

impl Provider {
    /// Its name at the simulator.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::WhatsappCloud => "whatsapp_cloud",
        }
    }
}

impl Trouble {
    const fn size(self) -> (u32, &'static str) {
        match self {
            Self::LosesAnswers(rate)
            | Self::FallsSilent(rate)
            | Self::Fails(rate)
            | Self::DropsCallbacks(rate)
            | Self::RepeatsCallbacks(rate)
            | Self::ReordersCallbacks(rate) => (rate, "%"),
            Self::IsSlow(time) | Self::DelaysCallbacks(time) => (time, "ms"),
        }
    }
}

/// What `PUT /faults` is told about a provider that has all of these troubles at once. Of two of the same
/// kind the later one counts.
pub(crate) fn entry(provider: Provider, troubles: &[Trouble]) -> Value {
    let mut fault = Map::new();
    let mut callbacks = Map::new();
    fault.insert("provider".to_owned(), json!(provider.name()));
    let rate = |hundredths: u32| json!(f64::from(hundredths) / 100.0);
    for trouble in troubles {
        let (of_callbacks, name, value) = match *trouble {
            Trouble::LosesAnswers(size) => (false, "timeout_after_accept", rate(size)),
            Trouble::FallsSilent(size) => {
                callbacks.insert("drop_rate".to_owned(), rate(100));
                (false, "timeout_after_accept", rate(size))
            }
            Trouble::Fails(size) => (false, "error_rate", rate(size)),
            Trouble::IsSlow(time) => (false, "latency_ms", json!(time)),
            Trouble::DropsCallbacks(size) => (true, "drop_rate", rate(size)),
            Trouble::RepeatsCallbacks(size) => (true, "repeat_rate", rate(size)),
            Trouble::ReordersCallbacks(size) => (true, "reorder", rate(size)),
            Trouble::DelaysCallbacks(time) => (true, "delay_ms", json!(time)),
        };
        let part = if of_callbacks {
            &mut callbacks
        } else {
            &mut fault
        };
        part.insert(name.to_owned(), value);
    }
    if !callbacks.is_empty() {
        fault.insert("callbacks".to_owned(), Value::Object(callbacks));
    }
    Value::Object(fault)
}
