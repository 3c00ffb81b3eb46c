//! The files of a configuration: what each includes, and what its parts come to.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};

use super::xml::{self, Element};

/// What a configuration comes to.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// Files of `mappings/` by name.
    pub(super) files: BTreeMap<String, String>,
    /// What could not be carried over, each with its place.
    pub(super) left: Vec<String>,
    /// Roles by security constraint; an empty list is anybody who has logged in.
    pub(super) constraints: BTreeMap<String, Vec<String>>,
    /// Paths of endpoints.
    pub(super) paths: Vec<String>,
    /// The folder of the configuration.
    folder: PathBuf,
}

impl Imported {
    /// Reads a services-config.xml, and the files that it includes.
    ///
    /// # Errors
    /// Where the file cannot be read or is another one. An included file that cannot be read is left.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let root = parse(file)?;
        if root.name != "services-config" {
            bail!("{} is no services-config.xml", file.display());
        }
        let name = shown(file);
        let folder = file.parent().unwrap_or_else(|| Path::new("."));
        let mut imported = Self {
            folder: folder.to_owned(),
            ..Self::default()
        };
        imported.constraints(&root);
        for (_, included) in imported.included(&name, &root, "constraint-include") {
            imported.constraints(&included);
        }
        for command in root.all("login-command") {
            imported.leave(&name, command, "logins: say `login` in gateway.yaml");
        }
        for channel in root.all("channel-definition") {
            imported.channel(&name, channel);
        }
        for (path, included) in imported.included(&name, &root, "channel-include") {
            for channel in each(&included, "channel-definition") {
                imported.channel(&path, channel);
            }
        }
        for (path, service) in imported.included(&name, &root, "service-include") {
            imported.service(&path, &service);
        }
        for service in root.all("service") {
            imported.service(&name, service);
        }
        imported.rest(&name, &root);
        imported.gateway(&name);
        Ok(imported)
    }

    /// Says that an element is not carried over.
    pub(super) fn leave(&mut self, file: &str, element: &Element, why: &str) {
        let id = element
            .attribute("id")
            .or_else(|| element.attribute("class"))
            .map(|id| format!(" {id}"))
            .unwrap_or_default();
        self.left.push(format!(
            "{file}:{} <{}>{id}: {why}",
            element.line, element.name
        ));
    }

    /// Adds a file, under a name that no other has.
    pub(super) fn add(&mut self, id: &str, text: String) {
        let plain: String = id
            .chars()
            .map(|letter| match letter {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => letter,
                _ => '-',
            })
            .collect();
        let mut name = format!("{}.yaml", plain.trim_start_matches('.'));
        let mut count = 2;
        while self.files.contains_key(&name) || name == "gateway.yaml" {
            name = format!("{plain}-{count}.yaml");
            count += 1;
        }
        self.files.insert(name, text);
    }

    /// The files that elements of a name include, each with its path.
    fn included(&mut self, file: &str, root: &Element, name: &str) -> Vec<(String, Element)> {
        let mut all = Vec::new();
        for include in root.all(name) {
            let path = include.attribute("file-path");
            let Some(path) = path.or_else(|| include.attribute("directory-path")) else {
                self.leave(
                    file,
                    include,
                    "it names neither `file-path` nor `directory-path`",
                );
                continue;
            };
            let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
            if !Path::new(path).components().all(inside) {
                self.leave(file, include, "its path leads out of the folder");
                continue;
            }
            let paths = match include.attribute("file-path") {
                Some(path) => Ok(vec![path.to_owned()]),
                None => listed(&self.folder, path),
            };
            let read = paths.and_then(|paths| {
                let read = |path: String| Ok((path.clone(), parse(&self.folder.join(path))?));
                paths
                    .into_iter()
                    .map(read)
                    .collect::<anyhow::Result<Vec<_>>>()
            });
            match read {
                Ok(read) => all.extend(read),
                Err(error) => self.leave(file, include, &format!("{error:#}")),
            }
        }
        all
    }

    fn service(&mut self, file: &str, service: &Element) {
        let class = service.attribute("class").unwrap_or_default();
        let id = service.attribute("id").unwrap_or_default();
        let default = service
            .children
            .iter()
            .find(|child| child.name == "default-security-constraint")
            .and_then(|constraint| constraint.attribute("ref"));
        let kind = if class.contains("RemotingService") || id.contains("remoting") {
            Self::remoting
        } else if class.contains("HTTPProxyService") || id.contains("proxy") {
            Self::proxy
        } else {
            Self::another
        };
        let own = service.children.iter();
        for destination in own.filter(|child| child.name == "destination") {
            kind(self, file, destination, default);
        }
        for (path, included) in self.included(file, service, "destination-include") {
            for destination in each(&included, "destination") {
                kind(self, &path, destination, default);
            }
        }
        self.rest(file, service);
    }

    fn another(&mut self, file: &str, destination: &Element, _: Option<&str>) {
        self.leave(
            file,
            destination,
            "messaging and data management have no counterpart yet",
        );
    }
}

/// An element if it has this name, else those within that have it.
fn each<'e>(root: &'e Element, name: &str) -> Vec<&'e Element> {
    if root.name == name {
        vec![root]
    } else {
        root.all(name).collect()
    }
}

/// The XML files of a folder below another, in the order of their names.
fn listed(folder: &Path, path: &str) -> anyhow::Result<Vec<String>> {
    let below = folder.join(path);
    let entries = std::fs::read_dir(&below)
        .with_context(|| format!("cannot read the folder {}", below.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".xml") {
            paths.push(format!("{}/{name}", path.trim_end_matches('/')));
        }
    }
    paths.sort();
    Ok(paths)
}

fn parse(file: &Path) -> anyhow::Result<Element> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    xml::parse(&text).with_context(|| format!("{} is no XML", file.display()))
}

fn shown(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
