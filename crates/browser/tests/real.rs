//! With a real browser, which `cargo xtask test` starts.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in its helpers too"
)]

use std::time::Duration;

use tidings_browser::{Browser, BrowserError, Colors, Page, Screen};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const SHORT: Duration = Duration::from_millis(200);

/// Answers every request with this page; gives its address.
async fn serve(html: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Browsers open connections that they do not use.
            tokio::spawn(answer(stream, html));
        }
    });
    format!("http://{address}/")
}

async fn answer(mut stream: TcpStream, html: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        html.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(html.as_bytes()).await
}

async fn open(browser: &Browser, screen: Screen, html: &'static str) -> Page {
    let page = browser.page(screen).await.unwrap();
    page.go(&serve(html).await).await.unwrap();
    page
}

#[tokio::test]
async fn a_page_is_clicked_written_into_and_driven_by_keys() {
    let browser = Browser::open().await.unwrap();
    let html = "<!doctype html><title>t</title><form><label for=a>Name</label><input id=a value=old>\
        <button>No</button><button>Yes</button></form><output></output><script>\
        document.forms[0].onsubmit = (event) => { event.preventDefault(); \
        document.querySelector('output').textContent += event.submitter.textContent + ' ' + a.value + '; '; }</script>";
    let page = open(&browser, Screen::desk(Colors::Light), html).await;
    page.fill("#a", "Ada").await.unwrap();
    page.click_named("button", "Yes").await.unwrap();
    page.wait_for_text("output", "Yes Ada;").await.unwrap();
    page.click("#a").await.unwrap();
    page.press("End").await.unwrap();
    page.write(" L.").await.unwrap();
    page.press("Tab").await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for_text("output", "No Ada L.;").await.unwrap();
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_in_the_way_of_a_click_is_named() {
    let browser = Browser::open().await.unwrap();
    let html = "<!doctype html><title>t</title><button id=under>Under</button><button id=off disabled>Off</button>\
        <button id=gone style='display:none'>Gone</button>\
        <div id=veil style='position:fixed;top:0;left:0;width:100%;height:3em'></div>";
    let page = open(&browser, Screen::phone(Colors::Light), html).await;
    let page = page.with_patience(SHORT);
    for (selector, reason) in [
        ("#under", "covered by <div id=\"veil\""),
        ("#gone", "not shown"),
        ("#none", "there is none"),
    ] {
        let error = page.click(selector).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, BrowserError::NotClicked { .. }), "{text}");
        assert!(text.contains(selector) && text.contains(reason), "{text}");
    }
    page.run("veil.remove()").await.unwrap();
    page.click("#under").await.unwrap();
    let error = page.click("#off").await.unwrap_err().to_string();
    assert!(error.contains("disabled"), "{error}");
}

#[tokio::test]
async fn a_wait_ends_and_shows_what_the_page_says() {
    let browser = Browser::open().await.unwrap();
    let page = open(
        &browser,
        Screen::phone(Colors::Light),
        "<title>t</title><p>Nothing yet",
    )
    .await;
    let page = page.with_patience(SHORT);
    let error = page.wait_for("document.title === 'other'").await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("document.title") && text.contains("Nothing yet"),
        "{text}"
    );
    let error = page.run("nothing.here").await.unwrap_err().to_string();
    assert!(error.contains("nothing is not defined"), "{error}");
    let error = page.go("http://127.0.0.1:9/").await.unwrap_err();
    assert!(matches!(error, BrowserError::NotOpened { .. }), "{error}");
}

#[tokio::test]
async fn axe_finds_what_keeps_people_out_in_spite_of_the_policy() {
    let browser = Browser::open().await.unwrap();
    let html = "<!doctype html><html lang=en><title>t</title><meta http-equiv=Content-Security-Policy \
        content=\"default-src 'none'\"><main><h1>t</h1><input></main>";
    let page = open(&browser, Screen::phone(Colors::Light), html).await;
    let findings = page.audit().await.unwrap();
    let rules: Vec<&str> = findings.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["label"], "{findings:?}");
    assert!(
        findings[0].is_serious() && !findings[0].places.is_empty(),
        "{findings:?}"
    );
}

#[tokio::test]
async fn a_page_complains_of_errors_and_of_what_its_policy_keeps_away() {
    let browser = Browser::open().await.unwrap();
    let html = "<!doctype html><title>t</title><script>setTimeout(() => { throw new Error('thrown late') })\
        ; console.error('said so')</script>";
    let page = open(&browser, Screen::phone(Colors::Light), html).await;
    page.wait_for("true").await.unwrap();
    let complaints = page.complaints().join("\n");
    assert!(
        complaints.contains("thrown late") && complaints.contains("said so"),
        "{complaints}"
    );
    let html = "<!doctype html><title>t</title><meta http-equiv=Content-Security-Policy \
        content=\"default-src 'none'\"><script>document.title = 'ran'</script>";
    let page = open(&browser, Screen::phone(Colors::Light), html).await;
    assert_eq!(page.value::<String>("document.title").await.unwrap(), "t");
    let complaints = page.complaints().join("\n");
    assert!(
        complaints.contains("Content Security Policy"),
        "{complaints}"
    );
}

#[tokio::test]
async fn a_picture_has_the_size_and_the_colors_of_the_screen() {
    let browser = Browser::open().await.unwrap();
    let page = open(&browser, Screen::phone(Colors::Dark), "<title>t</title>").await;
    let is_dark = "matchMedia('(prefers-color-scheme: dark)').matches";
    assert!(page.value::<bool>(is_dark).await.unwrap());
    assert_eq!(size(&page.picture().await.unwrap()), (360, 740));
    page.show_on(Screen::desk(Colors::Light)).await.unwrap();
    assert!(!page.value::<bool>(is_dark).await.unwrap());
    assert_eq!(size(&page.picture().await.unwrap()), (1280, 800));
}

/// Width and height, from the head of a PNG file.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[1..4], b"PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[tokio::test]
async fn a_load_is_weighed_and_timed() {
    let browser = Browser::open().await.unwrap();
    let html = "<!doctype html><title>t</title><p>Some text of a page";
    let page = open(&browser, Screen::phone(Colors::Light), html).await;
    let load = page.load().await.unwrap();
    let bytes = usize::try_from(load.bytes).unwrap();
    assert!((html.len()..html.len() + 400).contains(&bytes), "{load:?}");
    assert_eq!(load.requests, 1, "{load:?}");
    assert!(
        load.interactive > Duration::ZERO && load.interactive < Duration::from_secs(20),
        "{load:?}"
    );
}

#[tokio::test]
async fn profiles_share_no_cookies() {
    let browser = Browser::open().await.unwrap();
    let url = serve("<!doctype html><title>t</title>").await;
    let (one, other) = (
        browser.page(Screen::phone(Colors::Light)).await.unwrap(),
        browser.page(Screen::phone(Colors::Light)).await.unwrap(),
    );
    one.go(&url).await.unwrap();
    one.run("document.cookie = 'a=1'").await.unwrap();
    other.go(&url).await.unwrap();
    assert_eq!(one.value::<String>("document.cookie").await.unwrap(), "a=1");
    assert_eq!(other.value::<String>("document.cookie").await.unwrap(), "");
}

#[tokio::test]
async fn a_browser_that_is_not_there_is_an_error_that_says_what_to_do() {
    let error = Browser::at("ws://127.0.0.1:9/devtools").await.unwrap_err();
    assert!(error.to_string().contains("cargo xtask browser"), "{error}");
}
