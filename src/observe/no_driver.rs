//! Without a driver there are no errors of drivers.

use sea_orm::DbErr;

use super::{Fault, Refusal};

pub(super) fn fault(_: &DbErr) -> Option<Fault> {
    None
}

pub(super) fn code(_: &DbErr) -> Option<String> {
    None
}

pub(super) fn is_acquire_timeout(_: &DbErr) -> bool {
    false
}

pub(super) fn refusal(_: &DbErr) -> Option<Refusal> {
    None
}

pub(super) fn has_begun(_: &DbErr) -> bool {
    false
}

pub(super) fn is_login_refused(_: &DbErr) -> bool {
    false
}

pub(super) fn is_of_read_only_session(_: &DbErr) -> bool {
    false
}

pub(super) fn is_undone(_: &DbErr) -> bool {
    false
}

pub(super) fn is_of_server(_: &DbErr) -> bool {
    false
}
