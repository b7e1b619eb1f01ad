//! The blog in a real browser: Debian's chromium, without a screen.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod adopter;
mod chromium;
mod databases;
#[path = "../support/mod.rs"]
mod support;

use chromium::Chromium;
use support::Site;

/// `INSERT by default.master` for each row of the statements' tables that the selector finds.
async fn served(browser: &Chromium, section: &str) -> Vec<String> {
    let rows = format!("section.{section} tr.statement");
    let mut served = Vec::new();
    for row in browser.texts(&rows).await {
        let statement = row.split_whitespace().next().unwrap().to_owned();
        let nodes = [
            "default.master",
            "default.slave",
            "audit.master",
            "audit.slave",
        ];
        let node = nodes.into_iter().find(|node| row.contains(node));
        served.push(format!("{statement} by {}", node.unwrap()));
    }
    served
}

#[tokio::test(flavor = "multi_thread")]
async fn post_is_created_seen_listed_edited_and_deleted_in_a_browser() {
    let site = Site::new().await;
    let browser = Chromium::start().await;
    let browser = browser.unwrap_or_else(|error| panic!("{error}"));
    browser.open(&site.url("/")).await;
    browser.until_heading("Posts").await;
    browser.click("a[href='/posts/new']").await;
    browser.until_heading("New post").await;

    // A title that a browser would run if it were not escaped.
    let title = "<b>Bread</b><script>document.title = 'run'</script>";
    browser.fill("input[name=title]", title).await;
    browser.fill("textarea[name=text]", "Flour\nWater").await;
    browser.click("form.post button").await;
    browser.until_heading(title).await;
    assert_eq!(browser.texts("p.text").await, ["Flour\nWater"]);
    assert_eq!(browser.title().await, format!("{title} – Blog"));
    assert_eq!(
        served(&browser, "earlier-request").await,
        ["INSERT by default.master", "INSERT by audit.master"]
    );
    assert_eq!(
        served(&browser, "this-request").await,
        ["SELECT by default.slave"]
    );

    browser.click("nav a[href='/posts']").await;
    browser.until_heading("Posts").await;
    assert_eq!(browser.texts("ul.posts li").await, [title]);
    browser.click("ul.posts a").await;
    browser.until_heading(title).await;

    browser.click("a.edit").await;
    browser.until_heading("Edit post").await;
    browser.fill("input[name=title]", "Cake").await;
    browser.click("form.post button").await;
    browser.until_heading("Cake").await;
    assert_eq!(browser.texts("p.text").await, ["Flour\nWater"]);
    assert_eq!(
        served(&browser, "earlier-request").await,
        [
            "BEGIN by default.master",
            "SELECT by default.master",
            "UPDATE by default.master",
            "COMMIT by default.master",
            "INSERT by audit.master",
        ]
    );

    browser.click("form.delete button").await;
    browser.until_heading("Posts").await;
    assert_eq!(browser.texts("ul.posts li").await, [""; 0]);
    assert_eq!(browser.texts("main p").await, ["There are no posts yet."]);
    browser.click("nav a[href='/audit']").await;
    browser.until_heading("Audit").await;
    assert_eq!(
        browser.texts("ul.entries li").await,
        [
            "Post 1 was deleted.",
            "Post 1 was edited.",
            "Post 1 was created."
        ]
    );
    assert_eq!(
        served(&browser, "this-request").await,
        ["SELECT by audit.slave"]
    );
    browser.close().await;
}
