use super::super::{Degrees, ListRow};
use super::*;
use crate::ProductRef;

fn found(form: RichForm, text: &str, media: &[Media]) -> Vec<(String, &'static str)> {
    let rich = Rich {
        form: Some(form),
        to: None,
    };
    let problems = rich.problems(text, media);
    problems
        .into_iter()
        .map(|problem| (problem.pointer, problem.code))
        .collect()
}

fn wrong(form: RichForm, text: &str, pointer: &str, code: &str) {
    let found = found(form, text, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1), (pointer, code));
}

fn buttons(list: &[(&str, &str)]) -> RichForm {
    RichForm::Buttons {
        frame: Frame::default(),
        buttons: list
            .iter()
            .map(|(id, title)| ReplyButton {
                id: (*id).into(),
                title: (*title).into(),
            })
            .collect(),
    }
}

fn row(id: &str, title: &str, description: Option<&str>) -> ListRow {
    ListRow {
        id: id.into(),
        title: title.into(),
        description: description.map(str::to_owned),
    }
}

fn list(sections: Vec<(Option<&str>, Vec<ListRow>)>) -> RichForm {
    RichForm::List {
        frame: Frame::default(),
        button: "Slots".into(),
        sections: sections
            .into_iter()
            .map(|(title, rows)| ListSection {
                title: title.map(str::to_owned),
                rows,
            })
            .collect(),
    }
}

fn file() -> Vec<Media> {
    vec![Media {
        url: "https://files.example/a.png".into(),
        content_type: None,
    }]
}

fn rows(count: usize) -> Vec<ListRow> {
    (0..count)
        .map(|n| row(&n.to_string(), "Row", None))
        .collect()
}

#[test]
fn three_buttons_of_twenty_characters_are_the_most() {
    let long = "é".repeat(20);
    let most = [("1", "A"), ("2", "B"), ("3", long.as_str())];
    assert_eq!(found(buttons(&most), &"é".repeat(1024), &file()), []);
    wrong(buttons(&[]), "Hi", "/buttons", "empty");
    let four = [("1", "A"), ("2", "B"), ("3", "C"), ("4", "D")];
    wrong(buttons(&four), "Hi", "/buttons", "too_many");
    wrong(
        buttons(&[("1", &"x".repeat(21))]),
        "Hi",
        "/buttons/0/title",
        "too_long",
    );
    wrong(buttons(&[("1", " ")]), "Hi", "/buttons/0/title", "empty");
    wrong(
        buttons(&[(&"x".repeat(257), "A")]),
        "Hi",
        "/buttons/0/id",
        "too_long",
    );
    wrong(
        buttons(&[("1", "A"), ("1", "B")]),
        "Hi",
        "/buttons/1/id",
        "duplicate",
    );
    wrong(
        buttons(&[("1", "A"), ("2", "A")]),
        "Hi",
        "/buttons/1/title",
        "duplicate",
    );
    wrong(buttons(&[("1", "A")]), "", "text", "empty");
    wrong(
        buttons(&[("1", "A")]),
        &"x".repeat(1025),
        "text",
        "too_long",
    );
}

#[test]
fn a_header_is_a_line_or_a_file() {
    let framed = |header: Option<String>, footer: Option<String>| RichForm::Buttons {
        frame: Frame { header, footer },
        buttons: vec![ReplyButton {
            id: "1".into(),
            title: "A".into(),
        }],
    };
    let line = |length| Some("x".repeat(length));
    assert_eq!(found(framed(line(60), line(60)), "Hi", &[]), []);
    wrong(framed(line(61), None), "Hi", "/header", "too_long");
    wrong(framed(None, line(61)), "Hi", "/footer", "too_long");
    let both = found(framed(line(1), None), "Hi", &file());
    assert_eq!(both, [("/header".to_owned(), "conflict")]);
    let two = [file(), file()].concat();
    assert_eq!(
        found(framed(None, None), "Hi", &two),
        [("media".to_owned(), "too_many")]
    );
}

