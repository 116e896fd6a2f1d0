use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use tidings_messaging::{WebhookReach as Reach, is_public};

/// Finds the addresses of a name, and gives those alone that may be called: what is connected to is what was looked
/// at, whatever the name says a moment later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guarded(pub(crate) Reach);

/// None of a name's addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name has no public address")]
pub(crate) struct NotPublic;

impl Guarded {
    /// The addresses that may be called.
    pub(crate) fn allowed(self, found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
        let may_call = |address: &SocketAddr| match self.0 {
            Reach::Public => is_public(address.ip()),
            Reach::Loopback => is_public(address.ip()) || address.ip().is_loopback(),
        };
        found.filter(may_call).collect()
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = guard.allowed(found);
            if allowed.is_empty() {
                return Err(NotPublic.into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_called_is_left_of_a_name() {
        let found = ["10.0.0.1:0", "1.1.1.1:0", "127.0.0.1:0", "[::1]:0"];
        let found = || found.iter().map(|text| text.parse::<SocketAddr>().unwrap());
        let public = Guarded(Reach::Public).allowed(found());
        assert_eq!(public, ["1.1.1.1:0".parse().unwrap()]);
        let development = Guarded(Reach::Loopback).allowed(found());
        assert_eq!(development, found().skip(1).collect::<Vec<_>>());
    }
}
