//! Links in a text, as phones find them.

use super::lexicon::fold;
use std::ops::Range;

/// Public link shorteners, sorted. Named in CTIA's messaging principles and in the codes of
/// conduct of AT&T and T-Mobile (compliance study, section 4.1) or by Twilio's and AWS's advice on
/// filtered links, read in November 2026; data, to be extended.
pub const SHORTENERS: &[&str] = &[
    "1url.com",
    "adf.ly",
    "adfoc.us",
    "aka.ms",
    "amzn.to",
    "b.link",
    "bc.vc",
    "bit.do",
    "bit.ly",
    "bitly.com",
    "bl.ink",
    "buff.ly",
    "clck.ru",
    "cli.re",
    "cutt.ly",
    "cutt.us",
    "db.tt",
    "dlvr.it",
    "fb.me",
    "geni.us",
    "goo.gl",
    "hyperurl.co",
    "is.gd",
    "j.mp",
    "kutt.it",
    "lnkd.in",
    "mcaf.ee",
    "ow.ly",
    "po.st",
    "q.gs",
    "qr.ae",
    "qr.net",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "short.cm",
    "short.io",
    "short.link",
    "shorte.st",
    "shorturl.at",
    "shrtco.de",
    "snip.ly",
    "soo.gd",
    "surl.li",
    "t.co",
    "t.ly",
    "t2m.io",
    "tiny.cc",
    "tiny.one",
    "tinyurl.com",
    "tr.im",
    "trib.al",
    "u.nu",
    "u.to",
    "urlz.fr",
    "v.gd",
    "v.ht",
    "vu.fr",
    "wp.me",
    "x.gd",
    "zpr.io",
];

/// Endings that make a bare `name.ending` a link on phones.
const ENDINGS: &[&str] = &[
    "ae", "ai", "app", "ar", "asia", "at", "au", "be", "biz", "br", "bz", "ca", "cat", "cc", "ch",
    "cl", "click", "cloud", "club", "cn", "co", "com", "cr", "cz", "de", "dev", "digital", "dk",
    "ec", "eg", "es", "eu", "example", "fi", "fm", "fr", "fun", "gd", "gg", "gl", "gov", "gr",
    "gt", "hk", "hr", "hu", "id", "ie", "il", "in", "info", "io", "it", "jp", "ke", "kr", "link",
    "live", "lol", "ltd", "ly", "me", "mobi", "mx", "net", "news", "ng", "nl", "no", "nz",
    "online", "org", "pe", "pk", "pl", "pro", "pt", "pw", "ro", "rs", "ru", "sa", "se", "sg",
    "shop", "si", "site", "sk", "space", "store", "su", "tech", "th", "tk", "to", "top", "tr",
    "tv", "tw", "ua", "uk", "us", "uy", "ve", "vip", "vn", "website", "wiki", "ws", "xyz", "za",
    "zone",
];

/// A link and the name of the machine that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link<'text> {
    pub(crate) span: Range<usize>,
    /// As written, without port.
    pub(crate) host: &'text str,
    /// True when something stands before an `@`, which hides where the link leads.
    pub(crate) has_user: bool,
}

impl Link<'_> {
    /// True when the host is `domain` or belongs to it.
    pub(crate) fn is_of(&self, domain: &str) -> bool {
        let host = self.host.strip_suffix('.').unwrap_or(self.host);
        let Some(at) = host.len().checked_sub(domain.len()) else {
            return false;
        };
        let (Some(head), Some(tail)) = (host.get(..at), host.get(at..)) else {
            return false;
        };
        !domain.is_empty()
            && tail.eq_ignore_ascii_case(domain)
            && (head.is_empty() || head.ends_with('.'))
    }

    /// The public shortener that it leads to; each of them is a name of two labels.
    pub(crate) fn shortener(&self) -> Option<&'static str> {
        // As a browser reads it: in any form of dot and letter.
        let plain = self.host.replace("%2E", ".").replace("%2e", ".");
        let plain: String = plain
            .chars()
            .filter_map(|c| if is_dot(c) { Some('.') } else { fold(c) })
            .collect();
        let host = plain.trim_end_matches('.');
        let ending = host.rfind('.')?;
        let start = host.get(..ending)?.rfind('.').map_or(0, |dot| dot + 1);
        let name = host.get(start..)?.bytes();
        let at = SHORTENERS
            .binary_search_by(|known| known.bytes().cmp(name.clone()))
            .ok()?;
        SHORTENERS.get(at).copied()
    }

    /// True when a reader cannot tell from its letters where it leads.
    pub(crate) fn is_disguised(&self) -> bool {
        let is_address = self.host.starts_with('[')
            || self.host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        self.has_user
            || is_address
            // A number for a machine, a name of one's own network, letters that a browser decodes.
            || !self.host.contains('.')
            || self.host.contains('%')
            || !self.host.is_ascii()
            || self.host.split('.').any(|label| {
                label
                    .get(..4)
                    .is_some_and(|head| head.eq_ignore_ascii_case("xn--"))
            })
    }
}

