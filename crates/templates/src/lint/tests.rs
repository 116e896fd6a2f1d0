use super::*;
use crate::content::{Brand, StopLine};
use crate::{Category, Component};
use serde_json::{Value as Json, json};
use tidings_kernel::{Channel, Purpose};

fn sms(purpose: Purpose) -> LintContext<'static> {
    LintContext {
        content: ContentContext {
            brand: Brand::Named(&["Acme"]),
            domains: Some(&["acme.example"]),
            ..ContentContext::new(Channel::Sms, purpose, "en")
        },
        predicted_segments: None,
    }
}

fn fields(json: Json) -> Vec<FieldSpec> {
    serde_json::from_value(json).unwrap()
}

fn of_text(locale: &str, text: &str, declared: Json) -> Vec<Diagnostic> {
    let variant = Variant {
        locale: locale.into(),
        body: VariantBody::Text(text.into()),
    };
    let fields = fields(declared);
    let subject = Subject {
        variant: &variant,
        fields: &fields,
        whatsapp: None,
    };
    lint(&subject, &sms(Purpose::Transactional))
}

fn whatsapp(components: Json, category: Category, purpose: Purpose) -> Vec<Diagnostic> {
    let components: Vec<Component> = serde_json::from_value(components).unwrap();
    let variant = Variant {
        locale: "en_US".into(),
        body: VariantBody::Components(components),
    };
    let fields = fields(json!([
        {"name": "a", "example": "x", "required": false, "default": "y"},
        {"name": "b", "example": "x", "required": false, "default": "y"},
    ]));
    let subject = Subject {
        variant: &variant,
        fields: &fields,
        whatsapp: Some(WhatsappSubject {
            name: "order_update",
            category,
        }),
    };
    let context = LintContext {
        content: ContentContext::new(Channel::Whatsapp, purpose, "en"),
        predicted_segments: None,
    };
    let mut found = lint(&subject, &context);
    found.retain(|it| !matches!(it.code, Code::UnusedField | Code::UnknownField));
    found
}

