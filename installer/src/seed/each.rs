//! The same work for many things, some of them at once.

use tokio::task::JoinSet;

use super::SeedError;

/// Works on each item, at most `limit` at once, and gives the results in no order.
///
/// The first error ends all other work: no task outlives this call.
pub(super) async fn each<Item, Work, Gives>(
    items: impl IntoIterator<Item = Item>,
    limit: usize,
    work: impl Fn(Item) -> Work,
) -> Result<Vec<Gives>, SeedError>
where
    Work: Future<Output = Result<Gives, SeedError>> + Send + 'static,
    Gives: Send + 'static,
{
    let mut items = items.into_iter().map(work);
    let mut running = JoinSet::new();
    let mut results = Vec::new();
    loop {
        while running.len() < limit.max(1) {
            let Some(next) = items.next() else { break };
            running.spawn(next);
        }
        match running.join_next().await {
            Some(Ok(result)) => results.push(result?),
            Some(Err(error)) => return Err(SeedError::Task(error)),
            None => return Ok(results),
        }
    }
}
