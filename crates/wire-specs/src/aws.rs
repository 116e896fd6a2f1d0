//! The service models of AWS, and the three protocols that they are spoken in.

mod query;
mod rest;
mod shape;
mod signature;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use serde_json::{Value, json};

use crate::{
    document::members,
    operation::Operation,
    request::Request,
    route::Route,
    schema::{Schema, Schemas},
    translate::Reading,
    violation::{Rule, Violation, Violations},
};

/// The model of one service of AWS.
///
/// A model names the shapes of what goes in and out; how they are written is the protocol's matter:
/// JSON with a target header for text messages, REST for e-mail, a form for notifications.
pub struct AwsModel {
    root: Value,
    protocol: Protocol,
    routes: Vec<Route>,
    schemas: Schemas<(String, Reading)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// `awsJson1_0` and `awsJson1_1`: one path, the operation in the header `X-Amz-Target`.
    Json,
    /// `restJson1`: method and path name the operation.
    RestJson,
    /// `awsQuery`: one path, the operation in the field `Action` of a form.
    Query,
}

macro_rules! model {
    ($file:literal) => {{
        static MODEL: OnceLock<AwsModel> = OnceLock::new();
        MODEL.get_or_init(|| AwsModel::parse($file, include_str!(concat!("../specs/", $file))))
    }};
}

impl AwsModel {
    /// AWS End User Messaging SMS, whose model is still called Pinpoint SMS Voice v2.
    pub fn sms_voice_v2() -> &'static Self {
        model!("aws-pinpoint-sms-voice-v2-2022-03-31.trimmed.json")
    }

    /// Amazon SNS.
    pub fn sns() -> &'static Self {
        model!("aws-sns-2010-03-31.trimmed.json")
    }

    /// Amazon SES, API version 2.
    pub fn sesv2() -> &'static Self {
        model!("aws-sesv2-2019-09-27.trimmed.json")
    }

    /// All of the above.
    pub fn all() -> [&'static Self; 3] {
        [Self::sms_voice_v2(), Self::sns(), Self::sesv2()]
    }

    /// # Panics
    /// The text is not a model in one of the protocols.
    #[expect(
        clippy::panic,
        reason = "the files are compiled in, and tests parse all of them"
    )]
    fn parse(file: &str, text: &str) -> Self {
        let root: Value = match serde_json::from_str(text) {
            Ok(root) => root,
            Err(error) => panic!("{file}: {error}"),
        };
        let protocol = match root["metadata"]["protocol"].as_str() {
            Some("json") => Protocol::Json,
            Some("rest-json") => Protocol::RestJson,
            Some("query") => Protocol::Query,
            other => panic!("{file}: unknown protocol {other:?}"),
        };
        let routes = members(&root["operations"])
            .map(|(name, operation)| {
                let http = &operation["http"];
                let method = http["method"].as_str().unwrap_or_default();
                let uri = http["requestUri"].as_str().unwrap_or_default();
                Route::new(name.clone(), method, uri, "")
            })
            .collect();
        Self {
            root,
            protocol,
            routes,
            schemas: Schemas::default(),
        }
    }

    /// The service's name, for messages.
    pub fn name(&self) -> &str {
        self.text("serviceId")
    }

    /// The names of the operations that the model was trimmed to.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().map(|route| route.id.as_str())
    }

    /// Finds the operation that `request` calls and checks all of the request against it: where the
    /// protocol puts the operation's name, content type, members and their limits, and the outside
    /// of the signature (is every header there that it covers; not whether it is right).
    ///
    /// # Errors
    /// Everything that is wrong. A member is named where it stands on the wire: `/body/Message`,
    /// `/path/EmailAddress`, `/query/PageSize`; members of lists and maps of a form by their place
    /// in the input (`/body/MessageAttributes/AWS.SNS.SMS.SMSType/DataType`).
    pub fn check(&self, request: &Request) -> Result<Operation, Violations> {
        let mut found = Vec::new();
        let operation = match self.protocol {
            Protocol::Json => self.json(request, &mut found)?,
            Protocol::RestJson => rest::check(self, request, &mut found)?,
            Protocol::Query => query::check(self, request, &mut found)?,
        };
        signature::check(self, operation.id(), request, &mut found);
        Violations::unless_empty(found, operation)
    }

    /// Like [`AwsModel::check`], for a test that has no use for a wrong request.
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
                self.name(),
                request.method,
                request.url,
                String::from_utf8_lossy(&request.body)
            ),
        }
    }

    /// Checks the input of an operation, as JSON with the names of the model. Nothing may be in it
    /// that the model does not know.
    ///
    /// ```
    /// use serde_json::json;
    /// use tidings_wire_specs::{AwsModel, Rule};
    ///
    /// let model = AwsModel::sms_voice_v2();
    /// let input = json!({ "DestinationPhoneNumber": "+15550002222", "MessageBody": "Ready" });
    /// assert!(model.check_json("SendTextMessage", &input).is_ok());
    /// let input = json!({ "DestinationPhoneNumber": "0", "MesageBody": "Ready" });
    /// let violations = model.check_json("SendTextMessage", &input).unwrap_err();
    /// assert!(violations.has(Rule::Pattern, "/body/DestinationPhoneNumber"));
    /// assert!(violations.has(Rule::Unknown, "/body/MesageBody"));
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong; the input's place is `/body`. An operation that the model does not
    /// have is the violation [`Rule::Path`].
    pub fn check_json(&self, operation: &str, input: &Value) -> Result<(), Violations> {
        self.check_shape(operation, "input", Reading::Closed, input)
    }

    /// Checks the output of an operation, as JSON with the names of the model. It may hold more
    /// than the model knows.
    ///
    /// # Errors
    /// As for [`AwsModel::check_json`].
    pub fn check_output(&self, operation: &str, output: &Value) -> Result<(), Violations> {
        self.check_shape(operation, "output", Reading::Published, output)
    }

    fn check_shape(
        &self,
        operation: &str,
        side: &str,
        reading: Reading,
        value: &Value,
    ) -> Result<(), Violations> {
        if !self.operations().any(|known| known == operation) {
            let message = format!("{} has no operation {operation}", self.name());
            return Err(Violation::new(Rule::Path, "/path", message).into());
        }
        let found = match self.root["operations"][operation][side]["shape"].as_str() {
            Some(shape) => self.against(shape, reading, value),
            None => Vec::new(),
        };
        Violations::unless_empty(found, ())
    }

    /// Everything that is wrong with `value` as `shape`.
    fn against(&self, shape: &str, reading: Reading, value: &Value) -> Vec<Violation> {
        match self.schema(shape, reading) {
            Ok(schema) => schema.violations(value, "/body"),
            Err(error) => vec![Violation::new(Rule::Other, "/body", error)],
        }
    }

    fn schema(&self, shape: &str, reading: Reading) -> Result<Arc<Schema>, String> {
        self.schemas.get((shape.to_owned(), reading), || {
            let schema = shape::translate(&self.root, shape, self.protocol, reading);
            Schema::compile(&schema, reading).map_err(|error| format!("{shape}: {error}"))
        })
    }

    fn text(&self, key: &str) -> &str {
        self.root["metadata"][key].as_str().unwrap_or_default()
    }

    /// The input's shape; an operation without one takes an empty structure.
    fn input(&self, operation: &str) -> &str {
        self.root["operations"][operation]["input"]["shape"]
            .as_str()
            .unwrap_or_default()
    }

    fn shape(&self, name: &str) -> &Value {
        &self.root["shapes"][name]
    }

    fn operation(&self, id: &str, parameters: BTreeMap<String, String>) -> Option<Operation> {
        let at = self.routes.iter().position(|route| route.id == id)?;
        let route = &self.routes[at];
        Some(Operation {
            id: route.id.clone(),
            method: route.method.clone(),
            template: route.template.clone(),
            parameters,
            index: (0, at),
        })
    }

    /// The operation called `id`, for a service whose operations share one method and one path.
    fn only_path(&self, id: &str, place: &str, request: &Request) -> Result<Operation, Violation> {
        let operation = self.operation(id, BTreeMap::new()).ok_or_else(|| {
            let message = format!("{} has no operation {id:?}", self.name());
            Violation::new(Rule::Path, place, message)
        })?;
        if !matches!(request.path(), "" | "/") {
            return Err(Violation::new(Rule::Path, "/path", "the only path is /"));
        }
        if !request.method.eq_ignore_ascii_case("POST") {
            return Err(Violation::new(Rule::Method, "/method", "takes only POST"));
        }
        Ok(operation)
    }

    fn json(&self, request: &Request, found: &mut Vec<Violation>) -> Result<Operation, Violation> {
        const TARGET: &str = "x-amz-target";
        let target = request
            .header_value(TARGET)
            .ok_or_else(|| Violation::new(Rule::Missing, "/header/x-amz-target", "is required"))?;
        let prefix = format!("{}.", self.text("targetPrefix"));
        let id = target.strip_prefix(&prefix).unwrap_or(target);
        let operation = self.only_path(id, "/header/x-amz-target", request)?;
        if !target.starts_with(&prefix) {
            let message = format!("does not begin with {prefix}");
            found.push(Violation::new(
                Rule::Pattern,
                "/header/x-amz-target",
                message,
            ));
        }
        let wanted = format!("application/x-amz-json-{}", self.text("jsonVersion"));
        content_type(request, &wanted, found);
        if let Some(input) = body(request, found) {
            found.extend(self.against(self.input(id), Reading::Closed, &input));
        }
        Ok(operation)
    }
}

