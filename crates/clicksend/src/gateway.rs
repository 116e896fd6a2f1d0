//! How far the SMS gateway has come with a message.

use crate::{dialect::DIALECT, wire::Entry};
use tidings_messaging::Receipt;
use tidings_provider_http::Reason;
use tidings_routing::{Class, ProviderError};

/// What the gateway has done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// ClickSend still has it: it waits for its turn, its time or an approval.
    Waiting,
    /// The network has it, and what became of it is not known, or not yet.
    Sent,
    /// It is on the handset.
    Delivered,
    /// It will not arrive.
    Failed,
}

/// What a receipt or the history says of a message.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Report<'a> {
    /// `200`, `201`, `300`, `301`.
    pub(crate) status_code: Option<&'a str>,
    /// `1` to `20`.
    pub(crate) error_code: Option<&'a str>,
    /// The history's word.
    pub(crate) status: Option<&'a str>,
    /// The words for the error, or for the status.
    pub(crate) words: Option<&'a str>,
}

impl<'a> Report<'a> {
    pub(crate) fn of(entry: &'a Entry) -> Self {
        Self {
            status_code: entry.status_code.as_deref(),
            error_code: entry.error_code.as_deref(),
            status: entry.status.as_deref(),
            words: entry.error_text.as_deref().or(entry.status_text.as_deref()),
        }
    }

    /// What has become of the message; `None` if nothing in it is known.
    ///
    /// The status code decides, since 301 is final even with the code of a passing error; what it leaves
    /// open the error code tells, and where there is neither the history's word.
    pub(crate) fn progress(&self) -> Option<Progress> {
        let by_error = || self.error_code().and_then(of_error);
        let by_word = || self.status.and_then(of_word);
        match self.status_code {
            Some("200") => match by_error().or_else(by_word) {
                Some(Progress::Waiting) => Some(Progress::Waiting),
                Some(Progress::Sent | Progress::Delivered | Progress::Failed) | None => {
                    Some(Progress::Sent)
                }
            },
            Some("201") => Some(Progress::Delivered),
            // ClickSend itself tries again.
            Some("300") => Some(Progress::Sent),
            Some("301" | "302") => match self.error_code() {
                // No receipt came back from the network: it may have arrived.
                Some("20") => Some(Progress::Sent),
                Some(_) | None => Some(Progress::Failed),
            },
            Some(_) | None => by_error().or_else(by_word),
        }
    }

    /// Whether nothing more is to come.
    pub(crate) fn is_over(&self) -> bool {
        matches!(
            self.progress(),
            Some(Progress::Delivered | Progress::Failed)
        )
    }

    /// How far the message has come, if further than accepted.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        match self.progress()? {
            Progress::Waiting => None,
            Progress::Sent => Some(Receipt::Sent),
            Progress::Delivered => Some(Receipt::Delivered),
            Progress::Failed => Some(Receipt::Failed),
        }
    }

    /// Why it failed, if it did.
    ///
    /// A code that we do not know is taken as the recipient's: the one reading that neither sends again nor
    /// accuses the account.
    pub(crate) fn error(&self) -> Option<ProviderError> {
        if self.progress() != Some(Progress::Failed) {
            return None;
        }
        let code = self.error_code().or(self.status_code).or(self.status)?;
        let reason = Reason {
            code: code.to_owned(),
            words: self.words.unwrap_or_default().to_owned(),
        };
        Some(DIALECT.explain(&reason, Class::Recipient))
    }

    /// The error code, where it is one.
    fn error_code(&self) -> Option<&'a str> {
        self.error_code.filter(|code| !matches!(*code, "" | "0"))
    }
}

fn of_error(code: &str) -> Option<Progress> {
    Some(match code {
        "1" | "2" | "6" => Progress::Waiting,
        "3" | "16" | "20" => Progress::Sent,
        "4" => Progress::Delivered,
        "5" | "7" | "8" | "9" | "10" | "11" | "12" | "13" | "14" | "15" | "17" | "18" | "19" => {
            Progress::Failed
        }
        _ => return None,
    })
}