#[test]
fn ten_rows_in_all_are_the_most() {
    assert_eq!(
        found(list(vec![(None, rows(10))]), &"x".repeat(4096), &[]),
        []
    );
    wrong(
        list(vec![(None, rows(11))]),
        "Hi",
        "/list/sections",
        "too_many",
    );
    let named =
        |count: usize| (0..count).map(|n| (Some("Day"), vec![row(&n.to_string(), "Row", None)]));
    assert_eq!(found(list(named(10).collect()), "Hi", &[]), []);
    let eleven = found(list(named(11).collect()), "Hi", &[]);
    assert!(
        eleven.iter().all(|(_, code)| *code == "too_many"),
        "{eleven:?}"
    );
    wrong(list(Vec::new()), "Hi", "/list/sections", "empty");
    wrong(
        list(vec![(Some("Day"), Vec::new())]),
        "Hi",
        "/list/sections/0/rows",
        "empty",
    );
    let untitled = list(vec![
        (Some("A"), vec![row("1", "x", None)]),
        (None, vec![row("2", "x", None)]),
    ]);
    wrong(untitled, "Hi", "/list/sections/1/title", "missing_field");
}

#[test]
fn rows_have_their_own_limits() {
    let of = |row| list(vec![(None, vec![row])]);
    let (title, text) = ("x".repeat(24), "x".repeat(72));
    assert_eq!(
        found(of(row(&"i".repeat(200), &title, Some(&text))), "Hi", &[]),
        []
    );
    wrong(
        of(row("1", &"x".repeat(25), None)),
        "Hi",
        "/list/sections/0/rows/0/title",
        "too_long",
    );
    wrong(
        of(row("1", "A", Some(&"x".repeat(73)))),
        "Hi",
        "/list/sections/0/rows/0/description",
        "too_long",
    );
    wrong(
        of(row(&"i".repeat(201), "A", None)),
        "Hi",
        "/list/sections/0/rows/0/id",
        "too_long",
    );
    wrong(
        of(row("", "A", None)),
        "Hi",
        "/list/sections/0/rows/0/id",
        "empty",
    );
    let twice = list(vec![(None, vec![row("1", "A", None), row("1", "B", None)])]);
    wrong(twice, "Hi", "/list/sections/0/rows/1/id", "duplicate");
    let files = found(of(row("1", "A", None)), "Hi", &file());
    assert_eq!(files, [("media".to_owned(), "conflict")]);
    let button = |button: &str| RichForm::List {
        frame: Frame::default(),
        button: button.into(),
        sections: vec![ListSection {
            title: None,
            rows: rows(1),
        }],
    };
    wrong(button(&"x".repeat(21)), "Hi", "/list/button", "too_long");
}

fn product_list(header: Option<&str>, sections: &[(Option<&str>, usize)]) -> RichForm {
    RichForm::ProductList {
        frame: Frame {
            header: header.map(str::to_owned),
            footer: None,
        },
        catalog: "42".into(),
        sections: sections
            .iter()
            .map(|(title, count)| ProductSection {
                title: title.map(str::to_owned),
                products: (0..*count).map(|n| format!("SKU{n}")).collect(),
            })
            .collect(),
    }
}

#[test]
fn thirty_products_in_ten_sections_are_the_most() {
    let three = [(Some("Day"), 3); 10];
    assert_eq!(found(product_list(Some("New"), &three), "Look", &[]), []);
    let at = "/product_list/sections";
    let more = product_list(Some("New"), &[(None, 31)]);
    wrong(more, "Look", at, "too_many");
    let more = product_list(Some("New"), &[(Some("Day"), 1); 11]);
    wrong(more, "Look", at, "too_many");
    let none = product_list(Some("New"), &[]);
    wrong(none, "Look", at, "empty");
    let none = product_list(Some("New"), &[(None, 0)]);
    wrong(
        none,
        "Look",
        "/product_list/sections/0/product_items",
        "empty",
    );
    let untitled = product_list(Some("New"), &[(Some("Day"), 1), (None, 1)]);
    let title = "/product_list/sections/1/title";
    wrong(untitled, "Look", title, "missing_field");
    let headless = product_list(None, &[(None, 1)]);
    wrong(headless, "Look", "/header", "missing_field");
    wrong(product_list(Some("New"), &[(None, 1)]), "", "text", "empty");
    let files = found(product_list(Some("New"), &[(None, 1)]), "Look", &file());
    assert_eq!(files, [("media".to_owned(), "conflict")]);
}

