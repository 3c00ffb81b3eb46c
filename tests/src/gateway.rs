//! The real command, serving a project on a free port of the loopback.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use crate::http::{self, Response};
use crate::project::{PASSWORD, Project};
use crate::root;

/// A running gateway. Stopped when dropped.
#[derive(Debug)]
pub struct Gateway {
    process: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
}

impl Gateway {
    /// Starts `footbridge serve` on this project and waits until it listens.
    ///
    /// # Errors
    /// If it does not start within half a minute: with all that it said.
    pub fn start(project: &Project) -> io::Result<Self> {
        let mut process = command("serve", project)?
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = Arc::new(Mutex::new(String::new()));
        let (found, address) = mpsc::channel();
        listen(
            process.stdout.take().expect("it is piped"),
            &said,
            found.clone(),
        );
        listen(process.stderr.take().expect("it is piped"), &said, found);
        match address.recv_timeout(START) {
            Ok(address) => Ok(Self {
                process,
                address,
                said,
            }),
            Err(_) => {
                stop(&mut process);
                let said = said.lock().expect("no thread panics with it");
                Err(io::Error::other(format!(
                    "the gateway did not start; it said:\n{said}"
                )))
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Posts a packet to `/gateway`.
    ///
    /// # Errors
    /// Where HTTP fails.
    pub fn post(&self, packet: &[u8]) -> io::Result<Response> {
        self.post_with(&[], packet)
    }

    /// The same with more lines in the head.
    ///
    /// # Errors
    /// Where HTTP fails.
    pub fn post_with(&self, head: &[(&str, &str)], packet: &[u8]) -> io::Result<Response> {
        let mut head = head.to_vec();
        head.push(("Content-Type", "application/x-amf"));
        http::request(self.address, "POST", "/gateway", &head, packet)
    }

    /// What it has printed so far.
    pub fn said(&self) -> String {
        self.said.lock().expect("no thread panics with it").clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

/// Runs `footbridge migrate` on a project, which `serve` does by itself only for SQLite.
///
/// # Errors
/// If it fails: with all that it said.
pub fn migrate(project: &Project) -> io::Result<()> {
    let done = command("migrate", project)?.stdin(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(io::Error::other(format!(
        "the project was not migrated:\n{}",
        String::from_utf8_lossy(&said)
    )))
}

/// The command: `FOOTBRIDGE_BIN`, or built as the tests were.
///
/// # Errors
/// If it does not build.
pub fn binary() -> io::Result<PathBuf> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND
        .get_or_init(|| find().map_err(|error| error.to_string()))
        .clone()
        .map_err(io::Error::other)
}

fn command(verb: &str, project: &Project) -> io::Result<Command> {
    let mut command = Command::new(binary()?);
    command.arg(verb).arg(project.path());
    if let Some(password) = project.password() {
        command.env(PASSWORD, password);
    }
    Ok(command)
}

const START: Duration = Duration::from_secs(30);

fn find() -> io::Result<PathBuf> {
    if let Some(given) = std::env::var_os("FOOTBRIDGE_BIN") {
        return Ok(given.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let built = Command::new(cargo)
        .args([
            "build",
            "--locked",
            "-p",
            "footbridge",
            "--message-format=json",
        ])
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    String::from_utf8_lossy(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "footbridge")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| io::Error::other("the command `footbridge` does not build"))
}

/// Empties a pipe, keeps what came, and looks for the line that says where the gateway listens.
fn listen(
    pipe: impl Read + Send + 'static,
    said: &Arc<Mutex<String>>,
    found: mpsc::Sender<SocketAddr>,
) {
    let said = Arc::clone(said);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if let Some(address) = line
                .split("listening on http://")
                .nth(1)
                .and_then(|rest| rest.trim().parse().ok())
            {
                // Nobody listens any more once the first address was taken.
                let _ = found.send(address);
            }
            let mut said = said.lock().expect("no thread panics with it");
            said.push_str(&line);
            said.push('\n');
        }
    });
}

fn stop(process: &mut Child) {
    // It may have ended by itself.
    let _ = process.kill();
    let _ = process.wait();
}
