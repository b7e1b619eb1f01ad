//! Read-your-writes per request and browser, whichever connection, process or node serves it.

mod layer;

pub(crate) use layer::SessionLayer;
