//! What `serve` writes to standard error: lines of the log, and among them those of the audit, which say so.
//!
//! The audit is no question of how much somebody wants to read: its lines are written whatever `FOOTBRIDGE_LOG` says of others.

use std::fmt;
use std::io::IsTerminal;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{self, FormatEvent, FormatFields, JsonFields, Writer};
use tracing_subscriber::registry::LookupSpan;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogForm {
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// Begins to log: what `FOOTBRIDGE_LOG` says, else each call; on a terminal that shows each call only what somebody should look at.
pub(crate) fn begin(dev: bool, form: LogForm) {
    let said = std::env::var("FOOTBRIDGE_LOG").unwrap_or_default();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(&said, if dev { "warn" } else { "info" }))
        .with_writer(std::io::stderr);
    match form {
        LogForm::Human => lines
            .with_ansi(std::io::stderr().is_terminal())
            .event_format(Lines {
                calls: format::format().with_target(false),
                audit: format::format().with_target(true),
            })
            .init(),
        LogForm::Json => {
            let json = || format::format().json().flatten_event(true);
            lines
                .fmt_fields(JsonFields::new())
                .event_format(Lines {
                    calls: json().with_target(false),
                    audit: json().with_target(true),
                })
                .init();
        }
    }
}

/// What is said, or else the rule for who says nothing; and the audit, unless it is named.
fn filter(said: &str, otherwise: &str) -> EnvFilter {
    // Blanks behind commas are no part of a rule.
    let rules: Vec<_> = said.split(',').map(str::trim).collect();
    let (said, chosen) = match (said.trim(), EnvFilter::try_new(rules.join(","))) {
        ("", _) => (otherwise, EnvFilter::new(otherwise)),
        (said, Ok(chosen)) => (said, chosen),
        (_, Err(error)) => {
            eprintln!("warning: FOOTBRIDGE_LOG is passed over: {error}");
            (otherwise, EnvFilter::new(otherwise))
        }
    };
    if names_audit(said) {
        return chosen;
    }
    let audit = format!("{AUDIT}=info").parse();
    chosen.add_directive(audit.expect("a target and a level are a rule"))
}

/// Whether a rule of the filter is about the audit: `audit`, `audit=off`, `audit[span]=warn`.
fn names_audit(said: &str) -> bool {
    said.split(',').any(|rule| {
        let target = rule.split(['=', '[']).next().unwrap_or_default();
        target.trim() == AUDIT
    })
}

/// Two formats: of the audit with the name of its target, of all else without.
struct Lines<F> {
    calls: F,
    audit: F,
}

impl<S, N, F> FormatEvent<S, N> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let format = if event.metadata().target() == AUDIT {
            &self.audit
        } else {
            &self.calls
        };
        format.format_event(context, writer, event)
    }
}

/// The target of the audit.
const AUDIT: &str = "audit";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_is_written_unless_a_rule_is_about_it() {
        for (said, audit) in [
            ("", "info"),
            ("off", "info"),
            ("warn,footbridge_gateway=debug", "info"),
            ("warn,auditor=off", "info"),
            ("audit=off", "off"),
            ("info, audit=warn", "warn"),
            ("nonsense=nonsense,audit=off", "info"),
        ] {
            let filter = filter(said, "warn").to_string();
            assert!(
                filter
                    .split(',')
                    .any(|rule| rule == format!("audit={audit}")),
                "{said}: {filter}"
            );
        }
    }
}