/// The links of `text`, in order.
pub(crate) fn links(text: &str) -> impl Iterator<Item = Link<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let dot = at + rest.char_indices().find(|(at, c)| begins(rest, *at, *c))?.0;
            let start = text
                .get(at..dot)?
                .rfind(is_edge)
                .map_or(at, |edge| edge + at + edge_length(text, edge + at));
            let end = text
                .get(dot..)?
                .find(is_edge)
                .map_or(text.len(), |edge| dot + edge);
            at = end.max(dot + 1);
            let token = text.get(start..end)?.trim_end_matches(is_closing);
            if let Some(link) = link(token, start) {
                return Some(link);
            }
        }
    })
}

/// Whether a link may be around here: at a dot, or at the end of a scheme, since a machine can be named
/// without a dot.
fn begins(text: &str, at: usize, c: char) -> bool {
    is_dot(c) || (c == ':' && text.get(at..).is_some_and(|rest| rest.starts_with("://")))
}

/// A dot as browsers read it in the name of a machine (UTS 46).
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

fn link(token: &str, start: usize) -> Option<Link<'_>> {
    let scheme = token.find("://").map(|at| at + 3);
    let rest = token.get(scheme.unwrap_or_default()..)?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let (user, machine) = match authority.rsplit_once('@') {
        Some((user, machine)) => (Some(user), machine),
        None => (None, authority),
    };
    // Without a scheme it is an address of mail.
    if user.is_some() && scheme.is_none() {
        return None;
    }
    let host = match machine.strip_prefix('[') {
        Some(_) => machine,
        None => machine.split(':').next()?,
    };
    let is_link = scheme.is_some() || is_bare_link(host, authority.len() < rest.len());
    (is_link && !host.is_empty()).then(|| Link {
        span: start..start + token.len(),
        host,
        has_user: user.is_some(),
    })
}

/// True for `shop.example`, and for any name with a path behind it.
fn is_bare_link(host: &str, has_path: bool) -> bool {
    let mut labels = host.split('.');
    let is_name = labels.clone().count() >= 2
        && labels.all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    if !is_name {
        return false;
    }
    let ending = host.rsplit('.').next().unwrap_or_default();
    let is_word = || ending.len() >= 2 && ending.chars().all(char::is_alphabetic);
    (has_path && is_word())
        || ENDINGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
}

#[inline]
fn is_edge(c: char) -> bool {
    // Nearly all characters are letters.
    !c.is_ascii_alphanumeric()
        && (c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '(' | ')' | '{' | '}' | ',' | ';' | '|'))
}

