//! Every form of entity takes `#[derive(BindKey)]`, and is registered exactly once.
//!
//! `compact`, `expanded` and `dense` hold, to the letter, what sea-orm-codegen 2.0 writes for `sea-orm-cli generate
//! entity --model-extra-derives sea_orm_routing::BindKey --model-extra-attributes 'bind_key = "reports"'`. Its
//! `frontend` format has no entity, see `macros/tests/ui/model_without_entity.rs`.

use std::any::TypeId;

use sea_orm_routing::{
    __private::{Registration, inventory},
    BindKey,
};

#[track_caller]
fn assert_registered_once<E: BindKey>(schema: Option<&str>, table: &str, key: &str) {
    let registrations: Vec<_> = inventory::iter::<Registration>()
        .filter(|registration| registration.entity() == TypeId::of::<E>())
        .map(|registration| {
            (
                registration.schema(),
                registration.table(),
                registration.key(),
            )
        })
        .collect();

    assert_eq!(E::BIND_KEY, key);
    assert_eq!(registrations, [(schema.map(str::to_owned), table, key)]);
}

#[test]
fn compact_format_of_the_command_line_is_registered_once() {
    assert_registered_once::<compact::cake::Entity>(None, "cake", "reports");
    assert_registered_once::<compact::fruit::Entity>(None, "fruit", "reports");
}

#[test]
fn expanded_format_of_the_command_line_is_registered_once() {
    assert_registered_once::<expanded::cake::Entity>(Some("bakery"), "cake", "reports");
    assert_registered_once::<expanded::fruit::Entity>(Some("bakery"), "fruit", "reports");
}

#[test]
fn dense_format_of_the_command_line_is_registered_once() {
    assert_registered_once::<dense::cake::Entity>(Some("bakery"), "cake", "reports");
    assert_registered_once::<dense::cake_filling::Entity>(
        Some("bakery"),
        "cake_filling",
        "reports",
    );
    assert_registered_once::<dense::filling::Entity>(Some("bakery"), "filling", "reports");
    assert_registered_once::<dense::fruit::Entity>(Some("bakery"), "fruit", "reports");
}

#[test]
fn hand_written_entity_is_registered_once() {
    assert_registered_once::<hand_written::Entity>(None, "menu", "archive.slave-1");
}

#[test]
fn compact_model_is_registered_once() {
    assert_registered_once::<compact_model::Entity>(None, "oven", "slave-1");
}

#[test]
fn key_under_model_attrs_is_registered_once() {
    assert_registered_once::<model_attrs::Entity>(None, "shelf", "reports");
}

#[test]
fn key_is_any_spelling_of_a_string_literal() {
    assert_registered_once::<value::Entity>(None, "cake", "reports");
    assert_registered_once::<raw_value::Entity>(None, "cake", "reports.slave-1");
    assert_registered_once::<argument::Entity>(None, "cake", "Reports_2");
    assert_registered_once::<argument_and_comma::Entity>(None, "cake", "reports");
}

#[test]
fn key_may_come_through_a_macro() {
    assert_registered_once::<literal_as_value::Entity>(None, "cake", "reports");
    assert_registered_once::<literal_as_argument::Entity>(None, "cake", "reports");
    assert_registered_once::<expression_as_value::Entity>(None, "cake", "archive");
}

#[test]
fn entity_inside_a_function_is_registered_once() {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, BindKey)]
    #[sea_orm(table_name = "local")]
    #[bind_key = "reports"]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    assert_registered_once::<Entity>(None, "local", "reports");
}

