//! What a browser sends with a form or in an address.

use axum::body::{Body, to_bytes};

/// Fields in the order in which they came; a name may come again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

/// The form is larger than any page of ours sends.
#[derive(Debug)]
pub(crate) struct TooLarge;

impl Form {
    /// Reads `a=1&b=2`.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Reads a body of at most so many bytes.
    pub(crate) async fn read(body: Body, most: usize) -> Result<Self, TooLarge> {
        let bytes = to_bytes(body, most).await.map_err(|_| TooLarge)?;
        Ok(Self::parse(&bytes))
    }

    /// The field without blanks around it; empty if it did not come.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The field as it was typed; empty if it did not come. Browsers send line ends as CR LF.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// A text of several lines as it was typed, with the line ends that messages have.
    pub(crate) fn text(&self, name: &str) -> String {
        self.raw(name).replace("\r\n", "\n")
    }

    /// The field, if it is not blank.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a field.
    pub(crate) fn all<'form>(&'form self, name: &'form str) -> impl Iterator<Item = &'form str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        !self.raw(name).is_empty()
    }

    /// Every field.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Only the fields that fit.
    pub(crate) fn keeping(&self, fits: impl Fn(&str) -> bool) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| fits(name))
                .cloned()
                .collect(),
        )
    }

    /// Takes a field more.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Writes `a=1&b=2`.
    pub(crate) fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written() {
        let form = Form::parse(b"a=+x+&b=1&b=2&text=one%0D%0Atwo&%F0%9F=%FF");
        assert_eq!(
            (form.get("a"), form.raw("a"), form.get("c")),
            ("x", " x ", "")
        );
        assert_eq!(form.all("b").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.text("text"), "one\ntwo");
        assert!(form.is_on("b") && !form.is_on("c"));
        assert_eq!(Form::parse(form.encoded().as_bytes()), form);
    }

    #[tokio::test]
    async fn a_large_body_is_refused() {
        assert!(Form::read(Body::from("a=123"), 4).await.is_err());
        assert!(Form::read(Body::from("a=12"), 4).await.is_ok());
    }
}
