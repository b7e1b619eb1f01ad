/// Why a server did not answer what looked like a read. The statement has done nothing, so it may run elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The statement writes, and the session, the transaction or the server is read-only.
    OfStatement,
    /// The server can't answer it by what it holds and does at present: its schema, its data, its recovery. The same
    /// statement may be right on a server that holds more.
    OfState,
}
