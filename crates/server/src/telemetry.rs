//! The log and the metrics of a program.

use crate::{LogConfig, LogFormat};
use axum::{Router, http::header, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_util::MetricKindMask;
use std::{
    error::Error,
    io::{self, IsTerminal, Write},
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt};

/// How often the recorder folds what it has collected.
const UPKEEP: Duration = Duration::from_secs(5);

/// Boundaries of histograms, in seconds: from a statement to a lost provider call.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 25.0,
];

/// Boundaries of histograms that count what is in a batch: from one alone to the largest.
const SIZES: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0];

/// How long a gauge that nobody sets any more is told: that of a tenant that is not among the deepest.
const STALE: Duration = Duration::from_mins(5);

/// Why there is no telemetry.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read; the configuration checks it before.
    #[error("the log filter cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// This process has a log already.
    #[error("the log was started twice")]
    Log(#[from] tracing_subscriber::util::TryInitError),
    /// This process has a recorder already, or the buckets make no sense.
    #[error("the metrics cannot be recorded")]
    Metrics(#[from] BuildError),
}

/// Starts the log of this process, on the standard error output, so that what a command prints stays
/// apart from it.
///
/// # Errors
/// [`TelemetryError`].
pub fn start_log(config: &LogConfig) -> Result<(), TelemetryError> {
    let filter = EnvFilter::builder().parse(&config.filter)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colors are for people: a file or a collector gets none.
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match config.format {
        LogFormat::Text => log.finish().try_init()?,
        LogFormat::Json => {
            log.json()
                .flatten_event(true)
                .with_current_span(true)
                .finish()
                .try_init()?;
        }
    }
    Ok(())
}

/// What this process counts and measures.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts recording in this process.
    ///
    /// # Errors
    /// [`TelemetryError::Metrics`]: it does so already.
    pub fn start() -> Result<Self, TelemetryError> {
        let handle = PrometheusBuilder::new()
            .set_buckets(&SECONDS)?
            .set_buckets_for_metric(Matcher::Suffix("_messages".to_owned()), &SIZES)?
            .set_buckets_for_metric(Matcher::Suffix("_requests".to_owned()), &SIZES)?
            .idle_timeout(MetricKindMask::GAUGE, Some(STALE))
            .install_recorder()?;
        Ok(Self(handle))
    }

    /// Answers `GET /metrics` at `listener` in the text form of Prometheus, until `stop`.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let upkeep = self.clone();
        let serve = axum::serve(listener, self.router())
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::select! {
            served = serve => served,
            () = upkeep.keep() => Ok(()),
        }
    }

    fn router(self) -> Router {
        Router::new().route(
            "/metrics",
            get(move || {
                let text = self.0.render();
                let kind = [(
                    header::CONTENT_TYPE,
                    "text/plain; version=0.0.4; charset=utf-8",
                )];
                async move { (kind, text).into_response() }
            }),
        )
    }

    /// Without it, histograms grow until somebody asks.
    async fn keep(&self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.0.run_upkeep();
        }
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Prints an error with everything that caused it, for whoever started the program.
pub fn report(error: &(dyn Error + 'static)) {
    eprintln!("error: {}", chain(error));
}

/// Prints a command's result. Whoever does not read to the end, such as `head`, is done with us.
///
/// # Errors
/// The standard output cannot be written.
pub fn say(text: impl std::fmt::Display) -> io::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// An error and its causes in one line each.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str("\n  because: ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the roof fell")]
    struct Roof(#[source] io::Error);

    #[test]
    fn a_report_names_every_cause() {
        let error = Roof(io::Error::other("termites"));
        assert_eq!(chain(&error), "the roof fell\n  because: termites");
    }

    #[tokio::test]
    async fn metrics_are_answered_as_text_until_the_stop() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let metrics = Metrics(recorder.handle());
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("tidings_test_total").increment(3);
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(metrics.serve(listener, stop.clone()));
        let client = crate::http_client().unwrap();
        let answer = client
            .get(format!("http://{address}/metrics"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert!(
            answer
                .text()
                .await
                .unwrap()
                .contains("tidings_test_total 3")
        );
        drop(client);
        stop.cancel();
        serving.await.unwrap().unwrap();
    }
}
