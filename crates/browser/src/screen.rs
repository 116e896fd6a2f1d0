//! What a page is looked at on.

/// Which colors the person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// Dark letters on light ground.
    Light,
    /// Light letters on dark ground.
    Dark,
}

impl Colors {
    /// The word of style sheets.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Which colors its owner prefers.
    pub colors: Colors,
}

impl Screen {
    /// A screen of this size.
    pub fn new(width: u32, height: u32, colors: Colors) -> Self {
        Self {
            width,
            height,
            colors,
        }
    }

    /// A telephone held upright, 360 pixels wide.
    pub fn phone(colors: Colors) -> Self {
        Self::new(360, 740, colors)
    }

    /// A window of a computer, 1280 pixels wide.
    pub fn desk(colors: Colors) -> Self {
        Self::new(1280, 800, colors)
    }

    /// Its name in file names: `360-dark`.
    pub fn name(self) -> String {
        format!("{}-{}", self.width, self.colors.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_width_and_colors() {
        assert_eq!(Screen::phone(Colors::Dark).name(), "360-dark");
        assert_eq!(Screen::desk(Colors::Light).name(), "1280-light");
    }
}
