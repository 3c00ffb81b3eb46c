//! `gateway.yaml`: where the gateway listens, what it can reach, and the limits of everything.

use std::time::Duration;

use footbridge_amf::ListForms;
use footbridge_remoting::profile;
use ipnet::IpNet;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::backend::BackendFile;
use super::faults::FaultsFile;
use super::login::LoginFile;
use super::operation::RolesFile;
use super::read::{Items, Named, Parsed, Read, Reader, keys};
use super::words::Size;
use super::yaml::{Node, Scalar};
use crate::model::{Carrier, Names, TlsProfile};
use crate::rows::Preset;
use crate::units::Rate;

keys! {
    /// The gateway itself; one file of a project.
    pub struct GatewayFile is "a gateway file" {
        /// The name in logs and metrics.
        gateway "gateway": Scalar,
        /// Addresses to listen at; http 127.0.0.1:8080.
        listen "listen": Items<ListenFile>,
        /// The address of health and metrics: `127.0.0.1:9090`.
        admin "admin": Scalar,
        /// Folders of files by path, where no gateway path fits: `{/: www}`.
        files "static": Named<Scalar>,
        /// The proxy before the gateway.
        behind "behind": BehindFile,
        /// Gateway paths beside the built-in ones: `/amf: auto`; `built-in: false` leaves those out.
        paths "paths": PathsFile,
        /// Paths whose clients are told another URL for their next calls: `{/old: https://shop.example/gateway}`.
        moved "moved": Named<Scalar>,
        /// Named tables of differences between clients: `{kiosk: {like: flash, lists: Array}}`.
        profiles "profiles": Named<ProfileFile>,
        /// Origins of CORS and crossdomain.xml: `https://*.example.org`.
        origins "origins": Items<Scalar>,
        /// What the gateway can reach, by name.
        backends "backends": Named<BackendFile>,
        /// Where callers are known, asked in this order.
        login "login": Items<LoginFile>,
        /// How long sessions live, what carries them, and where they are kept.
        sessions "sessions": SessionsFile,
        /// Secrets that seal sessions and page tokens: the first seals, all open. One is made at start where none is said.
        keys "keys": Items<Scalar>,
        /// Who may ask what became of their calls, by `amf_server_debug` or `TraceHeader`; nobody.
        debug "debug": CallersFile,
        /// Who may ask what there is to call, by `DescribeService` or a service browser; nobody.
        describe "describe": CallersFile,
        /// What `serve --dev` does more.
        dev "dev": DevFile,
        /// Budgets of requests and replies.
        limits "limits": LimitsFile,
        /// What services and operations need not say.
        defaults "defaults": DefaultsFile,
    }
    later []
}

keys! {
    /// One listener.
    pub struct ListenFile is "a listener" {
        /// Address and port of plain HTTP: `127.0.0.1:8080`.
        http "http": Scalar,
        /// Address and port of HTTPS: `0.0.0.0:8443`.
        https "https": Scalar,
        /// Of `https`: a PEM file, the chain with the gateway's own certificate first.
        certificate "certificate": Scalar,
        /// Of `https`: the private key in PEM, `${file:tls/gateway.key}`.
        private_key "private-key": Scalar,
        /// Of `https`: `modern`, or `air` for TLS 1.2 with the ciphers of AIR and old systems.
        tls "tls": Parsed<TlsProfile>,
        /// Of `http`: everything but crossdomain.xml is sent to HTTPS on this port.
        redirect "redirect": Parsed<u32>,
    }
    later ["amf-socket", "rtmp"]
}

keys! {
    /// What one kind of client reads and sends.
    pub struct ProfileFile is "a profile" {
        /// What is not said here is as there: a built-in profile or another one; auto.
        like "like": Scalar,
        /// Rows in the answer to a classic call in AMF0: `RecordSet` or `Array`.
        rows "rows": Parsed<profile::Rows>,
        /// Rows and lists in AMF3: `ArrayCollection` or `Array`.
        lists "lists": Parsed<profile::Lists>,
        /// Flex messages in their short form, to clients that announce them.
        small_messages "small-messages": Parsed<bool>,
        /// In AMF0 a value that appears again is a reference, so that cycles can be said.
        references "references": Parsed<bool>,
        /// A body of debug events may stand before the others, where debugging is on.
        debug_events "debug-events": Parsed<bool>,
        /// The answer's packet may have headers.
        response_headers "response-headers": Parsed<bool>,
        /// Which values of a request are lists beside plain arrays: `arrays` (none), `maps` (ECMA arrays with the keys 0…n−1), `objects` (objects with such members, too).
        lists_in "lists-in": Parsed<ListForms>,
        /// Integers in AMF3: `int`, or `number` for clients that misread them.
        integers "integers": Parsed<profile::Integers>,
        /// The fault of a classic call: `status`, or `message` for an ErrorMessage.
        faults "faults": Parsed<profile::Faults>,
        /// The version of the answer's packet: `asked`, or `0` also around AMF3.
        answer_version "answer-version": Parsed<profile::AnswerVersion>,
    }
    later []
}

