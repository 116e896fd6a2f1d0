use super::*;
use crate::{Coding, choose, measure, measure_as, parts_as};

fn locking(language: Language) -> Tables {
    Tables::new(Some(language), None).unwrap()
}

#[test]
fn every_code_that_is_sent_is_read_back() {
    let tables = std::iter::once(Tables::DEFAULT)
        .chain(Language::ALL.map(Tables::single))
        .chain(
            Language::ALL
                .into_iter()
                .filter_map(|l| Tables::new(Some(l), None).ok()),
        );
    for tables in tables {
        for table in [tables.main(), tables.extension()] {
            let mut held = 0;
            for code in 0..128 {
                if let Some(character) = table.decode(code) {
                    let sent = table.encode(character).unwrap();
                    assert!(sent <= code, "{tables:?} {code:#04x}");
                    assert_eq!(
                        table.decode(sent),
                        Some(character),
                        "{tables:?} {code:#04x}"
                    );
                    held += 1;
                }
            }
            assert!(held >= 10, "{tables:?}");
            assert_eq!(table.decode(0x1B), None, "the escape is no character");
        }
        assert_eq!(tables.extension().decode(0x0D), None, "CR2 is never sent");
    }
}

#[test]
fn the_default_tables_are_those_of_the_default_path() {
    for character in '\0'..='\u{FFFF}' {
        assert_eq!(
            Tables::DEFAULT.units_of(character),
            crate::Encoding::Gsm7.units_of(character),
            "{character:?}"
        );
    }
}

#[test]
fn misprints_of_the_standard_are_corrected() {
    assert_eq!(
        locking(Language::Kannada).main().decode(0x24),
        Some('\u{CA1}')
    );
    let single = |language, code| Tables::single(language).extension().decode(code);
    assert_eq!(single(Language::Tamil, 0x24), Some('\u{BEE}'));
    assert_eq!(single(Language::Telugu, 0x22), Some('\u{C6C}'));
    assert_eq!(single(Language::Telugu, 0x23), Some('\u{C6D}'));
    let hindi = locking(Language::Hindi).main();
    let signs = [0, 1, 2].map(|code| hindi.decode(code));
    assert_eq!(signs, [Some('\u{901}'), Some('\u{902}'), Some('\u{903}')]);
}

#[test]
fn a_character_that_stands_twice_has_its_lowest_code() {
    let hindi = Tables::single(Language::Hindi).extension();
    assert_eq!(
        (hindi.decode(0x13), hindi.decode(0x15)),
        (Some('¡'), Some('¡'))
    );
    assert_eq!(
        (hindi.encode('¡'), hindi.encode('*')),
        (Some(0x13), Some(0x0B))
    );
}

#[test]
fn turkish_differs_from_the_default_where_the_standard_says() {
    let differing: Vec<(u8, char)> = (0..128)
        .filter(|code| TURKISH_LOCKING.decode(*code) != DEFAULT_LOCKING.decode(*code))
        .filter_map(|code| Some((code, TURKISH_LOCKING.decode(code)?)))
        .collect();
    let expected = [
        (0x04, '€'),
        (0x07, 'ı'),
        (0x0B, 'Ğ'),
        (0x0C, 'ğ'),
        (0x1C, 'Ş'),
        (0x1D, 'ş'),
        (0x40, 'İ'),
        (0x60, 'ç'),
    ];
    assert_eq!(differing, expected);
}

#[test]
fn capacities_follow_the_octets_of_the_header() {
    let one = Tables::single(Language::Hindi);
    let both = Tables::new(Some(Language::Hindi), Some(Language::Hindi)).unwrap();
    let capacities = [Tables::DEFAULT, one, locking(Language::Hindi), both].map(|tables| {
        (
            tables.single_capacity(),
            tables.part_capacity(Reference::EightBit),
            tables.part_capacity(Reference::SixteenBit),
        )
    });
    let expected = [
        (160, 153, 152),
        (155, 149, 148),
        (155, 149, 148),
        (152, 146, 145),
    ];
    assert_eq!(capacities, expected);
}

