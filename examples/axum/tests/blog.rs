//! The blog over HTTP, on embedded SQLite: what it shows, what it keeps, and which node served it.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod support;

use axum_example::entity::{
    audit_entry::{self, Action},
    post,
};
use reqwest::StatusCode;
use sea_orm::{EntityTrait, QueryOrder};
use support::{Page, Site, Visitor};

async fn posts(site: &Site) -> Vec<(i32, String, String)> {
    let posts = post::Entity::find().order_by_asc(post::Column::Id);
    let posts = posts.all(site.db()).await.unwrap();
    posts
        .into_iter()
        .map(|post| (post.id, post.title, post.text))
        .collect()
}

async fn audit(site: &Site) -> Vec<(Action, i32)> {
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id);
    let entries = entries.all(site.db()).await.unwrap();
    entries
        .into_iter()
        .map(|entry| (entry.action, entry.post_id))
        .collect()
}

fn row(id: i32, title: &str, text: &str) -> (i32, String, String) {
    (id, title.to_owned(), text.to_owned())
}

#[track_caller]
fn assert_is(page: &Page, status: StatusCode, text: &str) {
    assert_eq!(page.status, status, "{}", page.html);
    assert!(page.shows(text), "{}", page.html);
}

mod posts_and_their_nodes {
    use super::*;

    #[tokio::test]
    async fn created_post_is_seen_at_once_and_audited_on_the_other_bind() {
        let site = Site::new().await;
        let page = Visitor::new().create(&site, "Bread", "Flour\nWater").await;
        assert_eq!((page.status, &*page.path), (StatusCode::OK, "/posts/1"));
        assert!(page.shows("<h1>Bread</h1>"), "{}", page.html);
        assert!(page.shows("Flour\nWater"), "{}", page.html);
        assert_eq!(
            page.served_before(),
            ["INSERT by default.master", "INSERT by audit.master"]
        );
        assert_eq!(page.served(), ["SELECT by default.slave"]);
        assert_eq!(posts(&site).await, [row(1, "Bread", "Flour\nWater")]);
        assert_eq!(audit(&site).await, [(Action::Created, 1)]);
    }

