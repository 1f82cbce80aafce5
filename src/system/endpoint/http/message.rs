//! A HTTP/1.x answer (RFC 9112): its status and the start of its body, from any stream of bytes.

use std::io::{self, BufRead, Read};

use httparse::{Header, Status};

/// Servers allow each other 8 to 64 KiB of header fields.
const MOST_OF_HEAD: u64 = 64 << 10;
const MOST_FIELDS: usize = 100;

/// A chunk's size is 16 digits at most; extensions behind it are rare and short.
const MOST_OF_CHUNK_LINE: u64 = 1 << 10;

/// A launcher file has a few KiB.
const MOST_OF_BODY: u64 = 1 << 20;

/// First bytes of a TLS record that a server may send unasked: alert, handshake.
const TLS_RECORD: [u8; 2] = [21, 22];

#[derive(Debug)]
pub(super) struct Message {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Why there is no message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The stream ended too soon, or failed.
    Cut,
    /// Something else is spoken; true: TLS.
    NotHttp { tls: bool },
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Cut
    }
}

/// How the end of a body is known (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug)]
enum Framing {
    Chunked,
    EndOfStream,
    Length(u64),
}

/// Reads no further than it has to; of a body longer than 1 MiB the rest is left.
pub(super) fn read(stream: &mut impl BufRead) -> Result<Message, Broken> {
    match stream.fill_buf()?.first() {
        None => return Err(Broken::Cut),
        Some(b'H') => {}
        Some(first) => {
            let tls = TLS_RECORD.contains(first);
            return Err(Broken::NotHttp { tls });
        }
    }
    let head = head(stream)?;
    let (status, framing) = parse(&head).ok_or(Broken::NotHttp { tls: false })?;
    let body = match framing {
        Framing::Chunked => chunked(stream)?,
        Framing::EndOfStream => part(stream, MOST_OF_BODY)?,
        Framing::Length(length) => exactly(stream, length.min(MOST_OF_BODY))?,
    };
    Ok(Message { status, body })
}

/// Everything up to the empty line.
fn head(stream: &mut impl BufRead) -> Result<Vec<u8>, Broken> {
    let mut head = Vec::new();
    let mut stream = stream.take(MOST_OF_HEAD);
    loop {
        let start = head.len();
        stream.read_until(b'\n', &mut head)?;
        match head.get(start..) {
            Some(b"\r\n" | b"\n") => return Ok(head),
            Some([.., b'\n']) => {}
            Some(_) | None if stream.limit() == 0 => return Err(Broken::NotHttp { tls: false }),
            Some(_) | None => return Err(Broken::Cut),
        }
    }
}

fn parse(head: &[u8]) -> Option<(u16, Framing)> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let Ok(Status::Complete(_)) = response.parse(head) else {
        return None;
    };
    // RFC 9110, section 15: others are invalid. None of them may pass for a good one.
    let status = response.code.filter(|code| (100..600).contains(code))?;
    let framing = match status {
        204 | 304 => Framing::Length(0),
        _ => framing(response.headers)?,
    };
    Some((status, framing))
}

/// `None`: a length that is no number.
fn framing(fields: &[Header<'_>]) -> Option<Framing> {
    let value = |name: &str| {
        let field = fields.iter().find(|it| it.name.eq_ignore_ascii_case(name));
        field.map(|it| it.value.trim_ascii())
    };
    let coding = value("transfer-encoding").unwrap_or_default();
    if coding.to_ascii_lowercase().ends_with(b"chunked") {
        return Some(Framing::Chunked);
    }
    let Some(length) = value("content-length") else {
        return Some(Framing::EndOfStream);
    };
    let length = std::str::from_utf8(length).ok()?.parse().ok()?;
    Some(Framing::Length(length))
}

/// RFC 9112, section 7.1. Trailers are left unread.
fn chunked(stream: &mut impl BufRead) -> Result<Vec<u8>, Broken> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        stream
            .take(MOST_OF_CHUNK_LINE)
            .read_until(b'\n', &mut line)?;
        let size = match httparse::parse_chunk_size(&line) {
            Ok(Status::Complete((_, size))) => size,
            Ok(Status::Partial) => return Err(Broken::Cut),
            Err(_) => return Err(Broken::NotHttp { tls: false }),
        };
        let room = MOST_OF_BODY.saturating_sub(body.len() as u64);
        body.extend(exactly(stream, size.min(room))?);
        if size == 0 || size >= room {
            return Ok(body);
        }
        exactly(stream, 2)?;
    }
}

fn exactly(stream: &mut impl BufRead, length: u64) -> Result<Vec<u8>, Broken> {
    let bytes = part(stream, length)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(Broken::Cut),
    }
}

/// What there is, but no more than `most`.
fn part(stream: &mut impl BufRead, most: u64) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    stream.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
