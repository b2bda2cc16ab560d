//! A proxy that counts requests and does to transactions what networks do.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a transaction.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is forwarded, and the connection is cut before the answer comes through.
    LoseAnswer,
    /// It is forwarded, and the answer never comes.
    Hang,
    /// The connection is cut before it is forwarded.
    Reset,
    /// It is not forwarded; this status and body is the answer.
    Answer(u16, &'static str),
    /// It is forwarded; this status and body is the answer.
    AnswerAfter(u16, &'static str),
}

pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    requests: AtomicUsize,
    faults: Mutex<VecDeque<Fault>>,
}

impl Proxy {
    /// In front of `url`.
    pub async fn start(url: &str) -> Proxy {
        let target = url.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let inside = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, target) = (inside.clone(), target.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, &target, &shared).await;
                });
            }
        });
        Proxy { port, shared, task }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// The next transactions meet these, one each.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().unwrap().extend(faults);
    }

    /// How many faults nobody has met yet.
    pub fn left(&self) -> usize {
        self.shared.faults.lock().unwrap().len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut client: TcpStream, target: &str, shared: &Shared) -> std::io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    loop {
        let Some(request) = message(&mut client).await? else { return Ok(()) };
        shared.requests.fetch_add(1, Ordering::SeqCst);
        let fault = if request.starts_with(b"PUT /v1/txn") && is_write(&request) {
            shared.faults.lock().unwrap().pop_front()
        } else {
            None
        };
        if let Some(Fault::Reset) = fault {
            return Ok(());
        }
        if let Some(Fault::Answer(status, body)) = fault {
            client.write_all(answer(status, body).as_bytes()).await?;
            continue;
        }
        server.write_all(&request).await?;
        let Some(reply) = message(&mut server).await? else { return Ok(()) };
        match fault {
            Some(Fault::LoseAnswer) => return Ok(()),
            Some(Fault::Hang) => tokio::time::sleep(Duration::from_secs(60)).await,
            Some(Fault::AnswerAfter(status, body)) => {
                client.write_all(answer(status, body).as_bytes()).await?
            }
            _ => client.write_all(&reply).await?,
        }
    }
}

fn is_write(request: &[u8]) -> bool {
    !String::from_utf8_lossy(request).contains("\"Verb\":\"get\"")
}

fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} Fault\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// One request or answer with its body, as it came.
async fn message(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16384];
    loop {
        if let Some(head) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let whole = match header("content-length:") {
                Some(length) => bytes.len() >= head + 4 + length.parse::<usize>().unwrap(),
                None if header("transfer-encoding:") == Some("chunked") => bytes.ends_with(b"0\r\n\r\n"),
                None => true,
            };
            if whole {
                return Ok(Some(bytes));
            }
        }
        match stream.read(&mut chunk).await? {
            0 => return Ok(None),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
