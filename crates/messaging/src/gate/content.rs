use crate::{Content, Known, Segments};
use serde::{Deserialize, Serialize};
use tidings_kernel::{Channel, Purpose};
use tidings_templates::{
    Code, Diagnostic,
    content::{Brand, ContentContext, StopLine, detect_marketing, inspect, is_marketing},
};

/// What the rules about content need to know, so that a stored decision holds no text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContentFacts {
    /// Whether there is nothing in it.
    pub is_empty: bool,
    /// Its length in characters.
    pub characters: u32,
    /// Whether it has a control character other than line breaks.
    pub has_control_character: bool,
    /// How many attachments it has.
    pub media: u32,
    /// Billed parts, for SMS.
    pub segments: Option<u32>,
    /// What in it promotes something, by the names of the detector; empty for most messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotes: Vec<String>,
    /// Whether it names the sender.
    #[serde(default)]
    pub brand: Presence,
    /// Whether it says how to stop.
    #[serde(default)]
    pub stop_line: Presence,
    /// Links that must not be sent: those of public shorteners and, where the tenant has named its
    /// domains, those of others. The host of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_links: Vec<String>,
    /// What carriers may hold against it, by the codes of the lint; it is sent all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<String>,
}

/// Whether a text holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Nobody looked.
    #[default]
    Unknown,
    /// It does.
    Present,
    /// It does not.
    Absent,
}

impl ContentFacts {
    /// Looks at a content as a contact of this tenant would read it.
    pub fn of(content: &Content, channel: Channel, known: &Known) -> Self {
        Self::in_language(content, channel, known, None)
    }

    /// Looks at a content whose language is known, such as that of a template's variant. Texts are read in
    /// the contact's and the tenant's languages besides, since nobody declares the language of a free text.
    pub fn in_language(
        content: &Content,
        channel: Channel,
        known: &Known,
        language: Option<&str>,
    ) -> Self {
        let words = content.words();
        let text = &*words;
        let is_control = |c: char| c.is_control() && c != '\n' && c != '\r';
        let segments = (channel == Channel::Sms).then(|| Segments::of(text).count);
        let languages = languages(known, language);
        let promotes = languages
            .iter()
            .map(|language| promotions(text, language, known))
            .find(|found| !found.is_empty())
            .unwrap_or_default();
        let mut facts = Self {
            is_empty: content.is_empty(),
            characters: u32::try_from(content.text.chars().count()).unwrap_or(u32::MAX),
            has_control_character: text.chars().any(is_control),
            media: u32::try_from(content.media.len()).unwrap_or(u32::MAX),
            segments,
            promotes,
            brand: Presence::Present,
            stop_line: Presence::Present,
            foreign_links: Vec::new(),
            cautions: Vec::new(),
        };
        facts.read(text, channel, known, &languages);
        facts
    }

    /// Reads the text as marketing is read, since what it is judged as is not known yet.
    fn read(&mut self, text: &str, channel: Channel, known: &Known, languages: &[&str]) {
        let names = [known.tenant.brand(), &known.tenant.name];
        let settings = &known.tenant.settings;
        let domains: Vec<&str> = settings.link_domains.iter().map(String::as_str).collect();
        let context = ContentContext {
            brand: Brand::Named(&names),
            stop_line: StopLine::Demanded,
            domains: (!domains.is_empty()).then_some(&domains),
            ..ContentContext::new(
                channel,
                Purpose::Marketing,
                languages.first().copied().unwrap_or_default(),
            )
        };
        for found in inspect(text, &context) {
            self.note(text, &found);
        }
        // A line in any of the languages says how to stop; whether values brought it is looked at before.
        let says_stop = |language: &&str| {
            let context = ContentContext {
                language,
                ..context
            };
            let missing = Code::StopLineMissing;
            inspect(text, &context)
                .iter()
                .all(|found| found.code != missing)
        };
        if self.stop_line == Presence::Absent && languages.iter().skip(1).any(says_stop) {
            self.stop_line = Presence::Present;
        }
    }

    fn note(&mut self, text: &str, found: &Diagnostic) {
        const CAUTIONS: [Code; 3] = [Code::ProhibitedContent, Code::DisguisedLink, Code::Shouting];
        let code = found.code;
        if code == Code::BrandMissing {
            self.brand = Presence::Absent;
        } else if code == Code::StopLineMissing {
            self.stop_line = Presence::Absent;
        } else if code == Code::PublicShortener || code == Code::ForeignLink {
            let link = text.get(found.span.clone()).unwrap_or_default();
            self.foreign_links.push(host(link).to_owned());
        } else if CAUTIONS.contains(&code) && !self.cautions.iter().any(|it| it == code.as_str()) {
            self.cautions.push(code.as_str().to_owned());
        }
    }
}

/// The host of a link; what follows it may name a person.
/// The languages in which a text is read, that of its template first: one of each.
fn languages<'a>(known: &'a Known, language: Option<&'a str>) -> Vec<&'a str> {
    let contact = known.locale().as_str();
    let tenant = known.tenant.locale.as_str();
    let mut all: Vec<&str> = Vec::with_capacity(3);
    for locale in language.into_iter().chain([contact, tenant]) {
        let of = |locale: &str| {
            locale
                .split(['-', '_'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        if all.iter().all(|before| of(before) != of(locale)) {
            all.push(locale);
        }
    }
    all
}

/// What promotes something in a text; nothing where it is no advertisement. The sender's own name is none,
/// where it stands for the first time: a shop may be called "Bargain Coupons".
fn promotions(text: &str, language: &str, known: &Known) -> Vec<String> {
    let mut markers = detect_marketing(text, language);
    if markers.is_empty() {
        return Vec::new();
    }
    for name in [known.tenant.brand(), known.tenant.name.trim()] {
        let start = if name.is_empty() {
            None
        } else {
            text.find(name)
        };
        if let Some(start) = start {
            let end = start + name.len();
            markers.retain(|marker| marker.span.start < start || marker.span.end > end);
        }
    }
    if !is_marketing(&markers) {
        return Vec::new();
    }
    markers
        .iter()
        .map(|marker| marker.phrase.to_owned())
        .collect()
}

/// The host of a link: where it leads, not who it says it is.
fn host(link: &str) -> &str {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}