fn codes(found: &[Diagnostic]) -> Vec<Code> {
    found.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn a_clean_template_has_nothing_to_say() {
    let declared = json!([
        {"name": "name", "required": false},
        {"name": "day", "type": "date"},
        {"name": "total", "type": "money"},
    ]);
    let text = "Acme: hi {{name|there}}, {{total:money}} are due on {{day:date(long)}}.";
    assert_eq!(of_text("en", text, declared), []);
}

#[test]
fn fields_are_measured_by_their_declarations() {
    let declared = json!([
        {"name": "first_name", "required": false},
        {"name": "day", "type": "date"},
        {"name": "seen_at", "type": "datetime"},
        {"name": "unused", "default": 3, "type": "date"},
    ]);
    let text = "Acme {{first_nam}} {{first_name}} {{day:upper|soon}} {{seen_at}}";
    let found = of_text("en", text, declared);
    assert_eq!(
        codes(&found),
        [
            Code::DefaultType,
            Code::UnknownField,
            Code::NoDefault,
            Code::FilterType,
            Code::UnusedField,
            Code::RawValue
        ]
    );
    let fixed = |at: usize| {
        let suggestion = found[at].suggestion.clone().unwrap();
        let mut fixed = text.to_owned();
        fixed.replace_range(suggestion.span, &suggestion.replacement);
        fixed
    };
    assert!(fixed(1).starts_with("Acme {{first_name}}"));
    assert!(fixed(3).contains("{{day:date|soon}}"));
    assert!(fixed(5).ends_with("{{seen_at:datetime}}"));
}

#[test]
fn a_broken_text_is_one_error_with_its_place() {
    let found = of_text("en", "Acme {{name:uper}}", json!([]));
    assert_eq!(codes(&found), [Code::Syntax]);
    assert_eq!(found[0].span, 12..16);
}

#[test]
fn names_of_months_are_asked_for_in_known_languages() {
    let declared = json!([{"name": "day", "type": "date"}]);
    let text = "Acme {{day:date(\"d MMMM\")}}";
    assert_eq!(
        codes(&of_text("sv", text, declared.clone())),
        [Code::LocaleNames]
    );
    assert_eq!(of_text("de", text, declared.clone()), []);
    assert_eq!(of_text("sv", "Acme {{day:date(long)}}", declared), []);
}

#[test]
fn segments_are_paid_for() {
    let severities = [1, 2, 4].map(|n| many_segments(n).map(|it| it.severity));
    assert_eq!(
        severities,
        [None, Some(Severity::Hint), Some(Severity::Warning)]
    );
}

#[test]
fn names_of_fields_are_no_content_and_defaults_are() {
    let declared = json!([{"name": "promo"}, {"name": "x"}]);
    let text = "Acme: your code {{promo}} {{x|buy now}}";
    let found = of_text("en", text, declared);
    assert_eq!(codes(&found), [Code::Promotion]);
    assert_eq!(&text[found[0].span.clone()], "buy now");
}

#[test]
fn a_line_that_a_value_brought_does_not_count() {
    let context = ContentContext {
        brand: Brand::Named(&["Acme"]),
        stop_line: StopLine::Demanded,
        ..ContentContext::new(Channel::Sms, Purpose::Marketing, "en")
    };
    let text = "Acme sale for reply STOP to end";
    let value = 14..text.len();
    let found = lint_text(text, &[value], &context);
    assert_eq!(
        codes(&found),
        [Code::StopLineMissing, Code::StopLineInjected]
    );
    assert_eq!(lint_text(text, &[], &context), []);
}

#[test]
fn a_template_that_meta_takes_has_nothing_to_say() {
    let found = whatsapp(
        json!([
            {"type": "HEADER", "format": "TEXT", "text": "Order {{a}}"},
            {"type": "BODY", "text": "Hi {{a}}, your order {{b}} ships today, we will write again."},
            {"type": "FOOTER", "text": "Acme"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Thanks"},
                {"type": "URL", "text": "Track", "url": "https://acme.example/{{1}}", "example": ["x"]},
            ]},
        ]),
        Category::Utility,
        Purpose::Transactional,
    );
    assert_eq!(found, []);
}

