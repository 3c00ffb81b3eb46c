//! Terminal transcripts: each file of `tests/transcripts` is what somebody typed and what the terminal showed.
//!
//! ```text
//! $ echo 05 | footbridge decode - --amf0
//! null
//! $ footbridge decode missing.bin
//! error: cannot read missing.bin: No such file or directory (os error 2)
//! [2]
//! ```
//!
//! A line that begins with `$ ` goes to `sh`, in a temporary folder of the file's own, with the real binary in the path; below it
//! stand its output and errors together, and the exit code where it is not 0. `[..]` stands for anything within a line, and a
//! line `...` for any lines. `$ serve DIR` starts a gateway for the lines below, whose address is `$GATEWAY`; it is
//! stopped at the end of the file. `$ shown TEXT` is what that gateway showed up to the line with this text. The files under `tests/transcripts/files` are there to be used.
//!
//! `$REPOSITORY` is the folder of the samples.
//!
//! With `UPDATE=1` files that do not fit are written anew.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

#[test]
fn transcripts_are_what_the_terminal_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of transcripts")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "there are transcripts");

    let mut failed = Vec::new();
    for file in &files {
        let expected = fs::read_to_string(file).expect("a transcript");
        let shown = play(&expected, &folder.join("files"));
        let Some(difference) = differ(&expected, &shown) else {
            continue;
        };
        if std::env::var_os("UPDATE").is_some() {
            fs::write(file, &shown).expect("writing the transcript");
            continue;
        }
        failed.push(format!("{}:\n{difference}", file.display()));
    }
    assert!(
        failed.is_empty(),
        "{}\nUPDATE=1 writes them anew",
        failed.join("\n")
    );
}

/// Types the lines of a transcript again and writes down what comes.
fn play(transcript: &str, files: &Path) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(files, folder.path());
    let mut gateways = Vec::new();
    let mut shown = String::new();
    for line in transcript.lines() {
        if line.starts_with('#') {
            writeln!(shown, "{line}").expect("writing to a text");
        }
        let Some(typed) = line.strip_prefix("$ ") else {
            continue;
        };
        writeln!(shown, "$ {typed}").expect("writing to a text");
        if let Some(arguments) = typed
            .strip_prefix("serve")
            .filter(|rest| rest.is_empty() || rest.starts_with(' '))
        {
            gateways.push(Gateway::start(arguments, folder.path()));
            continue;
        }
        if let Some(last) = typed.strip_prefix("shown ") {
            let gateway = gateways.last().expect("a gateway was started above");
            loop {
                let line = gateway.shown.recv_timeout(Duration::from_secs(20));
                let line = line.unwrap_or_else(|_| panic!("the gateway does not show `{last}`"));
                writeln!(shown, "{line}").expect("writing to a text");
                if line.contains(last) {
                    break;
                }
            }
            continue;
        }
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("{{ {typed}\n}} 2>&1"))
            .current_dir(folder.path());
        let address = gateways
            .last()
            .map_or("", |gateway| gateway.address.as_str());
        let output = environment(&mut shell)
            .env("GATEWAY", address)
            .output()
            .expect("running sh");
        let text = String::from_utf8_lossy(&output.stdout);
        shown.push_str(&text);
        if !text.is_empty() && !text.ends_with('\n') {
            shown.push('\n');
        }
        if !output.status.success() {
            writeln!(
                shown,
                "[{}]",
                output
                    .status
                    .code()
                    .map_or_else(|| "signal".to_owned(), |code| code.to_string())
            )
            .expect("writing to a text");
        }
    }
    shown
}

/// The path with our binary in it, and nothing that colours or translates what is shown.
fn environment(command: &mut Command) -> &mut Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_footbridge"));
    let mut path = vec![
        binary
            .parent()
            .expect("the binary is in a folder")
            .to_owned(),
    ];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    command
        .env("PATH", std::env::join_paths(path).expect("folders of PATH"))
        .env("REPOSITORY", concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .env("LC_ALL", "C.UTF-8")
        .env("COLUMNS", "100")
        .env_remove("FOOTBRIDGE_LOG")
        .env_remove("FOOTBRIDGE_PASSWORD")
        .stdin(Stdio::null())
}

/// A gateway that runs until it is dropped.
struct Gateway {
    child: Child,
    address: String,
    /// The lines it shows, from the one behind its address.
    shown: mpsc::Receiver<String>,
}

impl Gateway {
    fn start(arguments: &str, folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_footbridge"));
        command
            .arg("serve")
            .args(arguments.split_whitespace())
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(folder);
        let mut child = environment(&mut command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starting a gateway");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut before = String::new();
        let address = loop {
            match lines.next() {
                Some(Ok(line)) => match line.strip_prefix("listening on ") {
                    Some(address) => break address.to_owned(),
                    None => writeln!(before, "{line}").expect("writing to a text"),
                },
                Some(Err(_)) | None => {
                    let mut errors = String::new();
                    child
                        .stderr
                        .take()
                        .expect("its errors")
                        .read_to_string(&mut errors)
                        .expect("reading its errors");
                    panic!("the gateway of `serve {arguments}` did not start:\n{before}{errors}");
                }
            }
        };
        let (sender, shown) = mpsc::channel();
        // It is read on to the end, for a full pipe would stop it.
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| drop(sender.send(line)));
        });
        let mut errors = child.stderr.take().expect("its errors");
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        Self {
            child,
            address,
            shown,
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder of files") {
        let entry = entry.expect("an entry of the folder");
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            fs::create_dir_all(&target).expect("making a folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copying a file");
        }
    }
}

/// The first place where a transcript does not fit what was shown.
fn differ(expected: &str, shown: &str) -> Option<String> {
    let wanted: Vec<_> = expected.lines().collect();
    let got: Vec<_> = shown.lines().collect();
    let (mut at, mut line) = (0, 0);
    while at < wanted.len() {
        if wanted[at] == "..." {
            let next = wanted.get(at + 1).copied();
            while line < got.len() && next.is_none_or(|next| !fits(next, got[line])) {
                line += 1;
            }
            at += 1;
            continue;
        }
        if !got.get(line).is_some_and(|got| fits(wanted[at], got)) {
            let expected = wanted[at];
            let shown = got.get(line).copied().unwrap_or("(nothing)");
            return Some(format!(
                "  line {}\n  expected: {expected}\n  shown:    {shown}\n\nall of it:\n{}",
                at + 1,
                got.join("\n")
            ));
        }
        at += 1;
        line += 1;
    }
    (line < got.len()).then(|| format!("  more is shown than expected: {}", got[line..].join("\n")))
}

/// Whether a line is as expected, where `[..]` stands for anything.
fn fits(expected: &str, line: &str) -> bool {
    let mut parts = expected.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
