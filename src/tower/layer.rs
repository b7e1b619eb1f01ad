use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderName, request::Parts};
use tower_layer::Layer;

use super::{
    SameSite, SessionService,
    carrier::{Carrier, is_cookie_name, is_cookie_path},
};
use crate::{
    config::{ConfigError, ConfigProblem, YEAR},
    database::RoutingDatabase,
    error::RoutingError,
};

/// Makes each request a session that reads what the requests before it have written.
///
/// The requests of one browser belong together. A token ([`RoutingDatabase::token`]) in a cookie says what they have written. A request
/// that has written sets the cookie, and the requests that follow read it. The cookie ends when no slave can lack any more what the
/// token stands for. The token holds no secret and is not signed; see `token`. A program that calls the service may have the token in
/// a header instead: [`header`](Self::header).
///
/// Requests of one browser that write at once, to one bind or several, take nothing from each other, in whichever order their
/// responses arrive. Each response sets a cookie of its own, `sea-orm-routing.` with eight digits, and ends the cookies that its
/// request brought and whose content is in it. So a browser has as many as requests wrote at once, and one after the next write.
///
/// While a request is served, the handles of its database belong to its session, without a word in the handlers. They also do
/// while the body of the response is streamed. A write of that time is in no cookie any more. Neither is a write of a request that
/// ended with an error of its service. Tasks that are spawned do not belong to the session. For them the
/// session's handle is among the request's extensions (`Extension<RoutingDatabase>` in axum).
///
/// An application with two databases has a layer for each, one inside the other, each with a
/// [`cookie_name`](Self::cookie_name) or [`header`](Self::header) of its own. A request is then a session of each. A database
/// without a layer belongs to the session of the outer layer, but sends no token. The extension is the inner layer's.
///
/// A request that has written asks the master of each bind that it wrote for its position, once, before the response
/// begins. A response with a cookie is nobody else's: shared caches must not keep it.
///
/// ```
/// use axum::Router;
/// use sea_orm_routing::{RoutingDatabase, tower::SessionLayer};
///
/// fn app(db: RoutingDatabase) -> Result<Router, sea_orm_routing::ConfigError> {
///     let layer = SessionLayer::new(db).cookie_name("shop-session")?.secure(true).preventing_writes_of_safe_methods();
///     Ok(Router::new().layer(layer))
/// }
/// # let _ = app;
/// ```
#[doc(alias = "sticky")]
#[doc(alias = "read_your_writes")]
#[derive(Clone)]
pub struct SessionLayer {
    db: RoutingDatabase,
    carrier: Carrier,
    prevents_writes: bool,
    recording: Option<usize>,
    handle: Option<HandleOf>,
}

/// Says where the statements of a request go.
pub(super) type HandleOf =
    Arc<dyn Fn(&RoutingDatabase, &Parts) -> Result<RoutingDatabase, RoutingError> + Send + Sync>;

impl SessionLayer {
    /// A layer with a cookie `sea-orm-routing` for the whole site (`Path=/`, `HttpOnly`, `SameSite=Lax`). The cookie ends when no slave
    /// that serves reads can lack what it stands for: after the longest `max_lag` of the binds, or the time that `freshness` assumes.
    #[must_use]
    pub fn new(db: RoutingDatabase) -> Self {
        Self {
            db,
            carrier: Carrier::default(),
            prevents_writes: false,
            recording: None,
            handle: None,
        }
    }

