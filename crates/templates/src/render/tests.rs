use super::*;
use crate::{Template, Value};

fn render(text: &str, data: &[(&str, &str)]) -> Result<String, RenderError> {
    let data = data
        .iter()
        .map(|(k, v)| ((*k).to_owned(), Value::from(*v)))
        .collect();
    Template::parse(text).unwrap().render(&data)
}

#[test]
fn a_default_stands_in_for_an_absent_or_blank_value() {
    assert_eq!(render("Hi {{a|there}}", &[]).unwrap(), "Hi there");
    assert_eq!(render("Hi {{a|there}}", &[("a", " ")]).unwrap(), "Hi there");
    assert_eq!(render("Hi {{a|there}}", &[("a", "Ana")]).unwrap(), "Hi Ana");
    assert_eq!(render("Hi{{a|}}", &[]).unwrap(), "Hi");
}

#[test]
fn a_field_is_missing_when_one_of_its_uses_has_no_default() {
    let names = vec!["a".to_owned()];
    assert_eq!(
        render("{{a|x}} {{a}}", &[]),
        Err(RenderError::Missing {
            names: names.clone()
        })
    );
    assert_eq!(
        render("{{a}}", &[("a", "")]),
        Err(RenderError::Missing { names })
    );
}

#[test]
fn a_misspelled_key_is_named_before_what_is_missing() {
    let unknown = RenderError::Unknown {
        names: vec!["b".into(), "c".into()],
    };
    assert_eq!(render("{{a}}", &[("c", "1"), ("b", "2")]), Err(unknown));
}

#[test]
fn every_value_that_a_filter_refuses_is_named() {
    let refused = render(
        "{{a:date}} {{b:upper}} {{c:money}}{{d:date|soon}}",
        &[("a", "soon"), ("b", "x"), ("c", "12")],
    );
    let names = vec!["a".into(), "c".into()];
    assert_eq!(refused, Err(RenderError::WrongKind { names }));
}

#[test]
fn what_was_in_the_buffer_stays() {
    let template = Template::parse("{{a}} {{b:date}}").unwrap();
    let data = |b: &str| Data::from([("a".into(), "x".into()), ("b".into(), b.into())]);
    let mut out = "before ".to_owned();
    let formats = Formats::of("en_GB");
    assert!(
        template
            .write_into(&data("soon"), &formats, &mut out)
            .is_err()
    );
    assert!(
        template
            .write_into(&Data::new(), &formats, &mut out)
            .is_err()
    );
    assert_eq!(out, "before ");
    template
        .write_into(&data("2026-11-21"), &formats, &mut out)
        .unwrap();
    assert_eq!(out, "before x 21 Nov 2026");
}

#[test]
fn many_fields_are_as_strict_as_few() {
    let name = |i: usize| format!("f{i:03}");
    let fields: Vec<String> = (0..60).map(|i| format!("{{{{{}}}}}", name(i))).collect();
    let text = fields.concat();
    let template = Template::parse(&text).unwrap();
    let mut data: Data = (0..60).map(|i| (name(i), Value::from("x"))).collect();
    assert_eq!(template.render(&data).unwrap(), "x".repeat(60));
    data.remove("f059");
    data.insert("f000".into(), Value::from(" "));
    let names = vec!["f000".into(), "f059".into()];
    assert_eq!(template.render(&data), Err(RenderError::Missing { names }));
}

#[test]
fn room_is_made_for_the_text_and_no_more() {
    for text in ["{{a}} is {{b|nobody}} {{a}}{{b|.}}", "Hi", "{{c|}}{{a}}"] {
        let template = Template::parse(text).unwrap();
        let mut data = Data::from([("a".into(), Value::from("é, è"))]);
        if !text.contains('a') {
            data.clear();
        }
        let rendered = template.render(&data).unwrap();
        assert_eq!(rendered.capacity(), rendered.len(), "{rendered}");
    }
}

#[test]
fn only_line_feeds_may_control() {
    assert_eq!(render("{{a}}", &[("a", "x\ny")]).unwrap(), "x\ny");
    for value in ["x\ty", "x\ry", "x\0", "\u{1B}[1m", "x\u{85}"] {
        let refused = RenderError::ControlCharacters {
            names: vec!["a".into()],
        };
        assert_eq!(render("{{a}}", &[("a", value)]), Err(refused));
    }
}
