//! `tidings doctor`: looks at everything that the platform needs and says what to do.

mod checks;
mod ways_out;

use crate::{Config, ConfigError};
use std::fmt;

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing to do.
    Fine,
    /// The platform works, but not as well as it could.
    Doubtful,
    /// The platform does not work.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub subject: &'static str,
    /// How it is.
    pub state: State,
    /// What was seen, and what to do; holds no secrets.
    pub detail: String,
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnosis(pub Vec<Finding>);

impl Diagnosis {
    /// Whether the platform works.
    pub fn is_healthy(&self) -> bool {
        self.0.iter().all(|finding| match finding.state {
            State::Fine | State::Doubtful => true,
            State::Broken => false,
        })
    }
}

impl Finding {
    fn fine(subject: &'static str, detail: impl Into<String>) -> Self {
        Self {
            subject,
            state: State::Fine,
            detail: detail.into(),
        }
    }

    fn doubtful(subject: &'static str, detail: impl Into<String>) -> Self {
        Self {
            subject,
            state: State::Doubtful,
            detail: detail.into(),
        }
    }

    fn broken(subject: &'static str, detail: impl Into<String>) -> Self {
        Self {
            subject,
            state: State::Broken,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fine => "ok",
            Self::Doubtful => "look",
            Self::Broken => "BROKEN",
        })
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .0
            .iter()
            .map(|finding| finding.subject.len())
            .max()
            .unwrap_or_default();
        for finding in &self.0 {
            // Further lines stand under the first.
            let detail = finding
                .detail
                .replace('\n', &format!("\n{:1$}", "", width + 10));
            writeln!(
                f,
                "{:width$}  {:6}  {detail}",
                finding.subject, finding.state
            )?;
        }
        Ok(())
    }
}

/// Looks at everything. What the settings do not tell is left out.
pub async fn diagnose(config: Result<Config, ConfigError>, warnings: &[String]) -> Diagnosis {
    let mut findings = Vec::new();
    match &config {
        Ok(_) if warnings.is_empty() => findings.push(Finding::fine("settings", "complete")),
        Ok(_) => findings.push(Finding::doubtful("settings", warnings.join("\n"))),
        Err(error) => {
            findings.extend(
                error
                    .0
                    .iter()
                    .map(|mistake| Finding::broken("settings", mistake.to_string())),
            );
        }
    }
    if let Ok(config) = &config {
        findings.extend(checks::all(config).await);
    }
    Diagnosis(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mistake;

    #[test]
    fn the_table_lines_up_and_one_broken_thing_is_enough() {
        let mut diagnosis = Diagnosis(vec![
            Finding::fine("settings", "complete"),
            Finding::doubtful("clock", "2 s behind\ncheck NTP"),
        ]);
        assert!(diagnosis.is_healthy());
        assert_eq!(
            diagnosis.to_string(),
            "settings  ok      complete\nclock     look    2 s behind\n                  check NTP\n"
        );
        diagnosis.0.push(Finding::broken("database", "away"));
        assert!(!diagnosis.is_healthy());
        assert!(diagnosis.to_string().ends_with("database  BROKEN  away\n"));
    }

    #[tokio::test]
    async fn every_wrong_setting_is_a_finding() {
        let mistake = |name: &str| Mistake {
            name: name.to_owned(),
            problem: "is missing".to_owned(),
        };
        let error = ConfigError(vec![mistake("DATABASE_URL"), mistake("TIDINGS_KEYS")]);
        let diagnosis = diagnose(Err(error), &[]).await;
        assert_eq!(diagnosis.0.len(), 2);
        assert!(!diagnosis.is_healthy());
    }
}
