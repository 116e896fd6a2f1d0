//! What goes wrong with a browser.

use std::path::PathBuf;

/// Why the browser did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The variable is not set.
    #[error(
        "{0} is not set: run `cargo xtask test`, or `cargo xtask browser` in another terminal and here the \
         `export` lines that it prints"
    )]
    NotNamed(&'static str),
    /// Nobody speaks the protocol there.
    #[error("there is no browser at {url}; `cargo xtask browser` starts one")]
    NotThere {
        /// The address.
        url: String,
        /// What the connection says.
        #[source]
        source: Box<tokio_tungstenite::tungstenite::Error>,
    },
    /// The connection broke off.
    #[error("the browser has gone away")]
    Gone,
    /// The browser does not answer in time.
    #[error("the browser does not answer `{0}`")]
    Silent(&'static str),
    /// The browser refuses a call.
    #[error("the browser refuses `{method}`: {message}")]
    Refused {
        /// What it was told.
        method: &'static str,
        /// What it says.
        message: String,
    },
    /// An answer is not as the protocol has it.
    #[error("the browser's answer to `{method}` has no `{member}`")]
    Unreadable {
        /// What it was told.
        method: &'static str,
        /// What is missing.
        member: &'static str,
    },
    /// A page could not be opened.
    #[error("{url} does not open: {reason}")]
    NotOpened {
        /// The page.
        url: String,
        /// What the browser says.
        reason: String,
    },
    /// A script threw.
    #[error("the script threw: {0}")]
    Script(String),
    /// A script's value is not of the type that was asked for.
    #[error("the script's value is of another type")]
    Type(#[source] serde_json::Error),
    /// An element cannot be clicked.
    #[error("`{element}` cannot be clicked: {reason}")]
    NotClicked {
        /// How it was looked for.
        element: String,
        /// What is in the way.
        reason: String,
    },
    /// There is no such key here.
    #[error("the key `{0}` is unknown; `keys.rs` lists them")]
    UnknownKey(String),
    /// What was waited for has not come.
    #[error("in {seconds} s this has not become true: {what}\nThe page says:\n{page}")]
    Late {
        /// The condition.
        what: String,
        /// How long it was waited for.
        seconds: u64,
        /// The page's text at the end.
        page: String,
    },
    /// A picture cannot be written.
    #[error("the picture {path} cannot be written")]
    NotKept {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file of axe cannot be read.
    #[error("axe cannot be read from {path}")]
    Axe {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}
