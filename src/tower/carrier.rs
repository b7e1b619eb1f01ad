use std::{sync::Once, time::Duration};

use cookie::Cookie;
pub use cookie::SameSite;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use tracing::warn;

use crate::events::CONFIG;

/// Hexadecimal digits behind a cookie's name.
const DIGITS: usize = 8;

/// Most cookies that one response ends.
const MOST_ENDED: usize = 32;

/// What carries the token from one request to the next: cookies, or a header.
///
/// A response adds a cookie with a name of its own, of its session's token, which holds what all tokens that the request brought
/// hold, and ends those. So whichever of two responses the browser gets first, no cookie is overwritten, and none ends
/// that is not in another one: what a browser has got is always in the cookies that it keeps, of which there are no more than
/// requests that wrote at once.
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
    /// The tokens that a request brings, whoever has set them: each may say what the others do not.
    pub(super) fn tokens(&self, headers: &HeaderMap) -> Vec<Brought> {
        let values = headers.get_all(self.header.as_ref().unwrap_or(&COOKIE));
        // A cookie of somebody else need not be ASCII.
        let texts = values
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        if self.header.is_some() {
            let brought = |token| Brought {
                name: String::new(),
                token,
            };
            return texts.map(brought).collect();
        }
        texts
            .flat_map(|text| Cookie::split_parse(text).collect::<Vec<_>>())
            .filter_map(Result::ok)
            .filter(|cookie| self.is_ours(cookie.name()))
            .map(|cookie| Brought {
                name: cookie.name().to_owned(),
                token: cookie.value_trimmed().to_owned(),
            })
            .collect()
    }

    /// Has the next requests bring `token`, for no longer than a slave may `lag`, and no more those that were `brought` and that it
    /// holds.
    pub(super) fn send(
        &self,
        token: &str,
        lag: Duration,
        brought: impl Iterator<Item = Brought>,
        headers: &mut HeaderMap,
    ) {
        if self.is_taken(headers) {
            self.warn_once();
        }
        if let Some(name) = &self.header {
            // A token is of letters and digits.
            if let Ok(value) = HeaderValue::from_str(token)
                && !token.is_empty()
            {
                headers.insert(name.clone(), value);
            }
            return;
        }
        if !token.is_empty() {
            let name = format!("{}.{:0DIGITS$x}", self.name, rand::random::<u32>());
            let max_age = self.max_age.unwrap_or(lag);
            append(self.cookie(name, token.to_owned(), max_age), headers);
        }
        for brought in brought.take(MOST_ENDED) {
            let ended = self.cookie(brought.name, String::new(), Duration::ZERO);
            append(ended, headers);
        }
    }

    /// Whether a cookie of that name is one of this carrier's.
    fn is_ours(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&*self.name);
        rest.is_some_and(|rest| rest.is_empty() || is_own_part(rest))
    }

    /// Whether a layer inside of this one has sent another token by the same name.
    fn is_taken(&self, headers: &HeaderMap) -> bool {
        match &self.header {
            Some(name) => headers.contains_key(name),
            None => headers.get_all(SET_COOKIE).iter().any(|value| {
                let name = value.to_str().ok().and_then(|set| set.split_once('='));
                name.is_some_and(|(name, _)| self.is_ours(name))
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
                "two session layers, of two databases, send their tokens by one name, of which each ends the other's: \
                 give one of them a `cookie_name` or `header` of its own"
            );
        });
    }

    /// Whether browsers drop the cookie, without a word, unless it is sent by TLS only
    /// (<https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie>).
    fn must_be_secure(&self) -> bool {
        self.same_site == SameSite::None
            || [HOST, SECURE]
                .iter()
                .any(|prefix| begins_with(&self.name, prefix))
    }

    /// Whether browsers take its cookie for that path.
    pub(super) fn is_for_path(&self) -> bool {
        self.path == "/" || !begins_with(&self.name, HOST)
    }

    fn cookie(&self, name: String, token: String, max_age: Duration) -> Cookie<'static> {
        let seconds = max_age.as_secs() + u64::from(max_age.subsec_nanos() > 0);
        let seconds = seconds.try_into().unwrap_or(i64::MAX);
        Cookie::build((name, token))
            .path(self.path.clone())
            .max_age(cookie::time::Duration::seconds(seconds))
            .http_only(true)
            .secure(self.is_secure || self.must_be_secure())
            .same_site(self.same_site)
            .build()
    }
}

/// Names that begin so promise the whole host, and TLS.
const HOST: &str = "__Host-";
const SECURE: &str = "__Secure-";

/// Browsers compare without regard to case.
fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

/// A token that a request has brought.
#[derive(Debug)]
pub(super) struct Brought {
    /// The cookie's.
    name: String,
    pub(super) token: String,
}

/// Whether it is what one response has put behind the name.
fn is_own_part(rest: &str) -> bool {
    let digits = rest.strip_prefix('.').unwrap_or_default();
    digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn append(cookie: Cookie<'_>, headers: &mut HeaderMap) {
    // Names and paths were checked.
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(SET_COOKIE, value);
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
