//! `footbridge import blazeds`: destinations of BlazeDS, LiveCycle and ColdFusion, as far as their configuration says what they are.
//!
//! What answered a call stood in Java or CFML and is gone. So a mapping is written that names every service and operation and
//! who may call it, and a list of what has to be said by somebody who knows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};

use super::proxies::Proxy;
use super::xml::{self, Element};
use crate::Outcome;
use crate::project::counted;

/// Write mappings for the destinations of a services-config.xml.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
DIR is WEB-INF/flex of the old application: services-config.xml with the files that it includes.

Examples:
  footbridge import blazeds /opt/tomcat/webapps/shop/WEB-INF/flex
  footbridge import blazeds WEB-INF/flex --out shop")]
pub(crate) struct Arguments {
    /// The folder of services-config.xml, or the file itself.
    dir: PathBuf,
    /// The project folder to write into; no file that exists is changed.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let file = if self.dir.is_dir() {
            self.dir.join("services-config.xml")
        } else {
            self.dir
        };
        let imported = Imported::read(&file)?;
        let mappings = self.out.join("mappings");
        std::fs::create_dir_all(&mappings)
            .with_context(|| format!("cannot make the folder {}", mappings.display()))?;
        let mut written = 0;
        for (name, text) in &imported.files {
            let path = mappings.join(name);
            if path.exists() {
                println!("kept     {} (it exists already)", path.display());
                continue;
            }
            std::fs::write(&path, text)
                .with_context(|| format!("cannot write {}", path.display()))?;
            println!("written  {}", path.display());
            written += 1;
        }
        if !imported.left.is_empty() {
            println!("\nnot carried over, to be decided by you:");
            for line in &imported.left {
                println!("  {line}");
            }
        }
        println!(
            "\n{} written; `footbridge check {}` next",
            counted(written, "file"),
            self.out.display()
        );
        Ok(Outcome::Good)
    }
}

/// What a configuration comes to.
#[derive(Debug, Default)]
struct Imported {
    /// Files of `mappings/` by name.
    files: BTreeMap<String, String>,
    /// What could not be carried over, each with its place.
    left: Vec<String>,
    /// Roles by security constraint; an empty list is anybody who has logged in.
    constraints: BTreeMap<String, Vec<String>>,
    paths: Vec<String>,
}

impl Imported {
    fn read(file: &Path) -> anyhow::Result<Self> {
        let root = parse(file)?;
        if root.name != "services-config" {
            bail!("{} is no services-config.xml", file.display());
        }
        let name = shown(file);
        let mut imported = Self::default();
        for constraint in root.all("security-constraint") {
            if let Some(id) = constraint.attribute("id") {
                let roles = constraint.all("role").map(|role| role.text.clone());
                imported.constraints.insert(id.to_owned(), roles.collect());
            }
        }
        for command in root.all("login-command") {
            imported.leave(&name, command, "logins: say `login` in gateway.yaml");
        }
        for channel in root.all("channel-definition") {
            imported.channel(&name, channel);
        }
        let folder = file.parent().unwrap_or_else(|| Path::new("."));
        for include in root.all("service-include") {
            let Some(path) = include.attribute("file-path") else {
                imported.leave(&name, include, "it names no `file-path`");
                continue;
            };
            if Path::new(path)
                .components()
                .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
            {
                imported.leave(&name, include, "its path leads out of the folder");
                continue;
            }
            let service = parse(&folder.join(path))?;
            imported.service(path, &service);
        }
        for service in root.all("service") {
            imported.service(&name, service);
        }
        imported.gateway(&name);
        Ok(imported)
    }

