use crate::{ComponentError, FieldName, FieldSpec, Variant};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a version of a template holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VersionContent {
    /// Its texts by locale.
    pub variants: Vec<Variant>,
    /// Its fields.
    pub fields: Vec<FieldSpec>,
}

/// A state of a template that messages may have been made from; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    number: u32,
    at: OffsetDateTime,
    content: VersionContent,
}

/// The history of a template: published versions, numbered from 1, and at most one draft.
///
/// # Examples
/// ```
/// use tidings_templates::{Variant, VariantBody, VersionContent, Versions};
/// use time::OffsetDateTime;
///
/// let content = |text: &str| VersionContent {
///     variants: vec![Variant { locale: "en".into(), body: VariantBody::Text(text.into()) }],
///     fields: Vec::new(),
/// };
/// let mut versions = Versions::new(content("Hi"));
/// let now = OffsetDateTime::UNIX_EPOCH;
/// assert_eq!(versions.publish(now)?, 1);
/// versions.edit(content("Hello"));
/// assert_eq!(versions.publish(now)?, 2);
/// // A message that was made from the first still finds its words.
/// assert_eq!(versions.get(1).unwrap().content(), &content("Hi"));
/// # Ok::<(), tidings_templates::PublishError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Versions {
    draft: Option<VersionContent>,
    published: Vec<Published>,
}

/// The wire shape, before its numbers are checked.
#[derive(Serialize, Deserialize)]
struct Stored {
    draft: Option<VersionContent>,
    published: Vec<Published>,
}

/// Why a draft cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Nothing has changed since the last version; edit first.
    #[error("there is no draft to publish")]
    NoDraft,
    /// The draft is in no language; give it a text.
    #[error("the draft has no variant")]
    Empty,
    /// A text is not well formed; correct it.
    #[error("the variant {locale} is not well formed")]
    Broken {
        /// Its locale.
        locale: String,
        /// What is wrong.
        #[source]
        error: ComponentError,
    },
}

/// Published versions that are not numbered 1, 2, 3 and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("version {found} stands where version {expected} belongs")]
pub struct NumberingError {
    /// The number that belongs there.
    pub expected: u32,
    /// The number found.
    pub found: u32,
}

/// How the fields of one version differ from those of another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FieldDiff {
    /// Only in the newer one. A required one breaks callers that do not know it.
    pub added: Vec<FieldName>,
    /// Only in the older one. Callers that still give it are refused.
    pub removed: Vec<FieldName>,
    /// In both, but declared otherwise.
    pub changed: Vec<FieldName>,
}

impl Versions {
    /// A template that has only a draft.
    pub const fn new(draft: VersionContent) -> Self {
        Self {
            draft: Some(draft),
            published: Vec::new(),
        }
    }

    /// The draft, if something was edited since the last publication.
    pub const fn draft(&self) -> Option<&VersionContent> {
        self.draft.as_ref()
    }

    /// Every published version, the oldest first.
    pub fn published(&self) -> &[Published] {
        &self.published
    }

    /// The version that messages are made from now.
    pub fn current(&self) -> Option<&Published> {
        self.published.last()
    }

    /// The version that a message names.
    pub fn get(&self, number: u32) -> Option<&Published> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.published.get(index)
    }

    /// Replaces the draft. A draft that equals the current version is none.
    pub fn edit(&mut self, content: VersionContent) {
        let is_same = self
            .current()
            .is_some_and(|version| version.content == content);
        self.draft = (!is_same).then_some(content);
    }

    /// Makes the draft a version that never changes, and says its number.
    ///
    /// # Errors
    /// [`PublishError`]: there is nothing to publish, or it is not well formed; the draft stays.
    pub fn publish(&mut self, now: OffsetDateTime) -> Result<u32, PublishError> {
        let draft = self.draft.as_ref().ok_or(PublishError::NoDraft)?;
        if draft.variants.is_empty() {
            return Err(PublishError::Empty);
        }
        for variant in &draft.variants {
            variant.body.parse().map_err(|error| PublishError::Broken {
                locale: variant.locale.clone(),
                error,
            })?;
        }
        let number = self
            .current()
            .map_or(1, |version| version.number.saturating_add(1));
        self.published
            .extend(self.draft.take().map(|content| Published {
                number,
                at: now,
                content,
            }));
        Ok(number)
    }
}

