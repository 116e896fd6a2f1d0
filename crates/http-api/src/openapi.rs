use crate::{error::ApiError, problem::Problem};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
        extensions::ExtensionsBuilder,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

/// Names the API, its key, its groups and its problems.
pub(crate) fn described(mut document: OpenApi) -> OpenApi {
    "Tidings API".clone_into(&mut document.info.title);
    "1.0.0".clone_into(&mut document.info.version);
    document.info.license = None;
    document.info.contact = None;
    document.info.description = Some(
        "Messages by SMS and WhatsApp, with consent. Unknown fields and query parameters are refused. \
         Times are RFC 3339 in UTC. Every error is `application/problem+json` with a stable `code`."
            .into(),
    );
    let problems: Vec<_> = ApiError::samples()
        .iter()
        .map(|error| {
            let row = error.explained();
            json!({"code": row.code, "status": row.status.as_u16(), "title": row.title})
        })
        .collect();
    document.info.extensions = Some(ExtensionsBuilder::new().add("x-problems", problems).build());
    document.tags = Some(
        [
            "Messages",
            "Conversations",
            "Queue",
            "Contacts",
            "Consent",
            "Templates",
            "WhatsApp",
            "Provider accounts",
            "Events",
            "Tenant",
            "Callbacks",
            "Twilio facade",
            "Health",
        ]
        .into_iter()
        .map(|name| TagBuilder::new().name(name).build())
        .collect(),
    );
    document.security = Some(vec![SecurityRequirement::new("key", Vec::<String>::new())]);
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "key",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    components.add_security_scheme(
        "basic",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)),
    );
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(name(method, path));
                explain_answers(operation);
            }
        }
    }
    document
}

/// A name for generated clients: `post_contacts_id_consent`.
fn name(method: &str, path: &str) -> String {
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "v1");
    words.fold(method.to_owned(), |name, word| format!("{name}_{word}"))
}

/// Every answer from 400 on is a problem, every operation with a key has three of them, and every
/// answer has a description, which OpenAPI asks for.
fn explain_answers(operation: &mut Operation) {
    let is_open = operation.security.is_some();
    let common = [
        ("401", "`unauthenticated`"),
        ("403", "`forbidden`"),
        ("429", "`rate_limited`"),
    ];
    let responses = &mut operation.responses.responses;
    for (status, description) in common {
        if !is_open && !responses.contains_key(status) {
            let answer = ResponseBuilder::new().description(description).build();
            responses.insert(status.to_owned(), answer.into());
        }
    }
    for (status, answer) in responses {
        let RefOr::T(answer) = answer else { continue };
        if answer.description.is_empty() {
            let description = match status.as_str() {
                "201" => "It exists now",
                "202" => "Taken in, to be done later",
                "204" => "It is gone",
                _ => "Done",
            };
            description.clone_into(&mut answer.description);
        }
        let is_problem = status.starts_with('4') || status.starts_with('5');
        if is_problem && answer.content.is_empty() {
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(Problem::name())))
                .build();
            answer
                .content
                .insert(crate::problem::PROBLEM_JSON.to_owned(), content.into());
        }
    }
}
