use crate::{FilterProblem, Formats, Moment, ParseErrorKind, RenderError, Template, Value};
use time::UtcOffset;

fn write(locale: &str, filters: &str, value: impl Into<Value>) -> Result<String, RenderError> {
    let template = Template::parse(&format!("{{{{x:{filters}}}}}")).unwrap();
    let data = [("x".to_owned(), value.into())].into();
    template.render_as(&data, &Formats::of(locale))
}

fn table(rows: &[(&str, &str, &str, &str)]) {
    for (locale, filters, value, expected) in rows {
        assert_eq!(
            write(locale, filters, *value).as_deref(),
            Ok(*expected),
            "{locale} {filters} {value}"
        );
    }
}

#[test]
fn dates_follow_the_locale() {
    table(&[
        ("en_US", "date(short)", "2026-11-03", "11/3/26"),
        ("en_US", "date", "2026-11-03", "Nov 3, 2026"),
        ("en_GB", "date(long)", "2026-11-03", "3 November 2026"),
        ("es", "date(long)", "2026-11-03", "3 de noviembre de 2026"),
        ("fr_FR", "date(long)", "2026-08-03", "3 août 2026"),
        ("pt_BR", "date(medium)", "2026-11-03", "3 de nov. de 2026"),
        ("de", "date(long)", "2026-03-01", "1. März 2026"),
        (
            "it",
            "date(\"EEEE d MMMM\")",
            "2026-11-02",
            "lunedì 2 novembre",
        ),
        ("nl", "date(short)", "2026-11-03", "03-11-2026"),
        ("nl", "date(\"EEE d MMM\")", "2026-03-01", "zo 1 mrt"),
        ("pl", "date(long)", "2026-09-01", "1 września 2026"),
        ("ja", "date(long)", "2026-11-03", "2026/11/03"),
        ("sw", "date(long)", "2026-11-03", "2026-11-03"),
        ("en", "date(\"d 'o''clock'\")", "2026-11-03", "3 o'clock"),
        (
            "en",
            "date(\"yy-MM-dd | EEEE\")",
            "0005-01-02",
            "05-01-02 | Sunday",
        ),
    ]);
}

#[test]
fn times_follow_the_locale() {
    table(&[
        ("en_US", "time", "00:05", "12:05:00 AM"),
        ("en_US", "time(short)", "12:05", "12:05 PM"),
        ("es", "time(short)", "09:05", "9:05"),
        ("de", "time(medium)", "09:05:07", "09:05:07"),
        (
            "en",
            "time(\"h 'Uhr' mm, hh a, H, ss\")",
            "23:04:05",
            "11 Uhr 04, 11 PM, 23, 05",
        ),
        (
            "fr",
            "datetime(long)",
            "2026-08-15T09:00",
            "15 août 2026, 09:00",
        ),
        (
            "en_US",
            "datetime(short)",
            "2026-08-15T21:00Z",
            "8/15/26, 9:00 PM",
        ),
        (
            "en",
            "datetime(\"d MMM HH:mm\")",
            "2026-08-15T21:00",
            "15 Aug 21:00",
        ),
    ]);
}

#[test]
fn a_moment_is_shown_by_the_clock_of_the_reader() {
    let template = Template::parse("{{at:date(short)}} {{at:time(short)}}").unwrap();
    let moment = Moment::parse("2026-12-31T23:30:00Z").unwrap();
    let india = Formats::of("en_GB").at_offset(UtcOffset::from_hms(5, 30, 0).unwrap());
    for value in [Value::from(moment), Value::from("2026-12-31T23:30:00Z")] {
        let data = [("at".to_owned(), value)].into();
        assert_eq!(
            template.render_as(&data, &india).unwrap(),
            "01/01/2027 05:00"
        );
    }
}

#[test]
fn amounts_follow_locale_and_currency() {
    table(&[
        ("en_US", "money", "1234.5 USD", "$1,234.50"),
        ("en_US", "money", "-0.5 USD", "-$0.50"),
        ("en_GB", "money", "1234567 GBP", "£1,234,567.00"),
        ("en_CA", "money", "5 CAD", "$5.00"),
        ("en_CA", "money", "5 USD", "US$5.00"),
        ("de", "money", "1234.5 EUR", "1.234,50 €"),
        ("de_CH", "money", "1234.5 CHF", "CHF 1'234.50"),
        ("fr", "money", "1234567.8 EUR", "1 234 567,80 €"),
        ("es", "money", "1234.5 EUR", "1234,50 €"),
        ("es", "money", "12345.5 EUR", "12.345,50 €"),
        ("it", "money", "-1234.5 EUR", "-1.234,50 €"),
        ("nl", "money", "1234.5 EUR", "€ 1.234,50"),
        ("pt_BR", "money", "1234.5 BRL", "R$ 1.234,50"),
        ("pt_PT", "money", "12345 EUR", "12 345,00 €"),
        ("es_MX", "money", "1234.5 MXN", "$1,234.50"),
        ("en_IN", "money", "1234567 INR", "INR 12,34,567.00"),
        ("ja", "money", "1500 JPY", "¥1,500"),
        ("en", "money", "1.5 KWD", "KWD 1.500"),
        // More places than the smallest coin are no slip of the tenant: prices per unit have them.
        ("en", "money", "0.0079 USD", "$0.0079"),
        ("en", "money", "1.5000 USD", "$1.50"),
        ("en", "money(EUR)", "12", "€12.00"),
        ("en", "money(EUR)", "12 GBP", "£12.00"),
    ]);
}

