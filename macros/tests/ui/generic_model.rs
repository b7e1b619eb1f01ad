use sea_orm_routing::BindKey;

#[derive(BindKey)]
#[bind_key = "reports"]
pub struct Model<T> {
    pub id: T,
}

fn main() {}