    fn leave(&mut self, file: &str, element: &Element, why: &str) {
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

    /// The path of an endpoint for AMF over HTTP; other channels have no counterpart.
    fn channel(&mut self, file: &str, channel: &Element) {
        let Some(endpoint) = channel.all("endpoint").next() else {
            return;
        };
        let class = endpoint.attribute("class").unwrap_or_default();
        let url = endpoint
            .attribute("url")
            .or_else(|| endpoint.attribute("uri"))
            .unwrap_or_default();
        if class.contains("Streaming") || class.contains("RTMP") || class.contains("NIO") {
            self.leave(file, channel, "streaming and RTMP have no counterpart yet");
            return;
        }
        if !class.contains("AMF") {
            self.leave(file, channel, "its protocol is not AMF");
            return;
        }
        let path = url
            .split_once("://")
            .map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        let path = path
            .replace("/{context.root}", "")
            .replace("/{context-root}", "");
        if !path.starts_with('/') || path.contains(['{', '}', '?', '#', ' ']) {
            self.leave(file, channel, "its path is not told by the file alone");
        } else if !self.paths.contains(&path) {
            self.paths.push(path);
        }
        if url.contains("context") {
            self.leave(
                file,
                channel,
                "the context root is not told by the file: where clients have it in their address, put it before the path in `paths`",
            );
        }
    }

    fn service(&mut self, file: &str, service: &Element) {
        let class = service.attribute("class").unwrap_or_default();
        let id = service.attribute("id").unwrap_or_default();
        let default = service
            .children
            .iter()
            .find(|child| child.name == "default-security-constraint")
            .and_then(|constraint| constraint.attribute("ref"));
        for destination in service
            .children
            .iter()
            .filter(|child| child.name == "destination")
        {
            if class.contains("RemotingService") || id.contains("remoting") {
                self.remoting(file, destination, default);
            } else if class.contains("HTTPProxyService") || id.contains("proxy") {
                self.proxy(file, destination, default);
            } else {
                self.leave(
                    file,
                    destination,
                    "messaging and data management have no counterpart yet",
                );
            }
        }
    }

    /// Who may call: the roles of a constraint, for a key `roles`.
    fn roles(&mut self, file: &str, element: &Element, named: Option<&str>) -> String {
        let Some(named) = named else {
            return "public".to_owned();
        };
        match self.constraints.get(named) {
            Some(roles) if roles.is_empty() => "users".to_owned(),
            Some(roles) => {
                let roles: Vec<_> = roles.iter().map(|role| scalar(role)).collect();
                format!("[{}]", roles.join(", "))
            }
            None => {
                let why = format!("no security-constraint is named `{named}`; nobody may call it");
                self.leave(file, element, &why);
                "internal".to_owned()
            }
        }
    }

    fn remoting(&mut self, file: &str, destination: &Element, default: Option<&str>) {
        let Some(id) = destination.attribute("id") else {
            self.leave(file, destination, "it has no `id`");
            return;
        };
        let (roles, note) = self.who(file, destination, default);
        let mut text = format!(
            "service: {}                              # {file}:{}\n",
            scalar(id),
            destination.line
        );
        if let Some(source) = destination
            .all("source")
            .next()
            .filter(|it| !it.text.is_empty())
        {
            if source.text == "*" {
                self.leave(
                    file,
                    source,
                    "any class could be named as `source`: write a service for each, with this destination in `destinations`",
                );
            } else if source.text != id {
                writeln!(
                    text,
                    "also: [{}]                              # <source>; arguments and results stood in it alone",
                    scalar(&source.text)
                )
                .expect("a String takes all");
            }
        }
        writeln!(text, "roles: {roles}{note}").expect("a String takes all");
        for (name, what) in [
            ("scope", "things kept between calls are `remember`"),
            ("factory", "what it made is gone; say what answers instead"),
            ("adapter", "another adapter than Java's"),
        ] {
            for element in destination.children_below(name) {
                if element.text != "request" && element.text != "application" {
                    self.leave(file, element, what);
                }
            }
        }
        let methods: Vec<_> = destination
            .all("include-methods")
            .flat_map(|list| list.children.iter())
            .filter(|method| method.name == "method")
            .collect();
        for list in destination.all("exclude-methods") {
            self.leave(
                file,
                list,
                "what is not written cannot be called, so nothing need be left out",
            );
        }
        if methods.is_empty() {
            self.leave(
                file,
                destination,
                "it names no methods; `footbridge serve --dev` prints an operation for each call that comes",
            );
        } else {
            text.push_str("\noperations:\n");
        }
        for method in methods {
            let Some(name) = method.attribute("name") else {
                continue;
            };
            let message = format!("{name} has no backend yet");
            writeln!(
                text,
                "  {}:\n    fault: {{code: Server.NotMapped, message: {}}}",
                scalar(name),
                scalar(&message)
            )
            .expect("a String takes all");
            if let Some(constraint) = method.attribute("security-constraint") {
                let roles = self.roles(file, method, Some(constraint));
                writeln!(text, "    roles: {roles}").expect("a String takes all");
            }
        }
        self.add(id, text);
    }

    /// Roles of a destination, and what to say beside them.
    fn who(
        &mut self,
        file: &str,
        destination: &Element,
        default: Option<&str>,
    ) -> (String, &'static str) {
        let constraint = destination.all("security-constraint").next();
        if let Some(constraint) = constraint
            && constraint.attribute("ref").is_none()
        {
            let roles: Vec<_> = constraint
                .all("role")
                .map(|role| scalar(&role.text))
                .collect();
            return match roles.is_empty() {
                true => ("users".to_owned(), ""),
                false => (format!("[{}]", roles.join(", ")), ""),
            };
        }
        let named = constraint
            .and_then(|constraint| constraint.attribute("ref"))
            .or(default);
        let note = if named.is_none() {
            "                                # no security-constraint: anybody could call"
        } else {
            ""
        };
        (self.roles(file, destination, named), note)
    }

    /// A destination of HTTPService or WebService.
    fn proxy(&mut self, file: &str, destination: &Element, default: Option<&str>) {
        let Some(id) = destination.attribute("id") else {
            self.leave(file, destination, "it has no `id`");
            return;
        };
        let (roles, note) = self.who(file, destination, default);
        let place = format!("{file}:{}", destination.line);
        let proxy = Proxy::of(destination, id, &place, &format!("{roles}{note}"));
        for (element, why) in &proxy.left {
            self.leave(file, element, why);
        }
        if !proxy.text.is_empty() {
            self.add(id, proxy.text);
        }
    }

    fn add(&mut self, id: &str, text: String) {
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

    fn gateway(&mut self, file: &str) {
        let mut text = format!("gateway: imported                              # {file}\n");
        let own: Vec<_> = self
            .paths
            .iter()
            .filter(|path| !BUILT_IN.contains(&path.trim_end_matches('/')))
            .collect();
        if !own.is_empty() {
            text.push_str("paths:\n");
            for path in own {
                writeln!(text, "  {}: auto", scalar(path)).expect("a String takes all");
            }
        }
        self.files.insert("gateway.yaml".to_owned(), text);
    }
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

/// A text as YAML has it, in quotes where it could be anything else.
pub(super) fn scalar(text: &str) -> String {
    let word = text
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/' | ' '));
    let first = text.chars().next();
    let plain = word
        && first.is_some_and(|letter| letter.is_alphabetic() || letter == '/')
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        );
    if plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

/// Paths that a gateway has anyway.
const BUILT_IN: [&str; 7] = [
    "/gateway",
    "/flashservices/gateway",
    "/flex2gateway",
    "/flex2gateway/cfamfpolling",
    "/amfphp/gateway.php",
    "/messagebroker/amf",
    "/messagebroker/amfpolling",
];

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<services-config>
  <services>
    <service-include file-path="remoting-config.xml"/>
    <service-include file-path="proxy-config.xml"/>
    <service-include file-path="../../secret.xml"/>
    <service id="message-service" class="flex.messaging.services.MessageService">
      <destination id="news"/>
    </service>
  </services>
  <security>
    <login-command class="flex.messaging.security.TomcatLoginCommand" server="Tomcat"/>
    <security-constraint id="clerks"><auth-method>Custom</auth-method><roles><role>clerk</role></roles></security-constraint>
    <security-constraint id="managers"><roles><role>store manager</role></roles></security-constraint>
  </security>
  <channels>
    <channel-definition id="my-amf" class="mx.messaging.channels.AMFChannel">
      <endpoint url="http://{server.name}:{server.port}/{context.root}/messagebroker/amf" class="flex.messaging.endpoints.AMFEndpoint"/>
    </channel-definition>
    <channel-definition id="old"><endpoint url="http://shop/old/amf" class="flex.messaging.endpoints.AMFEndpoint"/></channel-definition>
    <channel-definition id="s"><endpoint url="http://shop/s" class="flex.messaging.endpoints.StreamingAMFEndpoint"/></channel-definition>
  </channels>
</services-config>"#;

    const REMOTING: &str = r#"<service id="remoting-service" class="flex.messaging.services.RemotingService">
  <destination id="orderService">
    <properties>
      <source>com.acme.OrderServiceImpl</source>
      <scope>session</scope>
      <include-methods>
        <method name="getOrder"/>
        <method name="cancelOrder" security-constraint="managers"/>
      </include-methods>
    </properties>
    <security><security-constraint ref="clerks"/></security>
  </destination>
  <destination id="yes &amp; no"><properties><source>*</source></properties></destination>
</service>"#;

    const PROXY: &str = r#"<service id="proxy-service" class="flex.messaging.services.HTTPProxyService">
  <properties><connection-manager><max-total-connections>100</max-total-connections></connection-manager></properties>
  <adapters><adapter-definition id="http-proxy" class="flex.messaging.services.http.HTTPProxyAdapter" default="true"/></adapters>
  <destination id="DefaultHTTP"><properties><dynamic-url>http://{server.name}:*/{context.root}/*</dynamic-url></properties></destination>
  <destination id="newsFeed">
    <properties>
      <url>https://news.acme.example/feed</url>
      <dynamic-url>https://news.acme.example/feed/*</dynamic-url>
      <dynamic-url>https://news.acme.example/old*</dynamic-url>
      <remote-username>reader</remote-username>
      <remote-password>hunter2</remote-password>
    </properties>
    <security><security-constraint ref="clerks"/></security>
  </destination>
  <destination id="wsQuotes">
    <properties><wsdl>https://quotes.acme.example/soap?wsdl</wsdl><soap>https://quotes.acme.example/soap</soap></properties>
    <adapter ref="soap-proxy"/>
  </destination>
</service>"#;

    /// The variables that an import asks for, and a document for each WSDL.
    #[derive(Debug)]
    struct Outside;

    impl footbridge_mapping::compile::Environment for Outside {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "NEWS_FEED_PASSWORD").then(|| "set".to_owned())
        }

        fn file(&self, _: &Path) -> std::io::Result<String> {
            Err(std::io::ErrorKind::NotFound.into())
        }

        fn describe(
            &self,
            _: &footbridge_mapping::model::Backend,
        ) -> Result<footbridge_mapping::description::Described, String> {
            Ok(footbridge_mapping::description::Described {
                description: std::sync::Arc::new(Nothing),
                warnings: Vec::new(),
            })
        }
    }

