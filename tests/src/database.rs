//! Scratch databases on the servers that `tests/run` starts.

use std::env;
use std::error::Error;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};
use tokio::runtime::Runtime;

use crate::project::{Backend, Engine};

/// A new database on the PostgreSQL at `FOOTBRIDGE_TEST_POSTGRES`; `name` is its name, letters, digits and `_`.
///
/// # Errors
/// If the variable is not set or the server refuses.
pub fn postgres(name: &str) -> Result<Backend, Box<dyn Error>> {
    let server = server("FOOTBRIDGE_TEST_POSTGRES")?;
    Runtime::new()?.block_on(async {
        let mut connection = PgConnection::connect(&server).await?;
        for text in [
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name}"),
        ] {
            sqlx::query(AssertSqlSafe(text))
                .execute(&mut connection)
                .await?;
        }
        connection.close().await
    })?;
    Ok(backend(Engine::Postgres, &server, name))
}

/// A new database on the MariaDB at `FOOTBRIDGE_TEST_MARIADB`; `name` is its name, letters, digits and `_`.
///
/// # Errors
/// If the variable is not set or the server refuses.
pub fn mariadb(name: &str) -> Result<Backend, Box<dyn Error>> {
    let server = server("FOOTBRIDGE_TEST_MARIADB")?;
    Runtime::new()?.block_on(async {
        let mut connection = MySqlConnection::connect(&server).await?;
        for text in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
        ] {
            sqlx::query(AssertSqlSafe(text))
                .execute(&mut connection)
                .await?;
        }
        connection.close().await
    })?;
    Ok(backend(Engine::Mariadb, &server, name))
}

fn server(variable: &str) -> Result<String, Box<dyn Error>> {
    env::var(variable).map_err(|_| {
        format!("{variable} is not set; `tests/run databases` starts a server and sets it").into()
    })
}

/// Another database on the same server, the password apart from the address.
fn backend(engine: Engine, server: &str, name: &str) -> Backend {
    let end = server.rfind('/').unwrap_or(server.len());
    let mut address = format!("{}/{name}", &server[..end]);
    let secret = server.find("://").and_then(|scheme| {
        let from = scheme + 3;
        let at = from + server[from..].find('@')?;
        let colon = from + server[from..at].find(':')?;
        Some(colon..at)
    });
    let password = secret.map(|place| {
        let password = server[place.start + 1..place.end].to_owned();
        address.replace_range(place, "");
        password
    });
    Backend {
        engine,
        address,
        password,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_leaves_the_address() {
        let made = backend(
            Engine::Mariadb,
            "mysql://ann:secret@127.0.0.1:3306/first",
            "second",
        );
        assert_eq!(made.address, "mysql://ann@127.0.0.1:3306/second");
        assert_eq!(made.password.as_deref(), Some("secret"));
        let made = backend(
            Engine::Postgres,
            "postgres://ann@127.0.0.1:5432/first",
            "second",
        );
        assert_eq!(made.address, "postgres://ann@127.0.0.1:5432/second");
        assert_eq!(made.password, None);
    }
}
