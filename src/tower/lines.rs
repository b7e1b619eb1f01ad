use std::sync::Once;

use http::{HeaderMap, HeaderName, HeaderValue, header::SET_COOKIE};
use tracing::warn;

use crate::{carrier::SessionCarrier, events::CONFIG};

/// Adds to a response what carries its session's token.
pub(super) fn add(carrier: &SessionCarrier, lines: Vec<(String, String)>, headers: &mut HeaderMap) {
    if !lines.is_empty() && is_taken(carrier, headers) {
        warn_once(carrier);
    }
    for (name, value) in lines {
        // Names and paths were checked, and a token is of letters and digits.
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        else {
            continue;
        };
        match name == SET_COOKIE {
            true => drop(headers.append(name, value)),
            false => drop(headers.insert(name, value)),
        }
    }
}

/// Whether a layer inside of this one has sent another token by the same name.
fn is_taken(carrier: &SessionCarrier, headers: &HeaderMap) -> bool {
    let mut lines = headers.iter();
    lines.any(|(name, value)| carrier.is_own_line(name.as_str(), value.as_bytes()))
}

fn warn_once(carrier: &SessionCarrier) {
    static WARNED: Once = Once::new();
    let name = carrier.sends();
    WARNED.call_once(|| {
        warn!(
            target: CONFIG, name,
            "two session layers, of two databases, send their tokens by one name, of which each ends the other's: \
             give one of them a `cookie_name` or `header` of its own"
        );
    });
}
