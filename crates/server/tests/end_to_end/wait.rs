use std::time::{Duration, Instant};

/// How long anything may take that nothing holds up. Generous, since tests share few cores.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// For what has to wait for a lease, a lost answer or a retry first.
pub(crate) const PATIENT: Duration = Duration::from_mins(2);
/// How often to look.
const POLL: Duration = Duration::from_millis(40);

/// Looks again and again until `look` finds something; what it sees instead is shown when time is up.
pub(crate) async fn until<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let end = Instant::now() + patience;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) => assert!(
                Instant::now() < end,
                "within {patience:?} it did not come to this: {what}. Seen last: {seen}"
            ),
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What [`until`] wants to hear: `Ok` if it is so, otherwise what is seen instead.
pub(crate) fn seen(is_so: bool, instead: impl std::fmt::Debug) -> Result<(), String> {
    if is_so {
        Ok(())
    } else {
        Err(format!("{instead:?}"))
    }
}