macro_rules! entity {
    ($module:ident, $(#[$attribute:meta])*) => {
        mod $module {
            use sea_orm::entity::prelude::*;
            use sea_orm_routing::BindKey;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
            #[sea_orm(table_name = "cake")]
            $(#[$attribute])*
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(value, #[bind_key = "reports"]);
entity!(raw_value, #[bind_key = r#"reports.slave-1"#]);
entity!(argument, #[bind_key("Reports_2")]);
entity!(argument_and_comma, #[bind_key("reports",)]);

macro_rules! entities_with_key {
    ($literal:literal, $expression:expr) => {
        entity!(literal_as_value, #[bind_key = $literal]);
        entity!(literal_as_argument, #[bind_key($literal)]);
        entity!(expression_as_value, #[bind_key = $expression]);
    };
}

entities_with_key!("reports", "archive");

mod compact_model {
    use sea_orm::entity::prelude::*;
    use sea_orm_routing::BindKey;

    #[sea_orm::compact_model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
    #[sea_orm(table_name = "oven")]
    #[bind_key = "slave-1"]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod model_attrs {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    #[sea_orm(model_attrs(derive(sea_orm_routing::BindKey), bind_key = "reports"))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The key stands on the entity, whose table a derive of SeaORM names.
mod hand_written {
    use sea_orm::entity::prelude::*;
    use sea_orm_routing::BindKey;

    #[derive(Copy, Clone, Default, Debug, DeriveEntity, BindKey)]
    #[bind_key = "archive.slave-1"]
    #[sea_orm(table_name = "menu")]
    pub struct Entity;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveModel, DeriveActiveModel)]
    pub struct Model {
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
    pub enum Column {
        Id,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
    pub enum PrimaryKey {
        Id,
    }

    impl PrimaryKeyTrait for PrimaryKey {
        type ValueType = i32;
        fn auto_increment() -> bool {
            true
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub enum Relation {}

    impl ColumnTrait for Column {
        type EntityName = Entity;
        fn def(&self) -> ColumnDef {
            match self {
                Self::Id => ColumnType::Integer.def(),
            }
        }
    }

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            match *self {}
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// As sea-orm-cli writes it with `--entity-format compact`.
mod compact {
    pub mod cake {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing :: BindKey)]
        #[sea_orm(table_name = "cake")]
        #[bind_key = "reports"]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(column_type = "Text")]
            pub name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {
            #[sea_orm(has_many = "super::fruit::Entity")]
            Fruit,
        }

        impl Related<super::fruit::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Fruit.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod fruit {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing :: BindKey)]
        #[sea_orm(table_name = "fruit")]
        #[bind_key = "reports"]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(column_type = "Text")]
            pub name: String,
            pub cake_id: Option<i32>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {
            #[sea_orm(
                belongs_to = "super::cake::Entity",
                from = "Column::CakeId",
                to = "super::cake::Column::Id"
            )]
            Cake,
        }

        impl Related<super::cake::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Cake.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }
}

/// As sea-orm-cli writes it with `--entity-format expanded --database-schema bakery`.
mod expanded {
    pub mod cake {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
        pub struct Entity;

        impl EntityName for Entity {
            fn schema_name(&self) -> Option<&str> {
                Some("bakery")
            }
            fn table_name(&self) -> &'static str {
                "cake"
            }
        }

        #[derive(
            Clone, Debug, PartialEq, DeriveModel, DeriveActiveModel, Eq, sea_orm_routing :: BindKey,
        )]
        #[bind_key = "reports"]
        pub struct Model {
            pub id: i32,
            pub name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
        pub enum Column {
            Id,
            Name,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
        pub enum PrimaryKey {
            Id,
        }

        impl PrimaryKeyTrait for PrimaryKey {
            type ValueType = i32;
            fn auto_increment() -> bool {
                true
            }
        }

        #[derive(Copy, Clone, Debug, EnumIter)]
        pub enum Relation {
            Fruit,
        }

        impl ColumnTrait for Column {
            type EntityName = Entity;
            fn def(&self) -> ColumnDef {
                match self {
                    Self::Id => ColumnType::Integer.def(),
                    Self::Name => ColumnType::Text.def(),
                }
            }
        }

        impl RelationTrait for Relation {
            fn def(&self) -> RelationDef {
                match self {
                    Self::Fruit => Entity::has_many(super::fruit::Entity).into(),
                }
            }
        }

        impl Related<super::fruit::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Fruit.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod fruit {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
        pub struct Entity;

        impl EntityName for Entity {
            fn schema_name(&self) -> Option<&str> {
                Some("bakery")
            }
            fn table_name(&self) -> &'static str {
                "fruit"
            }
        }

        #[derive(
            Clone, Debug, PartialEq, DeriveModel, DeriveActiveModel, Eq, sea_orm_routing :: BindKey,
        )]
        #[bind_key = "reports"]
        pub struct Model {
            pub id: i32,
            pub name: String,
            pub cake_id: Option<i32>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
        pub enum Column {
            Id,
            Name,
            CakeId,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
        pub enum PrimaryKey {
            Id,
        }

        impl PrimaryKeyTrait for PrimaryKey {
            type ValueType = i32;
            fn auto_increment() -> bool {
                true
            }
        }

        #[derive(Copy, Clone, Debug, EnumIter)]
        pub enum Relation {
            Cake,
        }

        impl ColumnTrait for Column {
            type EntityName = Entity;
            fn def(&self) -> ColumnDef {
                match self {
                    Self::Id => ColumnType::Integer.def(),
                    Self::Name => ColumnType::Text.def(),
                    Self::CakeId => ColumnType::Integer.def().null(),
                }
            }
        }

        impl RelationTrait for Relation {
            fn def(&self) -> RelationDef {
                match self {
                    Self::Cake => Entity::belongs_to(super::cake::Entity)
                        .from(Column::CakeId)
                        .to(super::cake::Column::Id)
                        .into(),
                }
            }
        }

        impl Related<super::cake::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Cake.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }
}

/// As sea-orm-cli writes it with `--entity-format dense --database-schema bakery`.
mod dense {
    pub mod cake {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing :: BindKey)]
        #[sea_orm(schema_name = "bakery", table_name = "cake")]
        #[bind_key = "reports"]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(column_type = "Text")]
            pub name: String,
            #[sea_orm(has_many)]
            pub fruits: HasMany<super::fruit::Entity>,
            #[sea_orm(has_many, via = "cake_filling")]
            pub fillings: HasMany<super::filling::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod cake_filling {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing :: BindKey)]
        #[sea_orm(schema_name = "bakery", table_name = "cake_filling")]
        #[bind_key = "reports"]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub cake_id: i32,
            #[sea_orm(primary_key, auto_increment = false)]
            pub filling_id: i32,
            #[sea_orm(belongs_to, from = "cake_id", to = "id")]
            pub cake: BelongsTo<super::cake::Entity>,
            #[sea_orm(belongs_to, from = "filling_id", to = "id")]
            pub filling: BelongsTo<super::filling::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod filling {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing :: BindKey)]
        #[sea_orm(schema_name = "bakery", table_name = "filling")]
        #[bind_key = "reports"]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(column_type = "Text")]
            pub name: String,
            #[sea_orm(has_many, via = "cake_filling")]
            pub cakes: HasMany<super::cake::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod fruit {
        //! `SeaORM` Entity, @generated by sea-orm-codegen 2.0

        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing :: BindKey)]
        #[sea_orm(schema_name = "bakery", table_name = "fruit")]
        #[bind_key = "reports"]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(column_type = "Text")]
            pub name: String,
            pub cake_id: Option<i32>,
            #[sea_orm(belongs_to, from = "cake_id", to = "id")]
            pub cake: BelongsTo<Option<super::cake::Entity>>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }
}
