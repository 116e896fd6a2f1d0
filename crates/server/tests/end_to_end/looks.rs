//! Pages in a real browser, and what is asked of each of them.

use crate::system::System;
use serde_json::json;
use std::{env, time::Duration};
use tidings_browser::{Browser, Colors, Page, Screen};

/// Pictures are kept beside the code, so they have to be small; a palette makes them smaller still.
const PICTURE: usize = 200_000;
/// What a page may weigh, everything that it brings included.
const WEIGHT: u64 = 100_000;
/// How soon a page can be used.
const SOON: Duration = Duration::from_millis(300);
/// How often it is opened to find out; machines that run tests have other things to do as well.
const TRIES: usize = 10;

/// How the browser itself complains of a form that is refused; nothing is wrong with that.
const REFUSALS: [&str; 3] = [
    "a status of 401 (Unauthorized)",
    "a status of 409 (Conflict)",
    "a status of 422 (Unprocessable Entity)",
];

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
    let complaints = page.complaints().into_iter();
    let complaints: Vec<String> = complaints
        .filter(|it| !REFUSALS.iter().any(|refusal| it.ends_with(refusal)))
        .collect();
    assert_eq!(complaints, Vec::<String>::new(), "{path}");
    let origin: String = page.value("location.origin").await.unwrap();
    for address in page.load().await.unwrap().addresses {
        // The browser draws the parts of its own fields.
        let is_near = address.starts_with(&origin) || address.starts_with("data:");
        assert!(is_near, "{path} asks for {address}");
    }
}

/// Somebody in the console, on the overview.
pub(crate) async fn log_in(system: &System, email: &str, password: &str) -> Page {
    let page = browse().await;
    page.go(&system.address("/console/login")).await.unwrap();
    enter(&page, email, password).await;
    page.wait_for("document.querySelector('nav.main')")
        .await
        .unwrap();
    page
}

/// Fills the login form and sends it.
pub(crate) async fn enter(page: &Page, email: &str, password: &str) {
    page.fill("input[name=email]", email).await.unwrap();
    page.fill("input[name=password]", password).await.unwrap();
    page.press("Enter").await.unwrap();
}

/// Opens a page of the console.
pub(crate) async fn visit(system: &System, page: &Page, path: &str) {
    page.go(&system.address(path)).await.unwrap();
    page.wait_for("document.querySelector('main h1')")
        .await
        .unwrap();
}

/// Chooses a value of a list, as the keyboard does.
pub(crate) async fn choose(page: &Page, selector: &str, value: &str) {
    let script = format!(
        "(() => {{
            const one = document.querySelector({});
            one.focus();
            one.value = {};
            for (const kind of ['input', 'change']) one.dispatchEvent(new Event(kind, {{ bubbles: true }}));
            return one.value;
        }})()",
        json!(selector),
        json!(value)
    );
    assert_eq!(page.value::<String>(&script).await.unwrap(), value);
}

/// Asks what [`is_fine`] asks, and that nobody has to scroll sideways. Where pictures are kept it is asked on all
/// screens, and otherwise, since it takes a second each time, on a telephone in the dark or on a desk in the light, of
/// which each has half of the pages.
pub(crate) async fn portray(page: &Page, name: &str) {
    let usual = [Screen::phone(Colors::Dark), Screen::desk(Colors::Light)];
    let all = [Screen::phone(Colors::Light), Screen::desk(Colors::Dark)];
    let are_kept = env::var_os("TIDINGS_SCREENSHOTS").is_some();
    let screens: Vec<Screen> = if are_kept {
        usual.into_iter().chain(all).collect()
    } else {
        let half = name.bytes().map(usize::from).sum::<usize>() % usual.len();
        vec![usual[half]]
    };
    for screen in screens {
        page.show_on(screen).await.unwrap();
        let wide: bool = page.value(TOO_WIDE).await.unwrap();
        assert!(!wide, "{name} is wider than {screen:?}");
        is_fine(page).await;
    }
    if are_kept {
        for portrait in page.portraits(name).await.unwrap() {
            let bytes = portrait.png.len();
            let screen = portrait.screen;
            assert!(bytes < PICTURE, "{name} on {screen:?}: {bytes} bytes");
        }
    }
    page.show_on(Screen::desk(Colors::Light)).await.unwrap();
}

const TOO_WIDE: &str = "document.documentElement.scrollWidth > innerWidth";

/// What can be done on a page, and what of it the keyboard has reached so far. Each is known by what it is, since news
/// may draw a part of the page anew meanwhile.
const REACHABLE: &str = "(() => {
    const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]';
    const name = (one) => [one.tagName, one.id || one.getAttribute('href') || one.name || one.textContent].join(' ');
    window.offered = () => [...document.querySelectorAll(all)].filter((one) =>
        one.checkVisibility({ checkVisibilityCSS: true }) && !one.disabled && one.tabIndex >= 0);
    window.called = (one) => {
        const alike = window.offered().filter((other) => name(other) === name(one));
        return `${name(one)} #${alike.indexOf(one)}`;
    };
    window.reachable = new Set(window.offered().map(window.called));
    window.unseen = [];
    document.addEventListener('focusin', ({ target }) => {
        window.reachable.delete(window.called(target));
        const style = getComputedStyle(target);
        if (style.outlineStyle === 'none' && style.boxShadow === 'none') window.unseen.push(target.outerHTML);
    });
    document.activeElement.blur();
    return window.reachable.size;
})()";

/// Everything that can be done on a page is reached with the Tab key, and shows that it was.
pub(crate) async fn is_reached_by_keys(page: &Page) {
    let path: String = page.value("location.href").await.unwrap();
    let all: usize = page.value(REACHABLE).await.unwrap();
    assert!(all > 0, "{path} offers nothing");
    // A date has a place for each of its parts.
    for _ in 0..all + 20 {
        page.press("Tab").await.unwrap();
    }
    let missed = "(() => {
        const there = new Set(window.offered().map(window.called));
        return [...[...window.reachable].filter((one) => there.has(one)), ...window.unseen];
    })()";
    let missed: Vec<String> = page.value(missed).await.unwrap();
    assert_eq!(missed, Vec::<String>::new(), "{path}");
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
