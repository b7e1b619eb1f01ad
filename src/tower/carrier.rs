use std::{borrow::Cow, sync::Once, time::Duration};

use cookie::Cookie;
pub use cookie::SameSite;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use tracing::warn;

use crate::events::CONFIG;

/// What carries the token from one request to the next: a cookie, or a header.
#[derive(Clone, Debug)]
pub(super) struct Carrier {
    pub(super) header: Option<HeaderName>,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) is_secure: bool,
    pub(super) same_site: SameSite,
    /// `None` for as long as a slave may lag behind its master.
    pub(super) max_age: Option<Duration>,
}

impl Default for Carrier {
    fn default() -> Self {
        Self {
            header: None,
            name: "sea-orm-routing".to_owned(),
            path: "/".to_owned(),
            is_secure: false,
            same_site: SameSite::Lax,
            max_age: None,
        }
    }
}

impl Carrier {
    /// The token that a request brings.
    pub(super) fn token(&self, headers: &HeaderMap) -> Option<String> {
        let values = headers.get_all(self.header.as_ref().unwrap_or(&COOKIE));
        // A cookie of somebody else need not be ASCII.
        let mut texts = values
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        if self.header.is_some() {
            return texts.next().map(Cow::into_owned);
        }
        texts
            .flat_map(|text| Cookie::split_parse(text.into_owned()).collect::<Vec<_>>())
            .filter_map(Result::ok)
            .find(|cookie| cookie.name() == self.name)
            .map(|cookie| cookie.value_trimmed().to_owned())
    }

    /// Has the next requests bring `token`, for no longer than a slave may `lag`.
    pub(super) fn send(&self, token: String, lag: Duration, headers: &mut HeaderMap) {
        let value = match &self.header {
            Some(_) => HeaderValue::from_str(&token),
            None => HeaderValue::from_str(&self.cookie(token, lag).to_string()),
        };
        // Names and paths were checked, and a token is of letters and digits.
        let Ok(value) = value else { return };
        if self.is_taken(headers) {
            self.warn_once();
        }
        match &self.header {
            Some(name) => drop(headers.insert(name.clone(), value)),
            None => drop(headers.append(SET_COOKIE, value)),
        }
    }

    /// Whether a layer inside of this one has sent another token by the same name.
    fn is_taken(&self, headers: &HeaderMap) -> bool {
        match &self.header {
            Some(name) => headers.contains_key(name),
            None => headers.get_all(SET_COOKIE).iter().any(|value| {
                let named = value.as_bytes().strip_prefix(self.name.as_bytes());
                named.is_some_and(|rest| rest.starts_with(b"="))
            }),
        }
    }

    fn warn_once(&self) {
        static WARNED: Once = Once::new();
        let name = self
            .header
            .as_ref()
            .map_or(&*self.name, |name| name.as_str());
        WARNED.call_once(|| {
            warn!(
                target: CONFIG, name,
                "two session layers, of two databases, send their tokens by one name, and the browser keeps only the outer layer's token: \
                 give one layer a `cookie_name` or `header` of its own"
            );
        });
    }

    fn cookie(&self, token: String, lag: Duration) -> Cookie<'static> {
        let max_age = self.max_age.unwrap_or(lag);
        let seconds = max_age.as_secs() + u64::from(max_age.subsec_nanos() > 0);
        let seconds = seconds.try_into().unwrap_or(i64::MAX);
        Cookie::build((self.name.clone(), token))
            .path(self.path.clone())
            .max_age(cookie::time::Duration::seconds(seconds))
            .http_only(true)
            .secure(self.is_secure)
            .same_site(self.same_site)
            .build()
    }
}

/// Whether a cookie may have that name: a token of HTTP (RFC 6265, section 4.1.1), as a header's is.
pub(super) fn is_cookie_name(name: &str) -> bool {
    HeaderName::from_bytes(name.as_bytes()).is_ok()
}

/// Whether a cookie may have that path (RFC 6265, section 4.1.1).
pub(super) fn is_cookie_path(path: &str) -> bool {
    let may_be_there = |byte| matches!(byte, b' '..=b'~') && byte != b';';
    path.starts_with('/') && path.bytes().all(may_be_there)
}