    #[tokio::test]
    async fn audit_page_is_served_by_the_slave_of_the_audit_bind() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        let page = visitor.get(&site, "/audit").await;
        assert!(page.shows("Nothing has been changed yet."));
        visitor.create(&site, "Bread", "Flour").await;
        let page = visitor.get(&site, "/audit").await;
        assert!(page.shows("Post 1 was created."), "{}", page.html);
        assert_eq!(page.served(), ["SELECT by audit.slave"]);
        let [statement] = &page.statements()[..] else {
            panic!("one statement: {}", page.html);
        };
        assert_eq!(statement.node, "audit.slave-1");
        assert_eq!(
            statement.why,
            "read: plain query; `audit_entry` has bind key `audit`; the only slave"
        );
    }

    #[tokio::test]
    async fn list_shows_ten_posts_a_page_and_is_served_by_slaves() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        assert!(
            visitor
                .get(&site, "/")
                .await
                .shows("There are no posts yet.")
        );
        for number in 1..=12 {
            visitor
                .create(&site, &format!("Post number {number}."), "…")
                .await;
        }
        for (path, newest, number) in [("/posts", 12, 1), ("/posts?page=2", 2, 2)] {
            let page = visitor.get(&site, path).await;
            let oldest = if number == 1 { 3 } else { 1 };
            for post in 1..=12 {
                let shown = page.shows(&format!("Post number {post}."));
                assert_eq!(shown, (oldest..=newest).contains(&post), "{path} {post}");
            }
            assert!(page.shows(&format!("Page {number} of 2")), "{}", page.html);
            assert_eq!(
                page.served(),
                ["SELECT by default.slave", "SELECT by default.slave"]
            );
        }
    }

    #[tokio::test]
    async fn edit_runs_in_a_transaction_on_the_master() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        visitor.create(&site, "Bread", "Flour").await;
        let page = visitor.get(&site, "/posts/1/edit").await;
        assert!(page.shows("value=\"Bread\""), "{}", page.html);
        assert!(page.shows("\nFlour</textarea>"), "{}", page.html);
        assert_eq!(page.served(), ["SELECT by default.slave"]);

        let form = [("title", "Cake"), ("text", "Sugar")];
        let page = visitor.post(&site, "/posts/1", &form).await;
        assert_eq!((page.status, &*page.path), (StatusCode::OK, "/posts/1"));
        assert!(page.shows("<h1>Cake</h1>"), "{}", page.html);
        assert_eq!(
            page.served_before(),
            [
                "BEGIN by default.master",
                "SELECT by default.master",
                "UPDATE by default.master",
                "COMMIT by default.master",
                "INSERT by audit.master",
            ]
        );
        assert_eq!(page.served(), ["SELECT by default.slave"]);
        assert_eq!(posts(&site).await, [row(1, "Cake", "Sugar")]);
        assert_eq!(
            audit(&site).await,
            [(Action::Created, 1), (Action::Edited, 1)]
        );
    }

    #[tokio::test]
    async fn deleted_post_is_gone_from_the_list_and_from_its_address() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        visitor.create(&site, "Bread", "Flour").await;
        visitor.create(&site, "Cake", "Sugar").await;
        let page = visitor.post(&site, "/posts/1/delete", &[]).await;
        assert_eq!((page.status, &*page.path), (StatusCode::OK, "/posts"));
        assert!(page.shows("Cake") && !page.shows("Bread"), "{}", page.html);
        assert_eq!(
            page.served_before(),
            ["DELETE by default.master", "INSERT by audit.master"]
        );
        let page = visitor.get(&site, "/posts/1").await;
        assert_is(&page, StatusCode::NOT_FOUND, "There is no such page.");
        assert_eq!(page.served(), ["SELECT by default.slave"]);
        assert_eq!(posts(&site).await, [row(2, "Cake", "Sugar")]);
        assert_eq!(audit(&site).await.last(), Some(&(Action::Deleted, 1)));
    }

    #[tokio::test]
    async fn statements_page_tells_the_texts_of_the_last_requests_and_no_values() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        visitor.create(&site, "s3cret-title", "s3cret-text").await;
        let page = visitor.get(&site, "/statements").await;
        let at = |text: &str| page.main().find(text).unwrap();
        assert!(at("GET /posts/1 (200)") < at("POST /posts (303)"));
        assert!(page.shows("INSERT INTO &quot;post&quot;"), "{}", page.html);
        assert!(page.shows("audit.master"), "{}", page.html);
        assert!(!page.html.contains("s3cret"), "{}", page.html);
        assert_eq!(page.served(), [""; 0]);
    }

    #[tokio::test]
    async fn statements_of_requests_at_the_same_time_are_not_mixed_up() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        for _ in 0..10 {
            let (list, audit, missing) = tokio::join!(
                visitor.get(&site, "/posts"),
                visitor.get(&site, "/audit"),
                visitor.get(&site, "/posts/7"),
            );
            let default = "SELECT by default.slave";
            assert_eq!(list.served(), [default, default]);
            assert_eq!(audit.served(), ["SELECT by audit.slave"]);
            assert_eq!(missing.served(), [default]);
        }
    }
}

mod mistakes {
    use super::*;

