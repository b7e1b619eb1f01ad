use std::num::NonZeroU64;

use axum::{
    Form,
    extract::{FromRequest, FromRequestParts, Path, Query},
};
use serde::Deserialize;

use crate::{draft::Draft, problem::Problem};

/// The post that the path names.
#[derive(Debug, Deserialize, FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
pub(super) struct PostId(pub(super) i32);

/// The page of the list that the query names; the first is 1.
#[derive(Debug, Deserialize, FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
pub(super) struct PageQuery {
    page: Option<NonZeroU64>,
}

impl PageQuery {
    pub(super) fn number(&self) -> u64 {
        self.page.map_or(1, NonZeroU64::get)
    }
}

/// What a form sends.
#[derive(Debug, Deserialize, FromRequest)]
#[from_request(via(Form), rejection(Problem))]
#[serde(transparent)]
pub(super) struct Submitted(pub(super) Draft);

pub(super) fn address_of(id: i32) -> String {
    format!("/posts/{id}")
}
