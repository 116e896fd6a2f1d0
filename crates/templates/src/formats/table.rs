use super::Names;
use super::names::{DE, EN, ES, FR, IT, NL, PL, PT, TR};

/// What a locale is used to. From the Unicode CLDR, release 46, with the departures that
/// [`Formats`](super::Formats) documents.
pub(crate) struct Customs {
    pub(super) tag: &'static str,
    pub(crate) names: &'static Names,
    pub(super) has_own_names: bool,
    /// What stands before the fraction of a number.
    pub(crate) point: char,
    pub(crate) group: char,
    pub(crate) grouping: Grouping,
    /// Where the sign of a currency stands.
    pub(crate) side: Side,
    /// The currency that is plain `$` here.
    pub(crate) dollar: &'static str,
    /// Patterns of a date: short, medium, long.
    pub(crate) dates: [&'static str; 3],
    /// Patterns of a time: short, medium and long alike with seconds.
    pub(crate) times: [&'static str; 2],
}

/// How digits before the point are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// `1,234`.
    Threes,
    /// `1234`, but `12 345`.
    ThreesFromFive,
    /// `12,34,567`.
    Indian,
}

/// Where the sign of a currency stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// `€1`.
    Before,
    /// `€ 1`.
    BeforeSpaced,
    /// `1 €`.
    After,
}

const BASE: Customs = Customs {
    tag: "und",
    names: &EN,
    has_own_names: false,
    point: '.',
    group: ',',
    grouping: Grouping::Threes,
    side: Side::Before,
    dollar: "",
    dates: ["yyyy-MM-dd", "yyyy-MM-dd", "yyyy-MM-dd"],
    times: ["HH:mm", "HH:mm:ss"],
};
const ENGLISH: Customs = Customs {
    names: &EN,
    has_own_names: true,
    dates: ["dd/MM/yyyy", "d MMM yyyy", "d MMMM yyyy"],
    ..BASE
};
const AMERICAN: Customs = Customs {
    dollar: "USD",
    dates: ["M/d/yy", "MMM d, yyyy", "MMMM d, yyyy"],
    times: ["h:mm a", "h:mm:ss a"],
    ..ENGLISH
};
const SPANISH: Customs = Customs {
    names: &ES,
    has_own_names: true,
    point: ',',
    group: '.',
    grouping: Grouping::ThreesFromFive,
    side: Side::After,
    dates: ["d/M/yy", "d MMM yyyy", "d 'de' MMMM 'de' yyyy"],
    times: ["H:mm", "H:mm:ss"],
    ..BASE
};
/// Mexico, Central America: points as in the United States.
const MEXICAN: Customs = Customs {
    point: '.',
    group: ',',
    grouping: Grouping::Threes,
    side: Side::Before,
    ..SPANISH
};
/// South America: `$ 1.234,50`.
const SOUTHERN: Customs = Customs {
    grouping: Grouping::Threes,
    side: Side::BeforeSpaced,
    ..SPANISH
};
const FRENCH: Customs = Customs {
    names: &FR,
    has_own_names: true,
    point: ',',
    group: ' ',
    side: Side::After,
    dates: ["dd/MM/yyyy", "d MMM yyyy", "d MMMM yyyy"],
    ..BASE
};
const BRAZILIAN: Customs = Customs {
    names: &PT,
    has_own_names: true,
    point: ',',
    group: '.',
    side: Side::BeforeSpaced,
    dates: [
        "dd/MM/yyyy",
        "d 'de' MMM 'de' yyyy",
        "d 'de' MMMM 'de' yyyy",
    ],
    ..BASE
};
const GERMAN: Customs = Customs {
    names: &DE,
    has_own_names: true,
    point: ',',
    group: '.',
    side: Side::After,
    dates: ["dd.MM.yy", "dd.MM.yyyy", "d. MMMM yyyy"],
    ..BASE
};
const ITALIAN: Customs = Customs {
    names: &IT,
    has_own_names: true,
    point: ',',
    group: '.',
    side: Side::After,
    dates: ["dd/MM/yy", "d MMM yyyy", "d MMMM yyyy"],
    ..BASE
};
const DUTCH: Customs = Customs {
    names: &NL,
    has_own_names: true,
    point: ',',
    group: '.',
    side: Side::BeforeSpaced,
    dates: ["dd-MM-yyyy", "d MMM yyyy", "d MMMM yyyy"],
    ..BASE
};
const NORDIC: Customs = Customs {
    point: ',',
    group: ' ',
    side: Side::After,
    ..BASE
};

