use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use crate::{ClusterError, error::Doing};

/// Whom the servers run as: PostgreSQL, MariaDB and MySQL refuse root.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Account {
    /// Nobody else is needed.
    Own,
    Other {
        uid: u32,
        gid: u32,
    },
}

impl Account {
    pub(crate) fn for_servers() -> Result<Self, ClusterError> {
        let own = fs::metadata("/proc/self").doing(|| "asking who runs the tests".to_owned())?;
        if own.uid() != 0 {
            return Ok(Self::Own);
        }
        let users =
            fs::read_to_string("/etc/passwd").doing(|| "reading `/etc/passwd`".to_owned())?;
        users
            .lines()
            .find_map(|line| Self::parse(line, "nobody"))
            .ok_or(ClusterError::NoAccount)
    }

    fn parse(line: &str, name: &str) -> Option<Self> {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Self::Other { uid, gid })
    }

    /// Makes `command` run as this account.
    pub(crate) fn run(self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives `path` to this account.
    pub(crate) fn own(self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid))
                .doing(|| format!("giving `{}` to the servers' user", path.display())),
        }
    }
}
