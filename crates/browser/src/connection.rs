//! A connection to the browser: calls with answers, and events beside them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _, stream::SplitStream};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::error::BrowserError;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Something that a page has told by itself.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) session: String,
    pub(crate) method: String,
    pub(crate) parameters: Value,
}

/// What the reader shares with the callers.
#[derive(Debug, Default)]
struct Heard {
    /// `None` once the connection has broken off.
    waiting: Option<HashMap<u64, oneshot::Sender<Value>>>,
    events: Vec<Event>,
}

/// One connection; many calls may be under way.
#[derive(Debug)]
pub(crate) struct Connection {
    next: AtomicU64,
    heard: Arc<Mutex<Heard>>,
    out: mpsc::UnboundedSender<String>,
    tasks: [JoinHandle<()>; 2],
}

impl Connection {
    pub(crate) async fn open(url: &str) -> Result<Self, BrowserError> {
        let (socket, _) = connect_async(url)
            .await
            .map_err(|source| BrowserError::NotThere {
                url: url.to_owned(),
                source: Box::new(source),
            })?;
        let (mut sink, stream) = socket.split();
        let (out, mut calls) = mpsc::unbounded_channel::<String>();
        let writer = tokio::spawn(async move {
            while let Some(call) = calls.recv().await {
                if sink.send(Message::text(call)).await.is_err() {
                    return;
                }
            }
        });
        let heard = Arc::new(Mutex::new(Heard {
            waiting: Some(HashMap::new()),
            events: Vec::new(),
        }));
        let reader = tokio::spawn(listen(stream, Arc::clone(&heard)));
        Ok(Self {
            next: AtomicU64::new(1),
            heard,
            out,
            tasks: [writer, reader],
        })
    }

    /// Calls the browser, or the page whose session is named.
    pub(crate) async fn call(
        &self,
        method: &'static str,
        parameters: Value,
        session: Option<&str>,
    ) -> Result<Value, BrowserError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut call = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            call["sessionId"] = json!(session);
        }
        let (answered, answer) = oneshot::channel();
        locked(&self.heard)
            .waiting
            .as_mut()
            .ok_or(BrowserError::Gone)?
            .insert(id, answered);
        self.out
            .send(call.to_string())
            .map_err(|_| BrowserError::Gone)?;
        let answer = timeout(PATIENCE, answer)
            .await
            .map_err(|_| BrowserError::Silent(method))?
            .map_err(|_| BrowserError::Gone)?;
        match answer.get("error") {
            None => Ok(answer.get("result").cloned().unwrap_or_default()),
            Some(error) => Err(BrowserError::Refused {
                method,
                message: error["message"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }

    /// What the page of this session has told so far.
    pub(crate) fn events(&self, session: &str) -> Vec<Event> {
        let heard = locked(&self.heard);
        let own = heard.events.iter().filter(|event| event.session == session);
        own.cloned().collect()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Hands out answers and keeps events, until the connection ends.
async fn listen(mut stream: SplitStream<Socket>, heard: Arc<Mutex<Heard>>) {
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let Ok(mut told) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let mut heard = locked(&heard);
        if let Some(id) = told["id"].as_u64() {
            let waiting = heard.waiting.as_mut().and_then(|all| all.remove(&id));
            if let Some(waiting) = waiting {
                // Nobody waits any more where the time was over.
                waiting.send(told).ok();
            }
        } else {
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            heard.events.push(Event {
                session: word(&told["sessionId"]),
                method: word(&told["method"]),
                parameters: told["params"].take(),
            });
        }
    }
    // Dropped senders tell everybody who waits.
    locked(&heard).waiting = None;
}

/// A panic elsewhere leaves lists that are still lists.
fn locked(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
