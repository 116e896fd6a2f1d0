//! One OpenAPI file: its routes, and the schemas that stand in it.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    route::Route,
    schema::{Schema, Schemas},
    translate::{Reading, translate},
};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// One file that is compiled into this crate, and what is known to be wrong with it.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    file: &'static str,
    text: &'static str,
    is_open_by_habit: bool,
    forgets_null: bool,
    more_query: &'static [(&'static str, &'static str)],
}

impl Source {
    pub(crate) const fn new(file: &'static str, text: &'static str) -> Self {
        Self {
            file,
            text,
            is_open_by_habit: false,
            forgets_null: false,
            more_query: &[],
        }
    }

    /// `additionalProperties: true` beside `properties` is a habit of the file's generator rather
    /// than a promise of the provider: a request may not use it.
    pub(crate) const fn open_by_habit(mut self) -> Self {
        self.is_open_by_habit = true;
        self
    }

    /// Answers have `null` for what they lack, and the file does not say so.
    pub(crate) const fn forgetting_null(mut self) -> Self {
        self.forgets_null = true;
        self
    }

    /// Query parameters that exist beside those of the file: the operation, or `*`, and the name.
    pub(crate) const fn with_query(
        mut self,
        parameters: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.more_query = parameters;
        self
    }
}

/// A parsed OpenAPI file.
pub(crate) struct Document {
    source: Source,
    root: Value,
    routes: Vec<Route>,
    /// By their place and how they are read.
    schemas: Schemas<(String, Reading)>,
}

/// A value of a document, and its place as a JSON pointer.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub(crate) pointer: String,
    pub(crate) value: &'a Value,
}

impl Document {
    /// Parses `source`.
    ///
    /// # Errors
    /// The file is not JSON, or has no paths.
    pub(crate) fn parse(source: Source) -> Result<Self, String> {
        let root: Value = serde_json::from_str(source.text)
            .map_err(|error| format!("{}: {error}", source.file))?;
        let routes = routes(&root).ok_or_else(|| format!("{}: no paths", source.file))?;
        Ok(Self {
            source,
            root,
            routes,
            schemas: Schemas::default(),
        })
    }

    pub(crate) fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The whole file.
    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    /// Whether the file is written in OpenAPI 3.0, whose schemas are not JSON Schema.
    pub(crate) fn is_three_zero(&self) -> bool {
        self.root["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.0"))
    }

    pub(crate) fn is_open_by_habit(&self) -> bool {
        self.source.is_open_by_habit
    }

    pub(crate) fn forgets_null(&self) -> bool {
        self.source.forgets_null
    }

    /// Whether the operation `id` has the query parameter `name`, although the file lacks it.
    pub(crate) fn has_more_query(&self, id: &str, name: &str) -> bool {
        self.source
            .more_query
            .iter()
            .any(|(operation, known)| [id, "*"].contains(operation) && *known == name)
    }

    #[cfg(test)]
    pub(crate) fn file(&self) -> &'static str {
        self.source.file
    }

    /// The value at `pointer`, or at the place to which it refers.
    pub(crate) fn node(&self, pointer: &str) -> Option<Node<'_>> {
        let mut pointer = pointer.to_owned();
        // A circle of references ends here too.
        for _ in 0..16 {
            let value = self.root.pointer(&pointer)?;
            match reference(value) {
                Some(target) => target.clone_into(&mut pointer),
                None => return Some(Node { pointer, value }),
            }
        }
        None
    }

    /// The value at `key` below `node`, references followed.
    pub(crate) fn child(&self, node: &Node<'_>, key: &str) -> Option<Node<'_>> {
        self.node(&join(&node.pointer, key))
    }

    /// The members of an object or a list, references followed.
    pub(crate) fn children(&self, node: &Node<'_>) -> Vec<(String, Node<'_>)> {
        let keys: Vec<String> = match node.value {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
            _ => Vec::new(),
        };
        keys.into_iter()
            .filter_map(|key| self.child(node, &key).map(|node| (key, node)))
            .collect()
    }

    /// The description of the operation behind `route`.
    pub(crate) fn operation(&self, route: &Route) -> Option<Node<'_>> {
        let pointer = join("/paths", &route.template);
        self.node(&join(&pointer, &route.method.to_ascii_lowercase()))
    }

    /// The parameters of the operation; its own win over those of its path.
    pub(crate) fn parameters(&self, route: &Route) -> Vec<Node<'_>> {
        let path = join("/paths", &route.template);
        let own = join(&path, &route.method.to_ascii_lowercase());
        let mut found: Vec<Node<'_>> = Vec::new();
        for pointer in [join(&own, "parameters"), join(&path, "parameters")] {
            let Some(list) = self.node(&pointer) else {
                continue;
            };
            for (_, parameter) in self.children(&list) {
                let is_known = found.iter().any(|known| {
                    known.value["name"] == parameter.value["name"]
                        && known.value["in"] == parameter.value["in"]
                });
                if !is_known {
                    found.push(parameter);
                }
            }
        }
        found
    }

    /// The compiled schema at `pointer`.
    ///
    /// # Errors
    /// The schema is not one; a test compiles all that are bundled.
    pub(crate) fn schema(&self, pointer: &str, reading: Reading) -> Result<Arc<Schema>, String> {
        self.schemas.get((pointer.to_owned(), reading), || {
            let translated = translate(self, pointer, reading);
            Schema::compile(&translated, reading)
                .map_err(|error| format!("{}{pointer}: {error}", self.source.file))
        })
    }
}

/// Where `value` refers to, as a JSON pointer.
pub(crate) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix('#')
}

/// The pointer of the member `key` below `pointer`.
pub(crate) fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn routes(root: &Value) -> Option<Vec<Route>> {
    let mut routes = Vec::new();
    for (template, item) in root["paths"].as_object()? {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let id = operation["operationId"].as_str().map_or_else(
                || format!("{} {template}", method.to_ascii_uppercase()),
                str::to_owned,
            );
            let base = [operation, item, root]
                .into_iter()
                .find_map(server_path)
                .unwrap_or_default();
            routes.push(Route::new(id, method, template, base));
        }
    }
    Some(routes)
}

/// The path of the first server's address.
fn server_path(holder: &Value) -> Option<&str> {
    let url = holder["servers"].get(0)?["url"].as_str()?;
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    Some(rest.find('/').map_or("", |at| &rest[at..]))
}

/// The members of `value`, none if it is no object.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
