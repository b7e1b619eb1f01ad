/// Why a slave could not run what looked like a read. The statement has done nothing, so it may run elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The statement writes, and the session, the transaction or the server is read-only.
    OfStatement,
    /// The server can't answer it in its present state, although another statement like it may be a read.
    OfState,
}
