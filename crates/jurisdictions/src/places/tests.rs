use super::*;

fn set(number: &str, declared: &[&str]) -> Vec<String> {
    let declared: Vec<_> = declared
        .iter()
        .map(|text| Place::parse(text).unwrap())
        .collect();
    let clues = Clues {
        number: Some(PhoneNumber::from_e164(number).unwrap()),
        declared: &declared,
        ..Clues::default()
    };
    places(&clues)
        .contact()
        .map(|(place, _)| place.to_string())
        .collect()
}

#[test]
fn the_number_and_the_address_both_count() {
    assert_eq!(set("+12155550123", &[]), ["US-PA"]);
    assert_eq!(set("+12155550123", &["US-TX"]), ["US-PA", "US-TX"]);
    assert_eq!(set("+491701234567", &["FR"]), ["DE", "FR"]);
}

#[test]
fn a_shared_code_gives_every_region() {
    assert_eq!(set("+447911123456", &[]), ["GB", "GG", "IM", "JE"]);
    assert_eq!(set("+77012345678", &[]), ["KZ", "RU"]);
}

#[test]
fn an_unknown_area_code_may_be_anywhere_whatever_was_declared() {
    assert_eq!(set("+12995550123", &[]), ["CA", "US"]);
    assert_eq!(set("+12995550123", &["US-TX"]), ["CA", "US", "US-TX"]);
}

#[test]
fn a_toll_free_number_yields_to_a_declared_place() {
    assert_eq!(set("+18005550123", &[]), ["CA", "US"]);
    assert_eq!(set("+18005550123", &["US-TX"]), ["US-TX"]);
    assert_eq!(set("+18005550123", &["DE"]), ["CA", "DE", "US"]);
}

#[test]
fn nothing_known_is_anywhere() {
    assert_eq!(set("+881612345678", &[]), ["*"]);
    assert_eq!(set("+881612345678", &["DE"]), ["*", "DE"]);
    let nothing = places(&Clues::default());
    assert!(nothing.may_be_in(Place::parse("US-PA").unwrap()));
    assert_eq!(Places::new([], None), nothing);
}

#[test]
fn metadata_add_a_country_and_never_take_one_away() {
    let with = |number: &str, region: &str| -> Vec<String> {
        let clues = Clues {
            number: Some(PhoneNumber::from_e164(number).unwrap()),
            region: Some(Region::parse(region).unwrap()),
            ..Clues::default()
        };
        places(&clues)
            .contact()
            .map(|(place, _)| place.to_string())
            .collect()
    };
    assert_eq!(with("+13055550123", "US"), ["US-FL"]);
    assert_eq!(with("+447911123456", "GG"), ["GB", "GG", "IM", "JE"]);
    assert_eq!(with("+491701234567", "AT"), ["AT", "DE"]);
    assert_eq!(with("+881612345678", "DE"), ["DE"]);
}
