//! Channels: their paths.

use std::fmt::Write as _;

use super::read::Imported;
use super::xml::Element;
use crate::yaml::scalar;

impl Imported {
    /// The path of an endpoint for AMF over HTTP; other channels have no counterpart.
    pub(super) fn channel(&mut self, file: &str, channel: &Element) {
        let Some(endpoint) = channel.all("endpoint").next() else {
            return;
        };
        // Of an old file the channel alone may say what it is.
        let class = endpoint
            .attribute("class")
            .or_else(|| channel.attribute("class"))
            .unwrap_or_default();
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
        if url.starts_with("https:") {
            self.leave(
                file,
                channel,
                "HTTPS: say `tls` of a listener, or put a proxy in front",
            );
        }
        let guarded = channel.attribute("security-constraint").is_some()
            || channel.all("security-constraint").next().is_some();
        if guarded {
            self.leave(
                file,
                channel,
                "who may use it: a path has no roles, say `roles` of the services",
            );
        }
        self.rest(file, channel);
    }

    /// `gateway.yaml`, with the paths that no gateway has by itself.
    pub(super) fn gateway(&mut self, file: &str) {
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
