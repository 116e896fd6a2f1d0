//! Path templates, and which of them a path fits best.

use std::collections::BTreeMap;

use crate::request::decode_step;

/// One operation of a document: where it answers and where it stands in the document.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) template: String,
    /// The path of the server's address, without a slash at the end; empty for most.
    pub(crate) base: String,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Literal(String),
    Parameter {
        before: String,
        name: String,
        after: String,
    },
}

/// How a path fits a template.
pub(crate) struct Fit {
    /// For each step how many letters are literal, or all of them: more is better, leftmost first.
    pub(crate) rank: Vec<usize>,
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Route {
    pub(crate) fn new(id: String, method: &str, template: &str, base: &str) -> Self {
        Self {
            id,
            method: method.to_ascii_uppercase(),
            template: template.to_owned(),
            base: base.trim_end_matches('/').to_owned(),
            steps: template.split('/').skip(1).map(Step::parse).collect(),
        }
    }

    /// How `path` fits, with the server's base path or without it.
    pub(crate) fn fit(&self, path: &str) -> Option<Fit> {
        let stripped = (!self.base.is_empty())
            .then(|| path.strip_prefix(&self.base))
            .flatten()
            .filter(|rest| rest.starts_with('/'));
        stripped
            .and_then(|rest| self.fit_steps(rest))
            .or_else(|| self.fit_steps(path))
    }

    fn fit_steps(&self, path: &str) -> Option<Fit> {
        let given: Vec<&str> = path.split('/').skip(1).collect();
        if given.len() != self.steps.len() {
            return None;
        }
        let mut fit = Fit {
            rank: Vec::with_capacity(given.len()),
            parameters: BTreeMap::new(),
        };
        for (step, given) in self.steps.iter().zip(given) {
            match step {
                Step::Literal(literal) if decode_step(given) == *literal => {
                    fit.rank.push(usize::MAX);
                }
                Step::Literal(_) => return None,
                Step::Parameter {
                    before,
                    name,
                    after,
                } => {
                    let value = given.strip_prefix(before.as_str())?;
                    let value = value.strip_suffix(after.as_str())?;
                    if value.is_empty() {
                        return None;
                    }
                    fit.rank.push(before.len() + after.len());
                    fit.parameters.insert(name.clone(), decode_step(value));
                }
            }
        }
        Some(fit)
    }
}

impl Step {
    fn parse(step: &str) -> Self {
        let parameter = step.split_once('{').and_then(|(before, rest)| {
            let (name, after) = rest.split_once('}')?;
            Some((before, name, after))
        });
        match parameter {
            Some((before, name, after)) => Self::Parameter {
                before: before.to_owned(),
                name: name.to_owned(),
                after: after.to_owned(),
            },
            None => Self::Literal(step.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(template: &str, base: &str) -> Route {
        Route::new("op".to_owned(), "get", template, base)
    }

    #[test]
    fn a_parameter_may_have_letters_around_it() {
        let fit = route("/Messages/{Sid}.json", "")
            .fit("/Messages/SM%31.json")
            .unwrap();
        assert_eq!(fit.parameters["Sid"], "SM1");
        assert!(
            route("/Messages/{Sid}.json", "")
                .fit("/Messages/.json")
                .is_none()
        );
        assert!(
            route("/Messages/{Sid}.json", "")
                .fit("/Messages/SM1")
                .is_none()
        );
    }

    #[test]
    fn the_base_path_may_be_there_or_not() {
        let route = route("/{format}", "/sms/");
        assert_eq!(route.fit("/sms/json").unwrap().parameters["format"], "json");
        assert_eq!(route.fit("/json").unwrap().parameters["format"], "json");
        assert!(route.fit("/other/json").is_none());
    }

    #[test]
    fn a_literal_step_fits_better_than_a_parameter() {
        let literal = route("/sms/send", "").fit("/sms/send").unwrap();
        let parameter = route("/sms/{id}", "").fit("/sms/send").unwrap();
        assert!(literal.rank > parameter.rank);
    }
}
