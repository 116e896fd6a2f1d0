//! Pages in a real browser, and what is asked of each of them.

use std::time::Duration;
use tidings_browser::{Browser, Colors, Page, Screen};

/// Pictures are kept beside the code, so they have to be small.
const PICTURE: usize = 120_000;
/// What a page may weigh, everything that it brings included.
const WEIGHT: u64 = 100_000;
/// How soon a page can be used.
const SOON: Duration = Duration::from_millis(300);
/// How often it is opened to find out; machines that run tests have other things to do as well.
const TRIES: usize = 10;

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

/// Takes pictures on all screens, and asks of each what [`is_fine`] asks.
pub(crate) async fn portray(page: &Page, name: &str) {
    for portrait in page.portraits(name).await.unwrap() {
        let screen = portrait.screen;
        assert!(!portrait.is_too_wide, "{name} is wider than {screen:?}");
        let bytes = portrait.png.len();
        assert!(bytes < PICTURE, "{name} on {screen:?}: {bytes} bytes");
        page.show_on(screen).await.unwrap();
        is_fine(page).await;
    }
}

/// All that a page is made of, whether it came now or was known from before.
const PARTS: &str = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
    .reduce((sum, one) => sum + one.encodedBodySize, 0)";

/// Asks whether a page is light, and can be used quickly.
pub(crate) async fn is_light_and_quick(page: &Page, url: &str) {
    let mut quickest = Duration::MAX;
    for _ in 0..TRIES {
        page.go(url).await.unwrap();
        let bytes: u64 = page.value(PARTS).await.unwrap();
        assert!((1..WEIGHT).contains(&bytes), "{url} weighs {bytes} bytes");
        quickest = quickest.min(page.load().await.unwrap().interactive);
        if quickest < SOON {
            return;
        }
    }
    panic!("{url} can be used after {quickest:?} at best");
}
