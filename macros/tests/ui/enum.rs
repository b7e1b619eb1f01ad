use sea_orm_routing::BindKey;

#[derive(BindKey)]
#[bind_key = "reports"]
pub enum Flavour {
    Sweet,
}

fn main() {}