/// Checks that the body has the content type `wanted`.
fn content_type(request: &Request, wanted: &str, found: &mut Vec<Violation>) {
    let place = "/header/content-type";
    match request.media_type() {
        Some(given) if given == wanted => {}
        Some(given) => {
            let message = format!("{given} is not taken, only {wanted}");
            found.push(Violation::new(Rule::Content, place, message));
        }
        None => found.push(Violation::new(Rule::Missing, place, "is required")),
    }
}

/// The body as JSON; an empty one is an empty object.
fn body(request: &Request, found: &mut Vec<Violation>) -> Option<Value> {
    if request.body.is_empty() {
        return Some(json!({}));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| found.push(Violation::new(Rule::Content, "/body", error.to_string())))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patterns with look-around included: no pattern of a model has to be left out.
    #[test]
    fn every_bundled_shape_compiles() {
        for model in AwsModel::all() {
            for (shape, _) in members(&model.root["shapes"]) {
                for reading in [Reading::Closed, Reading::Published] {
                    model.schema(shape, reading).map(drop).unwrap();
                }
            }
        }
    }

    #[test]
    fn every_operation_has_an_input_and_every_member_a_shape() {
        for model in AwsModel::all() {
            for id in model.operations() {
                let shape = model.shape(model.input(id));
                assert_eq!(shape["type"], "structure", "{} {id}", model.name());
            }
            for (name, shape) in members(&model.root["shapes"]) {
                let schema = shape::translate(&model.root, name, model.protocol, Reading::Closed);
                assert_ne!(schema["$defs"][name], false, "{name} {shape}");
            }
        }
    }
}
