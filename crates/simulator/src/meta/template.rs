//! Templates: is there one, do the parameters fit, what does the person read.

use serde_json::Value;

use super::errors::MetaError;
use super::validate::{required, required_text};
use super::{MetaTemplate, ParameterFormat, TemplateStatus};
use crate::message::Button;

/// A template message as the handset shows it.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) buttons: Vec<Button>,
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
    let parameters = body_parameters(object)?;
    let payloads = quick_replies(object);
    if known.is_empty() {
        let values: Vec<&str> = parameters.iter().map(|one| one.text.as_str()).collect();
        return Ok(Rendered {
            text: format!("[{name} {language}: {}]", values.join(", ")),
            buttons: payloads
                .into_iter()
                .map(|(_, payload)| Button {
                    title: payload.clone(),
                    id: payload,
                    of_template: true,
                })
                .collect(),
            category: "utility",
        });
    }
    let template = known
        .iter()
        .find(|template| template.name == name && template.language == language)
        .ok_or_else(|| missing(name, language))?;
    match template.status {
        TemplateStatus::Approved => {}
        TemplateStatus::Paused => return Err(MetaError::of(132_015)),
        TemplateStatus::Disabled => return Err(MetaError::of(132_016)),
        TemplateStatus::Pending | TemplateStatus::Rejected => return Err(missing(name, language)),
    }
    let buttons = template
        .buttons
        .iter()
        .enumerate()
        .map(|(index, title)| Button {
            id: payloads
                .iter()
                .find(|(at, _)| *at == index)
                .map_or_else(|| title.clone(), |(_, payload)| payload.clone()),
            title: title.clone(),
            of_template: true,
        });
    Ok(Rendered {
        text: fill(template, &parameters)?,
        buttons: buttons.collect(),
        category: template.category.word(),
    })
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
        .filter(move |component| {
            component
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|found| found.eq_ignore_ascii_case(kind))
        })
}

fn parameters(component: &Value) -> impl Iterator<Item = &Value> {
    component
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn body_parameters(template: &Value) -> Result<Vec<Parameter>, MetaError> {
    let mut found = Vec::new();
    for parameter in components(template, "body").flat_map(parameters) {
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
            let index = match button.get("index")? {
                Value::String(text) => text.parse().ok()?,
                other => usize::try_from(other.as_u64()?).ok()?,
            };
            let payload = parameters(button).next()?.get("payload")?.as_str()?;
            Some((index, payload.to_owned()))
        })
        .collect()
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

fn fill(template: &MetaTemplate, given: &[Parameter]) -> Result<String, MetaError> {
    let fields = fields(&template.body);
    if given.len() != fields.len() {
        return Err(MetaError::with(
            132_000,
            format!(
                "body: number of localizable_params ({}) does not match the expected number of \
                 params ({})",
                given.len(),
                fields.len()
            ),
        ));
    }
    let mut text = template.body.clone();
    for (index, parameter) in given.iter().enumerate() {
        let field = match (template.parameter_format, &parameter.name) {
            (ParameterFormat::Positional, None) => (index + 1).to_string(),
            (ParameterFormat::Named, Some(name)) => name.clone(),
            (ParameterFormat::Positional, Some(_)) | (ParameterFormat::Named, None) => {
                return Err(MetaError::of(132_012));
            }
        };
        if !fields.contains(&field.as_str()) {
            return Err(MetaError::with(
                132_012,
                format!("body: the template has no parameter ({field})"),
            ));
        }
        text = text.replace(&format!("{{{{{field}}}}}"), &parameter.text);
    }
    Ok(text)
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
}
