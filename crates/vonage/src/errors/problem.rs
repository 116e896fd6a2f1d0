use crate::node::Node;

/// What Vonage writes about an error (RFC 7807), in answers and in status callbacks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Problem {
    /// The end of `type`, such as `1120` or `low-balance`; else a title that is a number.
    pub(super) code: Option<String>,
    /// The title, if it is words.
    title: Option<String>,
    /// For people.
    pub(super) words: String,
}

/// What the list of errors calls the refusals of a request that is checked and found wrong. The examples of
/// those answers number them in another way than the list does, and as other things: the title decides.
const CODES_BY_TITLE: [(&str, &str); 7] = [
    ("Invalid params", "1020"),
    ("Unsupported channel", "1400"),
    ("Invalid channel parameters", "1410"),
    ("Invalid sender", "1420"),
    ("Invalid recipient", "1430"),
    ("Invalid message type", "1440"),
    ("Invalid client reference", "1450"),
];

/// No code is longer.
const LONGEST_CODE: usize = 40;

impl Problem {
    pub(super) fn read(node: Node<'_>) -> Self {
        let title = node.word("title");
        let (number, title) = match title {
            Some(title) if title.bytes().all(|byte| byte.is_ascii_digit()) => (Some(title), None),
            title => (None, title),
        };
        let words = node
            .text("detail")
            .map(str::to_owned)
            .or_else(|| title.clone());
        let names: Vec<&str> = (node.list("invalid_parameters"))
            .filter_map(|parameter| parameter.text("name"))
            .collect();
        let words = match (words.unwrap_or_default(), names.is_empty()) {
            (words, true) => words,
            // The reasons are left out: they may repeat what the message says.
            (words, false) => format!("{words} ({})", names.join(", ")),
        };
        Self {
            code: node.text("type").and_then(code_in).or(number),
            title,
            words,
        }
    }

    /// The code of an answer with this status.
    pub(super) fn code_of_answer(&self, status: u16) -> Option<String> {
        let by_title = || {
            let title = self.title.as_deref()?;
            let (_, code) = CODES_BY_TITLE.iter().find(|(known, _)| *known == title)?;
            Some((*code).to_owned())
        };
        let by_title = if status == 422 { by_title() } else { None };
        by_title.or_else(|| self.code.clone())
    }
}

/// The end of an address such as `https://developer.vonage.com/api-errors/messages#1120`.
fn code_in(kind: &str) -> Option<String> {
    let (_, code) = kind.rsplit_once('#')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_code = !code.is_empty() && code.len() <= LONGEST_CODE && code.bytes().all(is_plain);
    is_code.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn code(problem: &Value, status: u16) -> Option<String> {
        Problem::read(Node(problem)).code_of_answer(status)
    }

    #[test]
    fn the_code_is_the_end_of_the_type_or_a_title_that_is_a_number() {
        for (problem, expected) in [
            (
                json!({"type": "https://developer.vonage.com/api-errors/messages#1120"}),
                Some("1120"),
            ),
            (
                json!({"type": "https://developer.vonage.com/api-errors/#low-balance"}),
                Some("low-balance"),
            ),
            (
                json!({"type": "https://developer.vonage.com/api-errors", "title": "1000"}),
                Some("1000"),
            ),
            (json!({"title": 1000}), Some("1000")),
            (
                json!({"type": "https://example.com/#a b", "title": "Something"}),
                None,
            ),
            (json!({"type": "https://example.com/#"}), None),
            (json!({"type": 5, "title": ["x"]}), None),
            (json!(null), None),
        ] {
            assert_eq!(code(&problem, 400).as_deref(), expected, "{problem}");
        }
    }

    #[test]
    fn the_title_of_a_refused_request_decides_what_is_wrong_with_it() {
        // The example of Vonage's specification: number 1100 is a failed communication in its list.
        let problem = json!({
            "type": "https://developer.vonage.com/api-errors/messages#1100",
            "title": "Unsupported channel", "detail": "The specified channel is not supported."
        });
        assert_eq!(code(&problem, 422).as_deref(), Some("1400"));
        assert_eq!(code(&problem, 500).as_deref(), Some("1100"));
        let other = json!({"type": "https://example.com/#1180", "title": "Something else"});
        assert_eq!(code(&other, 422).as_deref(), Some("1180"));
    }

    #[test]
    fn words_name_the_parameters_and_not_their_values() {
        let problem = json!({
            "title": "Invalid params", "detail": "The value of one or more parameters is invalid.",
            "invalid_parameters": [
                {"name": "image.url", "reason": "is required."}, {"name": "to", "reason": "x"}, 7
            ]
        });
        assert_eq!(
            Problem::read(Node(&problem)).words,
            "The value of one or more parameters is invalid. (image.url, to)"
        );
        assert_eq!(
            Problem::read(Node(&json!({"title": "Low balance"}))).words,
            "Low balance"
        );
        assert_eq!(Problem::read(Node(&json!({"title": "1000"}))).words, "");
    }
}
