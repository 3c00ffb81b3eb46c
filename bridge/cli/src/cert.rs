//! `footbridge cert`: a certificate for development.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rcgen::{CertificateParams, DnType, KeyPair};

use crate::Outcome;

/// Make a certificate for development: tls/gateway.pem and tls/gateway.key.
///
/// It is signed by itself, so clients must be told to trust it. For others use a certificate authority; the files have
/// the same form.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge cert
  footbridge cert shop --name shop.test --name 192.168.1.20")]
pub(crate) struct Arguments {
    /// The project folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// A name or an address of the gateway; localhost and 127.0.0.1 where nothing is said. May be given more than once.
    #[arg(long, value_name = "HOST")]
    name: Vec<String>,
    /// Replace files that exist.
    #[arg(long)]
    force: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let names = if self.name.is_empty() {
            vec![
                "localhost".to_owned(),
                "127.0.0.1".to_owned(),
                "::1".to_owned(),
            ]
        } else {
            self.name
        };
        let mut parameters = CertificateParams::new(names.clone())
            .with_context(|| format!("`{}` cannot stand in a certificate", names.join("`, `")))?;
        parameters
            .distinguished_name
            .push(DnType::CommonName, names[0].as_str());
        let key = KeyPair::generate()?;
        let certificate = parameters.self_signed(&key)?;

        let folder = self.dir.join("tls");
        let (pem, private) = (folder.join("gateway.pem"), folder.join("gateway.key"));
        if !self.force {
            for file in [&pem, &private] {
                if file.exists() {
                    bail!("{} exists already; --force replaces it", file.display());
                }
            }
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        write(&private, &key.serialize_pem(), true)?;
        write(&pem, &certificate.pem(), false)?;
        println!(
            "{} and {} are there, for {}.\nIn gateway.yaml:\n\nlisten:\n  - https: 127.0.0.1:8443\n    \
             certificate: tls/gateway.pem\n    private-key: \"${{file:tls/gateway.key}}\"",
            pem.display(),
            private.display(),
            names.join(", ")
        );
        Ok(Outcome::Good)
    }
}

/// Writes a file, a private one for its owner alone.
fn write(path: &Path, text: &str, private: bool) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    let mut file = options
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}
