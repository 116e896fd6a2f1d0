use super::*;
use proptest::prelude::*;

fn parse(input: &str, region: &str) -> Result<ParsedPhone, PhoneError> {
    let region = (region != "-").then(|| Region::parse(region).unwrap());
    super::parse(input, region, FictitiousNumbers::Refuse)
}

/// Rows of the phone number reference: input, region, E.164, kind, the number's region.
#[test]
fn examples_of_the_reference_hold() {
    let rows = [
        (
            "+525512345678",
            "-",
            "+525512345678",
            NumberKind::FixedLineOrMobile,
            "MX",
        ),
        (
            "011 15 2345 6789",
            "AR",
            "+5491123456789",
            NumberKind::Mobile,
            "AR",
        ),
        (
            "11 2345 6789",
            "AR",
            "+541123456789",
            NumberKind::FixedLine,
            "AR",
        ),
        (
            "(11) 98888-7777",
            "BR",
            "+5511988887777",
            NumberKind::Mobile,
            "BR",
        ),
        (
            "(202) 555-0123",
            "US",
            "+12025550123",
            NumberKind::FixedLineOrMobile,
            "US",
        ),
        (
            "1-800-FLOWERS",
            "US",
            "+18003569377",
            NumberKind::TollFree,
            "US",
        ),
        (
            "011447911123456",
            "US",
            "+447911123456",
            NumberKind::Mobile,
            "GG",
        ),
        (
            "020 7946 0958",
            "GB",
            "+442079460958",
            NumberKind::FixedLine,
            "GB",
        ),
        (
            "06 1234 5678",
            "IT",
            "+390612345678",
            NumberKind::FixedLine,
            "IT",
        ),
        (
            "8 916 123-45-67",
            "RU",
            "+79161234567",
            NumberKind::Mobile,
            "RU",
        ),
        (
            "+77011234567",
            "-",
            "+77011234567",
            NumberKind::Mobile,
            "KZ",
        ),
        (
            "0692 12 34 56",
            "RE",
            "+262692123456",
            NumberKind::Mobile,
            "RE",
        ),
        (
            "098765 43210",
            "IN",
            "+919876543210",
            NumberKind::Mobile,
            "IN",
        ),
        (
            "\u{0660}\u{0665}\u{0660} \u{0661}\u{0662}\u{0663} \u{0664}\u{0665}\u{0666}\u{0667}",
            "AE",
            "+971501234567",
            NumberKind::Mobile,
            "AE",
        ),
        (
            "\u{ff0b}\u{ff14}\u{ff19} 30 901820",
            "-",
            "+4930901820",
            NumberKind::FixedLine,
            "DE",
        ),
        (
            "tel:+1-415-555-2671",
            "-",
            "+14155552671",
            NumberKind::FixedLineOrMobile,
            "US",
        ),
    ];
    for (input, region, e164, kind, number_region) in rows {
        let parsed = parse(input, region).unwrap_or_else(|e| panic!("{input}: {e}"));
        assert_eq!(parsed.number.to_string(), e164, "{input}");
        assert_eq!(parsed.kind, kind, "{input}");
        assert_eq!(parsed.region.unwrap().as_str(), number_region, "{input}");
    }
}

#[test]
fn what_cannot_be_messaged_is_refused() {
    for (input, region) in [
        ("+5215512345678", "-"),
        ("+551188887777", "-"),
        ("00447911123456", "US"),
        ("+447700900123", "-"),
        ("+1", "-"),
        ("12345", "-"),
        ("STOP", "US"),
        ("", "US"),
        ("+1 (415) 555-2671 ext. 5", "-"),
    ] {
        assert!(parse(input, region).is_err(), "{input}");
    }
}

#[test]
fn fiction_passes_in_development_only() {
    let uk = Some(Region::parse("GB").unwrap());
    assert!(super::parse("07700 900123", uk, FictitiousNumbers::Accept).is_ok());
    assert_eq!(
        super::parse("07700 900123", uk, FictitiousNumbers::Refuse),
        Err(PhoneError::NotAssigned)
    );
    assert!(super::parse("+15550002222", None, FictitiousNumbers::Accept).is_ok());
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".{0,60}") {
        let _ = super::parse(&text, Some(Region::parse("US").unwrap()), FictitiousNumbers::Accept);
    }

    #[test]
    fn parsing_is_idempotent_and_the_region_does_not_matter_after_plus(number in tidings_kernel::strategies::phone(), region in tidings_kernel::strategies::region()) {
        let text = number.to_string();
        let parsed = super::parse(&text, Some(region), FictitiousNumbers::Refuse).unwrap();
        prop_assert_eq!(parsed.number, number);
    }

    #[test]
    fn decoration_does_not_matter(number in tidings_kernel::strategies::phone()) {
        let digits = number.digits();
        let decorated = format!("\u{202a}+1 ({}) {}-{}\u{202c}", &digits[1..4], &digits[4..7], &digits[7..]);
        let parsed = super::parse(&decorated, None, FictitiousNumbers::Refuse).unwrap();
        prop_assert_eq!(parsed.number, number);
    }
}
