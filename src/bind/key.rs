use sea_orm::EntityTrait;

/// Says on which bind (*logical database*) an entity lives.
///
/// Derive it with `#[derive(BindKey)]` and `#[bind_key = "reports"]` on the entity's `Model`. The derive also
/// registers the entity's table, so that the bare [`RoutingDatabase`](crate::RoutingDatabase) finds the entity's bind by
/// a statement's text. For an entity whose code can't be changed, implement the trait and give the entity to
/// [`RoutingDatabaseBuilder::entity`](crate::RoutingDatabaseBuilder::entity).
#[doc(alias = "database_router", alias = "connects_to")]
pub trait BindKey: EntityTrait {
    /// A bind (`reports`: reads are split over its nodes) or one node (`master` and `slave-1` of the default
    /// bind, `reports.slave-1` of another: everything is pinned to that node).
    const BIND_KEY: &'static str;
}
