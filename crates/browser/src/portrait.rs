//! Pictures of a page for people: on every kind of screen, and small enough to be kept beside the code.

use std::{env, fs, path::PathBuf};

use crate::{
    error::BrowserError,
    page::Page,
    screen::{Colors, Screen},
};

/// The variable with the directory where pictures are kept; without it they are only taken.
const VARIABLE: &str = "TIDINGS_SCREENSHOTS";

/// A page on one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    /// The screen.
    pub screen: Screen,
    /// The picture.
    pub png: Vec<u8>,
    /// True if the page is wider than the screen, so that a person has to scroll sideways.
    pub is_too_wide: bool,
}

impl Page {
    /// Takes pictures on a telephone and on a desk, in light and in dark colors, and keeps them as
    /// `name-360-light.png` and so on where `TIDINGS_SCREENSHOTS` says, if it does.
    ///
    /// # Errors
    /// The browser gives none, or they cannot be written.
    pub async fn portraits(&self, name: &str) -> Result<Vec<Portrait>, BrowserError> {
        let place = env::var_os(VARIABLE).filter(|place| !place.is_empty());
        let mut portraits = Vec::new();
        for colors in [Colors::Light, Colors::Dark] {
            for screen in [Screen::phone(colors), Screen::desk(colors)] {
                self.show_on(screen).await?;
                self.settle().await?;
                let png = self.picture().await?;
                if let Some(place) = &place {
                    let path = PathBuf::from(place).join(format!("{name}-{}.png", screen.name()));
                    fs::write(&path, &png)
                        .map_err(|source| BrowserError::NotKept { path, source })?;
                }
                let is_too_wide = "document.documentElement.scrollWidth > innerWidth";
                portraits.push(Portrait {
                    screen,
                    png,
                    is_too_wide: self.value(is_too_wide).await?,
                });
            }
        }
        Ok(portraits)
    }

    /// Waits until letters and pictures are there, and drawn.
    async fn settle(&self) -> Result<(), BrowserError> {
        self.run(
            "Promise.all([document.fonts.ready, ...[...document.images].map((one) => one.decode().catch(() => {}))])\
             .then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))",
        )
        .await?;
        Ok(())
    }
}