#[test]
fn what_meta_refuses_is_found() {
    let body = |text: &str| json!([{"type": "BODY", "text": text}]);
    let buttons = |list: Json| json!([{"type": "BODY", "text": "Your order ships today."}, {"type": "BUTTONS", "buttons": list}]);
    let reply = |text: &str| json!({"type": "QUICK_REPLY", "text": text});
    let url = |text: &str| json!({"type": "URL", "text": text, "url": "https://acme.example"});
    let long = "x".repeat(26);
    for (components, code) in [
        (body("{{a}} is your name, is it not?"), Code::WaFieldAtEdge),
        (
            body("Your name and your order is {{a}}."),
            Code::WaFieldAtEdge,
        ),
        (
            body("We greet you all, {{a}} {{b}}, from here."),
            Code::WaAdjacentFields,
        ),
        (body("Hi {{a}} and {{b}} bye"), Code::WaTooManyFields),
        (
            body("Hello to you, {{1}} and {{c}} there."),
            Code::WaMixedNames,
        ),
        (body("Hello to you, {{2}} dear all there."), Code::WaGap),
        (
            body("Hello to you, {{c}}, dear all there."),
            Code::WaExample,
        ),
        (body("a\n\n\n\nb"), Code::WaWhitespace),
        (body(&"x".repeat(1025)), Code::WaLength),
        (
            json!([{"type": "HEADER", "format": "TEXT", "text": "x".repeat(61)}, {"type": "BODY", "text": "Hi"}]),
            Code::WaLength,
        ),
        (
            json!([{"type": "HEADER", "format": "TEXT", "text": "a\nb"}, {"type": "BODY", "text": "Hi"}]),
            Code::WaWhitespace,
        ),
        (
            json!([{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Hi"}]),
            Code::WaExample,
        ),
        (
            json!([{"type": "FOOTER", "text": "{{a}}"}, {"type": "BODY", "text": "Hi"}]),
            Code::WaComponents,
        ),
        (
            buttons(json!([reply("a"), url("b"), reply("c")])),
            Code::WaButtonOrder,
        ),
        (
            buttons(json!([url("a"), url("b"), url("c")])),
            Code::WaButtonCount,
        ),
        (
            buttons(json!([reply("a"), {"type": "CATALOG", "text": "b"}])),
            Code::WaButtonCount,
        ),
        (buttons(json!([reply("a"), reply("a")])), Code::WaButton),
        (buttons(json!([reply(&long)])), Code::WaButton),
        (buttons(json!([reply(" ")])), Code::WaButton),
        (
            buttons(json!([{"type": "URL", "text": "a", "url": "acme.example"}])),
            Code::WaButton,
        ),
        (
            buttons(json!([{"type": "PHONE_NUMBER", "text": "a", "phone_number": "call us"}])),
            Code::WaButton,
        ),
        (
            buttons(json!([{"type": "OTP", "otp_type": "COPY_CODE"}])),
            Code::WaAuthentication,
        ),
    ] {
        let mut found = whatsapp(
            components.clone(),
            Category::Utility,
            Purpose::Transactional,
        );
        found.retain(|it| code == Code::WaExample || it.code != Code::WaExample);
        assert_eq!(codes(&found), [code], "{components}");
    }
    let eleven: Vec<Json> = (0..11).map(|i| reply(&i.to_string())).collect();
    let found = whatsapp(
        buttons(json!(eleven)),
        Category::Utility,
        Purpose::Transactional,
    );
    assert!(
        codes(&found)
            .iter()
            .all(|code| *code == Code::WaButtonCount)
            && !found.is_empty()
    );
}

#[test]
fn an_opt_out_button_is_as_good_as_a_line() {
    let offer = |label: &str| {
        json!([
            {"type": "BODY", "text": "Our sale starts today, come and see."},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": label}]},
        ])
    };
    let found = |label| {
        codes(&whatsapp(
            offer(label),
            Category::Marketing,
            Purpose::Marketing,
        ))
    };
    assert_eq!(found("Stop promotions"), []);
    assert_eq!(found("Thanks"), [Code::StopLineMissing]);
}

#[test]
fn authentication_templates_are_as_meta_fixes_them() {
    let good = json!([
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "FOOTER", "code_expiration_minutes": 10},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "ONE_TAP"}]},
    ]);
    let category = Category::Authentication;
    let mut found = whatsapp(good, category, Purpose::Authentication);
    // Meta's own words stand for the body.
    found.retain(|it| it.place != Place::Body);
    assert_eq!(found, []);
    let bad = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Hi"},
        {"type": "BODY", "text": "Your code 🎉"},
        {"type": "FOOTER", "code_expiration_minutes": 99},
    ]);
    let found = whatsapp(bad, category, Purpose::Authentication);
    assert_eq!(codes(&found), [Code::WaAuthentication; 4]);
}

#[test]
fn names_languages_and_categories_are_metas() {
    let replacement = |found: Option<Diagnostic>| Some(found?.suggestion?.replacement);
    let name = |name| replacement(super::whatsapp::name(name));
    assert_eq!(name("Order Update"), Some("order_update".into()));
    assert_eq!(name("order_update"), None);
    let language = |locale| replacement(super::whatsapp::language(locale));
    assert_eq!(language("en-us"), Some("en_US".into()));
    assert_eq!(language("en_US"), None);
    for (category, purpose, suits) in [
        (Category::Utility, Purpose::Marketing, false),
        (Category::Marketing, Purpose::Reminder, false),
        (Category::Utility, Purpose::Reminder, true),
        (Category::Utility, Purpose::Authentication, false),
        (Category::Authentication, Purpose::Reminder, false),
        (Category::Authentication, Purpose::Authentication, true),
    ] {
        assert_eq!(
            category_suits(category, purpose),
            suits,
            "{category} {purpose}"
        );
    }
}
