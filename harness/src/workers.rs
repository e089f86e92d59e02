//! The same work on many things, on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What `work` makes of each of `all`, in their order.
pub(crate) fn each_of<T: Sync, R: Send>(
    all: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let one_after_the_other = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(one) = all.get(index) else {
                    return done;
                };
                done.push((index, work(one)));
            }
        };
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(one_after_the_other))
            .collect();
        let done = workers.into_iter().filter_map(|worker| worker.join().ok());
        done.flatten().collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
