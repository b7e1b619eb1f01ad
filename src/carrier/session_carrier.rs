use std::time::Duration;

use cookie::{Cookie, SameSite};

use super::{
    CarriedSession,
    tokens::{Brought, in_cookies, in_lines, is_of, own_name},
};
use crate::{
    config::{ConfigError, ConfigProblem, YEAR},
    database::RoutingDatabase,
};

/// Most cookies that one response ends.
const MOST_ENDED: usize = 32;

const TOKEN: &str = "a token of HTTP: letters, digits and `!#$%&'*+-.^_`|~`";
/// Names that begin so promise the whole host, and TLS.
const HOST: &str = "__Host-";
const SECURE: &str = "__Secure-";

const HOSTS_PATH: &str = "`/`, as browsers drop a cookie `__Host-…` with another path";
const PATH: &str = "a path that begins with `/`, in printable ASCII without `;`";

/// What carries a session's token from one request to the next: cookies, or a header.
///
/// The requests of one browser belong together. A token ([`RoutingDatabase::token`]) in a cookie says what they have written. A request
/// that has written sets the cookie, and the requests that follow read it. The token holds no secret and is not signed; see `token`.
///
/// A response adds a cookie with a name of its own. The cookie holds what all tokens that the request brought hold, and the response
/// ends those. So whichever of two responses the browser gets first, no cookie is overwritten, and none ends
/// that is not in another one: what a browser has got is always in the cookies that it keeps. A browser has as many as requests wrote at
/// once, and one after the next write.
///
/// ```
/// # fn carrier() -> Result<(), sea_orm_routing::ConfigError> {
/// use sea_orm_routing::carrier::SessionCarrier;
///
/// let by_cookie = SessionCarrier::new().cookie_name("shop-session")?.secure(true);
/// let by_header = SessionCarrier::new().header("x-session")?;
/// assert_eq!((by_cookie.reads(), by_header.reads()), ("cookie", "x-session"));
/// # Ok(()) }
/// # carrier().unwrap();
/// ```
#[doc(alias = "sticky")]
#[doc(alias = "read_your_writes")]
#[derive(Clone, Debug)]
pub struct SessionCarrier {
    header: Option<String>,
    name: String,
    path: String,
    is_secure: bool,
    same_site: SameSite,
    /// `None` for as long as a slave may lag behind its master.
    max_age: Option<Duration>,
}

