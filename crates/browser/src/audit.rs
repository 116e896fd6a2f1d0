//! What keeps people out of a page, found by axe.

use std::{env, fs, path::PathBuf};

use serde::Deserialize;

use crate::{error::BrowserError, page::Page};

/// The variable with the file of axe.
const VARIABLE: &str = "TIDINGS_AXE";

/// The rules of WCAG 2.2 A and AA, and what is good practice beside them.
const RUN: &str = r#"
axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag", values:
  ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } })
.then(({ violations }) => violations.map(({ id, impact, help, nodes }) => ({ rule: id, impact, help,
  places: nodes.map((node) => node.target.join(" ") + ": " + node.failureSummary) })))
"#;

/// A rule that a page breaks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Finding {
    /// The name of axe's rule.
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: Option<String>,
    /// The rule in a sentence.
    pub help: String,
    /// The elements that break it, and how.
    pub places: Vec<String>,
}

impl Finding {
    /// True if it keeps somebody from using the page.
    pub fn is_serious(&self) -> bool {
        matches!(self.impact.as_deref(), Some("serious" | "critical"))
    }
}

impl Page {
    /// Looks for what keeps people out.
    ///
    /// # Errors
    /// `TIDINGS_AXE` is not set or not readable, or axe does not run.
    pub async fn audit(&self) -> Result<Vec<Finding>, BrowserError> {
        let path = env::var_os(VARIABLE).filter(|path| !path.is_empty());
        let path = PathBuf::from(path.ok_or(BrowserError::NotNamed(VARIABLE))?);
        let axe = fs::read_to_string(&path).map_err(|source| BrowserError::Axe { path, source })?;
        // DevTools may do what the page's Content Security Policy keeps from the page.
        self.run(&axe).await?;
        self.value(RUN).await
    }
}
