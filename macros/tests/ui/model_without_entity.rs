//! `sea-orm-cli generate entity --entity-format frontend` writes no entity: there is nothing to route.

#[derive(Clone, Debug, PartialEq, Eq, sea_orm_routing :: BindKey)]
#[bind_key = "reports"]
pub struct Model {
    pub id: i32,
    pub name: String,
}

fn main() {}
