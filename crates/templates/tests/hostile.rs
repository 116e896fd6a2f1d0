//! Merge values, sources and filters that somebody wants to go wrong: every one ends in a text or a typed
//! error, in time that grows with its length.

use tidings_templates::{Data, Formats, Template, Value, data_from_json};

/// A small generator of numbers, so that a run is the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % below
    }
}

const FILTERS: &[&str] = &[
    "date",
    "date(short)",
    "date(\"yyyy-MM-dd EEEE d MMMM yy\")",
    "time",
    "time(\"h:mm a\")",
    "datetime",
    "datetime(long)",
    "money",
    "money(JPY)",
    "money(KWD)",
    "number",
    "number(0)",
    "number(9)",
    "upper",
    "lower",
    "capitalize",
    "truncate(4)",
    "truncate(9999)",
    "truncate(5)",
    "upper:truncate(7)",
];

const VALUES: &[&str] = &[
    "",
    " ",
    "0000-01-01",
    "0000-02-29",
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00+14:00",
    "2026-02-30",
    "24:00",
    "23:59:60",
    "-0",
    "-0.0000000000",
    "99999999999999999999999999999999.995",
    "0.999999999999999999999999999999",
    "-9223372036854775808 USD",
    "USD 1e9",
    "1,000.5",
    "٣",
    "ß",
    "ŉ",
    "İ",
    "Σς",
    "👨\u{200D}👩\u{200D}👧\u{200D}👦👨\u{200D}👩\u{200D}👧",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}",
    "🇩🇪🇫🇷🇪🇸🇮🇹",
    "\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{202E}abc",
    "{{name}}",
    "}}",
    "%s %n",
    "\u{FFFD}",
    "a\nb",
];

const LOCALES: &[&str] = &["en_US", "de", "tr", "hi_IN", "ar", "fr_CH", "xx", ""];

#[test]
fn every_filter_takes_every_value() {
    for filter in FILTERS {
        let template = Template::parse(&format!("{{{{a:{filter}}}}}")).unwrap();
        for value in VALUES {
            for locale in LOCALES {
                let data = Data::from([("a".to_owned(), Value::from(*value))]);
                let formats = Formats::of(locale);
                let Ok(text) = template.render_as(&data, &formats) else {
                    continue;
                };
                let most = filter
                    .rsplit_once("truncate(")
                    .and_then(|(_, most)| most.trim_end_matches(')').parse().ok())
                    .unwrap_or(usize::MAX);
                assert!(text.chars().count() <= most, "{filter} {value:?} {text:?}");
                assert!(
                    !text.contains("a:"),
                    "a value is never read as a template: {text}"
                );
            }
        }
    }
}

#[test]
fn what_is_cut_is_cut_between_what_a_reader_sees() {
    let cut = |value: &str, most: usize| {
        let template = Template::parse(&format!("{{{{a:truncate({most})}}}}")).unwrap();
        template
            .render(&Data::from([("a".to_owned(), Value::from(value))]))
            .unwrap()
    };
    let family = "👨\u{200D}👩\u{200D}👧\u{200D}👦";
    assert_eq!(cut(&family.repeat(3), 12), format!("{family}..."));
    assert_eq!(cut("🇩🇪🇫🇷🇪🇸🇮🇹", 6), "🇩🇪...");
    assert_eq!(cut("👍🏽👍🏽👍🏽👍🏽", 6), "👍🏽...");
    assert_eq!(
        cut("1\u{FE0F}\u{20E3}2\u{FE0F}\u{20E3}3\u{FE0F}\u{20E3}", 7),
        "1\u{FE0F}\u{20E3}..."
    );
    assert_eq!(cut("क्षत्रियक्षत्रिय", 7), "क्ष...");
}

#[test]
fn any_source_is_a_template_or_a_typed_error() {
    const PIECES: &[&str] = &[
        "{{",
        "}}",
        "\\{{",
        "a",
        ":",
        "|",
        "date",
        "(",
        ")",
        "\"",
        "truncate(5)",
        " ",
        "é",
        "\u{301}",
        "\n",
        "{",
        "}",
        "upper",
        "'",
        "👍",
        "\\",
    ];
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    for _ in 0..20_000 {
        let count = numbers.next(14);
        let source: String = (0..count)
            .map(|_| PIECES[numbers.next(PIECES.len())])
            .collect();
        match Template::parse(&source) {
            Ok(template) => {
                let data: Data = template
                    .names()
                    .into_iter()
                    .map(|name| (name.to_string(), Value::from("{{a}} }}")))
                    .collect();
                let _rendered = template.render(&data);
            }
            Err(error) => {
                let _said = error.to_string();
            }
        }
    }
}

#[test]
fn a_megabyte_is_parsed_and_rendered_in_linear_time() {
    for piece in [
        "{{",
        "}}",
        "{{a}}",
        "\\{{",
        "{{a:upper",
        "{{a|",
        "{{a:date(\"",
        "{",
        "\\",
        "é",
        "{{a:",
    ] {
        let _parsed = Template::parse(&piece.repeat(1_000_000 / piece.len()));
        let near = Template::parse(&piece.repeat(60_000 / piece.len()));
        drop(near);
    }
    for filter in FILTERS {
        let template = Template::parse(&format!("{{{{a:{filter}}}}}")).unwrap();
        for piece in [
            "a",
            "9",
            "\u{301}",
            "🇩",
            "İ",
            "-",
            "0.",
            "2026-01-01",
            "\u{200D}",
        ] {
            let value = piece.repeat(300_000 / piece.len());
            let _rendered = template.render(&Data::from([("a".to_owned(), Value::from(value))]));
        }
    }
    let deep = "[".repeat(100_000);
    assert!(serde_json::from_str::<serde_json::Value>(&deep).is_err());
    let wide: serde_json::Map<_, _> = (0..10_000)
        .map(|n| (n.to_string(), serde_json::json!([n])))
        .collect();
    assert!(data_from_json(serde_json::Value::Object(wide)).is_err());
}
