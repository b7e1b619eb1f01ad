use std::{fmt, sync::Arc};

use arc_swap::ArcSwapOption;
use sea_orm::{
    DbErr, StatementBuilder,
    rbac::{PermissionRequest, RbacEngine, RbacError, RbacUserId, ResourceRequest},
};

/// The rules that all handles of a database share, once they are loaded.
#[derive(Clone, Default)]
pub(crate) struct Engine(Arc<ArcSwapOption<RbacEngine>>);

impl Engine {
    pub(crate) fn replace(&self, engine: RbacEngine) {
        self.0.store(Some(Arc::new(engine)));
    }

    /// # Errors
    /// SeaORM's when no rules are loaded.
    pub(crate) fn loaded(&self) -> Result<Arc<RbacEngine>, DbErr> {
        let missing = || DbErr::RbacError("engine not set up".to_owned());
        self.0.load_full().ok_or_else(missing)
    }

    /// Whether the user may do all that `statement` does.
    pub(crate) fn check<S: StatementBuilder>(
        &self,
        user: RbacUserId,
        statement: &S,
    ) -> Result<(), DbErr> {
        let engine = self.loaded()?;
        let audit = statement
            .audit()
            .map_err(|error| DbErr::RbacError(error.to_string()))?;
        for request in audit.requests {
            let action = request.access_type.as_str();
            let permission = || PermissionRequest {
                action: action.to_owned(),
            };
            let name = &request.schema_table;
            let resource = || ResourceRequest {
                schema: name.0.as_ref().map(|schema| schema.1.to_string()),
                table: name.1.to_string(),
            };
            let allowed = engine.user_can(user, permission(), resource());
            if !allowed.map_err(refused)? {
                return Err(DbErr::AccessDenied {
                    permission: action.to_owned(),
                    resource: resource().to_string(),
                });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loaded = self.0.load().is_some();
        f.debug_struct("Engine").field("loaded", &loaded).finish()
    }
}

pub(crate) fn refused(error: RbacError) -> DbErr {
    DbErr::RbacError(error.to_string())
}
