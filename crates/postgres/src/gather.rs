//! Requests that come at the same time are worked on together.
//!
//! A statement for fifty rows and its commit cost little more than those for one. Nobody waits for company:
//! an idle gatherer begins at once, and what comes while batches are under way is the next batch. So batches
//! grow with the load by themselves.

mod turns;

pub(crate) use turns::Turns;

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};
use tidings_kernel::StoreError;
use tokio::sync::oneshot;

/// What a batch is worked on by: it gives an answer for each question, in the place of the question.
type Work<Q, T, E> = Box<dyn Fn(Vec<Q>) -> Answers<T, E> + Send + Sync>;
type Answers<T, E> = Pin<Box<dyn Future<Output = Vec<Result<T, E>>> + Send>>;

/// Gathers questions of concurrent callers into batches.
///
/// The work runs in tasks of its own: a caller that goes away takes nothing with it but its own question,
/// if that was not begun. A batch that panics is an error for each of its callers, and for no other.
pub(crate) struct Gather<Q, T, E = StoreError> {
    shared: Arc<Shared<Q, T, E>>,
}

struct Shared<Q, T, E> {
    line: Mutex<Line<Q, T, E>>,
    work: Work<Q, T, E>,
    /// How many questions a batch has at most.
    most: usize,
    /// When a batch may begin.
    turns: Turns,
}

struct Line<Q, T, E> {
    questions: VecDeque<Question<Q, T, E>>,
    /// How many runners there are. Whoever adds a question starts one if there is a place left, and a
    /// runner leaves only when it finds no question, both under the lock: none is ever left lying.
    running: usize,
}

struct Question<Q, T, E> {
    question: Q,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<Q, T, E> Gather<Q, T, E>
where
    Q: Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    /// Works on up to `most` questions at once, in as many batches at the same time as there are turns.
    pub(crate) fn new<F>(
        most: usize,
        turns: &Turns,
        work: impl Fn(Vec<Q>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Vec<Result<T, E>>> + Send + 'static,
    {
        Self {
            shared: Arc::new(Shared {
                line: Mutex::new(Line {
                    questions: VecDeque::new(),
                    running: 0,
                }),
                work: Box::new(move |questions| Box::pin(work(questions))),
                most: most.max(1),
                turns: turns.clone(),
            }),
        }
    }

    /// Puts a question and waits for its answer.
    ///
    /// # Errors
    /// What the work says, or [`StoreError::Unavailable`] when its batch came to nothing: then it may
    /// have been done and may not.
    pub(crate) async fn ask(&self, question: Q) -> Result<T, E> {
        let (answer, answered) = oneshot::channel();
        let place = self.shared.put(Question { question, answer });
        if let Some(place) = place {
            tokio::spawn(place.run());
        }
        answered
            .await
            .unwrap_or_else(|_| Err(StoreError::unavailable("the batch came to nothing").into()))
    }
}

impl<Q, T, E> Clone for Gather<Q, T, E> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<Q, T, E> fmt::Debug for Gather<Q, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

impl<Q, T, E> Shared<Q, T, E> {
    /// Nothing under this lock can leave the line half changed, so a panic elsewhere does not matter.
    fn change<R>(&self, change: impl FnOnce(&mut Line<Q, T, E>) -> R) -> R {
        change(&mut self.line.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a question; gives a place to run from if one is free.
    fn put(self: &Arc<Self>, question: Question<Q, T, E>) -> Option<Place<Q, T, E>> {
        let is_free = self.change(|line| {
            line.questions.push_back(question);
            let is_free = line.running < self.turns.most();
            line.running += usize::from(is_free);
            is_free
        });
        is_free.then(|| Place {
            shared: self.clone(),
            is_left: false,
        })
    }
}

/// A runner's place, which it cannot keep beyond its end.
struct Place<Q, T, E> {
    shared: Arc<Shared<Q, T, E>>,
    /// Whether it was given back.
    is_left: bool,
}

impl<Q, T, E> Place<Q, T, E>
where
    Q: Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    /// Works on batch after batch until no question is left.
    async fn run(mut self) {
        loop {
            // Others who were answered in the same moment ask first.
            tokio::task::yield_now().await;
            let shared = self.shared.clone();
            let count = move || shared.change(|line| line.questions.len());
            let _turn = self.shared.turns.next(count).await;
            let Some(batch) = self.next() else {
                return;
            };
            let shared = self.shared.clone();
            // A task of its own, so that a panic ends there.
            let worked = tokio::spawn(async move {
                let (questions, answers): (Vec<Q>, Vec<_>) = batch
                    .into_iter()
                    .map(|asked| (asked.question, asked.answer))
                    .unzip();
                for (answer, result) in answers.into_iter().zip((shared.work)(questions).await) {
                    // Whoever has gone away does not want to know.
                    let _gone = answer.send(result);
                }
            });
            if let Err(error) = worked.await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a batch came to nothing"
                );
            }
        }
    }

    /// The next batch; without one the place is given back.
    fn next(&mut self) -> Option<Vec<Question<Q, T, E>>> {
        let most = self.shared.most;
        let batch = self.shared.change(|line| {
            let mut batch = Vec::with_capacity(most.min(line.questions.len()));
            while batch.len() < most {
                let Some(asked) = line.questions.pop_front() else {
                    break;
                };
                // Whoever went away before it was begun has asked for nothing.
                if !asked.answer.is_closed() {
                    batch.push(asked);
                }
            }
            if batch.is_empty() {
                line.running -= 1;
            }
            batch
        });
        self.is_left = batch.is_empty();
        (!self.is_left).then_some(batch)
    }
}

/// A runner whose runtime ends in the middle leaves its place to others, and nobody waiting for it alone.
impl<Q, T, E> Drop for Place<Q, T, E> {
    fn drop(&mut self) {
        if self.is_left {
            return;
        }
        let left = self.shared.change(|line| {
            line.running -= 1;
            if line.running == 0 {
                std::mem::take(&mut line.questions)
            } else {
                VecDeque::new()
            }
        });
        // Outside the lock: what a question holds may be anything.
        drop(left);
    }
}

#[cfg(test)]
mod tests;
