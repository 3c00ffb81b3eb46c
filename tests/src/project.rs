//! Project folders for tests: copied to a temporary place, so that nothing of a test is left behind.

use std::path::Path;
use std::{fs, io};

use tempfile::TempDir;

use crate::root;

/// A folder that `footbridge serve` can run. Removed when dropped.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    password: Option<String>,
}

/// What stands behind the backend `shop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Its kind, the key in `gateway.yaml`: `sqlite`, `postgres`, `mysql`.
    pub kind: &'static str,
    /// Its address, without a password.
    pub address: String,
    /// The password, which no mapping may have in clear.
    pub password: Option<String>,
}

/// The variable of the environment that `gateway.yaml` takes the password of `shop` from.
pub const PASSWORD: &str = "FOOTBRIDGE_TEST_PASSWORD";

impl Backend {
    /// A database file in the project.
    pub fn sqlite() -> Self {
        Self {
            kind: "sqlite",
            address: "data/shop.db".to_owned(),
            password: None,
        }
    }
}

impl Project {
    /// The samples of the repository. Their backend `shop` is this one: one line of `gateway.yaml` is another.
    ///
    /// # Errors
    /// Where files cannot be copied.
    pub fn samples(shop: &Backend) -> io::Result<Self> {
        let mut project = Self::empty()?;
        project.password.clone_from(&shop.password);
        for name in ["mappings", "migrations", "replies"] {
            let from = root().join(name);
            if from.is_dir() {
                copy(&from, &project.path().join(name))?;
            }
        }
        let place = project.path().join("mappings/gateway.yaml");
        let text = fs::read_to_string(&place)?;
        let lines = text.lines().map(|line| {
            if line.starts_with("  shop: {") {
                shop_line(shop)
            } else {
                line.to_owned()
            }
        });
        fs::write(&place, lines.collect::<Vec<_>>().join("\n") + "\n")?;
        Ok(project)
    }

    /// The mappings of a folder, which has files `*.yaml` and perhaps `migration.sql`. Without a `gateway.yaml` it gets one
    /// with the backend `shop` and everything public.
    ///
    /// # Errors
    /// Where files cannot be copied.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let project = Self::empty()?;
        let mappings = project.path().join("mappings");
        fs::create_dir(&mappings)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                fs::copy(
                    &path,
                    mappings.join(path.file_name().expect("an entry of a folder has a name")),
                )?;
            }
        }
        let migration = folder.join("migration.sql");
        let migrated = migration.is_file();
        if migrated {
            fs::create_dir(project.path().join("migrations"))?;
            fs::copy(migration, project.path().join("migrations/0001_case.sql"))?;
        }
        let gateway = mappings.join("gateway.yaml");
        if !gateway.exists() {
            let migrations = if migrated {
                ", migrations: migrations"
            } else {
                ""
            };
            fs::write(
                gateway,
                format!(
                    "gateway: case\nbackends:\n  shop: {{sqlite: data/shop.db{migrations}}}\ndefaults:\n  roles: public\n"
                ),
            )?;
        }
        Ok(project)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The password of `shop`, for the environment of the command.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    fn empty() -> io::Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new()
                .prefix("footbridge-tests-")
                .tempdir()?,
            password: None,
        })
    }
}

fn shop_line(shop: &Backend) -> String {
    let Backend { kind, address, .. } = shop;
    let password = match shop.password {
        Some(_) => format!(", password: \"${{{PASSWORD}}}\""),
        None => String::new(),
    };
    format!("  shop: {{{kind}: \"{address}\"{password}, migrations: migrations/{kind}}}")
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
