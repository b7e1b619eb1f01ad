//! The command: `cargo run -p jobs-example -- write TEXT`, `-- work` and `-- recount`.

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use jobs_example::{batch, prepare, worker, write};
use sea_orm_routing::{RoutingDatabase, recording::RecordedStatement};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // This package's own file, from wherever the program is started.
    let db = RoutingDatabase::connect(concat!(env!("CARGO_MANIFEST_DIR"), "/binds.yaml")).await?;
    prepare(&db).await?;
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["write", text] => print(&format!("note {}", write(&db, text).await?)),
        ["work"] => worker::work(&db, |job, ran| tell(&format!("note {}", job.note), ran)).await?,
        ["recount"] => {
            let counted = batch::recount(&db, 100, |ran| tell("page", ran)).await?;
            print(&format!("{counted} notes were counted"));
        }
        _ => return Err("expected `write TEXT`, `work` or `recount`".into()),
    }
    Ok(db.close().await?)
}

fn tell(what: &str, ran: &[RecordedStatement]) {
    let nodes: Vec<_> = ran.iter().map(|ran| ran.route.node.to_string()).collect();
    print(&format!("{what}: {}", nodes.join(", ")));
}

/// Whoever reads no more is told no more.
fn print(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