    /// A document without operations.
    #[derive(Debug)]
    struct Nothing;

    impl footbridge_mapping::description::Description for Nothing {
        fn document(&self) -> &'static str {
            "nothing.wsdl"
        }

        fn operations(&self) -> Vec<std::sync::Arc<str>> {
            Vec::new()
        }

        fn operation(&self, _: &str) -> Vec<footbridge_mapping::description::DescribedOperation> {
            Vec::new()
        }

        fn kind(&self, _: &str) -> Option<footbridge_mapping::description::DescribedType> {
            None
        }

        fn kinds(&self) -> Vec<std::sync::Arc<str>> {
            Vec::new()
        }
    }

    fn imported() -> Imported {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services-config.xml");
        std::fs::write(&file, SERVICES).unwrap();
        std::fs::write(folder.path().join("remoting-config.xml"), REMOTING).unwrap();
        std::fs::write(folder.path().join("proxy-config.xml"), PROXY).unwrap();
        Imported::read(&file).unwrap()
    }

    #[test]
    fn what_is_written_compiles_and_says_who_may_call() {
        use footbridge_mapping::compile::{Project, SourceFile, compile};
        let imported = imported();
        let files = imported
            .files
            .iter()
            .map(|(name, text)| SourceFile::new(format!("mappings/{name}"), text.as_bytes()))
            .collect();
        let root = PathBuf::from(".");
        let project = Project { root, files };
        let compiled = compile(&project, &Outside);
        let mapping = compiled
            .mapping
            .unwrap_or_else(|| panic!("{:?}\n{:?}", compiled.diagnostics, imported.files));
        assert!(mapping.by_name.contains_key("com.acme.OrderServiceImpl"));
        assert!(mapping.by_name.contains_key("yes & no"));
        let orders = &mapping.services[mapping.by_name["orderService"]];
        let roles = |name: &str| format!("{:?}", orders.operations[name].roles);
        assert_eq!(roles("getOrder"), r#"Named(["clerk"])"#);
        assert_eq!(roles("cancelOrder"), r#"Named(["store manager"])"#);
        let paths = &mapping.gateway.paths;
        assert!(paths.iter().any(|path| &*path.path == "/old/amf"));
        let news = mapping.proxies["newsFeed"].proxy().unwrap();
        assert_eq!(
            format!("{:?}", mapping.proxies["newsFeed"].roles),
            r#"Named(["clerk"])"#
        );
        assert_eq!(news.reach.patterns.len(), 1);
        let http = news.backend.http().unwrap();
        assert_eq!(http.url.as_deref(), Some("https://news.acme.example/feed"));
        assert_eq!(http.traffic.auth.len(), 1);
        assert!(
            mapping.proxies["wsQuotes"]
                .proxy()
                .unwrap()
                .published
                .is_some()
        );
        assert!(!mapping.proxies.contains_key("DefaultHTTP"));
        assert!(!imported.files.values().any(|text| text.contains("hunter2")));
    }

    #[test]
    fn what_cannot_be_carried_over_is_told_with_its_place() {
        let left = imported().left.join("\n");
        for part in [
            "services-config.xml:12 <login-command>",
            "services-config.xml:17 <channel-definition> my-amf: the context root",
            "services-config.xml:21 <channel-definition> s: streaming",
            "services-config.xml:6 <service-include>: its path leads out",
            "services-config.xml:8 <destination> news: messaging",
            "proxy-config.xml:4 <dynamic-url>: which server it meant",
            "proxy-config.xml:4 <destination> DefaultHTTP: nothing that it reached",
            "proxy-config.xml:9 <dynamic-url>: `old*`",
            "proxy-config.xml:11 <remote-password>: a secret: set NEWS_FEED_PASSWORD",
            "remoting-config.xml:5 <scope>: things kept",
            "remoting-config.xml:13 <source>: any class",
        ] {
            assert!(left.contains(part), "{part} is not in\n{left}");
        }
    }
}
