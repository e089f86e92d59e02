//! A closed loop: so many clients, each of which sends the next request when it has its answer.

use super::books::{Books, Measured};
use super::measuring::{Measuring, Subject};
use super::window::Window;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Measures with so many clients.
pub(super) async fn closed(
    subject: &Subject,
    clients: usize,
    warm_up: Duration,
    duration: Duration,
) -> Measured {
    let books = Books::new(Window::now(warm_up, duration));
    let measuring = Measuring::new(subject, books);
    let mut tasks = JoinSet::new();
    for _ in 0..clients.max(1) {
        let measuring = measuring.clone();
        tasks.spawn(async move {
            while Instant::now() < measuring.books.window.to {
                measuring.send(measuring.next(), None).await;
                // A target in process never waits, and would keep the others from their turn.
                tokio::task::consume_budget().await;
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    measuring.books.total()
}
