//! A page: open, look, click, write.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    connection::{Connection, Event},
    error::BrowserError,
    keys,
    load::Load,
    screen::{Colors, Screen},
};

/// How long a page may take to become as it is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often to look.
const GLANCE: Duration = Duration::from_millis(20);

/// Finds an element by a selector and, if one is given, by its name; gives where to click, or what is in the way.
const FIND: &str = r#"
(selector, name) => {
  const named = (one) => (one.getAttribute("aria-label") || one.textContent).replace(/\s+/g, " ").trim();
  const all = [...document.querySelectorAll(selector)];
  const one = name === null ? all[0]
    : all.find((one) => named(one) === name) || all.find((one) => named(one).includes(name));
  if (!one) return { reason: "there is none" };
  one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height) return { reason: "it is not shown" };
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  const top = document.elementFromPoint(x, y);
  if (!top) return { reason: "it is outside the screen" };
  const label = top.closest("label");
  if (!one.contains(top) && !(label && label.control === one))
    return { reason: "it is covered by " + top.outerHTML.slice(0, 200) };
  if (one.disabled) return { reason: "it is disabled" };
  return { x, y };
}
"#;

/// A page in a profile of its own.
#[derive(Debug)]
pub struct Page {
    connection: Arc<Connection>,
    session: String,
    patience: Duration,
}

impl Page {
    pub(crate) fn new(connection: Arc<Connection>, session: String) -> Self {
        Self {
            connection,
            session,
            patience: PATIENCE,
        }
    }

    /// The same page, with which nobody has more patience than this.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Asks for everything that is listened to, and puts the page on its screen.
    pub(crate) async fn begin(&self, screen: Screen) -> Result<(), BrowserError> {
        for method in [
            "Page.enable",
            "Runtime.enable",
            "Log.enable",
            "Network.enable",
        ] {
            self.call(method, json!({})).await?;
        }
        self.show_on(screen).await
    }

    async fn call(&self, method: &'static str, parameters: Value) -> Result<Value, BrowserError> {
        let session = Some(self.session.as_str());
        self.connection.call(method, parameters, session).await
    }

    fn events(&self) -> Vec<Event> {
        self.connection.events(&self.session)
    }

