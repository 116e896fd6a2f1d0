//! Bodies of the type `multipart/form-data`.

/// The names and contents of the parts, in order; what is not UTF-8 is replaced.
///
/// # Errors
/// What is wrong with the body.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Result<Vec<(String, String)>, String> {
    let boundary = parameter(content_type, "boundary").ok_or("the content type has no boundary")?;
    let opening = format!("--{boundary}");
    let separator = format!("\r\n--{boundary}");
    let rest = body
        .strip_prefix(opening.as_bytes())
        .ok_or("the body does not begin with the boundary")?;
    let mut parts = Vec::new();
    let mut rest = rest;
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let part = rest
            .strip_prefix(b"\r\n")
            .ok_or("a boundary is not followed by a new line")?;
        let end = find(part, separator.as_bytes()).ok_or("the last boundary is missing")?;
        let head_end = find(&part[..end], b"\r\n\r\n").ok_or("a part has no empty line")?;
        let head = String::from_utf8_lossy(&part[..head_end]);
        let name = head
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))
            .and_then(|(_, value)| parameter(value, "name"))
            .ok_or("a part has no name")?;
        let content = String::from_utf8_lossy(&part[head_end + 4..end]);
        parts.push((name, content.into_owned()));
        rest = &part[end + separator.len()..];
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// A parameter of a header, with or without quotes.
fn parameter(header: &str, name: &str) -> Option<String> {
    header
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(candidate, _)| candidate.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    #[test]
    fn parts_have_names_and_contents() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n\
            --XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x89P\r\n\r\nNG\r\n--XX--\r\n";
        let parts = parts(TYPE, body).unwrap();
        assert_eq!(parts[0], ("type".to_owned(), "image/png".to_owned()));
        assert_eq!(parts[1].0, "file");
        assert!(parts[1].1.ends_with("P\r\n\r\nNG"));
    }

    #[test]
    fn a_body_that_stops_early_is_refused() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png";
        assert!(parts(TYPE, body).is_err());
        assert!(parts("multipart/form-data", body).is_err());
    }
}