fn edge_length(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(1, char::len_utf8)
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '.' | '!' | '?' | ':' | '\'' | '*' | '_' | '\u{2019}' | '\u{201D}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> Vec<&str> {
        links(text).map(|link| link.host).collect()
    }

    #[test]
    fn links_are_found_as_phones_find_them() {
        assert!(SHORTENERS.is_sorted() && ENDINGS.is_sorted());
        assert!(SHORTENERS.iter().all(|name| name.matches('.').count() == 1));
        for (text, found) in [
            (
                "see https://shop.example.com/a?b. Bye",
                vec!["shop.example.com"],
            ),
            (
                "bit.ly/x, T.CO! (www.acme.com)",
                vec!["bit.ly", "T.CO", "www.acme.com"],
            ),
            ("https://acme.com@evil.example:8080/x", vec!["evil.example"]),
            (
                "http://[::1].x/ http://1.2.3.4/",
                vec!["[::1].x", "1.2.3.4"],
            ),
            ("mail ana@acme.com now", vec![]),
            ("End.Then 3.50 and e.g. this... v1.2", vec![]),
            ("acme.museum and acme.museum/x", vec!["acme.museum"]),
            ("é.com。x", vec!["é.com。x"]),
            (".", vec![]),
        ] {
            let found: Vec<&str> = found.into_iter().filter(|host| host.is_ascii()).collect();
            let hosts: Vec<&str> = hosts(text)
                .into_iter()
                .filter(|host| host.is_ascii())
                .collect();
            assert_eq!(hosts, found, "{text}");
        }
    }

    #[test]
    fn a_domain_is_not_its_look_alike() {
        let of = |text, domain| links(text).next().unwrap().is_of(domain);
        assert!(of("https://go.acme.com/x", "acme.com"));
        assert!(of("https://ACME.com./x", "acme.com"));
        assert!(!of("https://notacme.com/x", "acme.com"));
        assert!(!of("https://acme.com.evil.example/x", "acme.com"));
        assert!(!of("https://acme.com/x", ""));
    }

    #[test]
    fn disguises_are_seen() {
        for (text, disguised) in [
            ("https://acme.com@evil.example/", true),
            ("https://xn--acme-epa.com/", true),
            ("https://аcme.com/", true),
            ("http://10.0.0.1/x", true),
            ("https://acme.com/", false),
        ] {
            assert_eq!(
                links(text).next().unwrap().is_disguised(),
                disguised,
                "{text}"
            );
        }
    }

    #[test]
    fn a_shortener_is_one_however_it_is_written() {
        for text in [
            "https://BIT.ly/x",
            "https://bit\u{3002}ly/x",
            "https://bit\u{FF0E}ly",
            "https://ｂｉｔ.ｌｙ/x",
            "https://bit%2Ely/x",
            "https://go.bit.ly./x",
            "https://user:pass@bit.ly:443/x",
            "https://bit.ly\\@acme.com/",
        ] {
            let link = links(text).next().unwrap();
            assert_eq!(link.shortener(), Some("bit.ly"), "{text}");
        }
        for text in [
            "https://habit.ly.acme.com/",
            "https://rabbit.ly/",
            "https://bit.ly.acme.com",
        ] {
            assert_eq!(links(text).next().unwrap().shortener(), None, "{text}");
        }
    }

    #[test]
    fn a_machine_without_a_dot_is_linked_and_disguised() {
        for text in [
            "http://3232235777/x",
            "see https://0x7f000001",
            "http://localhost:80/a",
        ] {
            assert!(links(text).next().unwrap().is_disguised(), "{text}");
        }
    }

    #[test]
    fn sentences_are_no_links() {
        for text in [
            "Wait... what?",
            "etc. and so on",
            "Ref.No.12 paid",
            "at 9 a.m. or 5 p.m.",
            "你好。再见",
            "3.50/kg",
            "ana.b@acme.co.uk",
            "mailto:ana@acme.com",
            "Note: yes // no",
            "12.03.2026",
            "v1.2.3",
            "C:/a",
            "Mr.Smith",
            "{{a}}://",
        ] {
            assert_eq!(links(text).count(), 0, "{text}: {:?}", hosts(text));
        }
    }

    #[test]
    fn a_hostile_text_takes_linear_time() {
        assert_eq!(links(&".".repeat(1_000_000)).count(), 0);
        assert_eq!(links(&"a.".repeat(500_000)).count(), 0);
        assert_eq!(links(&". ".repeat(500_000)).count(), 0);
        assert_eq!(links(&"://".repeat(300_000)).count(), 0);
        assert_eq!(links(&":".repeat(1_000_000)).count(), 0);
        assert_eq!(links(&"。".repeat(300_000)).count(), 0);
        assert_eq!(
            links(&format!("http://{}", "a".repeat(1_000_000))).count(),
            1
        );
    }
}
