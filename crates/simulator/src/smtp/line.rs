//! Lines of a conversation, and the parts of a command.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::mailbox;

/// A longer line is no command, and a message is read in pieces of this size.
const LONGEST: u64 = 4096;
/// A larger message is refused.
pub(super) const LARGEST: usize = 10 * 1024 * 1024;
/// Who says nothing for so long is not waited for (RFC 5321, 4.5.3.2.7).
const PATIENCE: Duration = Duration::from_mins(5);

/// The lines of a connection.
pub(super) struct Lines(BufReader<TcpStream>);

/// A message as it came.
pub(super) enum Data {
    Whole(Vec<u8>),
    TooLarge,
    /// The connection ended before the last dot.
    Broken,
}

impl Lines {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    /// Answers with these lines.
    pub(super) async fn say(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes()).await?;
        self.0.write_all(b"\r\n").await?;
        self.0.flush().await
    }

    /// The next line without its end; `None` at the end of the connection. A line that is too long, or
    /// no text, is one that is no command.
    pub(super) async fn next(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.0).take(LONGEST);
        let reading = limited.read_until(b'\n', &mut line);
        let count = timeout(PATIENCE, reading)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        if count == 0 {
            return Ok(None);
        }
        let text = String::from_utf8(line).unwrap_or_default();
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// A message up to the line that is a dot, without the dots that were put before lines.
    pub(super) async fn data(&mut self) -> io::Result<Data> {
        let mut message = Vec::new();
        let mut is_too_large = false;
        let mut is_line_start = true;
        let mut piece = Vec::new();
        loop {
            piece.clear();
            let mut limited = (&mut self.0).take(LONGEST);
            let reading = limited.read_until(b'\n', &mut piece);
            let count = timeout(PATIENCE, reading)
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            if count == 0 {
                return Ok(Data::Broken);
            }
            if is_line_start && piece == b".\r\n" {
                break;
            }
            let content = match piece.strip_prefix(b".") {
                Some(content) if is_line_start => content,
                Some(_) | None => &piece,
            };
            is_line_start = piece.ends_with(b"\n");
            is_too_large |= message.len() + content.len() > LARGEST;
            if !is_too_large {
                message.extend(content);
            }
        }
        Ok(if is_too_large {
            Data::TooLarge
        } else {
            Data::Whole(message)
        })
    }
}

/// A command and what follows it.
pub(super) fn command(line: &str) -> (String, &str) {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    (verb.to_ascii_uppercase(), rest.trim())
}

/// The address and the parameters of `FROM:<a@b.c> SIZE=1`; an empty address is nobody's.
pub(super) fn path<'a>(text: &'a str, before: &str) -> Option<(String, Vec<(String, &'a str)>)> {
    let start = text.get(..before.len())?;
    if !start.eq_ignore_ascii_case(before) {
        return None;
    }
    let rest = text.get(before.len()..)?.trim_start();
    let (bare, rest) = rest.strip_prefix('<')?.split_once('>')?;
    let address = if bare.is_empty() {
        String::new()
    } else {
        mailbox::address(bare)?
    };
    let parameters = rest
        .split_whitespace()
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.to_ascii_uppercase(), value)
        })
        .collect();
    Some((address, parameters))
}

#[cfg(test)]
mod tests {
    use super::{command, path};

    #[test]
    fn commands_are_read_in_any_case() {
        assert_eq!(
            command("mail FROM:<a@b.c>"),
            ("MAIL".to_owned(), "FROM:<a@b.c>")
        );
        assert_eq!(command("QUIT"), ("QUIT".to_owned(), ""));
    }

    #[test]
    fn a_path_has_an_address_and_parameters() {
        let (address, parameters) =
            path("from:<Ann@Example.net> SIZE=12 ret=HDRS", "FROM:").expect("a path");
        assert_eq!(address, "ann@example.net");
        assert_eq!(
            parameters,
            [("SIZE".to_owned(), "12"), ("RET".to_owned(), "HDRS")]
        );
        assert_eq!(path("FROM:<>", "FROM:").expect("a path").0, "");
        for wrong in [
            "",
            "FROM",
            "FROM:ann@example.net",
            "TO:<a@b.c>",
            "FROM:<nonsense>",
        ] {
            assert!(path(wrong, "FROM:").is_none(), "{wrong}");
        }
    }
}
