pub(crate) mod book;
