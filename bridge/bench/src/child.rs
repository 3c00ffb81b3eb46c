//! A process in a role, seen from outside.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child as Process, ChildStdin, ChildStdout, Command};

use crate::role::{PASSWORD, PLACE, ROLE};
use crate::sample::Target;

/// A process in a role.
#[derive(Debug)]
pub struct Child {
    /// Kept, so that the process ends with this.
    process: Process,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it said when it was ready: its address, if it listens.
    pub ready: String,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Seconds of CPU, of user and system.
    pub cpu: f64,
    /// The most memory it had, in bytes.
    pub peak: f64,
}

impl Child {
    /// Starts the gateway over a database, its project in `folder`.
    ///
    /// # Errors
    /// As [`Child::start`].
    pub async fn gateway(target: &Target, folder: &Path) -> Result<Self> {
        let place = folder.to_str().context("the folder's name is no text")?;
        let mut environment = vec![(PLACE, place)];
        environment.extend(target.password().map(|password| (PASSWORD, password)));
        Self::start("gateway", &environment).await
    }

    /// Starts this program again in a role.
    ///
    /// # Errors
    /// It does not start, or does not get ready.
    pub async fn start(role: &str, environment: &[(&str, &str)]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env(ROLE, role).envs(environment.iter().copied());
        Self::spawn(command, role).await
    }

    /// Starts another program that answers the same lines.
    ///
    /// # Errors
    /// It does not start, or does not get ready.
    pub async fn peer(program: &str, words: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(words);
        Self::spawn(command, program).await
    }

    /// Starts this program again in a role, under callgrind, which writes what it counted into a file at the end.
    ///
    /// # Errors
    /// As [`Child::start`].
    pub async fn counted(role: &str, environment: &[(&str, &str)], counts: &Path) -> Result<Self> {
        let mut command = Command::new("valgrind");
        command
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", counts.display()))
            .arg(std::env::current_exe()?)
            .env(ROLE, role)
            .envs(environment.iter().copied());
        Self::spawn(command, role).await
    }

    /// Lets it end by itself.
    ///
    /// # Errors
    /// It fails.
    pub async fn end(self) -> Result<()> {
        let Self {
            mut process, stdin, ..
        } = self;
        drop(stdin);
        let status = process.wait().await?;
        ensure!(status.success(), "{status}");
        Ok(())
    }

    async fn spawn(mut command: Command, name: &str) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = process.stdin.take().context("no stdin")?;
        let stdout = process.stdout.take().context("no stdout")?;
        let mut child = Self {
            process,
            stdin,
            lines: BufReader::new(stdout).lines(),
            ready: String::new(),
        };
        child.ready = child
            .line()
            .await
            .with_context(|| format!("{name} does not get ready"))?;
        Ok(child)
    }

    /// What it has used.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn usage(&mut self) -> Result<Usage> {
        let line = self.ask("usage").await?;
        let (cpu, peak) = line.split_once(' ').context("no usage")?;
        Ok(Usage {
            cpu: cpu.parse()?,
            peak: peak.parse()?,
        })
    }

    /// Lets it do its work so many times; gives the seconds of CPU.
    ///
    /// # Errors
    /// It fails.
    pub async fn work(&mut self, times: usize) -> Result<f64> {
        let before = self.usage().await?;
        let done = self.ask(&format!("work {times}")).await?;
        ensure!(done == "done", "{done}");
        Ok(self.usage().await?.cpu - before.cpu)
    }

    async fn ask(&mut self, line: &str) -> Result<String> {
        self.stdin.write_all(format!("{line}\n").as_bytes()).await?;
        self.stdin.flush().await?;
        self.line().await
    }

    async fn line(&mut self) -> Result<String> {
        self.lines.next_line().await?.context("the process ended")
    }
}
