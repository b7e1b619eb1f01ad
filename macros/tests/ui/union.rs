use sea_orm_routing::BindKey;

#[derive(BindKey)]
#[bind_key = "reports"]
pub union Bits {
    pub whole: u32,
}

fn main() {}