keys! {
    /// The proxy before the gateway.
    pub struct BehindFile is "`behind`" {
        /// Networks of proxies that are believed what they say of clients: `10.0.0.0/8`.
        peers "peers": Items<Parsed<IpNet>>,
        /// The address that clients see: `https://shop.example`.
        public_url "public-url": Scalar,
        /// Whether each connection of a peer begins with a header of the PROXY protocol, version 1 or 2; false.
        proxy_protocol "proxy-protocol": Parsed<bool>,
        /// The header in which a peer names the user that it has let in: `X-Remote-User`.
        identity_header "identity-header": Scalar,
    }
    later []
}

keys! {
    /// How long sessions live, what carries them, and where they are kept.
    pub struct SessionsFile is "`sessions`" {
        /// A session ends after this time without a call; 20m.
        idle "idle": Parsed<Duration>,
        /// A session ends after this time in any case; 12h.
        longest "longest": Parsed<Duration>,
        /// What may name a session: `[cookie, url, ds-id]`, which is what counts where nothing is said.
        by "by": Items<Parsed<Carrier>>,
        /// Whether the suffix of a URL may name the session of somebody who has logged in; false.
        signed_in_by_url "signed-in-by-url": Parsed<bool>,
        /// Where sessions are kept: `memory`, or a database of `backends`, for more than one gateway.
        store "store": Scalar,
    }
    later []
}

keys! {
    /// Who may ask for more than answers: whoever has the roles and calls from the networks, as far as each is said.
    pub struct CallersFile is "`debug` and `describe`" {
        /// `public`, `users`, or a list of roles.
        roles "roles": RolesFile,
        /// Networks from which they call: `127.0.0.1`, `10.0.0.0/8`.
        peers "peers": Items<Parsed<IpNet>>,
    }
    later []
}

keys! {
    /// What `serve --dev` does more.
    pub struct DevFile is "`dev`" {
        /// An unknown call prints a mapping to paste; true.
        stubs "stubs": Parsed<bool>,
    }
    later []
}

keys! {
    /// Budgets, checked before anything is allocated.
    pub struct LimitsFile is "`limits`" {
        /// Bytes of a request; 2MiB.
        request "request": Parsed<Size>,
        /// Bytes of one reply; 10MiB.
        reply "reply": Parsed<Size>,
        /// Levels of nesting; 64.
        depth "depth": Parsed<usize>,
        /// Values of a packet; 200000.
        values "values": Parsed<usize>,
        /// Calls of a packet; 100.
        calls "calls": Parsed<usize>,
        /// Calls that run at once; 1000. More are refused.
        running "running": Parsed<usize>,
        /// Calls of one client's address that run at once; 200.
        running_each "running-each": Parsed<usize>,
        /// Bytes of requests and answers that are held at once; 256MiB. Calls that need more are refused.
        held "held": Parsed<Size>,
        /// Bytes of one client's address that are held at once; 64MiB.
        held_each "held-each": Parsed<Size>,
        /// Connections at once; 8192. More wait to be accepted.
        connections "connections": Parsed<usize>,
        /// Connections of one client's address at once; 256. More are closed. The peers of `behind` may have as many as there are.
        connections_each "connections-each": Parsed<usize>,
    }
    later []
}

keys! {
    /// What services and operations need not say.
    pub struct DefaultsFile is "`defaults`" {
        /// Who may call: `public`, `users`, `internal` or a list of roles.
        roles "roles": RolesFile,
        /// A call ends after this; 10s.
        timeout "timeout": Parsed<Duration>,
        /// Rows beyond this are a fault; 10000.
        max_rows "max-rows": Parsed<usize>,
        /// How often one caller may call each operation: `60/min`.
        rate "rate": Parsed<Rate>,
        /// Whether the log of audit has each call.
        audit "audit": Parsed<bool>,
        /// How often what reads runs again where it could not begin; 0.
        retry "retry": Parsed<u32>,
        /// How backend values look where no type says it; blazeds.
        preset "preset": Parsed<Preset>,
        /// The zone of times that name none; UTC.
        zone "zone": Parsed<TimeZone>,
        /// What backend names become; as-is.
        names "names": Parsed<Names>,
        /// What becomes of faults for which no operation and no service has a rule.
        faults "faults": FaultsFile,
    }
    later []
}

/// `paths`: gateway paths, and whether the built-in ones stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathsFile {
    /// Each path with its profile.
    pub paths: Vec<(Scalar, Scalar)>,
    /// `built-in`.
    pub built_in: Option<Parsed<bool>>,
}

impl Read for PathsFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let entries = Named::<NodeOf>::read(node, reader)?;
        let mut read = Self::default();
        for (key, NodeOf(value)) in entries.0 {
            if &*key.text == "built-in" {
                read.built_in = Parsed::read(&value, reader);
            } else if !key.text.starts_with('/') {
                reader.error(
                    120,
                    &key.place,
                    format!("the path `{}` begins with no `/`", key.text),
                    "beside paths only `built-in` may stand here",
                );
            } else if let Some(profile) = Scalar::read(&value, reader) {
                read.paths.push((key, profile));
            }
        }
        Some(read)
    }
}

impl JsonSchema for PathsFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PathsFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": { "built-in": { "type": "boolean", "description": "Whether the built-in paths stay; true." } },
            "patternProperties": { "^/": { "type": "string", "description": "`json`, or a profile: auto, flash-8, flash, flex, air, ruffle, ruffle-2025, royale, lightspark, or one of `profiles`." } },
            "additionalProperties": false,
        })
    }
}

struct NodeOf(Node);

impl Read for NodeOf {
    fn read(node: &Node, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self(node.clone()))
    }
}
