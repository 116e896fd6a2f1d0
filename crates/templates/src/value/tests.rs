use super::*;
use serde_json::json;

#[test]
fn every_refused_member_is_named() {
    let refused = data_from_json(json!({"a": null, "b": [1], "c": {}, "d": 1e300, "e": 1}));
    assert_eq!(
        refused,
        Err(DataError::Values(vec![
            ("a".into(), ValueError::Null),
            ("b".into(), ValueError::List),
            ("c".into(), ValueError::Object),
            ("d".into(), ValueError::Number),
        ]))
    );
    assert_eq!(data_from_json(json!([])), Err(DataError::NotAnObject));
}

#[test]
fn numbers_keep_their_digits_through_json() {
    for (digits, written) in [
        ("3", "3"),
        ("-0.5", "-0.5"),
        ("10.50", "\"10.50\""),
        ("007", "\"007\""),
    ] {
        let value = Value::Number(Decimal::parse(digits).unwrap());
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, written);
        assert_eq!(
            serde_json::from_str::<Value>(&json).unwrap().as_str(),
            digits
        );
    }
}

#[test]
fn money_is_the_only_object() {
    let data = data_from_json(json!({
        "a": {"amount": "10.50", "currency": "eur"},
        "b": {"amount": 3, "currency": "USD"},
    }))
    .unwrap();
    assert_eq!(
        (data["a"].as_str(), data["b"].as_str()),
        ("10.50 EUR", "3 USD")
    );
    let written = serde_json::to_value(&data["a"]).unwrap();
    assert_eq!(written, json!({"amount": "10.50", "currency": "EUR"}));
    for (bad, error) in [
        (json!({"amount": "1"}), ValueError::Object),
        (
            json!({"amount": "1", "currency": "EUR", "x": 1}),
            ValueError::Object,
        ),
        (
            json!({"amount": "1,0", "currency": "EUR"}),
            ValueError::Money,
        ),
        (
            json!({"amount": null, "currency": "EUR"}),
            ValueError::Money,
        ),
    ] {
        assert_eq!(Value::try_from(bad), Err(error));
    }
}

#[test]
fn dates_and_times_print_in_the_form_of_iso_8601() {
    let moment = Moment::parse("2026-11-21 14:30+01:00").unwrap();
    let at = moment.at(None);
    for (value, text) in [
        (Value::from(at.date()), "2026-11-21"),
        (Value::from(at.time()), "14:30:00"),
        (Value::from(moment), "2026-11-21T14:30:00+01:00"),
    ] {
        assert_eq!(value.as_str(), text);
        assert_eq!(serde_json::to_value(&value).unwrap(), json!(text));
    }
}

#[test]
fn decimals_have_one_form() {
    for bad in ["", "-", ".5", "5.", "1e3", "+1", "1,5", "--1", "١"] {
        assert_eq!(Decimal::parse(bad), Err(ValueError::Number), "{bad}");
    }
}