#[test]
fn above_a_product_and_a_catalog_stands_the_product() {
    let product = |header: Option<&str>, product: &str| RichForm::Product {
        frame: Frame {
            header: header.map(str::to_owned),
            footer: Some("Acme".into()),
        },
        product: ProductRef {
            catalog: "42".into(),
            product: product.into(),
        },
    };
    for text in ["", "Look"] {
        assert_eq!(found(product(None, "SKU1"), text, &[]), []);
    }
    wrong(product(Some("New"), "SKU1"), "", "/header", "conflict");
    wrong(
        product(None, ""),
        "",
        "/product/product_retailer_id",
        "empty",
    );
    let long = "x".repeat(1025);
    wrong(product(None, "SKU1"), &long, "text", "too_long");
    let files = found(product(None, "SKU1"), "", &file());
    assert_eq!(files, [("media".to_owned(), "conflict")]);
    let catalog = |header: Option<&str>, thumbnail: Option<&str>| RichForm::Catalog {
        frame: Frame {
            header: header.map(str::to_owned),
            footer: None,
        },
        thumbnail: thumbnail.map(str::to_owned),
    };
    for thumbnail in [None, Some("SKU1")] {
        assert_eq!(found(catalog(None, thumbnail), "Look", &[]), []);
    }
    wrong(catalog(None, None), "", "text", "empty");
    wrong(catalog(Some("New"), None), "Look", "/header", "conflict");
    let thumbnail = "/catalog/thumbnail_product_retailer_id";
    wrong(catalog(None, Some("")), "Look", thumbnail, "empty");
}

#[test]
fn links_lead_to_pages() {
    let link = |title: &str, url: &str| RichForm::Link {
        frame: Frame::default(),
        title: title.into(),
        url: url.into(),
    };
    assert_eq!(
        found(
            link("Open", "https://shop.example/t/42"),
            "Track it",
            &file()
        ),
        []
    );
    wrong(
        link("Open", "javascript:alert(1)"),
        "Hi",
        "/link/url",
        "invalid_url",
    );
    wrong(
        link(&"x".repeat(21), "https://shop.example"),
        "Hi",
        "/link/title",
        "too_long",
    );
    wrong(RichForm::LocationRequest, "", "text", "empty");
}

#[test]
fn places_cards_and_signs_stand_alone() {
    let place = |latitude| RichForm::Location {
        latitude: Degrees::new(latitude).unwrap(),
        longitude: Degrees::new(-9.1393).unwrap(),
        name: Some("Shop".into()),
        address: None,
    };
    assert_eq!(found(place(38.7223), "", &[]), []);
    wrong(place(38.7223), "Here we are", "text", "conflict");
    wrong(place(90.1), "", "/location/latitude", "out_of_range");
    let card = |first_name: Option<&str>| RichForm::Contacts {
        contacts: vec![ContactCard {
            formatted_name: "Ana Dias".into(),
            first_name: first_name.map(str::to_owned),
            ..ContactCard::default()
        }],
    };
    assert_eq!(found(card(Some("Ana")), "", &[]), []);
    wrong(card(None), "", "/contacts/0/first_name", "missing_field");
    wrong(
        RichForm::Contacts {
            contacts: Vec::new(),
        },
        "",
        "/contacts",
        "empty",
    );
    let reaction = |emoji: &str, to: Option<&str>| {
        let rich = Rich {
            form: Some(RichForm::Reaction {
                emoji: emoji.into(),
            }),
            to: to.map(str::to_owned),
        };
        rich.problems("", &[])
            .iter()
            .map(|it| it.code)
            .collect::<Vec<_>>()
    };
    for emoji in ["👍", "👨‍👩‍👧‍👦", "1️⃣", ""] {
        assert_eq!(reaction(emoji, Some("wamid.X")), [""; 0], "{emoji}");
    }
    assert_eq!(reaction("ok", Some("wamid.X")), ["invalid_value"]);
    assert_eq!(reaction("👍", None), ["missing_field"]);
}

#[test]
fn nothing_at_all_is_no_message() {
    assert_eq!(Rich::default().problems("Hi", &[])[0].code, "empty");
    let reply = Rich {
        form: None,
        to: Some("wamid.X".into()),
    };
    assert_eq!(reply.problems("Hi", &[]), []);
}
