//! A compiled schema, and its errors as violations.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::{
    Draft, ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

use crate::{
    document::join,
    translate::Reading,
    violation::{Rule, Violation},
};

/// A schema that is ready to check values.
pub(crate) struct Schema(Validator);

impl Schema {
    /// Compiles `schema`, which refers to nothing outside itself.
    pub(crate) fn compile(schema: &Value, reading: Reading) -> Result<Self, String> {
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            // Published formats are often wrong for answers (a relative path as `uri`).
            .should_validate_formats(reading == Reading::Closed)
            .build(schema)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Everything that is wrong with `value`, which stands at `place`.
    pub(crate) fn violations(&self, value: &Value, place: &str) -> Vec<Violation> {
        let mut found = Vec::new();
        for error in self.0.iter_errors(value) {
            collect(&error, place, &mut found);
        }
        found
    }
}

/// The schemas that were needed so far.
pub(crate) struct Schemas<K>(Mutex<HashMap<K, Arc<Schema>>>);

impl<K> Default for Schemas<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq> Schemas<K> {
    /// The schema of `key`, made by `compile` when it is first needed.
    pub(crate) fn get(
        &self,
        key: K,
        compile: impl FnOnce() -> Result<Schema, String>,
    ) -> Result<Arc<Schema>, String> {
        let known = self.lock().get(&key).cloned();
        if let Some(schema) = known {
            return Ok(schema);
        }
        // Not under the lock: another test may need another schema meanwhile.
        let schema = Arc::new(compile()?);
        self.lock().insert(key, Arc::clone(&schema));
        Ok(schema)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, Arc<Schema>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn collect(error: &ValidationError<'_>, place: &str, found: &mut Vec<Violation>) {
    let at = format!("{place}{}", error.instance_path());
    let rule = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            return choose(error, context, place, found);
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            found.extend(
                unexpected
                    .iter()
                    .map(|name| Violation::new(Rule::Unknown, join(&at, name), "is not declared")),
            );
            return;
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            found.push(Violation::new(
                Rule::Missing,
                join(&at, name),
                "is required",
            ));
            return;
        }
        ValidationErrorKind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            let message = format!("the name {error}");
            found.push(Violation::new(
                rule_of(error.kind()),
                join(&at, name),
                message,
            ));
            return;
        }
        kind => rule_of(kind),
    };
    found.push(Violation::new(rule, at, error.to_string()));
}

fn rule_of(kind: &ValidationErrorKind) -> Rule {
    match kind {
        ValidationErrorKind::Type { .. } => Rule::Type,
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => Rule::Enum,
        ValidationErrorKind::Pattern { .. } => Rule::Pattern,
        ValidationErrorKind::Format { .. } => Rule::Format,
        ValidationErrorKind::MinLength { .. } | ValidationErrorKind::MaxLength { .. } => {
            Rule::Length
        }
        ValidationErrorKind::Minimum { .. }
        | ValidationErrorKind::Maximum { .. }
        | ValidationErrorKind::ExclusiveMinimum { .. }
        | ValidationErrorKind::ExclusiveMaximum { .. }
        | ValidationErrorKind::MultipleOf { .. } => Rule::Range,
        ValidationErrorKind::MinItems { .. }
        | ValidationErrorKind::MaxItems { .. }
        | ValidationErrorKind::MinProperties { .. }
        | ValidationErrorKind::MaxProperties { .. }
        | ValidationErrorKind::UniqueItems => Rule::Count,
        ValidationErrorKind::OneOfMultipleValid { .. } => Rule::Choice,
        ValidationErrorKind::FalseSchema => Rule::Unknown,
        _ => Rule::Other,
    }
}

/// Tells what is missing to the alternative that was probably meant.
///
/// That is the one whose tags (a listed value directly below, such as `type`) fit, then the one
/// with the fewest faults. When the alternatives only name required members, or several are as
/// near, the choice itself is the fault.
fn choose(
    error: &ValidationError<'_>,
    alternatives: &[Vec<ValidationError<'static>>],
    place: &str,
    found: &mut Vec<Violation>,
) {
    let depth = error.instance_path().iter().count();
    let mut ranked: Vec<(Distance, &Vec<ValidationError<'static>>)> = alternatives
        .iter()
        .map(|errors| (distance(errors, depth), errors))
        .collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    let is_tie = matches!(&ranked[..], [first, second, ..] if first.0 == second.0);
    match ranked.first() {
        Some((_, errors)) if !is_tie => {
            for error in *errors {
                collect(error, place, found);
            }
        }
        _ => {
            let at = format!("{place}{}", error.instance_path());
            let wanted: Vec<String> = ranked
                .iter()
                .map(|(_, errors)| {
                    let faults: Vec<String> = errors.iter().map(ToString::to_string).collect();
                    faults.join(", ")
                })
                .collect();
            let message = format!("fits no alternative: {}", wanted.join("; or "));
            found.push(Violation::new(Rule::Choice, at, message));
        }
    }
}

/// How far a value is from an alternative: other kind of value, wrong tags, number of faults.
type Distance = (usize, usize, usize);

fn distance(errors: &[ValidationError<'static>], depth: usize) -> Distance {
    let is_other_kind = |error: &&ValidationError<'_>| {
        error.instance_path().iter().count() == depth
            && matches!(error.kind(), ValidationErrorKind::Type { .. })
    };
    let is_tag = |error: &&ValidationError<'_>| {
        error.instance_path().iter().count() <= depth + 1
            && matches!(
                error.kind(),
                ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. }
            )
    };
    (
        errors.iter().filter(is_other_kind).count(),
        errors.iter().filter(is_tag).count(),
        errors.iter().map(weight).sum(),
    )
}

fn weight(error: &ValidationError<'_>) -> usize {
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected.len(),
        // `null` is an alternative, but never the one that was meant.
        ValidationErrorKind::Type {
            kind: TypeKind::Single(jsonschema::JsonType::Null),
        } => 2,
        _ => 1,
    }
}