impl Published {
    /// Its number, from 1; what a message is recorded with.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// When it was published.
    pub const fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// What it holds.
    pub const fn content(&self) -> &VersionContent {
        &self.content
    }
}

impl VersionContent {
    /// How the fields of `newer` differ from these, in the order of their declaration.
    pub fn diff(&self, newer: &Self) -> FieldDiff {
        let find = |fields: &[FieldSpec], name: &FieldName| {
            fields.iter().find(|field| field.name == *name).cloned()
        };
        let mut diff = FieldDiff::default();
        for field in &newer.fields {
            match find(&self.fields, &field.name) {
                None => diff.added.push(field.name.clone()),
                Some(older) if older != *field => diff.changed.push(field.name.clone()),
                Some(_) => {}
            }
        }
        let is_gone = |field: &&FieldSpec| find(&newer.fields, &field.name).is_none();
        diff.removed = self
            .fields
            .iter()
            .filter(is_gone)
            .map(|field| field.name.clone())
            .collect();
        diff
    }
}

impl TryFrom<Stored> for Versions {
    type Error = NumberingError;

    fn try_from(stored: Stored) -> Result<Self, NumberingError> {
        for (expected, version) in (1..).zip(&stored.published) {
            if version.number != expected {
                let found = version.number;
                return Err(NumberingError { expected, found });
            }
        }
        Ok(Self {
            draft: stored.draft,
            published: stored.published,
        })
    }
}

impl From<Versions> for Stored {
    fn from(versions: Versions) -> Self {
        Self {
            draft: versions.draft,
            published: versions.published,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VariantBody;
    use serde_json::json;

    fn content(text: &str, fields: serde_json::Value) -> VersionContent {
        VersionContent {
            variants: vec![Variant {
                locale: "en".into(),
                body: VariantBody::Text(text.into()),
            }],
            fields: serde_json::from_value(fields).unwrap(),
        }
    }

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_published_version_never_changes() {
        let mut versions = Versions::new(content("a", json!([])));
        versions.publish(NOW).unwrap();
        let first = versions.get(1).cloned();
        versions.edit(content("b", json!([])));
        assert_eq!(versions.current(), first.as_ref());
        versions.publish(NOW).unwrap();
        assert_eq!(versions.get(1).cloned(), first);
        assert_eq!(versions.current().unwrap().number(), 2);
        assert_eq!((versions.get(0), versions.get(3)), (None, None));
    }

    #[test]
    fn only_a_whole_draft_is_published() {
        let mut versions = Versions::new(content("{{", json!([])));
        assert!(
            matches!(versions.publish(NOW), Err(PublishError::Broken { locale, .. }) if locale == "en")
        );
        assert!(versions.draft().is_some());
        versions.edit(VersionContent::default());
        assert_eq!(versions.publish(NOW), Err(PublishError::Empty));
        versions.edit(content("a", json!([])));
        versions.publish(NOW).unwrap();
        assert_eq!(versions.publish(NOW), Err(PublishError::NoDraft));
        versions.edit(content("a", json!([])));
        assert_eq!(versions.publish(NOW), Err(PublishError::NoDraft));
    }

    #[test]
    fn the_fields_of_two_versions_are_compared() {
        let older = content("", json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]));
        let newer = content(
            "",
            json!([{"name": "d"}, {"name": "b", "required": false}, {"name": "a"}]),
        );
        let diff = older.diff(&newer);
        let names = |names: &[FieldName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&diff.added), ["d"]);
        assert_eq!(names(&diff.changed), ["b"]);
        assert_eq!(names(&diff.removed), ["c"]);
        assert_eq!(older.diff(&older), FieldDiff::default());
    }

    #[test]
    fn a_history_survives_storage_and_a_forged_one_does_not() {
        let mut versions = Versions::new(content("a", json!([])));
        versions.publish(NOW).unwrap();
        versions.edit(content("b", json!([])));
        let mut json = serde_json::to_value(&versions).unwrap();
        assert_eq!(
            serde_json::from_value::<Versions>(json.clone()).unwrap(),
            versions
        );
        json["published"][0]["number"] = json!(7);
        assert!(serde_json::from_value::<Versions>(json).is_err());
    }
}
