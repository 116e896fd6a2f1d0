use super::*;
use proptest::prelude::*;

fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

/// Written as `provider|destination|category`, with `-` for all; the price counts from one cent.
fn table(rows: &[&str]) -> Result<PriceTable, PriceTableError> {
    let rows = rows.iter().zip(1..).map(|(row, cents)| {
        let names: Vec<Option<String>> = row
            .split('|')
            .map(|name| (name != "-").then(|| name.to_owned()))
            .collect();
        let destination = names[1].as_deref().map(|name| match Region::parse(name) {
            Ok(region) => Destination::Region(region),
            Err(_) => Destination::Prefix(CallingPrefix::parse(name).unwrap()),
        });
        PriceRow {
            provider: names[0].clone(),
            destination,
            channel: Channel::Sms,
            category: names[2].clone(),
            billing: Billing::Segment,
            price: Money::from_micros(cents * 10_000, usd("1").currency()),
        }
    });
    PriceTable::new(rows.collect())
}

fn delivery() -> Delivery<'static> {
    Delivery {
        provider: Some("twilio"),
        number: Some(PhoneNumber::from_e164("+12025550123").unwrap()),
        region: Some(Region::parse("US").unwrap()),
        category: Some("marketing"),
        ..Delivery::on(Channel::Sms)
    }
}

/// From the most to the least specific.
const LADDER: [&str; 16] = [
    "twilio|+12025550123|marketing",
    "twilio|+1202|marketing",
    "twilio|+1202|-",
    "twilio|US|marketing",
    "twilio|US|-",
    "twilio|+1|marketing",
    "twilio|+1|-",
    "twilio|-|marketing",
    "twilio|-|-",
    "-|+1202|marketing",
    "-|+1202|-",
    "-|US|marketing",
    "-|US|-",
    "-|+1|-",
    "-|-|marketing",
    "-|-|-",
];

#[test]
fn the_most_specific_row_wins() {
    for from in 0..LADDER.len() {
        let mut rows = LADDER[from..].to_vec();
        let expected = table(&rows[..1]).unwrap().cost(&delivery(), 1).unwrap();
        assert!(expected.is_some(), "{from}");
        assert_eq!(
            table(&rows).unwrap().cost(&delivery(), 1).unwrap(),
            expected
        );
        // In any order: the prices move with the rows.
        rows.reverse();
        let cents = i64::try_from(rows.len()).unwrap();
        let cost = table(&rows).unwrap().cost(&delivery(), 1).unwrap().unwrap();
        assert_eq!(cost.micros(), cents * 10_000, "{from}");
    }
}

#[test]
fn a_row_for_another_delivery_prices_nothing() {
    for row in ["vonage|-|-", "-|GB|-", "-|+1203|-", "-|-|utility"] {
        assert_eq!(
            table(&[row]).unwrap().cost(&delivery(), 1),
            Ok(None),
            "{row}"
        );
    }
    let all = table(&["-|-|-"]).unwrap();
    let email = Delivery {
        channel: Channel::Email,
        ..delivery()
    };
    assert_eq!(all.cost(&email, 1), Ok(None));
    // What is not known of the delivery matches no row that asks for it.
    let unknown = Delivery::on(Channel::Sms);
    assert_eq!(table(&LADDER[..15]).unwrap().cost(&unknown, 1), Ok(None));
    assert!(all.cost(&unknown, 1).unwrap().is_some());
}

#[test]
fn segments_are_multiplied_and_messages_are_not() {
    let row = |billing| PriceRow {
        provider: None,
        destination: None,
        channel: Channel::Whatsapp,
        category: None,
        billing,
        price: usd("0.0079"),
    };
    let cost = |billing| {
        let table = PriceTable::new(vec![row(billing)]).unwrap();
        table.cost(&Delivery::on(Channel::Whatsapp), 3).unwrap()
    };
    assert_eq!(cost(Billing::Segment), Some(usd("0.0237")));
    assert_eq!(cost(Billing::Message), Some(usd("0.0079")));
}

#[test]
fn an_amount_that_does_not_fit_is_refused() {
    let mut rows: Vec<PriceRow> = table(&["-|-|-"]).unwrap().into();
    rows[0].price = Money::from_micros(i64::MAX / 2, usd("1").currency());
    let table = PriceTable::new(rows).unwrap();
    assert!(table.cost(&delivery(), 2).unwrap().is_some());
    assert!(matches!(
        table.cost(&delivery(), 3),
        Err(CostError::TooLarge { segments: 3, .. })
    ));
}

#[test]
fn rows_that_make_no_list_are_refused() {
    let twins = table(&["-|US|-", "-|GB|-", "-|US|-"]);
    assert_eq!(
        twins,
        Err(PriceTableError::Duplicate {
            first: 0,
            second: 2
        })
    );
    assert_eq!(
        table(&["-|-|-", "|-|-"]),
        Err(PriceTableError::Empty { row: 1 })
    );
    let mut rows: Vec<PriceRow> = table(&["-|-|-"]).unwrap().into();
    rows[0].price = usd("0");
    let free = PriceTable::new(rows.clone()).unwrap();
    assert_eq!(free.cost(&delivery(), 3), Ok(Some(usd("0"))));
    rows[0].price = usd("-1");
    assert_eq!(
        PriceTable::new(rows),
        Err(PriceTableError::Negative { row: 0 })
    );
}

#[test]
fn a_list_is_read_from_json_and_checked() {
    let json = r#"[
        {"channel": "sms", "billing": "segment", "price": {"amount": "0.05", "currency": "USD"}},
        {"provider": "twilio", "destination": {"prefix": "+1204"}, "channel": "sms",
         "billing": "segment", "price": {"amount": "0.01", "currency": "CAD"}}
    ]"#;
    let table: PriceTable = serde_json::from_str(json).unwrap();
    let again: PriceTable = serde_json::from_value(serde_json::to_value(&table).unwrap()).unwrap();
    assert_eq!(again, table);
    let twice = format!(
        "[{0},{0}]",
        serde_json::to_string(&table.rows()[0]).unwrap()
    );
    let refused = serde_json::from_str::<PriceTable>(&twice)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("rows 0 and 1 price the same"), "{refused}");
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_no_price(
        rows in Just(LADDER.to_vec()).prop_shuffle(), taken in 0..=16_usize
    ) {
        let chosen: Vec<PriceRow> =
            table(&rows).unwrap().rows().iter().take(taken).cloned().collect();
        let mut reversed = chosen.clone();
        reversed.reverse();
        let (a, b) = (PriceTable::new(chosen).unwrap(), PriceTable::new(reversed).unwrap());
        prop_assert_eq!(a.row(&delivery()), b.row(&delivery()));
    }
}
