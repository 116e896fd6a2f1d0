//! The browser, and new pages in it.

use std::{env, sync::Arc};

use serde_json::{Value, json};

use crate::{connection::Connection, error::BrowserError, page::Page, screen::Screen};

/// The variable with the address of DevTools.
const VARIABLE: &str = "TIDINGS_BROWSER_URL";

/// A connection to a browser; its pages are closed when this and they are dropped.
#[derive(Debug)]
pub struct Browser {
    connection: Arc<Connection>,
}

impl Browser {
    /// Connects to the browser of `TIDINGS_BROWSER_URL`.
    ///
    /// # Errors
    /// The variable is not set, or there is no browser; the message says what to do.
    pub async fn open() -> Result<Self, BrowserError> {
        let url = env::var(VARIABLE).unwrap_or_default();
        if url.is_empty() {
            return Err(BrowserError::NotNamed(VARIABLE));
        }
        Self::at(&url).await
    }

    /// Connects to the browser at this address of DevTools.
    ///
    /// # Errors
    /// There is none.
    pub async fn at(url: &str) -> Result<Self, BrowserError> {
        let connection = Arc::new(Connection::open(url).await?);
        Ok(Self { connection })
    }

    /// Opens an empty page in a profile of its own.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn page(&self, screen: Screen) -> Result<Page, BrowserError> {
        // Gone with the connection, whatever becomes of the test.
        let profile = self
            .ask(
                "Target.createBrowserContext",
                json!({"disposeOnDetach": true}),
                "browserContextId",
            )
            .await?;
        let target = self
            .ask(
                "Target.createTarget",
                json!({"url": "about:blank", "browserContextId": profile}),
                "targetId",
            )
            .await?;
        let session = self
            .ask(
                "Target.attachToTarget",
                json!({"targetId": target, "flatten": true}),
                "sessionId",
            )
            .await?;
        let page = Page::new(Arc::clone(&self.connection), session);
        page.begin(screen).await?;
        Ok(page)
    }

    async fn ask(
        &self,
        method: &'static str,
        parameters: Value,
        member: &'static str,
    ) -> Result<String, BrowserError> {
        let answer = self.connection.call(method, parameters, None).await?;
        let text = answer[member].as_str().map(str::to_owned);
        text.ok_or(BrowserError::Unreadable { method, member })
    }
}
