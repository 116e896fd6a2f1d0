//! Templates: is there one, do the parameters fit, what does the person read.

use serde_json::Value;

use super::errors::MetaError;
use super::riches;
use super::shape::{Header, Knob, Shape, is_of};
use super::validate::{media, required, required_text};
use super::{MetaTemplate, ParameterFormat, TemplateStatus};
use crate::message::{Button, Media};
use crate::rich::{Link, Rich};

/// A template message as the handset shows it.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) media: Vec<Media>,
    pub(super) buttons: Vec<Button>,
    pub(super) rich: Rich,
    pub(super) category: &'static str,
}

/// Checks the `template` object against the business account's templates. With none registered
/// every name passes, and the text names the template and its parameters.
pub(super) fn render(object: &Value, known: &[MetaTemplate]) -> Result<Rendered, MetaError> {
    let name = required_text(object, "template", "name")?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.len() > 512 || !name.chars().all(is_name) {
        return Err(MetaError::with(131_009, "template['name'] is not a name"));
    }
    let language = required(object, "template", "language")?;
    let language = required_text(language, "template['language']", "code")?;
    let parameters = text_parameters(object, "body")?;
    let payloads = quick_replies(object);
    let template = known
        .iter()
        .find(|template| template.name == name && template.language == language);
    let Some(template) = template else {
        // What was submitted says nothing about what else there is.
        if known.iter().any(|template| template.components.is_none()) {
            return Err(missing(name, language));
        }
        return Ok(unknown(name, language, &parameters, payloads));
    };
    match template.status {
        TemplateStatus::Approved => {}
        TemplateStatus::Paused => return Err(MetaError::of(132_015)),
        TemplateStatus::Disabled => return Err(MetaError::of(132_016)),
        TemplateStatus::Pending | TemplateStatus::Rejected => return Err(missing(name, language)),
    }
    let shape = Shape::of(template);
    let mut rendered = Rendered {
        text: fill("body", &shape.body, template.parameter_format, &parameters)?,
        media: Vec::new(),
        buttons: Vec::new(),
        rich: Rich {
            footer: shape.footer,
            ..Rich::default()
        },
        category: template.category.word(),
    };
    match &shape.header {
        None => {}
        Some(Header::Text(text)) => {
            let given = text_parameters(object, "header")?;
            let text = fill("header", text, template.parameter_format, &given)?;
            rendered.rich.header = Some(text);
        }
        Some(Header::Brought) => brought(object, &mut rendered)?,
    }
    for (index, knob) in shape.buttons.into_iter().enumerate() {
        match knob {
            Knob::Reply(title) => rendered.buttons.push(Button {
                id: payloads
                    .iter()
                    .find(|(at, _)| *at == index)
                    .map_or_else(|| title.clone(), |(_, payload)| payload.clone()),
                title,
                of_template: true,
            }),
            Knob::Link { title, url } => rendered.rich.links.push(Link {
                title,
                url: url.map(|url| url.replace("{{1}}", &ending(object, index))),
            }),
        }
    }
    Ok(rendered)
}

/// A template that nobody registered.
fn unknown(
    name: &str,
    language: &str,
    parameters: &[Parameter],
    payloads: Vec<(usize, String)>,
) -> Rendered {
    let values: Vec<&str> = parameters.iter().map(|one| one.text.as_str()).collect();
    let buttons = payloads.into_iter().map(|(_, payload)| Button {
        title: payload.clone(),
        id: payload,
        of_template: true,
    });
    Rendered {
        text: format!("[{name} {language}: {}]", values.join(", ")),
        media: Vec::new(),
        buttons: buttons.collect(),
        rich: Rich::default(),
        category: "utility",
    }
}

/// Takes the file or the place of the header from the send.
fn brought(object: &Value, rendered: &mut Rendered) -> Result<(), MetaError> {
    let Some(given) = components(object, "header").flat_map(parameters).next() else {
        return Err(MetaError::with(
            132_012,
            "header: a file or a place is expected",
        ));
    };
    let kind = required_text(given, "parameter", "type")?;
    let content = required(given, "parameter", kind)?;
    match kind {
        "location" => rendered.rich.location = Some(riches::location(content)?),
        "image" | "video" | "document" => {
            rendered.media.push(media(kind, content)?);
            let file_name = content.get("filename").and_then(Value::as_str);
            rendered.rich.file_name = file_name.map(str::to_owned);
        }
        _ => return Err(MetaError::of(132_012)),
    }
    Ok(())
}

