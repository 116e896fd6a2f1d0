//! Calls that are about an account and hand no message over.

use crate::{Answer, CallError, CredentialProblem, Dialect, DownloadError};
use std::error::Error;
use tidings_messaging::{FetchedMedia, ManageError, MediaError};
use tidings_routing::ProviderError;

/// What a file is of which its provider does not say it.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What a call does to what the provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes something: when the answer is lost, it may have.
    Changes,
    /// It only reads.
    Reads,
}

impl Effect {
    /// What follows when nobody can tell what became of the call.
    fn lost(self, what: impl Into<Box<dyn Error + Send + Sync>>) -> ManageError {
        match self {
            Self::Changes => ManageError::Unknown(what.into()),
            Self::Reads => ManageError::NotAsked(what.into()),
        }
    }
}

impl Dialect {
    /// The answer of success to a call about an account, or why there is none.
    ///
    /// A 404 says that there is no such thing, and a 5xx tells nothing, unless its code is one that refuses.
    ///
    /// # Errors
    /// [`ManageError`]: what it is not.
    pub fn manage(
        &self,
        effect: Effect,
        result: Result<Answer, CallError>,
    ) -> Result<Answer, ManageError> {
        let answer = match result {
            Ok(answer) => answer,
            Err(error @ CallError::NotSent(_)) => return Err(ManageError::NotAsked(error.into())),
            Err(error @ CallError::Lost(_)) => return Err(effect.lost(error)),
        };
        match answer.status {
            200..=299 => Ok(answer),
            404 => Err(ManageError::NotThere),
            400..=599 if !self.is_doubtful(&answer) => {
                Err(ManageError::Refused(self.refusal(&answer)))
            }
            status => Err(effect.lost(format!("{} answered {status}", self.title))),
        }
    }

    /// A success whose body is not what the provider documents.
    pub fn unreadable_success(&self, effect: Effect, answer: &Answer) -> ManageError {
        effect.lost(format!(
            "{} answered {} with a body that cannot be read",
            self.title, answer.status
        ))
    }

    /// The file that came, or why none did; what is refused is put into words by `refusal`.
    ///
    /// # Errors
    /// [`MediaError`]: what it is not.
    pub fn file(
        &self,
        result: Result<Answer, DownloadError>,
        refusal: impl FnOnce(&Answer) -> ProviderError,
    ) -> Result<FetchedMedia, MediaError> {
        let answer = result.map_err(|error| match error {
            DownloadError::TooLong(most) => MediaError::TooLarge { most },
            DownloadError::Call(error) => MediaError::NotFetched(error.into()),
        })?;
        match answer.status {
            200..=299 => {
                let kind = answer.header("content-type").unwrap_or(UNKNOWN_TYPE);
                Ok(FetchedMedia {
                    content_type: kind.to_owned(),
                    bytes: answer.body.unwrap_or_default(),
                })
            }
            404 | 410 => Err(MediaError::Gone),
            300..=399 | 408 | 500..=599 => {
                let what = format!("{} answered {}", self.title, answer.status);
                Err(MediaError::NotFetched(what.into()))
            }
            _ => Err(MediaError::Refused(refusal(&answer))),
        }
    }
}

impl From<CredentialProblem> for ManageError {
    fn from(CredentialProblem { field, problem }: CredentialProblem) -> Self {
        Self::Credential {
            field,
            problem: problem.to_owned(),
        }
    }
}

impl From<CredentialProblem> for MediaError {
    fn from(CredentialProblem { field, problem }: CredentialProblem) -> Self {
        Self::Credential {
            field,
            problem: problem.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Read, Reason};
    use bytes::Bytes;
    use reqwest::header::HeaderMap;
    use tidings_routing::{Class, ErrorEntry, ErrorTable};

    const ACME: Dialect = Dialect {
        name: "acme",
        title: "Acme",
        errors: ErrorTable::new(&[ErrorEntry {
            code: "blocked",
            class: Class::Account,
            advice: "",
        }]),
        faults: &[],
        read: |_| Some(Read::Accepted(String::new())),
        reason: |answer| {
            Some(Reason {
                code: answer.json()?.get("code")?.as_str()?.to_owned(),
                words: String::new(),
            })
        },
    };

    fn answered(effect: Effect, status: u16, body: &str) -> Result<(), ManageError> {
        let answer = Answer {
            status,
            headers: HeaderMap::new(),
            body: Some(Bytes::copy_from_slice(body.as_bytes())),
        };
        ACME.manage(effect, Ok(answer)).map(drop)
    }

    #[test]
    fn what_may_have_been_done_is_told_from_what_was_refused() {
        use Effect::{Changes, Reads};
        assert!(answered(Changes, 204, "").is_ok());
        for effect in [Changes, Reads] {
            let is_missing = matches!(answered(effect, 404, ""), Err(ManageError::NotThere));
            assert!(is_missing);
            for (status, body) in [(400, ""), (429, ""), (503, r#"{"code":"blocked"}"#)] {
                let refused = answered(effect, status, body);
                assert!(
                    matches!(refused, Err(ManageError::Refused(_))),
                    "{refused:?}"
                );
            }
        }
        for (status, body) in [(500, ""), (503, r#"{"code":"new"}"#), (302, ""), (408, "")] {
            let changed = answered(Changes, status, body);
            assert!(
                matches!(changed, Err(ManageError::Unknown(_))),
                "{changed:?}"
            );
            let told = answered(Reads, status, body);
            assert!(matches!(told, Err(ManageError::NotAsked(_))), "{told:?}");
        }
    }
}
