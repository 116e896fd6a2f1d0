use super::*;
use crate::data_from_json;
use serde_json::{Value as Json, json};

fn parse(components: Json) -> Result<ComponentTemplate, ComponentError> {
    ComponentTemplate::parse(&serde_json::from_value::<Vec<Component>>(components).unwrap())
}

fn render(components: Json, data: Json) -> Result<RenderedComponents, RenderError> {
    parse(components)
        .unwrap()
        .render(&data_from_json(data).unwrap())
}

fn wire(parameters: &[Parameter]) -> Vec<(Option<&str>, &str)> {
    parameters
        .iter()
        .map(|p| (p.name.as_ref().map(FieldName::as_str), p.value.as_str()))
        .collect()
}

#[test]
fn named_parameters_carry_their_names() {
    let rendered = render(
        json!([
            {"type": "HEADER", "format": "TEXT", "text": "Order {{order_no}}"},
            {"type": "BODY", "text": "Hi {{first_name|there}}, {{order_no}} ships. {{first_name|there}}!"},
            {"type": "FOOTER", "text": "Reply STOP"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop"},
                {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{1}}"},
                {"type": "URL", "text": "Home", "url": "https://shop.example.com"},
                {"type": "COPY_CODE", "example": "25OFF"},
            ]},
        ]),
        json!({"order_no": "A-42", "button_1_1": "a42", "coupon_code": "10OFF"}),
    )
    .unwrap();
    assert_eq!(rendered.format, ParameterFormat::Named);
    assert_eq!(wire(&rendered.header), [(Some("order_no"), "A-42")]);
    assert_eq!(
        wire(&rendered.body),
        [(Some("first_name"), "there"), (Some("order_no"), "A-42")]
    );
    assert_eq!(
        rendered.buttons,
        [
            ButtonParameter {
                index: 1,
                value: ButtonValue::UrlSuffix("a42".into())
            },
            ButtonParameter {
                index: 3,
                value: ButtonValue::CouponCode("10OFF".into())
            },
        ]
    );
    assert_eq!(
        rendered.text,
        "Order A-42\nHi there, A-42 ships. there!\nReply STOP"
    );
}

#[test]
fn numbers_belong_to_their_component_and_go_in_order() {
    let rendered = render(
        json!([
            {"type": "BODY", "text": "{{2}} before {{1}}"},
            {"type": "HEADER", "format": "TEXT", "text": "For {{1}}"},
        ]),
        json!({"1": "one", "2": "two", "header_1": "you"}),
    )
    .unwrap();
    assert_eq!(rendered.format, ParameterFormat::Positional);
    assert_eq!(wire(&rendered.header), [(None, "you")]);
    assert_eq!(wire(&rendered.body), [(None, "one"), (None, "two")]);
    assert_eq!(rendered.text, "For you\ntwo before one");
}