impl Default for SessionCarrier {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionCarrier {
    /// Cookies `sea-orm-routing` for the whole site (`Path=/`, `HttpOnly`, `SameSite=Lax`). A cookie ends when no slave
    /// that serves reads can lack what it stands for: after the longest `max_lag` of the binds, or the time that `freshness` assumes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            header: None,
            name: "sea-orm-routing".to_owned(),
            path: "/".to_owned(),
            is_secure: false,
            same_site: SameSite::Lax,
            max_age: None,
        }
    }

    /// Another name for the cookies, each of which has digits of its own behind it. Cookies of a name that begins with `__Host-` or
    /// `__Secure-` are [`secure`](Self::secure).
    ///
    /// # Errors
    /// No cookie may have that name, or it begins with `__Host-` and the path is not `/`.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Result<Self, ConfigError> {
        self.name = checked("cookie name", name.into(), is_token, TOKEN)?;
        self.for_path()
    }

    /// The part of the site that gets the cookie: `/shop`.
    ///
    /// # Errors
    /// It does not begin with `/`, holds what may not stand in a cookie, or is not `/` for a name that begins with `__Host-`.
    pub fn cookie_path(mut self, path: impl Into<String>) -> Result<Self, ConfigError> {
        self.path = checked("cookie path", path.into(), is_cookie_path, PATH)?;
        self.for_path()
    }

    fn for_path(self) -> Result<Self, ConfigError> {
        let is_right = |path: &str| path == "/" || !begins_with(&self.name, HOST);
        checked("cookie path", self.path.clone(), is_right, HOSTS_PATH)?;
        Ok(self)
    }

    /// Whether the browser sends the cookie by TLS only. Off by default, as a site without TLS would never see the cookie again.
    #[must_use]
    pub fn secure(mut self, is_secure: bool) -> Self {
        self.is_secure = is_secure;
        self
    }

    /// Whether other sites' links and forms bring the cookie along. With `SameSite::None` it is [`secure`](Self::secure), since browsers
    /// drop it otherwise.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// How long the browser keeps the cookie, in whole seconds, rounded up; at most a year.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age.min(YEAR));
        self
    }

    /// Has a header of request and response carry the token, in place of a cookie. A client sends with its requests the token that it
    /// got last. Who sends requests at once sends what each of their responses brought, in a header line for each.
    ///
    /// # Errors
    /// No header may have that name.
    pub fn header(self, name: impl Into<String>) -> Result<Self, ConfigError> {
        let name = checked("header", name.into(), is_token, TOKEN)?;
        Ok(self.of_header(&name))
    }

    /// The same by a name that was checked.
    pub(crate) fn of_header(mut self, name: &str) -> Self {
        self.header = Some(name.to_ascii_lowercase());
        self
    }

    /// The request's header that [`begin`](Self::begin) wants the values of: `cookie`, or that of [`header`](Self::header).
    #[must_use]
    pub fn reads(&self) -> &str {
        self.header.as_deref().unwrap_or("cookie")
    }

    /// The session of a request. `lines` are all values of the header that [`reads`](Self::reads) names, as they came. What is no token
    /// is passed over, and so is what is no text.
    ///
    /// The session is as `db` is: give `db.preventing_writes()` for a request that must only read, `db.recording(100)` for a list of
    /// its statements, `db.bind("reports")?` for the tables that no entity claims.
    pub fn begin(
        &self,
        db: &RoutingDatabase,
        lines: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> CarriedSession {
        // A cookie of somebody else need not be ASCII.
        let lines = lines.into_iter();
        let lines = lines.map(|line| String::from_utf8_lossy(line.as_ref()).into_owned());
        let brought = match self.header {
            Some(_) => in_lines(lines),
            None => in_cookies(lines, &self.name),
        };
        CarriedSession::new(self.clone(), db, brought)
    }

    /// Has the next requests bring `token`, for no longer than a slave may `lag`, and no more those that were `brought` and that it
    /// holds.
    pub(super) fn lines(
        &self,
        token: String,
        lag: Duration,
        brought: impl Iterator<Item = Brought>,
    ) -> Vec<(String, String)> {
        let new = (!token.is_empty()).then_some(token);
        if let Some(name) = &self.header {
            return new.map(|token| (name.clone(), token)).into_iter().collect();
        }
        let max_age = self.max_age.unwrap_or(lag);
        let new = new.map(|token| self.cookie(own_name(&self.name), token, max_age));
        let ended = brought.take(MOST_ENDED);
        let ended = ended.map(|old| self.cookie(old.name, String::new(), Duration::ZERO));
        let cookies = new.into_iter().chain(ended);
        let line = |cookie: Cookie<'_>| ("set-cookie".to_owned(), cookie.to_string());
        cookies.map(line).collect()
    }

    /// Whether a line of a response is such as this one's.
    #[cfg(feature = "tower")]
    pub(crate) fn is_own_line(&self, name: &str, value: &[u8]) -> bool {
        match &self.header {
            Some(own) => own == name,
            None => {
                let value = std::str::from_utf8(value).ok();
                let set = value.and_then(|set| set.split_once('='));
                name == "set-cookie" && set.is_some_and(|(found, _)| is_of(&self.name, found))
            }
        }
    }

    /// By which name its responses send a token.
    #[cfg(feature = "tower")]
    pub(crate) fn sends(&self) -> &str {
        self.header.as_deref().unwrap_or(&self.name)
    }

    /// Whether browsers drop the cookie, without a word, unless it is sent by TLS only
    /// (<https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie>).
    fn must_be_secure(&self) -> bool {
        self.same_site == SameSite::None
            || [HOST, SECURE]
                .iter()
                .any(|prefix| begins_with(&self.name, prefix))
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

/// Browsers compare without regard to case.
fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

fn checked(
    key: &str,
    found: String,
    is_right: impl FnOnce(&str) -> bool,
    expected: &str,
) -> Result<String, ConfigError> {
    match is_right(&found) {
        true => Ok(found),
        false => Err(ConfigError::new(
            "session carrier",
            vec![ConfigProblem {
                line: None,
                key: key.to_owned(),
                found: format!("`{found}`"),
                expected: expected.to_owned(),
            }],
        )),
    }
}

/// Whether it is a token of HTTP (RFC 9110, section 5.6.2), as the names of cookies and headers are.
fn is_token(name: &str) -> bool {
    let may_be_there =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(may_be_there)
}

/// Whether a cookie may have that path (RFC 6265, section 4.1.1).
fn is_cookie_path(path: &str) -> bool {
    let may_be_there = |byte| matches!(byte, b' '..=b'~') && byte != b';';
    path.starts_with('/') && path.bytes().all(may_be_there)
}
