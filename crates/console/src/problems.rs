/// What is wrong with a form, field by field, in sentences for the person who filled it in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Problems(Vec<(String, String)>);

impl Problems {
    /// Notes that a field is wrong, and what to do about it.
    pub(crate) fn add(&mut self, field: impl Into<String>, sentence: impl Into<String>) {
        self.0.push((field.into(), sentence.into()));
    }

    /// One problem.
    pub(crate) fn one(field: &str, sentence: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(field, sentence);
        problems
    }

    /// A text of at most so many characters.
    pub(crate) fn text(&mut self, field: &str, text: &str, most: usize) {
        if text.chars().count() > most {
            self.add(field, format!("Write at most {most} characters."));
        }
        if text.contains('\0') {
            self.add(field, "Leave out the control characters.");
        }
    }

    /// The value of a result, or the default, with the problem noted.
    pub(crate) fn take<T: Default, E: ToString>(&mut self, field: &str, result: Result<T, E>) -> T {
        result.unwrap_or_else(|error| {
            self.add(field, sentence(&error.to_string()));
            T::default()
        })
    }

    /// What is wrong with a field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, sentence)| sentence.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(field, sentence)| (field.as_str(), sentence.as_str()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An error's text as a sentence: with a capital and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let mut whole: String = first.to_uppercase().collect();
    whole.push_str(letters.as_str());
    if !whole.ends_with(['.', '!', '?']) {
        whole.push('.');
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_sentences() {
        assert_eq!(sentence("it is too long"), "It is too long.");
        assert_eq!(sentence("Why?"), "Why?");
        assert_eq!(sentence(" "), "");
    }

    #[test]
    fn each_field_has_its_problem() {
        let mut problems = Problems::one("a", "No.");
        problems.text("b", "four", 3);
        let number: u8 = problems.take("c", "x".parse::<u8>());
        assert_eq!(number, 0);
        assert_eq!(problems.of("a"), Some("No."));
        assert_eq!(problems.iter().count(), 3);
        assert_eq!(problems.of("d"), None);
    }
}
