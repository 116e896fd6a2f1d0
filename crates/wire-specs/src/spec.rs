//! The specification of one provider's API.

use serde_json::Value;

use crate::{
    document::{Document, Source, join},
    operation::Operation,
    request::Request,
    response,
    route::{Fit, Route},
    verdict::Verdict,
    violation::{Rule, Violation, Violations},
};

/// The specification of one provider's API, of one OpenAPI file or of several.
pub struct Spec {
    name: &'static str,
    documents: Vec<Document>,
    /// The schema of failures where an operation declares none.
    failure: Option<&'static str>,
}

/// A template that a path fits.
struct Candidate<'a> {
    index: (usize, usize),
    route: &'a Route,
    fit: Fit,
}

impl Spec {
    /// Parses `sources`, which were chosen when this crate was compiled.
    ///
    /// # Panics
    /// A file is not an OpenAPI document.
    #[expect(
        clippy::panic,
        reason = "the files are compiled in, and tests parse all of them"
    )]
    pub(crate) fn parse(
        name: &'static str,
        sources: &[Source],
        failure: Option<&'static str>,
    ) -> Self {
        let documents = sources.iter().map(|source| match Document::parse(*source) {
            Ok(document) => document,
            Err(error) => panic!("{error}"),
        });
        Self {
            name,
            documents: documents.collect(),
            failure,
        }
    }

    /// The provider and the API, for messages.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Finds the operation that `request` calls and checks all of the request against it: path and
    /// query parameters, headers, credentials (that there are some), content type and body.
    ///
    /// A request may hold nothing that the specification does not mention, unless it says that more
    /// is allowed.
    ///
    /// ```
    /// use tidings_wire_specs::{Request, Rule, Spec};
    ///
    /// let request = Request::new("GET", "https://rest.clicksend.com/v3/sms/receipts?pages=1")
    ///     .header("Authorization", "Basic dTprZXk=");
    /// let violations = Spec::clicksend().check(&request).unwrap_err();
    /// assert!(violations.has(Rule::Unknown, "/query/pages"));
    /// assert_eq!(violations.len(), 1);
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn check(&self, request: &Request) -> Result<Operation, Violations> {
        let candidate = self.find(request)?;
        let document = &self.documents[candidate.index.0];
        let found = Verdict::of(
            document,
            candidate.route,
            &candidate.fit.parameters,
            request,
        );
        Violations::unless_empty(found, candidate.operation())
    }

    /// Like [`Spec::check`], for a test that has no use for a wrong request.
    ///
    /// # Panics
    /// The request is wrong; the message has one line for each violation.
    #[track_caller]
    #[expect(clippy::panic, reason = "it is how a test fails")]
    pub fn assert(&self, request: &Request) -> Operation {
        match self.check(request) {
            Ok(operation) => operation,
            Err(violations) => panic!(
                "{} refuses {} {}\n{violations}\n{}",
                self.name,
                request.method,
                request.url,
                String::from_utf8_lossy(&request.body)
            ),
        }
    }

    /// The operation of this name, for [`Spec::check_response`] without a request.
    ///
    /// Of several with one name it is that of the first file; any operation is also known by its
    /// method and template, such as `GET /v2/Content`.
    pub fn operation(&self, id: &str) -> Option<Operation> {
        self.routes()
            .find(|(_, route)| {
                let template = id.strip_prefix(&route.method);
                let template = template.and_then(|rest| rest.strip_prefix(' '));
                route.id == id || template == Some(&route.template)
            })
            .map(|(index, route)| operation(index, route))
    }

    /// The names of all operations.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.routes().map(|(_, route)| route.id.as_str())
    }

    /// Checks an answer of `operation`: the status is one that it declares, and the body is what
    /// it declares for that status. What the schema does not mention is allowed.
    ///
    /// An operation that declares no failures may answer any status from 400 on; where the provider
    /// has one shape for all failures the body must have it. XML is not checked.
    ///
    /// ```
    /// use serde_json::json;
    /// use tidings_wire_specs::{Rule, Spec};
    ///
    /// let spec = Spec::vonage_messages();
    /// let send = spec.operation("sendMessage").unwrap();
    /// let sent = json!({ "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab" });
    /// assert!(spec.check_response(&send, 202, Some(&sent)).is_ok());
    /// let violations = spec.check_response(&send, 200, Some(&sent)).unwrap_err();
    /// assert!(violations.has(Rule::Status, "/status"));
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong; the body's place is `/body`.
    pub fn check_response(
        &self,
        operation: &Operation,
        status: u16,
        body: Option<&Value>,
    ) -> Result<(), Violations> {
        let (document, route) = operation.index;
        let found = match self.documents.get(document) {
            Some(document) => match document.routes().get(route) {
                Some(route) => {
                    let failure = self.failure_schema();
                    let failure = failure
                        .as_ref()
                        .map(|(at, pointer)| (*at, pointer.as_str()));
                    response::violations(document, route, status, body, failure)
                }
                None => vec![self.stranger(operation)],
            },
            None => vec![self.stranger(operation)],
        };
        Violations::unless_empty(found, ())
    }

    /// Checks `body` against the schema called `name` in the components, as it is published: what
    /// the schema does not mention is allowed. For webhooks.
    ///
    /// ```
    /// use serde_json::json;
    /// use tidings_wire_specs::{Rule, Spec};
    ///
    /// let received = json!({ "from": "+61400000002", "body": 1 });
    /// let violations = Spec::clicksend().check_schema("InboundSms", &received).unwrap_err();
    /// assert!(violations.has(Rule::Type, "/body/body"));
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong; the body's place is `/body`. A name that no file knows is the
    /// violation [`Rule::Path`].
    pub fn check_schema(&self, name: &str, body: &Value) -> Result<(), Violations> {
        let Some((document, pointer)) = self.schema(name) else {
            let message = format!("{} has no schema {name}", self.name);
            return Err(Violation::new(Rule::Path, "", message).into());
        };
        Violations::unless_empty(response::against(document, &pointer, body), ())
    }

    fn schema(&self, name: &str) -> Option<(&Document, String)> {
        let pointer = join("/components/schemas", name);
        let holder = self
            .documents
            .iter()
            .find(|document| document.root().pointer(&pointer).is_some())?;
        Some((holder, pointer))
    }

    fn failure_schema(&self) -> Option<(&Document, String)> {
        self.schema(self.failure?)
    }

    fn stranger(&self, operation: &Operation) -> Violation {
        let message = format!("{} has no operation {}", self.name, operation.id);
        Violation::new(Rule::Path, "/path", message)
    }

    pub(crate) fn routes(&self) -> impl Iterator<Item = ((usize, usize), &Route)> {
        self.documents
            .iter()
            .enumerate()
            .flat_map(|(document, holder)| {
                let routes = holder.routes().iter().enumerate();
                routes.map(move |(route, held)| ((document, route), held))
            })
    }

    #[cfg(test)]
    pub(crate) fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The template that fits the path best, with the method of `request`.
    fn find(&self, request: &Request) -> Result<Candidate<'_>, Violation> {
        let path = request.path();
        let mut candidates: Vec<Candidate<'_>> = self
            .routes()
            .filter_map(|(index, route)| route.fit(path).map(|fit| Candidate { index, route, fit }))
            .collect();
        let best = candidates.iter().map(|candidate| &candidate.fit.rank).max();
        let Some(best) = best.cloned() else {
            let message = format!("{} has no path like {path}", self.name);
            return Err(Violation::new(Rule::Path, "/path", message));
        };
        candidates.retain(|candidate| candidate.fit.rank == best);
        let methods: Vec<String> = candidates
            .iter()
            .map(|candidate| candidate.route.method.clone())
            .collect();
        candidates
            .into_iter()
            .find(|candidate| candidate.route.method.eq_ignore_ascii_case(&request.method))
            .ok_or_else(|| {
                let message = format!("{path} takes only {}", methods.join(", "));
                Violation::new(Rule::Method, "/method", message)
            })
    }
}

