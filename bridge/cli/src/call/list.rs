//! Files of calls: one a line, `service.operation` and its arguments as JSON behind it.

use anyhow::{Context, bail};
use footbridge_amf::{Graph, canonical};
use serde_json::Value as Json;

use super::client::Call;

/// The calls of a file. Empty lines and lines that begin with `#` are left out.
pub(crate) fn parse(text: &str) -> anyhow::Result<Vec<Call>> {
    let mut calls = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (target, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let arguments = serde_json::Deserializer::from_str(arguments)
            .into_iter::<Json>()
            .collect::<Result<Vec<_>, _>>();
        let arguments =
            arguments.with_context(|| format!("line {number}: the arguments are no JSON"))?;
        calls.push(call(target, &arguments).with_context(|| format!("line {number}"))?);
    }
    Ok(calls)
}

/// A call to `service.operation` with arguments in canonical or plain JSON.
pub(crate) fn call(target: &str, arguments: &[Json]) -> anyhow::Result<Call> {
    let Some((service, operation)) = target.rsplit_once('.') else {
        bail!("`{target}` is no SERVICE.OPERATION, as `samples.EchoService.echo` is");
    };
    let mut graph = Graph::new();
    let mut values = Vec::with_capacity(arguments.len());
    for (number, argument) in (1..).zip(arguments) {
        let value = canonical::from_json_into(&mut graph, argument)
            .with_context(|| format!("argument {number}"))?;
        values.push(value);
    }
    Ok(Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        graph,
        arguments: values,
    })
}

/// An argument as it is typed on a command line.
pub(crate) fn argument(text: &str) -> anyhow::Result<Json> {
    serde_json::from_str(text).with_context(|| {
        let quoted = Json::String(text.to_owned());
        format!("`{text}` is no JSON; a text needs its quotes, and those the shell's: '{quoted}'")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_call_with_its_arguments() {
        let calls = parse(
            "# two calls\n\nsamples.Shop.find \"toys\" [1, 2] {\"a\": null}\nsamples.Shop.all\n",
        )
        .unwrap();
        let shape: Vec<_> = calls
            .iter()
            .map(|call| (&*call.service, &*call.operation, call.arguments.len()))
            .collect();
        assert_eq!(
            shape,
            [("samples.Shop", "find", 3), ("samples.Shop", "all", 0)]
        );
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        assert_eq!(
            format!("{:#}", parse("a.b 1\nall").unwrap_err()),
            "line 2: `all` is no SERVICE.OPERATION, as `samples.EchoService.echo` is"
        );
        assert!(
            format!("{:#}", parse("a.b toys").unwrap_err())
                .starts_with("line 1: the arguments are no JSON: ")
        );
    }

    #[test]
    fn a_text_without_quotes_is_explained() {
        let message = argument("toys").unwrap_err().to_string();
        assert_eq!(
            message,
            "`toys` is no JSON; a text needs its quotes, and those the shell's: '\"toys\"'"
        );
    }
}
