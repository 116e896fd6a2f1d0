//! A server whose certificate nobody vouches for.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ConfigBuilder, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// Listens with such a certificate, until it is dropped.
pub(super) struct Untrusted {
    /// Its address.
    pub(super) url: String,
    heard: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Untrusted {
    pub(super) async fn new() -> Self {
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else {
            panic!("no port of the loopback address is free");
        };
        let Ok(address) = listener.local_addr() else {
            panic!("the listener has no address");
        };
        let acceptor = acceptor();
        let heard = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&heard);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counted) = (acceptor.clone(), Arc::clone(&counted));
                tokio::spawn(async move { listen(&acceptor, stream, &counted).await });
            }
        });
        Self {
            url: format!("https://{address}"),
            heard,
            serving,
        }
    }

    /// How many bytes it was told behind the encryption.
    pub(super) fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

impl Drop for Untrusted {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn acceptor() -> TlsAcceptor {
    let made = generate_simple_self_signed(["127.0.0.1".to_owned()]);
    let Ok(CertifiedKey { cert, signing_key }) = made else {
        panic!("no certificate can be made");
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(ConfigBuilder::<ServerConfig, _>::with_no_client_auth)
        .and_then(|config| config.with_single_cert(vec![cert.der().clone()], key));
    match config {
        Ok(config) => TlsAcceptor::from(Arc::new(config)),
        Err(error) => panic!("no server can be made with the certificate: {error}"),
    }
}

async fn listen(acceptor: &TlsAcceptor, stream: TcpStream, heard: &AtomicUsize) {
    // Whoever does not trust it ends the handshake.
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        heard.fetch_add(read, Ordering::SeqCst);
    }
}