impl Candidate<'_> {
    fn operation(&self) -> Operation {
        Operation {
            parameters: self.fit.parameters.clone(),
            ..operation(self.index, self.route)
        }
    }
}

fn operation(index: (usize, usize), route: &Route) -> Operation {
    Operation {
        id: route.id.clone(),
        method: route.method.clone(),
        template: route.template.clone(),
        parameters: std::collections::BTreeMap::new(),
        index,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{document::Node, translate::Reading};

    /// Every schema below `node` that a request or an answer can need.
    fn schemas<'a>(document: &'a Document, node: &Node<'a>, found: &mut Vec<String>) {
        for (key, child) in document.children(node) {
            match key.as_str() {
                "schema" => found.push(child.pointer),
                "examples" | "example" => {}
                _ => schemas(document, &child, found),
            }
        }
    }

    #[test]
    fn every_bundled_schema_compiles() {
        for spec in Spec::all() {
            for document in spec.documents() {
                let mut found = Vec::new();
                for route in document.routes() {
                    let operation = document.operation(route).unwrap();
                    schemas(document, &operation, &mut found);
                    for parameter in document.parameters(route) {
                        found.push(join(&parameter.pointer, "schema"));
                    }
                }
                for pointer in found {
                    for reading in [Reading::Closed, Reading::Published] {
                        document.schema(&pointer, reading).map(drop).unwrap();
                    }
                }
            }
        }
    }

    #[test]
    fn a_path_means_one_operation() {
        for spec in Spec::all() {
            for (index, route) in spec.routes() {
                let path = route.template.replace(['{', '}'], "");
                let request = Request::new(&route.method, path);
                let found = spec.find(&request).map(|candidate| candidate.index);
                assert_eq!(found.unwrap(), index, "{} {}", route.method, route.template);
            }
        }
    }

    #[test]
    fn an_operation_is_known_by_method_and_template() {
        for spec in Spec::all() {
            for (index, route) in spec.routes() {
                let name = format!("{} {}", route.method, route.template);
                assert_eq!(spec.operation(&name).unwrap().index, index, "{name}");
            }
        }
        assert_eq!(Spec::bird().operation("POST"), None);
    }
}
