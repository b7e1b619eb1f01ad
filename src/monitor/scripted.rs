use std::sync::Arc;

use async_trait::async_trait;

use super::{
    probe::Probe,
    report::{ProbeFailure, Report},
};
use crate::{
    config::Roles,
    freshness::{Moment, Source},
    node::{Opener, Role},
    observe::Fault,
};

/// Asks a server that is only played.
#[derive(Debug)]
pub(super) struct ScriptedProbe {
    opener: Arc<dyn Opener>,
}

impl ScriptedProbe {
    /// `None` for nodes that are servers.
    pub(super) fn new(opener: &Arc<dyn Opener>) -> Option<Self> {
        opener.script()?;
        Some(Self {
            opener: opener.clone(),
        })
    }
}

#[async_trait]
impl Probe for ScriptedProbe {
    async fn ask(&mut self, _: Role, _: Source, _: Roles) -> Result<Report, ProbeFailure> {
        let opened = Moment::now();
        let said = match self.opener.script() {
            Some(script) => script.said().await,
            None => Err(Fault::Refused),
        };
        let said = said.map_err(|fault| ProbeFailure {
            text: fault.to_string(),
            fault: Some(fault),
            is_answer: false,
            is_login_refused: false,
        })?;
        Ok(Report {
            opened,
            life: None,
            is_writer: said.is_writer,
            follows: Ok(!said.is_writer),
            position: Ok(said.position.clone()),
            claim: Some(said.position),
        })
    }

    /// It has no sessions but the application's.
    async fn ask_inside(&mut self, _: Role, _: Source, _: Roles) -> Option<Report> {
        None
    }
}
