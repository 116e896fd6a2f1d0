/// Every variable that the programs read. Secrets are also read from the file that `…_FILE` names.
const KNOWN: &[&str] = &[
    "TIDINGS_ENV",
    "TIDINGS_KEYS",
    "TIDINGS_KEYS_FILE",
    "TIDINGS_API_LISTEN",
    "TIDINGS_METRICS_LISTEN",
    "TIDINGS_PUBLIC_URL",
    "TIDINGS_TWILIO_BASE_URL",
    "TIDINGS_WHATSAPP_CLOUD_BASE_URL",
    "TIDINGS_WHATSAPP_CLOUD_VERSION",
    "TIDINGS_VONAGE_BASE_URL",
    "TIDINGS_VONAGE_REST_BASE_URL",
    "TIDINGS_MESSAGEBIRD_BASE_URL",
    "TIDINGS_CLICKSEND_BASE_URL",
    "TIDINGS_AWS_SMS_VOICE_BASE_URL",
    "TIDINGS_AWS_SNS_BASE_URL",
    "TIDINGS_AWS_SES_BASE_URL",
    "TIDINGS_SMTP_HELLO",
    "TIDINGS_SMTP_REACH",
    "TIDINGS_UNSUBSCRIBE_KEY",
    "TIDINGS_UNSUBSCRIBE_KEY_FILE",
    "TIDINGS_SPOOL_DIR",
    "TIDINGS_MEDIA_DIR",
    "TIDINGS_MEDIA_MAX_MB",
    "TIDINGS_MEDIA_QUOTA_MB",
    "TIDINGS_MEDIA_S3_URL",
    "TIDINGS_MEDIA_S3_BUCKET",
    "TIDINGS_MEDIA_S3_REGION",
    "TIDINGS_MEDIA_S3_KEY_ID",
    "TIDINGS_MEDIA_S3_KEY",
    "TIDINGS_MEDIA_S3_KEY_FILE",
    "TIDINGS_PROVIDER_TIMEOUT_SECONDS",
    "TIDINGS_IDEMPOTENCY_TAKE_OVER_SECONDS",
    "TIDINGS_API_CONNECTIONS",
    "TIDINGS_WORKER_CONNECTIONS",
    "TIDINGS_WORKER_BATCH",
    "TIDINGS_WORKER_CONCURRENCY",
    "TIDINGS_WORKER_LEASE_SECONDS",
    "TIDINGS_WORKER_ASK_UNKNOWN_SECONDS",
    "TIDINGS_WORKER_ASK_RECEIPT_SECONDS",
    "TIDINGS_KEEP_EVENTS_DAYS",
    "TIDINGS_KEEP_MONTHS",
    "TIDINGS_WORKER_ASK_AGAIN_SECONDS",
    "TIDINGS_WORKER_UNKNOWN_SECONDS",
    "TIDINGS_WORKER_SYNC_SECONDS",
    "TIDINGS_CLOCK_OFFSET_FILE",
    "TIDINGS_SHUTDOWN_SECONDS",
    "TIDINGS_LOG",
    "TIDINGS_LOG_FORMAT",
    "TIDINGS_SIMULATOR_URL",
    // Read by `tidings send` and `tidings explain`.
    "TIDINGS_API_URL",
    "TIDINGS_API_KEY",
    // Where the tests find the stand-ins that `cargo xtask test` starts.
    "TIDINGS_MOTO_URL",
    "TIDINGS_SMTP_SINK",
    // Read by the end-to-end tests, which the programs inherit it from.
    "TIDINGS_BIN_DIR",
];

/// More mistakes than this make another word.
const TYPOS: usize = 3;

/// A sentence for each variable that looks like a setting and is none, so that a typo is noticed.
///
/// # Examples
/// ```rust
/// let names = ["TIDINGS_LOGG", "TIDINGS_LOG", "PATH"].map(String::from);
/// assert_eq!(
///     tidings_server::unknown_settings(names),
///     ["TIDINGS_LOGG is not a setting; did you mean TIDINGS_LOG?"],
/// );
/// ```
pub fn unknown_settings(names: impl IntoIterator<Item = String>) -> Vec<String> {
    names
        .into_iter()
        .filter(|name| name.starts_with("TIDINGS_") && !KNOWN.contains(&name.as_str()))
        .map(|name| match nearest(&name) {
            Some(known) => format!("{name} is not a setting; did you mean {known}?"),
            None => format!("{name} is not a setting and is ignored"),
        })
        .collect()
}

fn nearest(name: &str) -> Option<&'static str> {
    KNOWN
        .iter()
        .map(|known| (distance(name, known), *known))
        .filter(|(distance, _)| *distance <= TYPOS)
        .min()
        .map(|(_, known)| known)
}

/// The least number of letters to add, remove or change (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, a) in left.bytes().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (b, above) in right.bytes().zip(row.iter().skip(1)) {
            before = (diagonal + usize::from(a != b))
                .min(before + 1)
                .min(above + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (left, right, expected) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("same", "same", 0),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn a_typo_is_named_with_what_was_meant_and_strangers_are_left_alone() {
        let names = [
            "HOME",
            "TIDINGS_KEYS_FILE",
            "TIDINGS_API_LISTN",
            "TIDINGS_FAVORITE_COLOR",
        ];
        assert_eq!(
            unknown_settings(names.map(String::from)),
            [
                "TIDINGS_API_LISTN is not a setting; did you mean TIDINGS_API_LISTEN?",
                "TIDINGS_FAVORITE_COLOR is not a setting and is ignored",
            ]
        );
    }
}
