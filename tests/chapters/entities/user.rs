use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) name: String,
    #[sea_orm(unique)]
    pub(crate) email: String,
    #[sea_orm(has_one)]
    pub(crate) profile: HasOne<super::profile::Entity>,
    #[sea_orm(has_many)]
    pub(crate) posts: HasMany<super::post::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
