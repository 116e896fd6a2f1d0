//! Parts of a file (RFC 9110, section 14): one at a time, which is what players of sound and video ask for.

use axum::http::{HeaderMap, header};

/// What of a file a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it; also where the request says nothing that we understand.
    Whole,
    /// From one byte to another, both of which are there.
    Part { first: usize, last: usize },
    /// Something behind its end.
    Nothing,
}

/// What of a file of `length` bytes a request asks for. Several parts are answered with the whole; so is a part that is
/// wanted only if the file has not changed, since we name no version of it.
pub(crate) fn wanted(headers: &HeaderMap, length: usize) -> Wanted {
    let mut lines = headers.get_all(header::RANGE).iter();
    let (line, more) = (lines.next(), lines.next());
    if more.is_some() || headers.contains_key(header::IF_RANGE) {
        return Wanted::Whole;
    }
    let text = line.and_then(|line| line.to_str().ok());
    text.and_then(|text| part(text, length))
        .unwrap_or(Wanted::Whole)
}

fn part(text: &str, length: usize) -> Option<Wanted> {
    let (unit, range) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let (first, last) = match (number(first), number(last)) {
        // The last so many bytes.
        (None, Some(many)) if first.is_empty() => (length.saturating_sub(many), usize::MAX),
        (Some(first), None) if last.is_empty() => (first, usize::MAX),
        (Some(first), Some(last)) if first <= last => (first, last),
        (None | Some(_), None | Some(_)) => return None,
    };
    if first >= length {
        return Some(Wanted::Nothing);
    }
    let last = last.min(length.saturating_sub(1));
    Some(Wanted::Part { first, last })
}

/// A number of digits alone. One that is larger than any file is the largest.
fn number(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(&'static str, &str)], length: usize) -> Wanted {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        wanted(&headers, length)
    }

    fn part_of_ten(range: &str) -> Wanted {
        of(&[("range", range)], 10)
    }

    #[test]
    fn a_part_is_cut_at_the_end_of_the_file() {
        for (range, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=2-4", 2, 4),
            ("Bytes = 2-4 ", 2, 4),
            ("bytes=9-9", 9, 9),
            ("bytes=7-", 7, 9),
            ("bytes=0-99", 0, 9),
            ("bytes=5-99999999999999999999999999", 5, 9),
            ("bytes=-3", 7, 9),
            ("bytes=-99", 0, 9),
        ] {
            assert_eq!(part_of_ten(range), Wanted::Part { first, last }, "{range}");
        }
    }

    #[test]
    fn what_lies_behind_the_end_is_not_there() {
        for range in [
            "bytes=10-",
            "bytes=10-12",
            "bytes=-0",
            "bytes=99999999999999999999999-",
        ] {
            assert_eq!(part_of_ten(range), Wanted::Nothing, "{range}");
        }
    }

    #[test]
    fn what_is_not_understood_asks_for_nothing_special() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=4-2",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=--1",
            "bytes=1-2-3",
            "bytes=0x1-2",
            "bytes=1 -2",
            "bytes=0-1,3-4",
            "bytes=0-1,",
            "lines=0-1",
        ] {
            assert_eq!(part_of_ten(range), Wanted::Whole, "{range}");
        }
        assert_eq!(of(&[], 10), Wanted::Whole);
        let twice = [("range", "bytes=0-1"), ("range", "bytes=2-3")];
        assert_eq!(of(&twice, 10), Wanted::Whole);
        let if_same = [("range", "bytes=0-1"), ("if-range", "\"a\"")];
        assert_eq!(of(&if_same, 10), Wanted::Whole);
    }
}
