//! Clients that are sent something and do not take it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How much a client takes at least while its patience is measured, in bytes: who takes a byte now and then takes nothing.
const SOME: usize = 4 * 1_024;

/// How long a client may take nothing of what is sent to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// While the program runs.
    pub(super) running: Duration,
    /// Once the program is asked to stop: much less than the time that it has for it.
    pub(super) stopping: Duration,
}

/// A connection that breaks when its client takes nothing of what is sent for too long. A client that reads keeps it,
/// however slow; one that does not holds neither a place nor the program's end.
pub(super) struct Taker<S> {
    stream: S,
    patience: Patience,
    /// While the client takes nothing: until when it may.
    until: Option<Pin<Box<Sleep>>>,
    /// What it has taken since.
    taken: usize,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    is_stopping: bool,
}

impl<S> Taker<S> {
    pub(super) fn new(stream: S, patience: Patience, stop: &CancellationToken) -> Self {
        Self {
            stream,
            patience,
            until: None,
            taken: 0,
            stop: Box::pin(stop.clone().cancelled_owned()),
            is_stopping: false,
        }
    }

    /// The client has taken `taken` of `offered` bytes.
    fn takes(&mut self, taken: usize, offered: usize) {
        self.taken += taken;
        if taken == offered || self.taken >= SOME {
            self.until = None;
        }
    }

    /// The client takes nothing now. Breaks when that has lasted too long, and has the task woken when it will have.
    fn waits(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if !self.is_stopping && self.stop.as_mut().poll(context).is_ready() {
            self.is_stopping = true;
            self.until = None;
        }
        let most = if self.is_stopping {
            self.patience.stopping
        } else {
            self.patience.running
        };
        let until = self.until.get_or_insert_with(|| {
            self.taken = 0;
            Box::pin(tokio::time::sleep_until(Instant::now() + most))
        });
        ready!(until.as_mut().poll(context));
        Poll::Ready(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client takes nothing of what is sent to it",
        ))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Taker<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Taker<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(Ok(taken)) => {
                self.takes(taken, bytes.len());
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.waits(context).map(Err),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, parts) {
            Poll::Ready(Ok(taken)) => {
                self.takes(taken, parts.iter().map(|part| part.len()).sum());
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.waits(context).map(Err),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    const PATIENCE: Patience = Patience {
        running: Duration::from_millis(400),
        stopping: Duration::from_millis(100),
    };
    /// For ever, to whoever waits for it in a test.
    const LONG: Patience = Patience {
        running: Duration::from_hours(1),
        ..PATIENCE
    };
    static BYTES: [u8; 32 * 1_024] = [7; 32 * 1_024];

    /// A connection whose client has room for a kilobyte that it has not read.
    fn open(patience: Patience, stop: &CancellationToken) -> (Taker<DuplexStream>, DuplexStream) {
        let (ours, client) = duplex(1_024);
        (Taker::new(ours, patience, stop), client)
    }

    async fn is_cut_off(taker: &mut Taker<DuplexStream>) {
        let written = tokio::time::timeout(Duration::from_secs(10), taker.write_all(&BYTES));
        let error = written.await.expect("it ends in time").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_cut_off_when_its_time_is_over() {
        let (mut taker, _client) = open(PATIENCE, &CancellationToken::new());
        let began = Instant::now();
        is_cut_off(&mut taker).await;
        assert!(began.elapsed() >= PATIENCE.running);
    }

    #[tokio::test]
    async fn a_stop_shortens_the_time_of_who_takes_nothing() {
        let stop = CancellationToken::new();
        let (mut taker, _client) = open(LONG, &stop);
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            stop.cancel();
        };
        tokio::join!(is_cut_off(&mut taker), stopping);
    }

    #[tokio::test]
    async fn who_takes_a_byte_now_and_then_takes_nothing() {
        let (mut taker, mut client) = open(PATIENCE, &CancellationToken::new());
        let dripping = async {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                client.read_u8().await.unwrap();
            }
        };
        tokio::select! {
            () = is_cut_off(&mut taker) => {}
            () = dripping => {}
        }
    }

    #[tokio::test]
    async fn a_slow_client_that_reads_is_given_everything() {
        let patience = Patience {
            running: Duration::from_secs(10),
            ..PATIENCE
        };
        let (mut taker, mut client) = open(patience, &CancellationToken::new());
        let reading = async {
            let mut left = BYTES.len();
            while left > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
                let mut some = [0; 1_024];
                client.read_exact(&mut some).await.unwrap();
                left -= some.len();
            }
        };
        let (written, ()) = tokio::join!(taker.write_all(&BYTES), reading);
        written.unwrap();
    }
}
