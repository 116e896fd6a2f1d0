//! Keys of the keyboard.

use serde_json::{Value, json};

use crate::error::BrowserError;

/// A key as the protocol wants it: its name, its number, and the text that it makes.
struct Key {
    name: &'static str,
    code: u32,
    text: Option<&'static str>,
}

const KEYS: [Key; 11] = [
    key("Tab", 9, None),
    key("Enter", 13, Some("\r")),
    key("Escape", 27, None),
    key(" ", 32, Some(" ")),
    key("End", 35, None),
    key("Home", 36, None),
    key("ArrowLeft", 37, None),
    key("ArrowUp", 38, None),
    key("ArrowRight", 39, None),
    key("ArrowDown", 40, None),
    key("Backspace", 8, None),
];

const SHIFT: u32 = 8;

const fn key(name: &'static str, code: u32, text: Option<&'static str>) -> Key {
    Key { name, code, text }
}

/// The events of pressing a key and letting it go; `Shift+Tab` holds the shift key.
pub(crate) fn strokes(word: &str) -> Result<[Value; 2], BrowserError> {
    let (name, modifiers) = match word.strip_prefix("Shift+") {
        Some(name) => (name, SHIFT),
        None => (word, 0),
    };
    let key = KEYS
        .iter()
        .find(|key| key.name == name)
        .ok_or_else(|| BrowserError::UnknownKey(word.to_owned()))?;
    let event = |kind: &str| {
        json!({
            "type": kind,
            "key": key.name,
            "code": if key.name == " " { "Space" } else { key.name },
            "windowsVirtualKeyCode": key.code,
            "modifiers": modifiers,
        })
    };
    let mut down = event(if key.text.is_some() {
        "keyDown"
    } else {
        "rawKeyDown"
    });
    if let Some(text) = key.text {
        down["text"] = json!(text);
    }
    Ok([down, event("keyUp")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_down_and_up_again() {
        let [down, up] = strokes("Shift+Tab").unwrap();
        assert_eq!(
            (&down["type"], &up["type"]),
            (&json!("rawKeyDown"), &json!("keyUp"))
        );
        assert_eq!(
            (&down["key"], &down["modifiers"]),
            (&json!("Tab"), &json!(SHIFT))
        );
        let [down, _] = strokes("Enter").unwrap();
        assert_eq!(
            (&down["text"], &down["modifiers"]),
            (&json!("\r"), &json!(0))
        );
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = strokes("Shift+F13").unwrap_err().to_string();
        assert!(error.contains("Shift+F13"), "{error}");
    }
}
