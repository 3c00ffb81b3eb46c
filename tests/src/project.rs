//! Project folders for tests: copied to a temporary place, so that nothing of a test is left behind.

use std::path::Path;
use std::{fs, io};

use tempfile::TempDir;

/// A folder that `footbridge serve` can run. Removed when dropped.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    password: Option<String>,
}

/// What stands behind the backend `shop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// What kind of database.
    pub engine: Engine,
    /// Its address, without a password.
    pub address: String,
    /// The password, which no mapping may have in clear.
    pub password: Option<String>,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in the project.
    Sqlite,
    /// The PostgreSQL of `tests/run`.
    Postgres,
    /// The MariaDB of `tests/run`.
    Mariadb,
}

impl Engine {
    /// The key of a backend in `gateway.yaml`, and the name of its folder of migrations.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mariadb => "mysql",
        }
    }
}

/// The variable of the environment that `gateway.yaml` takes the password of `shop` from.
pub const PASSWORD: &str = "FOOTBRIDGE_TEST_PASSWORD";

impl Backend {
    /// A database file in the project.
    pub fn sqlite() -> Self {
        Self {
            engine: Engine::Sqlite,
            address: "data/shop.db".to_owned(),
            password: None,
        }
    }
}

impl Project {
    /// A copy of a project folder of the repository. Its backend `shop` is this one: one line of `gateway.yaml` is another.
    ///
    /// # Errors
    /// Where files cannot be copied.
    pub fn copy(from: &Path, shop: &Backend) -> io::Result<Self> {
        let project = Self::empty(shop)?;
        for name in ["mappings", "migrations", "replies", "schemas", "wsdl"] {
            let folder = from.join(name);
            if folder.is_dir() {
                copy(&folder, &project.path().join(name))?;
            }
        }
        let place = project.path().join("mappings/gateway.yaml");
        let text = fs::read_to_string(&place)?;
        let lines = text.lines().map(|line| {
            if line.starts_with("  shop: {") {
                project.shop_line(shop)
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
    pub fn of(folder: &Path, shop: &Backend) -> io::Result<Self> {
        let project = Self::empty(shop)?;
        let mappings = project.path().join("mappings");
        fs::create_dir(&mappings)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if let Some(name) = path.file_name().filter(|_| is_yaml(&path)) {
                fs::copy(&path, mappings.join(name))?;
            }
        }
        let migration = folder.join("migration.sql");
        if migration.is_file() {
            fs::create_dir(project.path().join("migrations"))?;
            fs::copy(migration, project.path().join("migrations/0001_case.sql"))?;
        }
        let gateway = mappings.join("gateway.yaml");
        if !gateway.exists() {
            let shop = project.shop_line(shop);
            let text = format!("gateway: case\nbackends:\n{shop}\ndefaults:\n  roles: public\n");
            fs::write(gateway, text)?;
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

    fn empty(shop: &Backend) -> io::Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new()
                .prefix("footbridge-tests-")
                .tempdir()?,
            password: shop.password.clone(),
        })
    }

    /// The line of `gateway.yaml` that says where `shop` is.
    fn shop_line(&self, shop: &Backend) -> String {
        let kind = shop.engine.kind();
        let mut line = format!("  shop: {{{kind}: \"{}\"", shop.address);
        if shop.password.is_some() {
            line += &format!(", password: \"${{{PASSWORD}}}\"");
        }
        let own = format!("migrations/{kind}");
        for migrations in [own.as_str(), "migrations"] {
            if self.path().join(migrations).is_dir() {
                line += &format!(", migrations: {migrations}");
                break;
            }
        }
        line + "}"
    }
}

/// Whether a file is a mapping.
pub fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml")
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
