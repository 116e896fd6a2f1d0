//! What every list owes: newest first, and a cursor that leaves nothing out and gives nothing twice.

use tidings_messaging::{Page, Paged};
use uuid::Uuid;

/// Checks a list of five entries whose ids are given newest first.
pub(crate) async fn check<T>(
    what: &str,
    newest_first: &[Uuid],
    id: impl Fn(&T) -> Uuid,
    list: impl AsyncFn(Page) -> Paged<T>,
) {
    let ids = |paged: &Paged<T>| -> Vec<Uuid> { paged.data.iter().map(&id).collect() };
    let whole = list(Page {
        limit: 200,
        after: None,
    })
    .await;
    assert_eq!(
        ids(&whole),
        newest_first,
        "{what}: newest first, and nothing of other tenants"
    );
    assert_eq!(whole.next, None, "{what}: no cursor when there is no more");
    let exact = list(Page {
        limit: 5,
        after: None,
    })
    .await;
    assert_eq!(
        exact.next, None,
        "{what}: no cursor when the last entry fits"
    );

    let mut walked = Vec::new();
    let mut after = None;
    // Three pages are needed; one more shows that the walk ends.
    for _ in 0..4 {
        let page = list(Page { limit: 2, after }).await;
        assert!(page.data.len() <= 2, "{what}: at most `limit` entries");
        walked.extend(ids(&page));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(
        walked, newest_first,
        "{what}: the cursor leaves nothing out and gives nothing twice"
    );
}