/// The worked examples N1 to N7: units of each part with the single and with the locking table.
#[test]
fn every_national_example_has_its_units_and_boundaries() {
    type Example = (
        &'static str,
        usize,
        u32,
        Language,
        &'static [u32],
        &'static [u32],
    );
    let examples: [Example; 7] = [
        (
            "Merhaba Ayşe, randevunuz onaylandı.",
            1,
            1,
            Language::Turkish,
            &[37],
            &[35],
        ),
        ("Ğ", 77, 2, Language::Turkish, &[154], &[77]),
        ("Ğ", 78, 2, Language::Turkish, &[148, 8], &[78]),
        ("Ğ", 155, 3, Language::Turkish, &[148, 148, 14], &[155]),
        ("Ğ", 156, 3, Language::Turkish, &[148, 148, 16], &[149, 7]),
        (
            "Olá João, a sua marcação está confirmada.",
            1,
            1,
            Language::Portuguese,
            &[46],
            &[41],
        ),
        (
            "Hola María, tu cita está confirmada.",
            1,
            1,
            Language::Spanish,
            &[38],
            &[],
        ),
    ];
    for (text, times, without, language, single, shifted) in examples {
        let text = text.repeat(times);
        assert_eq!(measure(&text).count, without, "{language:?} {times}");
        let units = |tables| {
            let coding = Coding::Gsm7(tables);
            let parts = parts_as(&text, coding, Reference::EightBit).unwrap();
            let measure = measure_as(&text, coding, Reference::EightBit).unwrap();
            let units: Vec<u32> = parts.iter().map(|part| part.units).collect();
            assert_eq!(measure.count as usize, units.len());
            assert_eq!(measure.units, units.iter().sum::<u32>());
            units
        };
        assert_eq!(
            units(Tables::single(language)),
            single,
            "{language:?} {times}"
        );
        if let Ok(tables) = Tables::new(Some(language), None) {
            assert_eq!(units(tables), shifted, "{language:?} {times}");
        }
    }
}

#[test]
fn national_tables_are_chosen_only_where_they_save_a_part() {
    let (single, locked) = (
        Tables::single(Language::Turkish),
        locking(Language::Turkish),
    );
    let coding = |text: &str, allowed: &[Tables]| choose(text, allowed, Reference::EightBit).coding;
    assert_eq!(coding("Ayşe", &[single, locked]), Coding::Ucs2);
    assert_eq!(coding(&"Ğ".repeat(77), &[]), Coding::Ucs2);
    // Both tables make it one part; the locking one needs half the units.
    assert_eq!(
        coding(&"Ğ".repeat(77), &[single, locked]),
        Coding::Gsm7(locked)
    );
    assert_eq!(
        coding(&"Ğ".repeat(77), &[locked, single]),
        Coding::Gsm7(locked)
    );
    assert_eq!(coding(&"Ğ".repeat(77), &[single]), Coding::Gsm7(single));
    assert_eq!(coding(&"中".repeat(77), &[single, locked]), Coding::Ucs2);
    // Fewer units win over fewer tables.
    let both = Tables::new(Some(Language::Turkish), Some(Language::Turkish)).unwrap();
    assert_eq!(coding(&"Ğ".repeat(76), &[single, both]), Coding::Gsm7(both));
    assert_eq!(
        coding(&"Ğ".repeat(76), &[both, locked]),
        Coding::Gsm7(locked)
    );
    // 81 euros are two parts of the default alphabet, and one where the euro is a letter.
    assert_eq!(coding(&"€".repeat(81), &[locked]), Coding::Gsm7(locked));
    assert_eq!(
        coding(&"€".repeat(80), &[locked]),
        Coding::Gsm7(Tables::DEFAULT)
    );
}

#[test]
fn identifiers_are_those_of_the_standard() {
    for (id, language) in (1..).zip(Language::ALL) {
        assert_eq!((language.id(), Language::from_id(id)), (id, Some(language)));
    }
    assert_eq!((Language::from_id(0), Language::from_id(14)), (None, None));
}
