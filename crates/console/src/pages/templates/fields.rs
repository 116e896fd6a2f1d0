//! The form of a template: its variants and the fields that they use.

use crate::{
    ctx::Ctx,
    form::Form,
    problems::{Problems, sentence},
    widgets::{Field, id, summary, tick},
    words,
};
use maud::{Markup, html};
use tidings_kernel::{Channel, Locale, Purpose};
use tidings_messaging::{StoredTemplate, fields_of, template_refusals};
use tidings_templates::{
    ApprovalStatus, Component, FieldKind, FieldName, FieldSpec, Finding, ParsedBody, Severity,
    Variant, VariantBody, check,
};

/// The most variants and fields that a page takes.
const MOST: usize = 60;

const KINDS: [(&str, &str); 8] = [
    ("text", "Text"),
    ("number", "Number"),
    ("date", "Date"),
    ("time", "Time"),
    ("datetime", "Date and time"),
    ("money", "Money"),
    ("bool", "Yes or no"),
    ("url", "Link"),
];

/// What a template's form holds.
pub(super) fn form_of(template: &StoredTemplate) -> Form {
    let mut form = Form::default()
        .with("name", template.name.as_str())
        .with("channel", template.channel.as_str())
        .with("purpose", template.purpose.as_str())
        .with("category", template.category.as_str())
        .with("version", template.version.to_string());
    for (row, variant) in template.variants.iter().enumerate() {
        let text = match &variant.body {
            VariantBody::Text(text) => text.clone(),
            VariantBody::Components(list) => serde_json::to_string_pretty(list).unwrap_or_default(),
        };
        form = form
            .with(&format!("locale_{row}"), variant.locale.as_str())
            .with(&format!("text_{row}"), text);
    }
    for (row, field) in template.fields.iter().enumerate() {
        let shown = |value: &Option<tidings_templates::Value>| {
            value.as_ref().map_or("", |value| value.as_str()).to_owned()
        };
        form = form
            .with(&format!("field_{row}"), field.name.as_str())
            .with(&format!("kind_{row}"), kind_name(field.kind))
            .with(
                &format!("required_{row}"),
                if field.required { "on" } else { "" },
            )
            .with(&format!("default_{row}"), shown(&field.default))
            .with(&format!("example_{row}"), shown(&field.example));
    }
    form
}

const fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Number => "number",
        FieldKind::Date => "date",
        FieldKind::Time => "time",
        FieldKind::DateTime => "datetime",
        FieldKind::Money => "money",
        FieldKind::Bool => "bool",
        FieldKind::Url => "url",
    }
}

fn rows(form: &Form, name: &str, spare: usize) -> usize {
    let filled = (0..MOST)
        .rev()
        .find(|row| form.some(&format!("{name}_{row}")).is_some())
        .map_or(0, |row| row + 1);
    (filled + spare).clamp(1, MOST)
}

pub(super) fn show(form: &Form, problems: &Problems, is_new: bool) -> Markup {
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    let purposes = Purpose::FOR_TENANTS.map(|purpose| (purpose.as_str(), words::purpose(purpose)));
    let channels = Channel::ALL.map(|channel| (channel.as_str(), words::channel(channel)));
    html! {
        (summary(problems))
        fieldset {
            legend { "About" }
            (field("name", "Name").required().hint("For WhatsApp lower case letters, digits and _.").show())
            div.pair {
                @if is_new { (field("channel", "Channel").select(&channels)) }
                @else { input type="hidden" name="channel" value=(form.raw("channel")); }
                (field("purpose", "Purpose").hint("Decides what consent it needs.").select(&purposes))
            }
            (field("category", "Category").hint("Your own grouping; for WhatsApp utility, marketing or authentication. The purpose gives one if you leave it empty.").show())
        }
        fieldset {
            legend { "Texts" }
            p.hint { "Fields stand in double braces, with a default behind a bar: {{first_name|there}}. For WhatsApp a text may also be a list of components in Meta’s JSON." }
            @for row in 0..rows(form, "text", 1) {
                @let (locale, text) = (format!("locale_{row}"), format!("text_{row}"));
                div.sender role="group" aria-label=(format!("Variant {}", row + 1)) {
                    (Field::new(&locale, "Language").value(form.raw(&locale)).hint("Such as en_US. Empty rows do not count.").of(problems).show())
                    (Field::new(&text, "Text").value(&form.text(&text)).of(problems).area(4))
                }
            }
        }
        (specs(form, problems))
    }
}

fn specs(form: &Form, problems: &Problems) -> Markup {
    let count = rows(form, "field", 0);
    html! {
        @if form.some("field_0").is_some() {
            fieldset {
                legend { "Fields" }
                p.hint { "Fields that the texts use are added when you save; those that they no longer use go." }
                @for row in 0..count {
                    @let name = form.raw(&format!("field_{row}"));
                    @if !name.is_empty() {
                        @let (kind, default, example) = (format!("kind_{row}"), format!("default_{row}"), format!("example_{row}"));
                        div.sender role="group" aria-label=(format!("Field {name}")) id=(id(&format!("field_{row}"))) {
                            p { code { (name) } }
                            input type="hidden" name=(format!("field_{row}")) value=(name);
                            div.pair {
                                (Field::new(&kind, "Kind").value(form.raw(&kind)).of(problems).select(&KINDS))
                                (Field::new(&example, "Example").value(form.raw(&example)).of(problems).show())
                                (Field::new(&default, "Default").value(form.raw(&default)).of(problems).show())
                            }
                            (tick(&format!("required_{row}"), "on", "Every message needs it", form.is_on(&format!("required_{row}"))))
                        }
                    }
                }
            }
        }
    }
}

