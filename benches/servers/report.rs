use std::{
    error::Error,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{cell::Cell, plot, summary, table, workload::Workload};

const BEGIN: &str = "<!-- servers: begin -->\n";
const END: &str = "<!-- servers: end -->\n";

/// Where the figures go: a whole run's into the docs, others only to the terminal, with plots in `target`.
#[derive(Debug)]
pub(crate) struct Report {
    is_whole: bool,
    directory: PathBuf,
    aims: String,
}

impl Report {
    pub(crate) fn new(is_whole: bool) -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let directory = match is_whole {
            true => root.join("docs/performance"),
            false => root.join("target/servers"),
        };
        fs::create_dir_all(&directory)?;
        Ok(Self {
            is_whole,
            directory,
            aims: summary::heading(),
        })
    }

    /// Prints a server's tables, and draws its plots.
    pub(crate) fn add(&mut self, server: &str, cells: &[Cell]) -> Result<(), Box<dyn Error>> {
        self.aims.push_str(&summary::aims(server, cells));
        let name = server.to_lowercase();
        let mut page = heading(server);
        for &workload in Workload::ALL {
            if !cells.iter().any(|cell| cell.workload == workload) {
                continue;
            }
            let file = format!("{name}-{}.svg", workload.name());
            let title = format!("{server}: {}", workload.name());
            plot::draw(&self.directory.join(&file), &title, workload, cells)?;
            let _ = writeln!(
                page,
                "## {}: {}\n![{title}]({file})\n\n{}",
                workload.name(),
                workload.description(),
                table::markdown(workload, cells)
            );
        }
        let errors = table::errors(cells);
        if !errors.is_empty() {
            let _ = writeln!(page, "## What failed\n{errors}");
        }
        println!("{page}");
        if self.is_whole {
            fs::write(
                self.directory.join(format!("{name}.md")),
                page.trim_end().to_owned() + "\n",
            )?;
        }
        Ok(())
    }

    /// Prints what came of the aims.
    pub(crate) fn finish(self) -> Result<(), Box<dyn Error>> {
        println!("{}", self.aims);
        if self.is_whole {
            let file = self.directory.with_extension("md");
            let text = fs::read_to_string(&file)?;
            fs::write(
                &file,
                replaced(&text, &self.aims).ok_or("no marks in the docs")?,
            )?;
        }
        println!("plots are in {}", self.directory.display());
        Ok(())
    }
}

fn heading(server: &str) -> String {
    format!(
        "# {server}: every contender beside the others\n\n\
         Written by `cargo bench --bench servers`; [what is compared and how](../performance.md#beside-other-ways-cargo-bench---bench-servers).\n\
         Behind a figure are its ratios to `tuned` and to `default`: the medians of what each round's pair gives.\n\n"
    )
}

/// The text with something else between the marks.
fn replaced(text: &str, aims: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{aims}{END}{after}"))
}
