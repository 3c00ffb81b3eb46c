//! What nobody took: every setting that is neither carried over nor told of elsewhere is told of here.

use super::read::Imported;
use super::xml::Element;

impl Imported {
    /// Tells of what stands within an element and has no counterpart. Parts that are read by themselves are passed over.
    pub(super) fn rest(&mut self, file: &str, element: &Element) {
        let mut open: Vec<&Element> = element.children.iter().rev().collect();
        while let Some(element) = open.pop() {
            let name = element.name.as_str();
            if APART.contains(&name) || is_harmless(element) {
                continue;
            }
            if TAKEN.contains(&name) {
                open.extend(element.children.iter().rev());
                continue;
            }
            let known = REASONS.iter().find(|(names, _)| names.contains(&name));
            let why = known.map_or("nothing here corresponds to it", |(_, why)| why);
            self.leave(file, element, why);
        }
    }
}

/// Whether a setting says what is so anyway, or nothing.
fn is_harmless(element: &Element) -> bool {
    if element.name == "adapter-definition" {
        let class = element.attribute("class").unwrap_or_default();
        return ADAPTERS.iter().any(|known| class.ends_with(known));
    }
    let says_no = matches!(&*element.text, "" | "false") && element.children.is_empty();
    says_no && DEFAULT_FALSE.contains(&element.name.as_str())
}

/// Parts that are read by themselves.
const APART: [&str; 4] = [
    "destination",
    "channel-definition",
    "service",
    "include-methods",
];

/// Elements that are carried over or told of elsewhere; what stands within them is looked at.
const TAKEN: [&str; 32] = [
    "adapter",
    "adapters",
    "auth-method",
    "channel",
    "channel-include",
    "channels",
    "constraint-include",
    "default-channels",
    "default-security-constraint",
    "destination-include",
    "dynamic-url",
    "endpoint",
    "exclude-methods",
    "factory",
    "login-command",
    "method",
    "properties",
    "remote-password",
    "remote-username",
    "role",
    "roles",
    "scope",
    "security",
    "security-constraint",
    "service-include",
    "services",
    "soap",
    "source",
    "system",
    "url",
    "wsdl",
    // Answers are never kept by caches, whatever it says.
    "add-no-cache-headers",
];

/// Settings that change nothing where they are false.
const DEFAULT_FALSE: [&str; 5] = [
    "polling-enabled",
    "manageable",
    "invalidate-session-on-disconnect",
    "login-after-disconnect",
    "enforce-endpoint-validation",
];

/// Adapters of calls and requests that need no words.
const ADAPTERS: [&str; 4] = [
    "JavaAdapter",
    "HTTPProxyAdapter",
    "SOAPProxyAdapter",
    "ColdFusionAdapter",
];

/// What to do instead.
const REASONS: [(&[&str], &str); 15] = [
    (
        &["factories"],
        "what they made is gone: say what answers the calls instead",
    ),
    (
        &["adapter-definition"],
        "another adapter than Java's: say what answers the calls instead",
    ),
    (
        &["logging"],
        "FOOTBRIDGE_LOG says what is logged, `audit` what is kept of calls",
    ),
    (&["redeploy"], "a changed mapping is loaded by itself"),
    (
        &["clusters", "network"],
        "several gateways share their sessions by `sessions: {store: BACKEND}`",
    ),
    (
        &["flex-client", "session-timeout"],
        "how long a session lasts is `sessions: {idle: 30m}`",
    ),
    (
        &[
            "validators",
            "async-message-filters",
            "sync-message-filters",
        ],
        "what may come is said by the types of arguments, `roles` and `require`",
    ),
    (
        &["servers", "server", "user-agent-settings"],
        "streaming and RTMP have no counterpart yet",
    ),
    (
        &[
            "polling-enabled",
            "polling-interval-seconds",
            "polling-interval-millis",
            "wait-interval-millis",
            "client-wait-interval-millis",
            "max-waiting-poll-requests",
            "idle-timeout-minutes",
            "piggybacking-enabled",
        ],
        "polling has no counterpart yet: who subscribes gets a fault",
    ),
    (
        &["serialization"],
        "a profile of the path says what its clients read, `types` how values look",
    ),
    (
        &["coldfusion", "access", "property-case"],
        "`preset: coldfusion`, `names` and `types` say how names and values look",
    ),
    (
        &[
            "connection-manager",
            "external-proxy",
            "allow-lax-ssl",
            "cookie-limit",
            "content-chunked",
        ],
        "pools, time-outs, proxies and authorities are said of the backend",
    ),
    (
        &["attribute-id"],
        "things kept between calls are `remember`",
    ),
    (
        &["recreate-httpsession-after-login"],
        "a session has a new identifier after each login anyway",
    ),
    (
        &["client-load-balancing", "redirect-url"],
        "clients are led elsewhere by `moved`, or by what stands in front",
    ),
];
