/// One server's built-ins, each list sorted and in lower case.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) reads: &'static [&'static str],
    pub(super) writes: &'static [&'static str],
    pub(super) session: &'static [&'static str],
    pub(super) server: &'static [&'static str],
}
