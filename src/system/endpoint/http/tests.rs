//! Answers of every kind, first as bytes, then from servers on threads.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use proptest::prelude::{any, prop};

use crate::error::ServiceError;
use crate::secret::Secret;
use crate::system::deadline::Deadline;
use crate::system::endpoint::http::message::{self, Broken, Message};
use crate::system::endpoint::testing::TlsServer;
use crate::system::endpoint::{Credentials, Endpoint, Request, Response, Scheme, get};

const PLENTY: Duration = Duration::from_secs(60);
const LITTLE: Duration = Duration::from_millis(400);

fn read(bytes: &[u8]) -> Result<Message, Broken> {
    message::read(&mut BufReader::new(bytes))
}

fn body(bytes: &[u8]) -> Result<String, Broken> {
    read(bytes).map(|message| String::from_utf8(message.body).unwrap())
}

/// A server for one connection, which reads the request first and returns it.
fn server(
    answer: impl FnOnce(&mut TcpStream) + Send + 'static,
) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).unwrap_or(0) == 0 {
                break;
            }
            request.push(byte[0]);
        }
        answer(&mut stream);
        String::from_utf8_lossy(&request).into_owned()
    });
    (address, thread)
}

const PLAIN: Request<'_> = Request {
    scheme: Scheme::Plain,
    path: "/iris/getdown.txt",
    host: "cus.example.com",
    credentials: None,
};

fn ask(
    address: SocketAddr,
    request: Request<'_>,
    limit: Duration,
) -> Result<Response, ServiceError> {
    let endpoint: Endpoint = address.to_string().parse().unwrap();
    get(&endpoint, &request, &Deadline::after(limit, &|| false))
}

fn fault(answer: impl FnOnce(&mut TcpStream) + Send + 'static, limit: Duration) -> String {
    let (address, thread) = server(answer);
    let error = ask(address, PLAIN, limit).unwrap_err();
    thread.join().unwrap();
    error.to_string().replace(&address.to_string(), "ADDRESS")
}

#[test]
fn a_body_ends_where_its_framing_says() {
    for (bytes, expected) in [
        (
            &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"[..],
            "abc",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nabcdef", "abcdef"),
        (b"HTTP/1.1 200\ncontent-length:0\n\nabc", ""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n\
              3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
            "abc0123456789",
        ),
        (
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            "",
        ),
    ] {
        assert_eq!(body(bytes).unwrap(), expected);
    }
    assert_eq!(read(b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap().status, 404);
}

#[test]
fn an_answer_that_is_cut_is_none() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        assert_eq!(read(bytes).unwrap_err(), Broken::Cut, "{bytes:?}");
    }
}

#[test]
fn anything_else_is_not_http() {
    let long = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1 << 17]].concat();
    for bytes in [
        &b"220 mail.example.com ESMTP\r\n"[..],
        b"HELP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n",
        b"HTTP/1.1 000 OK\r\n\r\n",
        b"HTTP/1.1 600 OK\r\n\r\n",
        &long,
    ] {
        assert_eq!(read(bytes).unwrap_err(), Broken::NotHttp { tls: false });
    }
    let alert = b"\x15\x03\x01\x00\x02\x02\x46";
    assert_eq!(read(alert).unwrap_err(), Broken::NotHttp { tls: true });
}

#[test]
fn no_more_than_a_mebibyte_of_a_body_is_kept() {
    let endless = vec![b'x'; 3 << 20];
    let chunk = [b"200000\r\n".as_slice(), &endless[..2 << 20]].concat();
    for (head, rest) in [
        ("HTTP/1.1 200 OK\r\n\r\n", &endless),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n",
            &endless,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            &chunk,
        ),
    ] {
        let message = read(&[head.as_bytes(), rest].concat()).unwrap();
        assert_eq!(message.body.len(), 1 << 20, "{head}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_at_all_do_harm(
        chunked in any::<bool>(),
        rest in prop::collection::vec(prop::sample::select(b"0aF\r\n: ;xH\xff".to_vec()), 0..200),
    ) {
        let head = if chunked {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        } else {
            "HTTP/1.1 200 OK\r\n"
        };
        let _ = read(&[head.as_bytes(), &rest].concat());
    }
}

#[test]
fn the_request_is_one_that_any_server_understands() {
    let login = Credentials {
        user: "ada".to_owned(),
        password: Secret::new("p:ss word".into()),
    };
    let (address, thread) = server(|stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            .unwrap();
    });
    let request = Request {
        path: "/iris/a b\r\nX: y",
        credentials: Some(&login),
        ..PLAIN
    };
    let response = ask(address, request, PLENTY).unwrap();
    assert_eq!(
        (response.status, response.body.as_slice()),
        (200, &b"hi"[..])
    );
    assert!(response.served.is_none());
    assert_eq!(
        thread.join().unwrap(),
        format!(
            "GET /iris/a%20b%0D%0AX:%20y HTTP/1.1\r\nHost: cus.example.com\r\nUser-Agent: dhtls/{}\r\n\
             Accept: */*\r\nConnection: close\r\n\
             Authorization: Basic YWRhOnA6c3Mgd29yZA==\r\n\r\n", // `printf 'ada:p:ss word' | base64`
            env!("CARGO_PKG_VERSION")
        )
    );
    assert!(!format!("{login:?}").contains("p:ss"));
}

#[test]
fn over_tls_the_handshake_is_shown_too() {
    let server = TlsServer::answering(b"HTTP/1.1 200 OK\r\n\r\nuntil the end");
    let request = Request {
        scheme: Scheme::Tls {
            server_name: "cus.example.com",
        },
        ..PLAIN
    };
    let response = ask(server.address, request, PLENTY).unwrap();
    assert_eq!(response.body, b"until the end");
    assert_eq!(response.served.unwrap().leaf_sha256(), server.leaf_sha256);
}

#[test]
fn a_server_that_does_not_answer_is_told_from_one_that_speaks_something_else() {
    let hung_up = fault(|_| {}, PLENTY);
    assert_eq!(
        hung_up,
        "ADDRESS closed the connection without a whole answer"
    );
    let tls = fault(
        |stream| stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46").unwrap(),
        PLENTY,
    );
    assert_eq!(tls, "ADDRESS speaks TLS, not plain HTTP");
    let mail = fault(|stream| stream.write_all(b"220 ESMTP\r\n").unwrap(), PLENTY);
    assert_eq!(mail, "ADDRESS does not speak HTTP");
}

#[test]
fn silence_and_dripping_end_with_the_deadline() {
    let start = Instant::now();
    let silent = |stream: &mut TcpStream| {
        let _ = stream.read_to_end(&mut Vec::new());
    };
    assert_eq!(
        fault(silent, LITTLE),
        "ADDRESS accepts connections but does not answer"
    );
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: "] {
        let dripping = move |stream: &mut TcpStream| {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(1));
            }
        };
        let text = fault(dripping, LITTLE);
        assert_eq!(text, "ADDRESS accepts connections but does not answer");
    }
    assert!(start.elapsed() < PLENTY / 4);
}

#[test]
fn an_interrupt_ends_the_wait_for_an_answer() {
    let (address, thread) = server(|stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let endpoint: Endpoint = address.to_string().parse().unwrap();
    let start = Instant::now();
    let interrupted = || start.elapsed() > Duration::from_millis(100);
    let error = get(&endpoint, &PLAIN, &Deadline::after(PLENTY, &interrupted)).unwrap_err();
    assert!(matches!(error, ServiceError::Interrupted), "{error}");
    thread.join().unwrap();
}
