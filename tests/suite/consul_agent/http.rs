//! A client that sends exactly what it is told: no redirects, no cleaning of paths, no connection kept.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// A header's value by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Sends one request and reads the whole answer.
pub fn send(to: SocketAddr, method: &str, target: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(10)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = body.len();
    // A server that refuses a large body closes the connection while it is being sent, and the answer may be lost
    // with it: such a body is sent only when asked for.
    let patient = length > 64 * 1024;
    let expect = if patient { "Expect: 100-continue\r\n" } else { "" };
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Length: {length}\r\n{expect}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut received = Vec::new();
    if patient {
        while !ends_head(&received) {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).unwrap(), 1, "closed before an answer");
            received.push(byte[0]);
        }
        if received.starts_with(b"HTTP/1.1 100") {
            received.clear();
            stream.write_all(body).unwrap();
        }
    } else {
        stream.write_all(body).unwrap();
    }
    if let Err(error) = stream.read_to_end(&mut received) {
        assert!(!received.is_empty(), "{method} {target}: {error}");
    }
    parse(&received)
}

fn ends_head(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\r\n\r\n")
}

fn parse(bytes: &[u8]) -> Answer {
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_string(), value.to_string()));
    let mut answer = Answer { status, headers: lines.filter_map(header).collect(), body: String::new() };
    let body = &bytes[split + 4..];
    let chunked = answer.header("transfer-encoding").is_some_and(|value| value == "chunked");
    let body = if chunked { joined(body) } else { body.to_vec() };
    answer.body = String::from_utf8_lossy(&body).into_owned();
    answer
}

fn joined(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&bytes[..end]), 16).unwrap();
        if size == 0 {
            break;
        }
        let from = end + 2;
        out.extend_from_slice(&bytes[from..from + size]);
        bytes = &bytes[from + size + 2..];
    }
    out
}
