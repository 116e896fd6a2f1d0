use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What ties together everything that is done for one request of a tenant, from the API to the receipt: the
/// trace id of W3C Trace Context.
///
/// # Examples
/// ```
/// use tidings_messaging::TraceId;
///
/// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let trace = TraceId::of_traceparent(header).unwrap();
/// assert_eq!(trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert_eq!(trace.to_string().parse(), Ok(trace));
///
/// // Nothing but zeros is no trace.
/// assert!(TraceId::of_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01").is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

/// The text is no trace id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a trace id is 32 hexadecimal digits that are not all zero")]
pub struct NotATrace;

impl TraceId {
    /// The one with these bytes; for a request whose sender names none, its own id will do.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid.as_u128())
    }

    /// Its bytes.
    pub const fn uuid(self) -> Uuid {
        Uuid::from_u128(self.0)
    }

    /// The trace that a `traceparent` header names, if it is a good one. What versions to come append is
    /// passed over, as the standard asks.
    pub fn of_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let version = parts.next().filter(|it| is_hex(it, 2) && *it != "ff")?;
        let trace = parts.next()?;
        let parent = parts.next().filter(|it| is_hex(it, 16))?;
        let flags = parts.next().filter(|it| is_hex(it, 2));
        let is_over = parts.next().is_none() || version != "00";
        if flags.is_none() || !is_over || parent.bytes().all(|it| it == b'0') {
            return None;
        }
        trace.parse().ok()
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(is_digit)
}

impl FromStr for TraceId {
    type Err = NotATrace;

    fn from_str(text: &str) -> Result<Self, NotATrace> {
        if !is_hex(text, 32) {
            return Err(NotATrace);
        }
        match u128::from_str_radix(text, 16) {
            Ok(0) | Err(_) => Err(NotATrace),
            Ok(bits) => Ok(Self(bits)),
        }
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_good_headers_name_a_trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let is_read = |header: &str| TraceId::of_traceparent(header).is_some();
        assert!(is_read(&format!("00-{trace}-00f067aa0ba902b7-00")));
        assert!(is_read(&format!("01-{trace}-00f067aa0ba902b7-00-more")));
        for bad in [
            String::new(),
            trace.to_owned(),
            format!("00-{trace}"),
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("00-{trace}-00f067aa0ba902b7-00-more"),
            format!("00-{trace}-0000000000000000-00"),
            format!("ff-{trace}-00f067aa0ba902b7-00"),
            format!("00-{}-00f067aa0ba902b7-00", trace.to_uppercase()),
            format!("00-+{}-00f067aa0ba902b7-00", &trace[1..]),
        ] {
            assert!(!is_read(&bad), "{bad}");
        }
    }
}