/// Fills a template from the form, and notes what is wrong. Name and category are those of its channel.
pub(super) fn read(ctx: &Ctx, template: &mut StoredTemplate, problems: &mut Problems) {
    let form = &ctx.form;
    form.get("name").clone_into(&mut template.name);
    let purpose = form.get("purpose").parse::<Purpose>();
    let purpose = purpose
        .ok()
        .filter(|purpose| Purpose::FOR_TENANTS.contains(purpose));
    match purpose {
        Some(purpose) => template.purpose = purpose,
        None => problems.add("purpose", "Choose a purpose from the list."),
    }
    let category = form
        .some("category")
        .unwrap_or_else(|| category(template.purpose));
    category.clone_into(&mut template.category);
    check_names(template, problems);
    let written = variants(form, template.channel, problems);
    let is_new = written != template.variants;
    template.reword(written);
    template.fields = fields(form, &template.variants, problems);
    if problems.is_empty() {
        // What a provider approved is the old text.
        if template.channel != Channel::Whatsapp {
            template.status = ApprovalStatus::Approved;
        } else if is_new {
            template.status = ApprovalStatus::Draft;
        }
        for (index, found) in template_refusals(template, &ctx.tenant) {
            problems.add(format!("text_{index}"), sentence(&found.message));
        }
    }
}

fn check_names(template: &StoredTemplate, problems: &mut Problems) {
    if template.name.is_empty() {
        problems.add("name", "Give it a name.");
    }
    problems.text("name", &template.name, 512);
    problems.text("category", &template.category, 64);
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if template.channel == Channel::Whatsapp && !template.name.chars().all(is_plain) {
        problems.add("name", "WhatsApp takes lower case letters, digits and _.");
    }
}

/// WhatsApp knows three categories; the purpose tells which.
const fn category(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Marketing => "marketing",
        Purpose::Authentication => "authentication",
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Emergency
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => "utility",
    }
}

fn variants(form: &Form, channel: Channel, problems: &mut Problems) -> Vec<Variant> {
    let mut variants: Vec<Variant> = Vec::new();
    for row in 0..MOST {
        let (place, name) = (format!("locale_{row}"), format!("text_{row}"));
        let text = form.text(&name);
        if text.trim().is_empty() {
            if row > 0 && form.some(&place).is_some() {
                problems.add(&name, "Write the text of this language, or empty both.");
            }
            continue;
        }
        let locale = match Locale::parse(form.get(&place)) {
            Ok(locale) => locale.to_string(),
            Err(error) => {
                problems.add(&place, sentence(&error.to_string()));
                continue;
            }
        };
        if variants.iter().any(|other| other.locale == locale) {
            problems.add(&place, "This language is there twice.");
        }
        let body = match components(channel, &text) {
            None => VariantBody::Text(text),
            Some(Ok(list)) => VariantBody::Components(list),
            Some(Err(problem)) => {
                problems.add(&name, problem);
                continue;
            }
        };
        if let Err(error) = body.parse() {
            problems.add(&name, sentence(&error.kind.to_string()));
        }
        variants.push(Variant { locale, body });
    }
    if variants.is_empty() && problems.is_empty() {
        problems.add("text_0", "Write at least one text.");
    }
    variants
}

/// WhatsApp components, if a text is a list of them.
fn components(channel: Channel, text: &str) -> Option<Result<Vec<Component>, String>> {
    let is_list = channel == Channel::Whatsapp && text.trim_start().starts_with('[');
    is_list.then(|| {
        serde_json::from_str(text)
            .map_err(|error| format!("This is no list of components: {error}."))
    })
}

/// The fields that the texts use, as they were declared where they were.
fn fields(form: &Form, variants: &[Variant], problems: &mut Problems) -> Vec<FieldSpec> {
    let bodies: Vec<ParsedBody> = variants
        .iter()
        .filter_map(|variant| variant.body.parse().ok())
        .collect();
    let mut fields = fields_of(&bodies);
    for row in 0..MOST {
        let name = form.get(&format!("field_{row}"));
        let Some(field) = fields.iter_mut().find(|field| field.name.as_str() == name) else {
            continue;
        };
        let kind = form.get(&format!("kind_{row}"));
        match serde_json::from_value::<FieldKind>(kind.into()) {
            Ok(kind) => field.kind = kind,
            Err(_) => problems.add(format!("kind_{row}"), "Choose a kind from the list."),
        }
        let value = |name: &str| form.some(&format!("{name}_{row}")).map(Into::into);
        field.required = form.is_on(&format!("required_{row}"));
        field.default = value("default");
        field.example = value("example");
    }
    let texts: Vec<_> = bodies.iter().flat_map(ParsedBody::templates).collect();
    for finding in check(&fields, &texts) {
        if finding.severity() == Severity::Error {
            let (name, place, words) = told(&finding);
            let row = (0..MOST).find(|row| form.get(&format!("field_{row}")) == name.as_str());
            let at = row.map_or("text_0".to_owned(), |row| format!("{place}_{row}"));
            problems.add(at, format!("{name}: {words}"));
        }
    }
    fields
}

const fn told(finding: &Finding) -> (&FieldName, &'static str, &'static str) {
    match finding {
        Finding::Undeclared { name } => (name, "field", "a text uses it and it is not declared."),
        Finding::Unused { name } => (name, "field", "no text uses it."),
        Finding::Repeated { name } => (name, "field", "it is declared more than once."),
        Finding::NoDefault { name } => (
            name,
            "default",
            "not every message needs it, so it needs a default.",
        ),
        Finding::DefaultOfWrongType { name } => {
            (name, "default", "the default is not of its kind.")
        }
        Finding::ExampleOfWrongType { name } => {
            (name, "example", "the example is not of its kind.")
        }
    }
}
