use super::{Gather, Turns};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tidings_kernel::StoreError;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
};

/// A gatherer that answers each number with its double, one batch for each permit, and tells the batches.
struct Doubling {
    gather: Gather<u32, u32>,
    gate: Arc<Semaphore>,
    begun: mpsc::UnboundedReceiver<Vec<u32>>,
}

fn doubling(most: usize, most_running: usize) -> Doubling {
    let gate = Arc::new(Semaphore::new(0));
    let (report, begun) = mpsc::unbounded_channel();
    let gather = Gather::new(most, &Turns::new(most_running), {
        let gate = gate.clone();
        move |numbers: Vec<u32>| {
            let (gate, report) = (gate.clone(), report.clone());
            async move {
                report.send(numbers.clone()).unwrap();
                gate.acquire().await.unwrap().forget();
                assert!(!numbers.contains(&13), "a batch that panics");
                numbers.iter().map(|number| Ok(number * 2)).collect()
            }
        }
    });
    Doubling {
        gather,
        gate,
        begun,
    }
}

impl Doubling {
    /// Asks, and returns once the question is in the line.
    async fn ask(&self, number: u32) -> Asked {
        let gather = self.gather.clone();
        let (put, is_put) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mut asking = Box::pin(gather.ask(number));
            let mut put = Some(put);
            std::future::poll_fn(|context| {
                let polled = asking.as_mut().poll(context);
                if let Some(put) = put.take() {
                    let _ = put.send(());
                }
                polled
            })
            .await
        });
        is_put.await.unwrap();
        Asked(task)
    }

    async fn batch(&mut self) -> Vec<u32> {
        self.begun.recv().await.unwrap()
    }
}

struct Asked(tokio::task::JoinHandle<Result<u32, StoreError>>);

impl Asked {
    async fn answer(self) -> Result<u32, StoreError> {
        self.0.await.unwrap()
    }

    async fn go_away(self) {
        self.0.abort();
        assert!(self.0.await.unwrap_err().is_cancelled());
    }
}

#[tokio::test]
async fn what_comes_while_a_batch_is_under_way_is_the_next() {
    let mut doubling = doubling(10, 1);
    let mut asked = vec![doubling.ask(1).await];
    assert_eq!(
        doubling.batch().await,
        [1],
        "an idle gatherer begins at once"
    );
    for number in 2..=5 {
        asked.push(doubling.ask(number).await);
    }
    doubling.gate.add_permits(2);
    assert_eq!(doubling.batch().await, [2, 3, 4, 5]);
    for (number, asked) in (1..).zip(asked) {
        assert_eq!(asked.answer().await.unwrap(), number * 2);
    }
}

#[tokio::test]
async fn no_batch_is_larger_than_the_most() {
    let mut doubling = doubling(3, 1);
    let mut asked = vec![doubling.ask(0).await];
    doubling.batch().await;
    for number in 1..=7 {
        asked.push(doubling.ask(number).await);
    }
    doubling.gate.add_permits(4);
    for batch in [&[1, 2, 3][..], &[4, 5, 6], &[7]] {
        assert_eq!(doubling.batch().await, batch);
    }
    for asked in asked {
        asked.answer().await.unwrap();
    }
}

#[tokio::test]
async fn no_more_batches_run_than_may() {
    let mut doubling = doubling(10, 2);
    let mut asked = Vec::new();
    for number in [1, 2] {
        asked.push(doubling.ask(number).await);
        assert_eq!(doubling.batch().await, [number]);
    }
    for number in [3, 4] {
        asked.push(doubling.ask(number).await);
    }
    assert!(doubling.begun.is_empty());
    doubling.gate.add_permits(1);
    assert_eq!(doubling.batch().await, [3, 4]);
    doubling.gate.add_permits(2);
    for asked in asked {
        asked.answer().await.unwrap();
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_no_batch_with_it() {
    let mut doubling = doubling(10, 1);
    let first = doubling.ask(1).await;
    doubling.batch().await;
    let (second, third) = (doubling.ask(2).await, doubling.ask(3).await);
    let fourth = doubling.ask(4).await;
    third.go_away().await;
    first.go_away().await;
    doubling.gate.add_permits(2);
    let batch = doubling.batch().await;
    assert_eq!(batch, [2, 4], "what nobody waits for any more is not begun");
    assert_eq!(second.answer().await.unwrap(), 4);
    assert_eq!(fourth.answer().await.unwrap(), 8);
}

#[tokio::test]
async fn only_those_that_went_away_are_no_batch() {
    let mut doubling = doubling(1, 1);
    let first = doubling.ask(1).await;
    doubling.batch().await;
    doubling.ask(2).await.go_away().await;
    doubling.gate.add_permits(3);
    first.answer().await.unwrap();
    let third = doubling.ask(3).await;
    assert_eq!(doubling.batch().await, [3]);
    assert_eq!(third.answer().await.unwrap(), 6);
}

#[tokio::test]
async fn a_panic_is_an_error_for_its_own_batch_alone() {
    let mut doubling = doubling(2, 1);
    let first = doubling.ask(1).await;
    doubling.batch().await;
    let mut others = Vec::new();
    for number in [13, 2, 3] {
        others.push(doubling.ask(number).await);
    }
    doubling.gate.add_permits(4);
    first.answer().await.unwrap();
    let mut results = Vec::new();
    for asked in others {
        results.push(asked.answer().await.ok());
    }
    assert_eq!(results, [None, None, Some(6)]);
    let later = doubling.ask(4).await;
    assert_eq!(later.answer().await.unwrap(), 8, "its place is free again");
}

#[tokio::test]
async fn an_answer_that_is_missing_is_an_error() {
    let gather: Gather<u32, u32> = Gather::new(10, &Turns::new(1), |_| async { Vec::new() });
    assert!(gather.ask(1).await.is_err());
}

#[test]
fn a_runtime_that_ends_leaves_the_gatherer_usable() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    };
    let mut doubling = doubling(1, 1);
    let first = runtime();
    let gather = doubling.gather.clone();
    let mut waiting = Box::pin(async move { gather.ask(2).await });
    first.block_on(async {
        doubling.ask(1).await;
        doubling.batch().await;
        std::future::poll_fn(|context| {
            assert!(waiting.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
    });
    drop(first);
    let second = runtime();
    assert!(second.block_on(waiting).is_err(), "whoever waits is told");
    doubling.gate.add_permits(2);
    assert_eq!(second.block_on(doubling.gather.ask(3)).unwrap(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_forgotten() {
    let (running, most_running) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let gather = Gather::new(7, &Turns::new(2), {
        let (running, most_running, sizes) = (running, most_running.clone(), sizes.clone());
        move |numbers: Vec<u32>| {
            let (running, most_running) = (running.clone(), most_running.clone());
            sizes.lock().unwrap().push(numbers.len());
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most_running.fetch_max(now, Ordering::SeqCst);
                tokio::task::yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                numbers
                    .iter()
                    .map(|number| Ok::<_, StoreError>(number * 2))
                    .collect()
            }
        }
    });
    let mut tasks = JoinSet::new();
    for caller in 0..64_u32 {
        let gather = gather.clone();
        tasks.spawn(async move {
            for turn in 0..200 {
                let number = caller * 1_000 + turn;
                assert_eq!(gather.ask(number).await.unwrap(), number * 2);
                if turn % 5 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let sizes = sizes.lock().unwrap();
    assert_eq!(sizes.iter().sum::<usize>(), 64 * 200);
    assert!(sizes.iter().all(|size| (1..=7).contains(size)));
    assert!(most_running.load(Ordering::SeqCst) <= 2);
}