#[test]
fn numbers_follow_the_locale() {
    table(&[
        ("en", "number", "1234567.891", "1,234,567.891"),
        ("de", "number(2)", "1234.565", "1.234,57"),
        ("de", "number(0)", "999.5", "1.000"),
        ("en", "number(2)", "3", "3.00"),
        ("en", "number(0)", "-0.4", "0"),
        ("en", "number(1)", "-0.05", "-0.1"),
        ("hi", "number", "12345678", "1,23,45,678"),
        ("en", "number", "007", "7"),
    ]);
}

#[test]
fn letters_change_as_the_language_asks() {
    table(&[
        ("en", "upper", "straße", "STRASSE"),
        ("tr", "upper", "istanbul ılık", "İSTANBUL ILIK"),
        ("tr", "lower", "IĞDIR İZMİR", "ığdır izmir"),
        ("el", "lower", "ΟΔΟΣ", "οδος"),
        ("en", "capitalize", " élodie MARIE", " Élodie MARIE"),
        (
            "de",
            "date(\"EEEE\"):upper:truncate(6)",
            "2026-11-03",
            "DIE...",
        ),
    ]);
}

#[test]
fn a_cut_never_splits_what_a_reader_takes_for_one_character() {
    table(&[
        ("en", "truncate(5)", "Lovely", "Lo..."),
        ("en", "truncate(6)", "Lovely", "Lovely"),
        ("en", "truncate(6)", "Ana Maria", "Ana..."),
        // e and a combining acute accent: five characters in Unicode.
        ("en", "truncate(4)", "e\u{301}e\u{301}x", "..."),
        ("en", "truncate(5)", "e\u{301}e\u{301}xx", "e\u{301}..."),
        ("en", "truncate(6)", "a👩\u{200D}👩\u{200D}👧b", "a..."),
        ("en", "truncate(6)", "a🇩🇪🇫🇷bcd", "a🇩🇪..."),
        ("en", "truncate(5)", "a🇩🇪🇫🇷bcd", "a..."),
        ("en", "truncate(5)", "a👍🏽bcd", "a..."),
        ("hi", "truncate(5)", "नमस्ते जी", "नम..."),
    ]);
}

#[test]
fn typed_values_go_to_their_filters_only() {
    let day = Moment::parse("2026-11-03T10:00Z").unwrap().at(None).date();
    assert_eq!(
        write("en_GB", "date(long)", day).unwrap(),
        "3 November 2026"
    );
    for (filters, value) in [
        ("upper", Value::from(day)),
        ("time", Value::from(day)),
        ("datetime", Value::from(day)),
        ("money", Value::from(12)),
        ("money", Value::from(true)),
        ("number", Value::from("12,5")),
        ("date", Value::from("2026-02-30")),
        ("truncate(9)", Value::from(12)),
    ] {
        let names = vec!["x".into()];
        assert_eq!(
            write("en", filters, value),
            Err(RenderError::WrongKind { names })
        );
    }
    let money = tidings_kernel::Money::parse("9.99", "EUR").unwrap();
    assert_eq!(write("en", "money", money).unwrap(), "€9.99");
}

#[test]
fn mistakes_are_found_where_they_stand() {
    for (filters, spot, says) in [
        ("uper", "uper", "did you mean `upper`"),
        ("uppercase", "uppercase", "did you mean `upper`"),
        ("zzz", "zzz", "there is no such filter"),
        ("truncate", "truncate", "needs a number"),
        ("truncate(3)", "3", "from 4 to 9999"),
        ("truncate(-5)", "-5", "from 4 to 9999"),
        ("upper(1)", "1", "no argument"),
        ("date(lon)", "lon", "did you mean `long`"),
        ("date(\"d MMMM YYYY\")", "YYYY", "did you mean `yyyy`"),
        ("date(\"dd/mm\")", "mm", "did you mean `MM`"),
        ("time(\"HH:MM\")", "MM", "did you mean `mm`"),
        ("date(\"HH\")", "HH", "means nothing"),
        ("date(\"d 'of\")", "'of", "not closed"),
        ("date(\"\")", "x:date(\"\")", "pattern of 1 to 64"),
        ("date(\"d", "\"d", "not closed"),
        ("date(long", "(long", "expected"),
        ("money(EURO)", "EURO", "three letters"),
        ("number(10)", "10", "from 0 to 9"),
        ("upper:date", "date", "before the others"),
        ("upper lower", "lower", "expected"),
        ("date(long) x", "x", "expected"),
        ("", ":", "expected"),
        ("a:a:a", "a", "no such filter"),
        (
            "upper:upper:upper:upper:upper:upper:upper:upper:lower",
            "lower",
            "at most 8",
        ),
    ] {
        let text = format!("é {{{{x:{filters}}}}}");
        let error = Template::parse(&text).unwrap_err();
        let pointed = &text[error.span.clone()];
        assert!(pointed.contains(spot), "{filters}: {pointed}");
        assert!(error.to_string().contains(says), "{filters}: {error}");
        assert!(matches!(error.kind, ParseErrorKind::Filter { .. }));
    }
}

#[test]
fn a_default_may_hold_what_filters_are_made_of() {
    let template = Template::parse("{{x:date(\"d|M\")| a:b(c)|d }} {{y | a:b}}").unwrap();
    assert_eq!(template.render(&[].into()).unwrap(), "a:b(c)|d a:b");
    let kind = Template::parse("{{x:date(d|M)}}").unwrap_err().kind;
    assert!(matches!(
        kind,
        ParseErrorKind::Filter {
            problem: FilterProblem::BadArgument { .. }
        }
    ));
}
