use sea_orm::{
    DbErr, StatementBuilder,
    rbac::{
        PermissionRequest, RbacEngine, RbacPermissionsByResources, RbacResourcesAndPermissions,
        RbacRoleHierarchyList, RbacRolesAndRanks, RbacUserId, RbacUserRolePermissions,
        ResourceRequest, entity::role::RoleId,
    },
};

use crate::{
    database::RoutingDatabase,
    engine::{Engine, refused},
    transaction::RoutingTransaction,
};

/// A handle or transaction of one user: each statement is checked against the user's roles before it is routed, so
/// that a forbidden one reaches no node.
///
/// Stands where an application had SeaORM's `RestrictedConnection` and `RestrictedTransaction`. As there, statements
/// that are given as SQL text are refused.
#[derive(Clone, Debug)]
pub struct Restricted<C> {
    pub(super) user: RbacUserId,
    pub(super) inner: C,
    pub(super) engine: Engine,
}

/// What [`RoutingDatabase::restricted_for`] gives; stands for SeaORM's `RestrictedConnection`.
pub type RestrictedDatabase = Restricted<RoutingDatabase>;

/// A transaction of a [`RestrictedDatabase`]; stands for SeaORM's type of the same name.
pub type RestrictedTransaction = Restricted<RoutingTransaction>;

/// Role-based access control, with SeaORM's rules and tables.
impl RoutingDatabase {
    /// Loads the rules of all handles from the master of this handle's bind, in place of those loaded before.
    ///
    /// # Errors
    /// The driver's.
    pub async fn load_rbac(&self) -> Result<(), DbErr> {
        self.load_rbac_from(self).await
    }

    /// Loads the rules of all handles of this database from the master of `database`'s bind. That may be another
    /// bind or another database: `db.load_rbac_from(&db.bind("accounts")?)`.
    ///
    /// # Errors
    /// The driver's.
    pub async fn load_rbac_from(&self, database: &Self) -> Result<(), DbErr> {
        let handle = database.clone();
        let engine = match handle.home.outfit {
            Some(_) => RbacEngine::load_from(&handle.master_connection()).await?,
            None => RbacEngine::load_from(&handle.home.connection).await?,
        };
        self.replace_rbac(engine);
        Ok(())
    }

    /// Takes `engine`'s rules for all handles, in place of those loaded before.
    pub fn replace_rbac(&self, engine: RbacEngine) {
        self.engine.replace(engine);
    }

    /// This handle for one user. The user's statements are checked before they are routed.
    ///
    /// # Errors
    /// [`DbErr::RbacError`] when no rules are loaded.
    pub fn restricted_for(&self, user_id: RbacUserId) -> Result<RestrictedDatabase, DbErr> {
        self.engine.loaded()?;
        Ok(Restricted {
            user: user_id,
            inner: self.clone(),
            engine: self.engine.clone(),
        })
    }
}

impl<C> Restricted<C> {
    /// The user whose statements these are.
    pub fn user_id(&self) -> RbacUserId {
        self.user
    }

    /// Checks `statement` without running it.
    ///
    /// # Errors
    /// [`DbErr::AccessDenied`] names the permission and the table that the user lacks.
    pub fn user_can_run<S: StatementBuilder>(&self, statement: &S) -> Result<(), DbErr> {
        self.engine.check(self.user, statement)
    }

    /// Whether the user may do `permission` to `resource`.
    ///
    /// # Errors
    /// [`DbErr::RbacError`] when the user has no role.
    pub fn user_can<P, R>(&self, permission: P, resource: R) -> Result<bool, DbErr>
    where
        P: Into<PermissionRequest>,
        R: Into<ResourceRequest>,
    {
        let engine = self.engine.loaded()?;
        let allowed = engine.user_can(self.user, permission, resource);
        allowed.map_err(refused)
    }

    /// The user's role with its permissions, those of the roles below it among them.
    ///
    /// # Errors
    /// [`DbErr::RbacError`] when the user has no role.
    pub fn current_user_role_permissions(&self) -> Result<RbacUserRolePermissions, DbErr> {
        let engine = self.engine.loaded()?;
        engine.get_user_role_permissions(self.user).map_err(refused)
    }

    /// All roles with their ranks: one more than the roles below each.
    ///
    /// # Errors
    /// [`DbErr::RbacError`] when the rules contradict themselves.
    pub fn roles_and_ranks(&self) -> Result<RbacRolesAndRanks, DbErr> {
        self.engine.loaded()?.get_roles_and_ranks().map_err(refused)
    }

    /// All resources and permissions.
    ///
    /// # Errors
    /// [`DbErr::RbacError`] when no rules are loaded.
    pub fn resources_and_permissions(&self) -> Result<RbacResourcesAndPermissions, DbErr> {
        Ok(self.engine.loaded()?.list_resources_and_permissions())
    }

    /// The steps of the hierarchy below a role.
    ///
    /// # Errors
    /// [`DbErr::RbacError`] when no rules are loaded.
    pub fn role_hierarchy_edges(&self, role_id: RoleId) -> Result<RbacRoleHierarchyList, DbErr> {
        Ok(self.engine.loaded()?.list_role_hierarchy_edges(role_id))
    }

    /// A role's own permissions by resource, without those of the roles below it.
    ///
    /// # Errors
    /// [`DbErr::RbacError`] when there is no such role.
    pub fn role_permissions_by_resources(
        &self,
        role_id: RoleId,
    ) -> Result<RbacPermissionsByResources, DbErr> {
        let engine = self.engine.loaded()?;
        engine
            .list_role_permissions_by_resources(role_id)
            .map_err(refused)
    }
}
