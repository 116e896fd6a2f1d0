use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A gate in front of the database: closing it cuts every connection and refuses new ones.
pub(crate) struct DatabaseGate {
    url: String,
    through: Arc<Mutex<Through>>,
    doorkeeper: JoinHandle<()>,
}

/// Who is passing; `None` while the gate is closed.
type Through = Option<JoinSet<()>>;

impl DatabaseGate {
    /// An open gate in front of the database at `url`, which must be named by host and port.
    pub(crate) async fn before(url: &str) -> Self {
        let mut address = url::Url::parse(url).unwrap();
        let host = address
            .host_str()
            .expect("the database has a host")
            .to_owned();
        let port = address.port().unwrap_or(5432);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let local: SocketAddr = listener.local_addr().unwrap();
        address.set_host(Some("127.0.0.1")).unwrap();
        address.set_port(Some(local.port())).unwrap();
        let through: Arc<Mutex<Through>> = Arc::new(Mutex::new(Some(JoinSet::new())));
        let doorkeeper = tokio::spawn({
            let through = through.clone();
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let host = host.clone();
                    // While the gate is closed the connection is dropped at once.
                    if let Some(through) = &mut *through.lock().unwrap() {
                        through.spawn(pass(client, host, port));
                    }
                }
            }
        });
        Self {
            url: address.into(),
            through,
            doorkeeper,
        }
    }

    /// The database's address through the gate.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn close(&self) {
        // Dropping the set aborts its tasks, and their sockets go with them.
        *self.through.lock().unwrap() = None;
    }

    pub(crate) fn open(&self) {
        *self.through.lock().unwrap() = Some(JoinSet::new());
    }
}

impl Drop for DatabaseGate {
    fn drop(&mut self) {
        self.doorkeeper.abort();
    }
}

async fn pass(mut client: TcpStream, host: String, port: u16) {
    if let Ok(mut database) = TcpStream::connect((host, port)).await {
        // Whichever side ends it, the connection is over.
        copy_bidirectional(&mut client, &mut database).await.ok();
    }
}
