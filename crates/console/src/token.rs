//! The token of a session: 32 random bytes in a cookie, of which the store has only a hash.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    hmac,
};

/// The cookie's name.
pub(crate) const COOKIE: &str = "tidings_session";

/// A token as it stands in the cookie, in the clear. It is never printed.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn new(random: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// The token of a request, if it has one of the right shape.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut pairs = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs
            .find(|(name, _)| *name == COOKIE)
            .and_then(|(_, value)| Self::read(value))
    }

    /// Reads a token's text.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok();
        is_one.then(|| Self(text.to_owned()))
    }

    /// The text, for an address that is a secret itself.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// What the store knows it by.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.iter_mut()
            .zip(digest(&SHA256, self.0.as_bytes()).as_ref())
            .for_each(|(place, byte)| *place = *byte);
        hash
    }

    /// What every form of the session carries: it follows from the token, which no other site can read, and the
    /// token does not follow from it.
    pub(crate) fn seal(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"form").as_ref())
    }

    /// Whether a form carries it; compared in constant time.
    pub(crate) fn fits(&self, seal: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        URL_SAFE_NO_PAD
            .decode(seal)
            .is_ok_and(|bytes| hmac::verify(&key, b"form", &bytes).is_ok())
    }

    /// The header that gives it to a browser, until the browser or the store forgets it.
    pub(crate) fn cookie(&self, is_secure: bool) -> Option<HeaderValue> {
        cookie(&self.0, "", is_secure)
    }
}

/// The header that takes the token away from a browser.
pub(crate) fn no_cookie(is_secure: bool) -> Option<HeaderValue> {
    cookie("", "; Max-Age=0", is_secure)
}

fn cookie(value: &str, more: &str, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/console; HttpOnly; SameSite=Lax{secure}{more}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers
    }

    #[test]
    fn a_cookie_gives_its_token_back() {
        let token = Token::new([7; 32]);
        let cookie = token.cookie(true).unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.ends_with("; Path=/console; HttpOnly; SameSite=Lax; Secure"));
        let pair = text.split(';').next().unwrap();
        let read = Token::of(&headers(&format!("a=b; {pair}; c=d"))).unwrap();
        assert_eq!(read.hash(), token.hash());
        for other in ["", "tidings_session=", "tidings_session=short", "x=y"] {
            assert!(Token::of(&headers(other)).is_none(), "{other}");
        }
    }

    #[test]
    fn a_seal_fits_its_own_token_only() {
        let (token, other) = (Token::new([7; 32]), Token::new([8; 32]));
        assert!(token.fits(&token.seal()));
        assert!(!other.fits(&token.seal()) && !token.fits("") && !token.fits("%"));
        assert!(!token.seal().contains(token.text()));
    }
}