    #[tokio::test]
    async fn missing_post_is_404_however_it_is_asked_for() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        let form = [("title", "Cake"), ("text", "Sugar")];
        let pages = [
            visitor.get(&site, "/posts/7").await,
            visitor.get(&site, "/posts/7/edit").await,
            visitor.get(&site, "/posts?page=2").await,
            visitor.get(&site, "/posts?page=18446744073709551615").await,
            visitor.get(&site, "/no/such/page").await,
            visitor.post(&site, "/posts/7", &form).await,
            visitor.post(&site, "/posts/7/delete", &[]).await,
        ];
        for page in pages {
            assert_is(&page, StatusCode::NOT_FOUND, "There is no such page.");
        }
        assert_eq!(audit(&site).await, []);
    }

    #[tokio::test]
    async fn address_that_can_not_be_is_400() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        for path in [
            "/posts/x",
            "/posts/99999999999",
            "/posts?page=0",
            "/posts?page=x",
        ] {
            let page = visitor.get(&site, path).await;
            assert_is(&page, StatusCode::BAD_REQUEST, "<h1>Bad Request</h1>");
            assert_eq!(page.served(), [""; 0]);
        }
    }

    #[tokio::test]
    async fn invalid_form_is_422_and_comes_back_with_what_is_wrong() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        let long = "x".repeat(101);
        let cases = [
            (" ", "Flour", "The title is missing."),
            ("Bread", "", "The text is missing."),
            (&long, "Flour", "The title has more than 100 characters."),
            ("a\0b", "Flour", "The title has a character"),
        ];
        visitor.create(&site, "Bread", "Flour").await;
        for path in ["/posts", "/posts/1"] {
            for (title, text, fault) in cases {
                let form = [("title", title), ("text", text)];
                let page = visitor.post(&site, path, &form).await;
                assert_is(&page, StatusCode::UNPROCESSABLE_ENTITY, fault);
                assert!(page.shows(&format!("action=\"{path}\"")), "{}", page.html);
                assert!(page.shows(&format!("{text}</textarea>")), "{}", page.html);
                assert_eq!(page.served(), [""; 0]);
            }
            let page = visitor.post(&site, path, &[("title", "Bread")]).await;
            assert_is(&page, StatusCode::UNPROCESSABLE_ENTITY, "missing field");
        }
        assert_eq!(posts(&site).await, [row(1, "Bread", "Flour")]);
    }

    #[tokio::test]
    async fn what_users_write_is_shown_as_text_and_never_as_html() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        let evil = "<script>alert(\"1\")</script>'&\"><b>";
        let page = visitor.create(&site, evil, evil).await;
        assert_eq!(page.status, StatusCode::OK);
        let mut pages = vec![page];
        for path in ["/posts", "/posts/1/edit", "/posts/%3Cscript%3E"] {
            pages.push(visitor.get(&site, path).await);
        }
        pages.push(visitor.create(&site, evil, "").await);
        for page in pages {
            assert!(!page.html.contains("<script"), "{}", page.html);
            assert!(!page.html.contains("<b>"), "{}", page.html);
        }
        assert_eq!(posts(&site).await, [row(1, evil, evil)]);
    }

    #[tokio::test]
    async fn closed_database_is_503_without_details() {
        let site = Site::new().await;
        site.db().close_by_ref().await.unwrap();
        let visitor = Visitor::new();
        let pages = [
            visitor.get(&site, "/posts").await,
            visitor.create(&site, "Bread", "Flour").await,
        ];
        for page in pages {
            assert_is(
                &page,
                StatusCode::SERVICE_UNAVAILABLE,
                "The database did not answer as it should.",
            );
            assert!(!page.html.contains("sqlite"), "{}", page.html);
            assert!(!page.html.contains("closed"), "{}", page.html);
        }
    }

    #[tokio::test]
    async fn garbage_in_the_cookie_is_harmless() {
        let site = Site::new().await;
        let visitor = Visitor::new();
        visitor.create(&site, "Bread", "Flour").await;
        let long = format!("sea-orm-routing={}", "A".repeat(5000));
        let cookies = [
            "sea-orm-routing=",
            "sea-orm-routing=undefined",
            "sea-orm-routing=%00%ff;",
            "sea-orm-routing=AWRlZmF1bHQAAA; sea-orm-routing=x",
            "=;;==",
            &long,
        ];
        for cookie in cookies {
            let page = visitor.get_with_cookie(&site, "/posts/1", cookie).await;
            assert_is(&page, StatusCode::OK, "<h1>Bread</h1>");
            assert_eq!(page.served(), ["SELECT by default.slave"], "{cookie}");
        }
    }
}
