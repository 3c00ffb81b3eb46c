//! `footbridge user`: the file of users that `login` of `gateway.yaml` names.

use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;

use crate::Outcome;

/// Add a user to the file that `login: [{users: FILE}]` names, or change one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The password is the first line of standard input, and only its argon2 hash is kept.

Examples:
  footbridge user add ann --roles player,admin
  pass show shop/ann | footbridge user add ann --file secrets/users")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Add a user, or give one a new password and roles
    Add {
        /// The name to log in with
        name: String,
        /// Roles, with commas between them
        #[arg(long, value_delimiter = ',')]
        roles: Vec<String>,
        /// The file of users
        #[arg(long, default_value = "users")]
        file: PathBuf,
    },
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let What::Add { name, roles, file } = self.what;
        let unfit = |text: &str| text.is_empty() || text.contains([':', ',', '\n', '\r']);
        if unfit(&name) || name.starts_with('#') || roles.iter().any(|role| unfit(role)) {
            bail!("names and roles have neither `:` nor `,`, and are not empty");
        }
        eprint!("password: ");
        let mut password = String::new();
        std::io::stdin().lock().read_line(&mut password)?;
        let password = password.trim_end_matches(['\n', '\r']);
        if password.is_empty() {
            bail!("an empty password protects nobody");
        }
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))?;
        let line = format!("{name}:{hash}:{}", roles.join(","));
        let changed = put(&file, &name, &line)?;
        let done = if changed { "changed" } else { "added" };
        writeln!(std::io::stdout(), "{done} {name} in {}", file.display())?;
        Ok(Outcome::Good)
    }
}

/// Puts a user's line in the place of the old one, or behind all others; gives whether there was one.
fn put(file: &Path, name: &str, line: &str) -> anyhow::Result<bool> {
    let before = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let prefix = format!("{name}:");
    let known = before.lines().any(|old| old.starts_with(&prefix));
    let mut lines: Vec<&str> = before
        .lines()
        .map(|old| if old.starts_with(&prefix) { line } else { old })
        .collect();
    if !known {
        lines.push(line);
    }
    let text = lines.join("\n") + "\n";
    // A reader sees the old file or the new one.
    let beside = file.with_extension("new");
    write(&beside, &text).with_context(|| format!("cannot write {}", beside.display()))?;
    fs::rename(&beside, file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(known)
}

/// Writes a file that only its owner can read.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_line_whatever_is_changed() {
        let folder = std::env::temp_dir().join(format!("footbridge-users-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        let file = folder.join("users");
        assert!(!put(&file, "ann", "ann:1:a").expect("it can be written"));
        assert!(!put(&file, "bob", "bob:1:").expect("it can be written"));
        assert!(put(&file, "ann", "ann:2:b").expect("it can be written"));
        let text = fs::read_to_string(&file).expect("it is there");
        assert_eq!(text, "ann:2:b\nbob:1:\n");
        fs::remove_dir_all(&folder).expect("it is ours");
    }
}