/// What a send adds to the address of the button at `index`.
fn ending(object: &Value, index: usize) -> String {
    let button = components(object, "button").find(|button| at(button) == Some(index));
    let given = button.and_then(|button| parameters(button).next());
    let text = given.and_then(|given| given.get("text")?.as_str());
    text.unwrap_or_default().to_owned()
}

fn missing(name: &str, language: &str) -> MetaError {
    MetaError::with(
        132_001,
        format!("template name ({name}) does not exist in {language}"),
    )
}

struct Parameter {
    name: Option<String>,
    text: String,
}

fn components<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    template
        .get("components")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(move |component| is_of(component, kind))
}

fn parameters(component: &Value) -> impl Iterator<Item = &Value> {
    component
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text_parameters(template: &Value, part: &str) -> Result<Vec<Parameter>, MetaError> {
    let mut found = Vec::new();
    for parameter in components(template, part).flat_map(parameters) {
        let kind = required_text(parameter, "parameter", "type")?;
        let text = match kind {
            "text" => required_text(parameter, "parameter", "text")?,
            "currency" | "date_time" => {
                let value = required(parameter, "parameter", kind)?;
                required_text(value, kind, "fallback_value")?
            }
            _ => return Err(MetaError::of(132_012)),
        };
        found.push(Parameter {
            name: parameter
                .get("parameter_name")
                .and_then(Value::as_str)
                .map(str::to_owned),
            text: text.to_owned(),
        });
    }
    Ok(found)
}

/// Position and payload of quick replies.
fn quick_replies(template: &Value) -> Vec<(usize, String)> {
    components(template, "button")
        .filter(|button| button.get("sub_type").and_then(Value::as_str) == Some("quick_reply"))
        .filter_map(|button| {
            let index = at(button)?;
            let payload = parameters(button).next()?.get("payload")?.as_str()?;
            Some((index, payload.to_owned()))
        })
        .collect()
}

/// The position of a button that a send speaks of.
fn at(button: &Value) -> Option<usize> {
    match button.get("index")? {
        Value::String(text) => text.parse().ok(),
        other => usize::try_from(other.as_u64()?).ok(),
    }
}

/// The names between `{{` and `}}`, each once.
fn fields(body: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in body.split("{{").skip(1) {
        if let Some((name, _)) = piece.split_once("}}") {
            let name = name.trim();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Puts what is given into the fields of a part's text; both must fit.
fn fill(
    part: &str,
    text: &str,
    format: ParameterFormat,
    given: &[Parameter],
) -> Result<String, MetaError> {
    let fields = fields(text);
    if given.len() != fields.len() {
        return Err(MetaError::with(
            132_000,
            format!(
                "{part}: number of localizable_params ({}) does not match the expected number of \
                 params ({})",
                given.len(),
                fields.len()
            ),
        ));
    }
    let mut filled = text.to_owned();
    for (index, parameter) in given.iter().enumerate() {
        let field = match (format, &parameter.name) {
            (ParameterFormat::Positional, None) => (index + 1).to_string(),
            (ParameterFormat::Named, Some(name)) => name.clone(),
            (ParameterFormat::Positional, Some(_)) | (ParameterFormat::Named, None) => {
                return Err(MetaError::of(132_012));
            }
        };
        if !fields.contains(&field.as_str()) {
            return Err(MetaError::with(
                132_012,
                format!("{part}: the template has no parameter ({field})"),
            ));
        }
        filled = filled.replace(&format!("{{{{{field}}}}}"), &parameter.text);
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::MetaTemplate;
    use super::render;

    fn known() -> Vec<MetaTemplate> {
        serde_json::from_value(json!([
            {"name": "order", "language": "en_US", "body": "Hi {{1}}, {{2}} ships",
             "buttons": ["Stop updates"], "category": "MARKETING"},
            {"name": "hello", "language": "en", "body": "Hi {{first_name}}",
             "parameter_format": "NAMED"},
            {"name": "old", "language": "en", "body": "Hi", "status": "PAUSED"},
        ]))
        .expect("templates")
    }

    fn template(name: &str, language: &str, parameters: &Value) -> Value {
        json!({"name": name, "language": {"code": language}, "components": [
            {"type": "body", "parameters": parameters},
            {"type": "button", "sub_type": "quick_reply", "index": "0",
             "parameters": [{"type": "payload", "payload": "stop"}]},
        ]})
    }

    fn code(name: &str, language: &str, parameters: &Value) -> Option<u32> {
        render(&template(name, language, parameters), &known())
            .err()
            .map(|error| error.code)
    }

    #[test]
    fn parameters_must_fit_the_template() {
        let text = |text: &str| json!({"type": "text", "text": text});
        let named = |name: &str| json!({"type": "text", "text": "x", "parameter_name": name});
        let two = json!([text("Ana"), text("A-42")]);
        assert_eq!(code("order", "en_US", &two), None);
        assert_eq!(code("order", "en_US", &json!([text("Ana")])), Some(132_000));
        assert_eq!(code("order", "en", &two), Some(132_001));
        assert_eq!(code("nothing", "en_US", &two), Some(132_001));
        assert_eq!(code("old", "en", &json!([])), Some(132_015));
        assert_eq!(code("hello", "en", &json!([named("first_name")])), None);
        assert_eq!(code("hello", "en", &json!([named("name")])), Some(132_012));
        assert_eq!(code("hello", "en", &json!([text("Ana")])), Some(132_012));
        assert_eq!(
            code("order", "en_US", &json!([text(""), text("x")])),
            Some(131_008)
        );
    }

    #[test]
    fn the_handset_shows_the_filled_text_and_the_buttons() {
        let parameters = json!([{"type": "text", "text": "Ana"}, {"type": "text", "text": "A-42"}]);
        let object = template("order", "en_US", &parameters);
        let rendered = render(&object, &known()).expect("valid");
        assert_eq!(rendered.text, "Hi Ana, A-42 ships");
        assert_eq!(rendered.category, "marketing");
        let button = rendered.buttons.first().expect("a button");
        assert_eq!(
            (button.id.as_str(), button.title.as_str()),
            ("stop", "Stop updates")
        );
        let unknown = render(&object, &[]).expect("everything passes");
        assert_eq!(unknown.text, "[order en_US: Ana, A-42]");
    }

    #[test]
    fn a_submitted_template_is_shown_with_all_its_parts() {
        let known: Vec<MetaTemplate> = serde_json::from_value(json!([
            {"name": "gallery", "language": "en_US", "body": "Hi {{1}}", "components": [
                {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
                {"type": "BODY", "text": "Hi {{1}}"},
                {"type": "FOOTER", "text": "Studio Lumen"},
                {"type": "BUTTONS", "buttons": [
                    {"type": "URL", "text": "Open", "url": "https://example.com/{{1}}"},
                    {"type": "QUICK_REPLY", "text": "Later"}]}]},
        ]))
        .expect("templates");
        let object = json!({"name": "gallery", "language": {"code": "en_US"}, "components": [
            {"type": "header", "parameters": [{"type": "text", "text": "A-42"}]},
            {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
            {"type": "button", "sub_type": "url", "index": "0",
             "parameters": [{"type": "text", "text": "a42"}]},
            {"type": "button", "sub_type": "quick_reply", "index": 1,
             "parameters": [{"type": "payload", "payload": "later"}]},
        ]});
        let rendered = render(&object, &known).expect("valid");
        assert_eq!(rendered.text, "Hi Ana");
        assert_eq!(rendered.rich.header.as_deref(), Some("Order A-42"));
        assert_eq!(rendered.rich.footer.as_deref(), Some("Studio Lumen"));
        let url = rendered
            .rich
            .links
            .first()
            .and_then(|link| link.url.as_deref());
        assert_eq!(url, Some("https://example.com/a42"));
        let button = rendered.buttons.first().expect("a button");
        assert_eq!(
            (button.id.as_str(), button.title.as_str()),
            ("later", "Later")
        );
        // It alone does not make other names wrong.
        let other = json!({"name": "other", "language": {"code": "en_US"}});
        assert!(render(&other, &known).is_ok());
    }
}
