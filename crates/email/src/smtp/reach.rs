//! Which servers may be connected to: a tenant names them, and the platform's own network is near.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The ports on which mail servers take mail from customers.
const PORTS: [u16; 6] = [25, 465, 587, 2465, 2525, 2587];

/// Which servers the accounts of a platform may name.
///
/// Whoever may name a server could look around the network in which the platform stands, so a platform
/// with tenants whom it does not know reaches the internet and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Addresses of the internet, on the ports of mail, encrypted.
    Internet,
    /// Also addresses of private networks, on any port, encrypted: for a business that runs its own.
    Networks,
    /// Also the machine itself, in the clear if the account says so: development.
    Machine,
}

impl Reach {
    /// Whether this port may be connected to.
    pub(super) fn allows_port(self, port: u16) -> bool {
        match self {
            Self::Internet => PORTS.contains(&port),
            Self::Networks | Self::Machine => true,
        }
    }

    /// Whether this address may be connected to.
    pub(super) fn allows(self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        match self {
            Self::Internet => is_public(ip),
            Self::Networks => !is_own(ip),
            Self::Machine => true,
        }
    }

    /// Whether this address may be spoken to in the clear.
    pub(super) fn allows_clear(self, address: SocketAddr) -> bool {
        match self {
            Self::Internet | Self::Networks => false,
            Self::Machine => address.ip().to_canonical().is_loopback(),
        }
    }
}

/// The machine itself and what surrounds it invisibly, such as the addresses from which clouds tell
/// secrets.
fn is_own(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_link_local() || ip.is_multicast() || ip.octets()[0] == 0
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_unicast_link_local()
                || embedded(ip).is_some_and(|ip| is_own(ip.into()))
        }
    }
}

/// Whether it is an address of the internet (IANA's registries of special addresses).
fn is_public(ip: IpAddr) -> bool {
    if is_own(ip) {
        return false;
    }
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let is_shared = a == 100 && b & 0b1100_0000 == 64;
            let is_benchmark = a == 198 && b & 0b1111_1110 == 18;
            let is_protocol = (a, b, c) == (192, 0, 0);
            let is_reserved = a >= 240;
            !(ip.is_private()
                || ip.is_documentation()
                || is_shared
                || is_benchmark
                || is_protocol
                || is_reserved)
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            let is_documentation = (first, second) == (0x2001, 0x0db8) || first == 0x3fff;
            // What the internet is made of today; the rest is private, translated or not given out.
            let is_global = first & 0xe000 == 0x2000;
            let is_teredo = (first, second) == (0x2001, 0);
            match embedded(ip) {
                Some(ip) => is_public(ip.into()),
                None => is_global && !is_documentation && !is_teredo,
            }
        }
    }
}

/// The address of version 4 that a translated one leads to (RFC 6052, RFC 3056).
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let ([0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..]) = ip.segments() else {
        return None;
    };
    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(reach: Reach, ip: &str) -> bool {
        reach.allows(SocketAddr::new(ip.parse().unwrap(), 587))
    }

    #[test]
    fn the_internet_is_reached_by_everybody() {
        for ip in [
            "8.8.8.8",
            "203.1.2.3",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            for reach in [Reach::Internet, Reach::Networks, Reach::Machine] {
                assert!(reaches(reach, ip), "{reach:?} {ip}");
            }
        }
    }

    #[test]
    fn private_networks_only_where_that_is_meant() {
        for ip in [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "240.0.0.1",
            "255.255.255.255",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
        ] {
            assert!(!reaches(Reach::Internet, ip), "{ip}");
            assert!(reaches(Reach::Networks, ip), "{ip}");
        }
    }

    #[test]
    fn the_machine_itself_only_in_development() {
        for ip in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
        ] {
            assert!(!reaches(Reach::Internet, ip), "{ip}");
            assert!(!reaches(Reach::Networks, ip), "{ip}");
            assert!(reaches(Reach::Machine, ip), "{ip}");
        }
    }

    #[test]
    fn only_the_machine_itself_is_spoken_to_in_the_clear() {
        let local = SocketAddr::new("127.0.0.1".parse().unwrap(), 25);
        let other = SocketAddr::new("10.0.0.1".parse().unwrap(), 25);
        assert!(Reach::Machine.allows_clear(local));
        assert!(!Reach::Machine.allows_clear(other));
        assert!(!Reach::Networks.allows_clear(local));
        assert!(!Reach::Internet.allows_clear(local));
    }

    #[test]
    fn the_internet_is_reached_on_the_ports_of_mail_alone() {
        assert!(Reach::Internet.allows_port(587));
        assert!(!Reach::Internet.allows_port(6379));
        assert!(Reach::Networks.allows_port(1025));
    }
}
