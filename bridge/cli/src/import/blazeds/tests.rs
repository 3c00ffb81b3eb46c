//! What an import of whole configurations comes to.

use std::path::{Path, PathBuf};

use super::read::Imported;

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

/// As ColdFusion writes it: tokens without slashes, endpoints by `uri`, settings of its own; and what else such files may have.
const COLDFUSION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<services-config>
  <services>
    <service-include directory-path="services"/>
    <service-include file-path="messaging-config.xml"/>
    <default-channels><channel ref="my-cfamf"/></default-channels>
  </services>
  <security>
    <constraint-include file-path="constraints.xml"/>
    <recreate-httpsession-after-login>true</recreate-httpsession-after-login>
  </security>
  <channels>
    <channel-definition id="my-cfamf" class="mx.messaging.channels.AMFChannel">
      <endpoint uri="http://{server.name}:{server.port}{context.root}/flex2gateway/" class="coldfusion.flash.messaging.CFAMFEndPoint"/>
      <properties>
        <polling-enabled>false</polling-enabled>
        <serialization><enable-small-messages>false</enable-small-messages></serialization>
        <coldfusion><access><use-mappings>true</use-mappings></access></coldfusion>
      </properties>
    </channel-definition>
    <channel-definition id="cf-polling-amf">
      <endpoint uri="https://{server.name}:{server.port}{context.root}/flex2gateway/cfamfsecure"/>
      <properties><polling-enabled>true</polling-enabled><polling-interval-seconds>8</polling-interval-seconds></properties>
      <security><security-constraint ref="staff"/></security>
    </channel-definition>
    <channel-definition id="polling" class="mx.messaging.channels.SecureAMFChannel" security-constraint="staff">
      <endpoint url="https://shop.example/shop/amfsecure"/>
      <properties><add-no-cache-headers>false</add-no-cache-headers><polling-enabled>true</polling-enabled></properties>
    </channel-definition>
  </channels>
  <factories><factory id="spring" class="acme.SpringFactory"/></factories>
  <flex-client><timeout-minutes>20</timeout-minutes></flex-client>
  <logging><target class="flex.messaging.log.ConsoleTarget" level="Error"/></logging>
  <system><manageable>false</manageable><redeploy><enabled>true</enabled></redeploy></system>
  <vendor-thing/>
</services-config>"#;

const CFC: &str = r#"<service id="coldfusion-flashremoting-service" class="flex.messaging.services.RemotingService" messageTypes="flex.messaging.messages.RemotingMessage">
  <adapters>
    <adapter-definition id="cf-object" class="coldfusion.flash.messaging.ColdFusionAdapter" default="true"/>
    <adapter-definition id="own" class="acme.OwnAdapter"/>
  </adapters>
  <default-channels><channel ref="my-cfamf"/></default-channels>
  <destination id="Catalog" security-constraint="staff" channels="my-cfamf">
    <properties>
      <source>acme.Catalog</source>
      <property-case><force-cfc-lowercase>false</force-cfc-lowercase></property-case>
    </properties>
  </destination>
  <destination id="Strict" security-constraint="nobody-defined-it"><properties><source>acme.Strict</source></properties></destination>
  <destination-include file-path="more.xml"/>
</service>"#;

fn coldfusion() -> Imported {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let services = file("services-config.xml", COLDFUSION);
    file("services/remoting-config.xml", CFC);
    file("services/notes.txt", "no XML");
    file(
        "constraints.xml",
        r#"<security-constraint id="staff"><auth-method>Basic</auth-method><roles><role>staff</role></roles></security-constraint>"#,
    );
    file(
        "more.xml",
        r#"<destinations><destination id="More"><properties><source>acme.More</source></properties></destination></destinations>"#,
    );
    Imported::read(&services).unwrap()
}

#[test]
fn roles_come_from_attributes_and_included_files_and_none_is_open_by_mistake() {
    let imported = coldfusion();
    let roles = |name: &str| {
        let text = &imported.files[name];
        let line = text.lines().find(|line| line.starts_with("roles:"));
        line.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert_eq!(roles("Catalog.yaml"), "roles: [staff]");
    assert_eq!(roles("Strict.yaml"), "roles: internal");
    assert!(roles("More.yaml").starts_with("roles: public "));
    let gateway = &imported.files["gateway.yaml"];
    assert!(gateway.contains("/shop/amfsecure: auto"), "{gateway}");
    assert!(!gateway.contains("/flex2gateway/:"), "it is there anyway");
}

#[test]
fn every_setting_that_has_no_counterpart_is_told() {
    let left = coldfusion().left;
    for part in [
        "services-config.xml:5 <service-include>: cannot read",
        "services-config.xml:10 <recreate-httpsession-after-login>: a session has",
        "services-config.xml:17 <serialization>: a profile",
        "services-config.xml:18 <coldfusion>: `preset: coldfusion`",
        "services-config.xml:21 <channel-definition> cf-polling-amf: its protocol is not AMF",
        "services-config.xml:26 <channel-definition> polling: HTTPS",
        "services-config.xml:26 <channel-definition> polling: who may use it",
        "services-config.xml:28 <polling-enabled>: polling has no counterpart",
        "services-config.xml:31 <factories>: what they made is gone",
        "services-config.xml:32 <flex-client>: how long",
        "services-config.xml:33 <logging>: FOOTBRIDGE_LOG",
        "services-config.xml:34 <redeploy>: a changed mapping",
        "services-config.xml:35 <vendor-thing>: nothing here corresponds",
        "services/remoting-config.xml:4 <adapter-definition> own: another adapter",
        "services/remoting-config.xml:10 <property-case>: `preset: coldfusion`",
        "services/remoting-config.xml:13 <destination> Strict: no security-constraint is named",
        "more.xml:1 <destination> More: it names no methods",
    ] {
        let found = left.iter().any(|line| line.starts_with(part));
        assert!(found, "{part} is not in\n{}", left.join("\n"));
    }
    for part in [
        "<manageable>",
        "<add-no-cache-headers>",
        "<channel>",
        "<source>",
        "cf-object",
    ] {
        let told = left.iter().any(|line| line.contains(part));
        assert!(!told, "{part} is in\n{}", left.join("\n"));
    }
}
