use sea_orm::entity::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "post_state")]
pub(crate) enum State {
    #[sea_orm(string_value = "draft")]
    Draft,
    #[sea_orm(string_value = "public")]
    Public,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "post")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) title: String,
    pub(crate) state: State,
    pub(crate) details: Json,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub(crate) author: BelongsTo<super::user::Entity>,
    #[sea_orm(has_many, via = "post_tag")]
    pub(crate) tags: HasMany<super::tag::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