#[test]
fn a_media_header_asks_for_its_medium() {
    let components = json!([{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Hi"}]);
    let rendered = render(components, json!({})).unwrap();
    assert_eq!(rendered.media, Some(MediaFormat::Image));
    assert_eq!((rendered.header, rendered.text.as_str()), (vec![], "Hi"));
}

#[test]
fn names_are_checked_over_all_components() {
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "{{a}}"},
        {"type": "BODY", "text": "{{b}}"},
        {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE"}]},
    ]);
    let missing = RenderError::Missing {
        names: vec!["a".into(), "coupon_code".into()],
    };
    assert_eq!(render(components.clone(), json!({"b": "x"})), Err(missing));
    let unknown = RenderError::Unknown {
        names: vec!["c".into()],
    };
    assert_eq!(
        render(components, json!({"b": "x", "c": "y"})),
        Err(unknown)
    );
}

#[test]
fn what_meta_would_refuse_is_refused() {
    let body = json!({"type": "BODY", "text": "Hi {{name}} there"});
    let button = |url: &str| {
        let buttons = json!([{"type": "URL", "text": "Go", "url": url}]);
        json!([{"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": buttons}])
    };
    let header = |text: &str| json!([{"type": "HEADER", "format": "TEXT", "text": text}, body]);
    let only = |text: &str| json!([{"type": "BODY", "text": text}]);
    for (components, place, kind) in [
        (json!([]), Place::Body, ComponentErrorKind::NoBody),
        (
            json!([body, body]),
            Place::Body,
            ComponentErrorKind::Repeated,
        ),
        (
            header("{{a}} {{b}}"),
            Place::Header,
            ComponentErrorKind::TooManyFields,
        ),
        (header("{{1}}"), Place::Body, ComponentErrorKind::MixedNames),
        (only("{{1}} {{3}}"), Place::Body, ComponentErrorKind::Gap),
        (
            only("{{a|x}} {{a|y}}"),
            Place::Body,
            ComponentErrorKind::DefaultsDiffer,
        ),
        (
            only("{{a|}}"),
            Place::Body,
            ComponentErrorKind::EmptyDefault,
        ),
        (
            json!([body, {"type": "FOOTER", "text": "{{a}}"}]),
            Place::Footer,
            ComponentErrorKind::TooManyFields,
        ),
        (
            button("https://x.example/{{1}}/y"),
            Place::Button { index: 0 },
            ComponentErrorKind::FieldNotLast,
        ),
        (
            button("https://x.example/{{a}}{{b}}"),
            Place::Button { index: 0 },
            ComponentErrorKind::FieldNotLast,
        ),
    ] {
        assert_eq!(parse(components), Err(ComponentError { place, kind }));
    }
    let broken = parse(only("{{")).unwrap_err();
    assert!(broken.to_string().starts_with("body: line 1, column 1: "));
}

#[test]
fn a_one_time_code_goes_into_the_body_and_onto_the_button() {
    let rendered = render(
        json!([
            {"type": "BODY", "add_security_recommendation": true},
            {"type": "FOOTER", "code_expiration_minutes": 10},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
        ]),
        json!({"1": "493021"}),
    )
    .unwrap();
    assert_eq!(wire(&rendered.body), [(None, "493021")]);
    let button = ButtonParameter {
        index: 0,
        value: ButtonValue::UrlSuffix("493021".into()),
    };
    assert_eq!(rendered.buttons, [button]);
    assert!(
        rendered
            .text
            .ends_with("do not share this code.\nThis code expires in 10 minutes.")
    );
}

#[test]
fn values_that_meta_would_refuse_are_refused() {
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "For {{b}}"},
        {"type": "BODY", "text": "Hi {{a:truncate(2000)}}!"},
    ]);
    let names = |name: &str| vec![name.to_owned()];
    for value in ["x\ny", "x     y"] {
        let refused = render(components.clone(), json!({"a": value, "b": "x"}));
        assert_eq!(
            refused,
            Err(RenderError::ControlCharacters { names: names("a") })
        );
    }
    assert!(render(components.clone(), json!({"a": "x    y", "b": "x"})).is_ok());
    for (a, b, name) in [
        ("x".repeat(1021), "b".to_owned(), "a"),
        ("a".to_owned(), "x".repeat(57), "b"),
    ] {
        let refused = render(components.clone(), json!({"a": a, "b": b}));
        assert_eq!(refused, Err(RenderError::TooLong { names: names(name) }));
    }
    assert!(
        render(
            components,
            json!({"a": "é".repeat(1020), "b": "x".repeat(56)})
        )
        .is_ok()
    );
}

#[test]
fn forms_and_catalogs_take_no_value() {
    let rendered = render(
        json!([{"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": [
            {"type": "FLOW", "text": "Book", "flow_id": "1"},
            {"type": "CATALOG", "text": "See"},
        ]}]),
        json!({}),
    );
    assert_eq!(rendered.unwrap().buttons, []);
}
