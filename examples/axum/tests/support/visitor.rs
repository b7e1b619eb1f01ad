use reqwest::{Client, RequestBuilder, header::COOKIE};

use super::{Page, Site};

/// A browser as far as HTTP goes: it follows redirects and keeps cookies, for all ports of a host.
///
/// Each request has a connection of its own: axum serves those of one connection in one task, which the crate takes
/// for one session, and that would hide whether the cookie does its work.
pub(crate) struct Visitor(Client);

impl Visitor {
    pub(crate) fn new() -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .pool_max_idle_per_host(0)
            .no_proxy();
        Self(client.build().unwrap())
    }

    pub(crate) async fn get(&self, site: &Site, path: &str) -> Page {
        send(self.0.get(site.url(path))).await
    }

    pub(crate) async fn get_with_cookie(&self, site: &Site, path: &str, cookie: &str) -> Page {
        send(self.0.get(site.url(path)).header(COOKIE, cookie)).await
    }

    /// Sends a form, and follows to the page after it.
    pub(crate) async fn post(&self, site: &Site, path: &str, form: &[(&str, &str)]) -> Page {
        send(self.0.post(site.url(path)).form(form)).await
    }

    /// Creates a post and arrives at its page.
    pub(crate) async fn create(&self, site: &Site, title: &str, text: &str) -> Page {
        self.post(site, "/posts", &[("title", title), ("text", text)])
            .await
    }
}

async fn send(request: RequestBuilder) -> Page {
    Page::of(request.send().await.unwrap()).await
}
