//! Pages in a real browser, and what is asked of each of them.

use tidings_browser::{Browser, Colors, Page, Screen};

/// A page on a desk in the light, nothing opened yet.
pub(crate) async fn browse() -> Page {
    let browser = Browser::open().await.unwrap();
    browser.page(Screen::desk(Colors::Light)).await.unwrap()
}

/// Nobody is kept out, nothing went wrong, and nothing was fetched from elsewhere.
pub(crate) async fn is_fine(page: &Page) {
    let findings = page.audit().await.unwrap();
    let serious: Vec<_> = findings.iter().filter(|it| it.is_serious()).collect();
    let path: String = page.value("location.href").await.unwrap();
    assert!(serious.is_empty(), "{path}: {serious:#?}");
    assert_eq!(page.complaints(), Vec::<String>::new(), "{path}");
    let origin: String = page.value("location.origin").await.unwrap();
    for address in page.load().await.unwrap().addresses {
        assert!(address.starts_with(&origin), "{path} asks for {address}");
    }
}
