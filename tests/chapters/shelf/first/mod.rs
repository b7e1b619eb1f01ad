pub(crate) mod book;
pub(crate) mod loan;