fn of_word(word: &str) -> Option<Progress> {
    Some(match word {
        "Queued" | "Scheduled" | "WaitApproval" => Progress::Waiting,
        // It does not say whether the handset or the network has it.
        "Sent" | "Completed" | "Received" => Progress::Sent,
        "Failed" | "Cancelled" | "CancelledAfterReview" => Progress::Failed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of gateway codes of the reference, section 4, in its order.
    const REFERENCE: &[(&str, &str, &str, Progress)] = &[
        ("1", "200", "Queued", Progress::Waiting),
        ("2", "200", "Scheduled", Progress::Waiting),
        ("3", "200", "Sent", Progress::Sent),
        ("4", "201", "Sent", Progress::Delivered),
        ("5", "301", "Cancelled", Progress::Failed),
        ("6", "200", "WaitApproval", Progress::Waiting),
        ("7", "301", "Failed", Progress::Failed),
        ("8", "301", "Failed", Progress::Failed),
        ("9", "301", "Failed", Progress::Failed),
        ("10", "301", "Failed", Progress::Failed),
        ("11", "301", "Failed", Progress::Failed),
        ("12", "301", "Failed", Progress::Failed),
        ("13", "301", "Failed", Progress::Failed),
        ("14", "301", "Failed", Progress::Failed),
        ("15", "301", "Failed", Progress::Failed),
        ("16", "300", "Failed", Progress::Sent),
        ("17", "301", "Failed", Progress::Failed),
        ("18", "301", "Failed", Progress::Failed),
        ("19", "301", "Failed", Progress::Failed),
        ("20", "301", "Failed", Progress::Sent),
    ];

    fn report<'a>(status_code: &'a str, error_code: &'a str, status: &'a str) -> Report<'a> {
        let given = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Report {
            status_code: given(status_code),
            error_code: given(error_code),
            status: given(status),
            words: None,
        }
    }

    #[test]
    fn the_codes_of_the_reference_are_read_with_and_without_their_company() {
        for (error, status, word, progress) in REFERENCE {
            for given in [
                report(status, error, word),
                report(status, error, ""),
                report("", error, word),
                report("", error, ""),
            ] {
                assert_eq!(given.progress(), Some(*progress), "{given:?}");
            }
        }
    }

    #[test]
    fn a_receipt_of_success_has_no_error_code() {
        for code in ["", "0"] {
            assert_eq!(report("201", code, "").receipt(), Some(Receipt::Delivered));
            assert_eq!(report("200", code, "").receipt(), Some(Receipt::Sent));
            assert_eq!(report("200", code, "Queued").receipt(), None);
            assert_eq!(report("300", code, "").receipt(), Some(Receipt::Sent));
            assert_eq!(report("301", code, "").receipt(), Some(Receipt::Failed));
            assert_eq!(report("302", code, "").receipt(), Some(Receipt::Failed));
        }
    }

    #[test]
    fn a_final_failure_is_one_even_with_the_code_of_a_passing_error() {
        let given = report("301", "16", "Failed");
        assert_eq!(given.receipt(), Some(Receipt::Failed));
        assert_eq!(given.error().unwrap().provider_code, "16");
    }

    #[test]
    fn the_words_of_the_history_are_read_where_there_is_no_code() {
        for (word, receipt) in [
            ("Queued", None),
            ("Scheduled", None),
            ("WaitApproval", None),
            ("Sent", Some(Receipt::Sent)),
            ("Completed", Some(Receipt::Sent)),
            ("Received", Some(Receipt::Sent)),
            ("Failed", Some(Receipt::Failed)),
            ("Cancelled", Some(Receipt::Failed)),
            ("CancelledAfterReview", Some(Receipt::Failed)),
            ("Teleported", None),
        ] {
            assert_eq!(report("", "", word).receipt(), receipt, "{word}");
        }
    }

    #[test]
    fn what_is_not_known_tells_nothing() {
        for given in [
            report("", "", ""),
            report("999", "", ""),
            report("", "99", ""),
        ] {
            assert_eq!(given.progress(), None, "{given:?}");
            assert_eq!(given.error(), None, "{given:?}");
        }
    }

    #[test]
    fn a_failure_names_the_closest_code_and_hides_numbers() {
        let mut given = report("301", "9", "Failed");
        given.words = Some("+12025550123 is not known");
        let error = given.error().unwrap();
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Recipient, "9")
        );
        assert_eq!(error.detail, "+…23 is not known");
        for (given, code) in [
            (report("301", "", ""), "301"),
            (report("", "", "Cancelled"), "Cancelled"),
            (report("301", "99", ""), "99"),
        ] {
            let error = given.error().unwrap();
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Recipient, code)
            );
        }
    }
}