/// Sorted by tag; a line for each.
#[rustfmt::skip]
static CUSTOMS: [Customs; 41] = [
    Customs { tag: "ar", ..BASE },
    Customs { tag: "cs", dates: ["dd.MM.yyyy", "d. M. yyyy", "d. M. yyyy"], ..NORDIC },
    Customs { tag: "da", group: '.', dates: ["dd.MM.yyyy"; 3], times: ["HH.mm", "HH.mm.ss"], ..NORDIC },
    Customs { tag: "de", ..GERMAN },
    Customs { tag: "de-at", group: ' ', side: Side::BeforeSpaced, ..GERMAN },
    Customs { tag: "de-ch", point: '.', group: '\'', side: Side::BeforeSpaced, ..GERMAN },
    Customs { tag: "en", ..AMERICAN },
    Customs { tag: "en-au", dollar: "AUD", times: ["h:mm a", "h:mm:ss a"], ..ENGLISH },
    Customs { tag: "en-ca", dollar: "CAD", dates: ["yyyy-MM-dd", "MMM d, yyyy", "MMMM d, yyyy"], ..AMERICAN },
    Customs { tag: "en-gb", ..ENGLISH },
    Customs { tag: "en-ie", ..ENGLISH },
    Customs { tag: "en-in", grouping: Grouping::Indian, times: ["h:mm a", "h:mm:ss a"], ..ENGLISH },
    Customs { tag: "en-nz", dollar: "NZD", times: ["h:mm a", "h:mm:ss a"], ..ENGLISH },
    Customs { tag: "en-us", ..AMERICAN },
    Customs { tag: "en-za", ..ENGLISH },
    Customs { tag: "es", ..SPANISH },
    Customs { tag: "es-ar", dollar: "ARS", ..SOUTHERN },
    Customs { tag: "es-cl", dollar: "CLP", dates: ["dd-MM-yyyy", "d MMM yyyy", "d 'de' MMMM 'de' yyyy"], ..SOUTHERN },
    Customs { tag: "es-co", dollar: "COP", times: ["h:mm a", "h:mm:ss a"], ..SOUTHERN },
    Customs { tag: "es-mx", dollar: "MXN", dates: ["dd/MM/yy", "d MMM yyyy", "d 'de' MMMM 'de' yyyy"], times: ["HH:mm", "HH:mm:ss"], ..MEXICAN },
    Customs { tag: "es-pe", ..MEXICAN },
    Customs { tag: "es-us", dollar: "USD", times: ["h:mm a", "h:mm:ss a"], ..MEXICAN },
    Customs { tag: "fi", dates: ["d.M.yyyy"; 3], times: ["H.mm", "H.mm.ss"], ..NORDIC },
    Customs { tag: "fr", ..FRENCH },
    Customs { tag: "fr-be", dates: ["d/MM/yy", "d MMM yyyy", "d MMMM yyyy"], ..FRENCH },
    Customs { tag: "fr-ca", dollar: "CAD", dates: ["yyyy-MM-dd", "d MMM yyyy", "d MMMM yyyy"], ..FRENCH },
    Customs { tag: "fr-ch", dates: ["dd.MM.yy", "d MMM yyyy", "d MMMM yyyy"], ..FRENCH },
    Customs { tag: "hi", grouping: Grouping::Indian, ..BASE },
    Customs { tag: "it", ..ITALIAN },
    Customs { tag: "it-ch", point: '.', group: '\'', side: Side::BeforeSpaced, ..ITALIAN },
    Customs { tag: "ja", dates: ["yyyy/MM/dd"; 3], ..BASE },
    Customs { tag: "nb", dates: ["dd.MM.yyyy"; 3], ..NORDIC },
    Customs { tag: "nl", ..DUTCH },
    Customs { tag: "nl-be", dates: ["d/MM/yyyy", "d MMM yyyy", "d MMMM yyyy"], ..DUTCH },
    Customs { tag: "pl", names: &PL, has_own_names: true, grouping: Grouping::ThreesFromFive, dates: ["d.MM.yyyy", "d MMM yyyy", "d MMMM yyyy"], ..NORDIC },
    Customs { tag: "pt", ..BRAZILIAN },
    Customs { tag: "pt-br", ..BRAZILIAN },
    Customs { tag: "pt-pt", group: ' ', grouping: Grouping::ThreesFromFive, side: Side::After, dates: ["dd/MM/yy", "dd/MM/yyyy", "d 'de' MMMM 'de' yyyy"], ..BRAZILIAN },
    Customs { tag: "sv", ..NORDIC },
    Customs { tag: "tr", names: &TR, has_own_names: true, point: ',', group: '.', dates: ["d.MM.yyyy", "d MMM yyyy", "d MMMM yyyy"], ..BASE },
    Customs { tag: "zh", dates: ["yyyy/MM/dd"; 3], ..BASE },
];

static UNKNOWN: Customs = BASE;

static DEFAULT: Customs = Customs {
    tag: "en",
    ..AMERICAN
};

pub(super) fn english() -> &'static Customs {
    &DEFAULT
}

/// Those of the longest part of `locale` that is known: `de-AT`, else `de`.
pub(super) fn customs(locale: &str) -> &'static Customs {
    let mut rest = locale.trim();
    loop {
        if let Some(found) = find(rest) {
            return found;
        }
        match rest.rfind(['-', '_']) {
            // Longer texts are no locale; their parts are not worth looking at.
            Some(at) if rest.len() <= 64 => rest = rest.get(..at).unwrap_or_default(),
            Some(_) | None => return &UNKNOWN,
        }
    }
}

fn find(tag: &str) -> Option<&'static Customs> {
    let lower = |b: u8| {
        if b == b'_' {
            b'-'
        } else {
            b.to_ascii_lowercase()
        }
    };
    let at = CUSTOMS
        .binary_search_by(|row| row.tag.bytes().cmp(tag.bytes().map(lower)))
        .ok()?;
    CUSTOMS.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_tag() {
        for row in &CUSTOMS {
            assert_eq!(customs(row.tag).tag, row.tag);
        }
        assert!(CUSTOMS.is_sorted_by_key(|row| row.tag));
    }
}