    /// Puts the page on another screen; nothing of it moves by itself there.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn show_on(&self, screen: Screen) -> Result<(), BrowserError> {
        let Screen {
            width,
            height,
            colors,
        } = screen;
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", size)
            .await?;
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": match colors {
                Colors::Light => "light",
                Colors::Dark => "dark",
            }},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.call("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Opens an address, and waits until all of it is there.
    ///
    /// # Errors
    /// Nobody answers, or it takes too long.
    pub async fn go(&self, url: &str) -> Result<(), BrowserError> {
        let answer = self.call("Page.navigate", json!({"url": url})).await?;
        if let Some(reason) = answer["errorText"].as_str() {
            return Err(BrowserError::NotOpened {
                url: url.to_owned(),
                reason: reason.to_owned(),
            });
        }
        self.wait_for("document.readyState === 'complete'").await
    }

    /// Runs a script in the page, and waits for its promise if it gives one.
    ///
    /// # Errors
    /// It throws.
    pub async fn run(&self, script: &str) -> Result<Value, BrowserError> {
        let asked = json!({
            "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let answer = self.call("Runtime.evaluate", asked).await?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            let text = thrown.pointer("/exception/description");
            let text = text.or_else(|| thrown.get("text")).and_then(Value::as_str);
            return Err(BrowserError::Script(text.unwrap_or("no reason").to_owned()));
        }
        let value = answer.pointer("/result/value");
        Ok(value.cloned().unwrap_or_default())
    }

    /// The value of a script.
    ///
    /// # Errors
    /// It throws, or gives something else.
    pub async fn value<T: DeserializeOwned>(&self, script: &str) -> Result<T, BrowserError> {
        serde_json::from_value(self.run(script).await?).map_err(BrowserError::Type)
    }

    /// The text that a person sees in the elements of this selector, a line for each.
    ///
    /// # Errors
    /// The selector is none.
    pub async fn text(&self, selector: &str) -> Result<String, BrowserError> {
        let selector = json!(selector);
        self.value(&format!(
            "[...document.querySelectorAll({selector})].map((one) => one.innerText).join('\\n')"
        ))
        .await
    }

    /// Waits until a script's value is true.
    ///
    /// # Errors
    /// It never is; the message shows the page's text. Or the browser is gone.
    pub async fn wait_for(&self, condition: &str) -> Result<(), BrowserError> {
        let end = Instant::now() + self.patience;
        loop {
            match self.run(&format!("Boolean({condition})")).await {
                Ok(Value::Bool(true)) => return Ok(()),
                // Between two documents there is none to ask; an element may not be there yet.
                Ok(_) | Err(BrowserError::Script(_) | BrowserError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
            if Instant::now() > end {
                let page = self.text("body").await.unwrap_or_default();
                return Err(BrowserError::Late {
                    what: condition.to_owned(),
                    seconds: self.patience.as_secs(),
                    page: page.chars().take(4000).collect(),
                });
            }
            sleep(GLANCE).await;
        }
    }

    /// Waits until the elements of this selector say something.
    ///
    /// # Errors
    /// As [`Self::wait_for`].
    pub async fn wait_for_text(&self, selector: &str, text: &str) -> Result<(), BrowserError> {
        let (selector, text) = (json!(selector), json!(text));
        self.wait_for(&format!(
            "[...document.querySelectorAll({selector})].some((one) => one.innerText.includes({text}))"
        ))
        .await
    }

    /// Clicks the first element of this selector with the mouse, as soon as that is possible.
    ///
    /// # Errors
    /// It is not there, not shown, or covered.
    pub async fn click(&self, selector: &str) -> Result<(), BrowserError> {
        self.click_on(selector, None).await
    }

    /// Clicks the element of this selector with this name: its label, or its text.
    ///
    /// # Errors
    /// As [`Self::click`].
    pub async fn click_named(&self, selector: &str, name: &str) -> Result<(), BrowserError> {
        self.click_on(selector, Some(name)).await
    }

    async fn click_on(&self, selector: &str, name: Option<&str>) -> Result<(), BrowserError> {
        let script = format!("({FIND})({}, {})", json!(selector), json!(name));
        let end = Instant::now() + self.patience;
        let mut before = None;
        let place = loop {
            let found = self.run(&script).await?;
            let reason = match found["reason"].as_str() {
                // What is drawn anew or moved under the pointer hears no click.
                None if before.as_ref() == Some(&found) => break found,
                None => "it does not stand still",
                Some(reason) => reason,
            };
            if Instant::now() > end {
                return Err(BrowserError::NotClicked {
                    element: format!("{selector} {}", name.unwrap_or_default()),
                    reason: reason.to_owned(),
                });
            }
            before = Some(found);
            sleep(GLANCE).await;
        };
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({
                "type": kind, "x": place["x"], "y": place["y"], "button": button, "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Writes where the caret is.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn write(&self, text: &str) -> Result<(), BrowserError> {
        self.call("Input.insertText", json!({"text": text})).await?;
        Ok(())
    }

    /// Clicks a field and puts this text in place of what is there.
    ///
    /// # Errors
    /// As [`Self::click`].
    pub async fn fill(&self, selector: &str, text: &str) -> Result<(), BrowserError> {
        self.click(selector).await?;
        self.run("document.activeElement.select?.()").await?;
        self.write(text).await
    }

    /// Presses a key: `Enter`, `Tab`, `Shift+Tab`, `Escape`, an arrow, a space.
    ///
    /// # Errors
    /// There is no such key.
    pub async fn press(&self, key: &str) -> Result<(), BrowserError> {
        for event in keys::strokes(key)? {
            self.call("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// What the screen shows, as PNG.
    ///
    /// # Errors
    /// The browser gives no picture.
    pub async fn picture(&self) -> Result<Vec<u8>, BrowserError> {
        let method = "Page.captureScreenshot";
        let answer = self.call(method, json!({"format": "png"})).await?;
        let unreadable = BrowserError::Unreadable {
            method,
            member: "data",
        };
        let data = answer["data"]
            .as_str()
            .and_then(|it| STANDARD.decode(it).ok());
        data.ok_or(unreadable)
    }

    /// Errors of scripts so far, and what the page's Content Security Policy has kept away.
    pub fn complaints(&self) -> Vec<String> {
        self.events().iter().filter_map(complaint).collect()
    }

    /// What opening the page has cost.
    ///
    /// # Errors
    /// Nothing was opened.
    pub async fn load(&self) -> Result<Load, BrowserError> {
        let milliseconds: f64 = self
            .value("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
            .await?;
        let interactive = Duration::from_secs_f64(milliseconds.max(0.0) / 1000.0);
        Ok(Load::of(&self.events(), interactive))
    }
}

/// What an event complains about, if it does.
fn complaint(event: &Event) -> Option<String> {
    let told = &event.parameters;
    let text = |pointer: &str| told.pointer(pointer).and_then(Value::as_str);
    match event.method.as_str() {
        "Runtime.exceptionThrown" => text("/exceptionDetails/exception/description")
            .or_else(|| text("/exceptionDetails/text")),
        "Log.entryAdded" if text("/entry/level") == Some("error") => text("/entry/text"),
        "Runtime.consoleAPICalled" if text("/type") == Some("error") => {
            text("/args/0/value").or(Some("console.error"))
        }
        _ => None,
    }
    .map(str::to_owned)
}
