use crate::wire::plain;
use serde_json::{Map, Value};
use tidings_messaging::{CallbackRequest, Unreadable};
use url::form_urlencoded;

/// The longest body of a callback (reference, section 6).
pub(super) const LONGEST: usize = 64 * 1024;

/// The fields of a callback, from a form, from JSON or from the query.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn of(request: &CallbackRequest) -> Result<Self, Unreadable> {
        if request.body.len() > LONGEST {
            return Err(unreadable("the body is longer than any of ClickSend's"));
        }
        if request.method == "GET" {
            let query = request.url.split_once('?').map_or("", |(_, query)| query);
            let query = query.split('#').next().unwrap_or_default();
            return Ok(Self::of_form(query.as_bytes()));
        }
        if is_json(request) {
            return Self::of_json(&request.body);
        }
        Ok(Self::of_form(&request.body))
    }

    fn of_form(form: &[u8]) -> Self {
        // No store of ours keeps U+0000, and a STOP must not be lost because of one behind it.
        let fields = form_urlencoded::parse(form)
            .map(|(name, value)| (name.into_owned(), value.replace('\0', "")));
        Self(fields.collect())
    }

    fn of_json(body: &[u8]) -> Result<Self, Unreadable> {
        let members: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| Unreadable {
                context: "the body is no JSON object".into(),
                source: Some(Box::new(error)),
            })?;
        let fields = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, plain(&value)?)));
        Ok(Self(fields.collect()))
    }

    /// A field that is present and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())?;
        Some(value)
    }

    /// The first of these fields that is present and not empty: some have an older name.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    pub(super) fn require(&self, names: &[&str]) -> Result<&str, Unreadable> {
        self.first(names).ok_or_else(|| {
            let name = names.first().copied().unwrap_or_default();
            unreadable(&format!("{name} is missing"))
        })
    }
}

/// Whether the body is JSON, by its type or, as types are set by hand in rules, by its first letter.
fn is_json(request: &CallbackRequest) -> bool {
    let is_typed = request.header("content-type").is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    });
    is_typed || request.body.trim_ascii_start().first() == Some(&b'{')
}

fn unreadable(context: &str) -> Unreadable {
    Unreadable {
        context: context.to_owned(),
        source: None,
    }
}
