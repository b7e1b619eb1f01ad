use std::{
    env,
    path::{Path, PathBuf},
};

use crate::ClusterError;

/// Directories, as in `PATH`, in which the servers' programs are looked for first: another release of a server.
const PROGRAMS: &str = "TEST_CLUSTER_PROGRAMS";

/// A program of a server, and where Debian puts it outside the search path.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The name of its file.
    pub name: &'static str,
    /// The Debian package that has it.
    pub package: &'static str,
    /// Directories; one whose name is `*` stands for every directory there, the highest number first.
    pub elsewhere: &'static [&'static str],
}

impl Program {
    /// Its path without symbolic links, so that its siblings of the same version are beside it.
    ///
    /// The directories of the environment variable `TEST_CLUSTER_PROGRAMS` come first, then the search path.
    pub fn find(&self) -> Result<PathBuf, ClusterError> {
        let [chosen, path] = [PROGRAMS, "PATH"].map(|name| env::var_os(name).unwrap_or_default());
        let directories = env::split_paths(&chosen)
            .chain(env::split_paths(&path))
            .chain(self.elsewhere.iter().flat_map(|pattern| expand(pattern)));
        self.find_in(directories)
    }

    /// The program in the first directory that has it.
    pub fn find_in(
        &self,
        directories: impl IntoIterator<Item = PathBuf>,
    ) -> Result<PathBuf, ClusterError> {
        directories
            .into_iter()
            .map(|directory| directory.join(self.name))
            .find_map(|file| file.canonicalize().ok().filter(|file| file.is_file()))
            .ok_or(ClusterError::Missing {
                program: self.name,
                package: self.package,
            })
    }
}

fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((parent, rest)) = pattern.split_once("/*/") else {
        return vec![PathBuf::from(pattern)];
    };
    let mut versions: Vec<(u32, PathBuf)> = Path::new(parent)
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join(rest)))
        })
        .collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, path)| path).collect()
}
