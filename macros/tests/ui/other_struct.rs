use sea_orm_routing::BindKey;

#[derive(BindKey)]
#[bind_key = "reports"]
pub struct Cake {
    pub id: i32,
}

fn main() {}