    /// Another name for the cookies, each of which has digits of its own behind it. Cookies of a name that begins with `__Host-` or
    /// `__Secure-` are [`secure`](Self::secure).
    ///
    /// # Errors
    /// No cookie may have that name, or it begins with `__Host-` and the path is not `/`.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Result<Self, ConfigError> {
        self.carrier.name = checked("cookie name", name.into(), is_cookie_name, NAME)?;
        self.for_path()
    }

    /// The part of the site that gets the cookie: `/shop`.
    ///
    /// # Errors
    /// It does not begin with `/`, holds what may not stand in a cookie, or is not `/` for a name that begins with `__Host-`.
    pub fn cookie_path(mut self, path: impl Into<String>) -> Result<Self, ConfigError> {
        self.carrier.path = checked("cookie path", path.into(), is_cookie_path, PATH)?;
        self.for_path()
    }

    fn for_path(self) -> Result<Self, ConfigError> {
        let path = self.carrier.path.clone();
        checked("cookie path", path, |_| self.carrier.is_for_path(), HOST)?;
        Ok(self)
    }

    /// Whether the browser sends the cookie by TLS only. Off by default, as a site without TLS would never see the cookie again.
    #[must_use]
    pub fn secure(mut self, is_secure: bool) -> Self {
        self.carrier.is_secure = is_secure;
        self
    }

    /// Whether other sites' links and forms bring the cookie along. With `SameSite::None` it is [`secure`](Self::secure), since browsers
    /// drop it otherwise.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.carrier.same_site = same_site;
        self
    }

    /// How long the browser keeps the cookie, in whole seconds, rounded up; at most a year.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.carrier.max_age = Some(max_age.min(YEAR));
        self
    }

    /// Has a header of request and response carry the token, in place of a cookie. A client sends with its requests the token that it
    /// got last. The response of a request that has written has the header. Who sends requests at once sends what each of their responses
    /// brought, in a header line for each.
    #[must_use]
    pub fn header(mut self, name: HeaderName) -> Self {
        self.carrier.header = Some(name);
        self
    }

    /// Lets `GET`, `HEAD`, `OPTIONS` and `TRACE` only read: see [`RoutingDatabase::preventing_writes`].
    #[must_use]
    pub fn preventing_writes_of_safe_methods(mut self) -> Self {
        self.prevents_writes = true;
        self
    }

    /// Has each request's statements go where another handle says. `handle` makes that handle of the request's own, from the request's host,
    /// path or headers. The statements run as inside the [`scope`](RoutingDatabase::scope) of that handle: a tenant's bind, a handle with
    /// values for a [`rule`](crate::rule), or the handle as it was given.
    ///
    /// With an error, the request is served all the same, so that it can be answered. A statement that has no bind of its own then
    /// meets that error, and is not sent. A host's name is the client's word: make no bind of it that the client must not reach.
    ///
    /// ```
    /// # use sea_orm_routing::{RoutingDatabase, tower::SessionLayer};
    /// # fn layer(db: RoutingDatabase) -> SessionLayer {
    /// SessionLayer::new(db).handle(|db, request| {
    ///     // HTTP/2 has it in the URI.
    ///     let header = || request.headers.get("host")?.to_str().ok();
    ///     let host = request.uri.host().or_else(header);
    ///     let tenant = host.and_then(|host| host.split_once('.')).map_or("", |(tenant, _)| tenant);
    ///     db.bind(&format!("tenant-{tenant}"))
    /// })
    /// # }
    /// ```
    #[must_use]
    pub fn handle(
        mut self,
        handle: impl Fn(&RoutingDatabase, &Parts) -> Result<RoutingDatabase, RoutingError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.handle = Some(Arc::new(handle));
        self
    }

    /// Lists each request's last `most` statements. [`RoutingDatabase::statements`] tells them in the request's handlers, and in what wraps
    /// the handlers inside this layer. See [`RoutingDatabase::recording`].
    #[must_use]
    pub fn recording(mut self, most: usize) -> Self {
        self.recording = Some(most);
        self
    }
}

const NAME: &str = "a token of HTTP: letters, digits and `!#$%&'*+-.^_`|~`";
const HOST: &str = "`/`, as browsers drop a cookie `__Host-…` with another path";
const PATH: &str = "a path that begins with `/`, in printable ASCII without `;`";

fn checked(
    key: &str,
    found: String,
    is_right: impl FnOnce(&str) -> bool,
    expected: &str,
) -> Result<String, ConfigError> {
    match is_right(&found) {
        true => Ok(found),
        false => Err(ConfigError::new(
            "session layer",
            vec![ConfigProblem {
                line: None,
                key: key.to_owned(),
                found: format!("`{found}`"),
                expected: expected.to_owned(),
            }],
        )),
    }
}

impl fmt::Debug for SessionLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionLayer")
            .field("carrier", &self.carrier)
            .field("prevents_writes", &self.prevents_writes)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService {
            db: self.db.clone(),
            carrier: self.carrier.clone(),
            prevents_writes: self.prevents_writes,
            recording: self.recording,
            handle: self.handle.clone(),
            inner,
        }
    }
}
