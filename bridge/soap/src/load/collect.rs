//! All documents of a WSDL: each once, in circles or not.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use footbridge_mapping::address::join;

use super::{LoadError, Options, Patch, Resolver};
use crate::model::Warning;
use crate::xml::namespace::{
    ADDRESSING, APACHE, ENCODING11, ENCODING12, SOAP11, SOAP12, WSDL, XML, XMLMIME, XOP, XSD,
    XSD_1999, XSD_2000,
};
use crate::xml::{Tree, decode};

/// A document that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) address: Arc<str>,
    pub(super) text: String,
    /// The documents that it names, by the location as written.
    pub(super) named: HashMap<String, usize>,
}

/// Namespaces whose schemas are built in; they are not asked for, wherever they are said to be.
const BUILT_IN: &[&str] = &[
    XSD, XSD_1999, XSD_2000, ENCODING11, ENCODING12, SOAP11, SOAP12, XML, XMLMIME, XOP, ADDRESSING,
    APACHE, WSDL,
];

pub(super) fn is_built_in(namespace: &str) -> bool {
    BUILT_IN.contains(&namespace)
}

pub(crate) fn is_xsd(namespace: &str) -> bool {
    matches!(namespace, XSD | XSD_1999 | XSD_2000)
}

/// The first is the WSDL itself.
pub(super) fn collect(
    address: &str,
    resolver: &mut dyn Resolver,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Document>, LoadError> {
    let mut documents: Vec<Document> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    // Address, and the document and location that name it.
    let mut waiting: VecDeque<(String, Option<(usize, String)>)> = VecDeque::new();
    waiting.push_back((address.to_owned(), None));
    for patch in &options.patches {
        if let Patch::Import { location } = patch {
            waiting.push_back((join(address, location), Some((0, location.to_string()))));
        }
    }
    let mut bytes = 0_usize;
    while let Some((wanted, from)) = waiting.pop_front() {
        if let Some(&known) = places.get(&wanted) {
            name(&mut documents, from, known);
            continue;
        }
        let too_much = |what, limit| LoadError::TooMuch {
            address: address.into(),
            what,
            limit,
        };
        if documents.len() >= options.documents {
            return Err(too_much("documents", options.documents));
        }
        let place = options
            .catalog
            .get(wanted.as_str())
            .map_or(wanted.as_str(), AsRef::as_ref);
        let content = match resolver.resolve(place) {
            Ok(content) => content,
            Err(error) if documents.is_empty() => {
                return Err(LoadError::Missing {
                    address: wanted.into(),
                    reason: error.0,
                });
            }
            Err(error) => {
                warnings.push(Warning {
                    document: wanted.as_str().into(),
                    message: format!(
                        "`{wanted}` cannot be read ({error}); what it declares is missing"
                    ),
                });
                continue;
            }
        };
        bytes = bytes.saturating_add(content.len());
        if bytes > options.bytes {
            return Err(too_much("bytes", options.bytes));
        }
        let mut text = decode(&content, None).into_owned();
        drop(content);
        for patch in &options.patches {
            if let Patch::Replace { find, with } = patch
                && !find.is_empty()
            {
                text = text.replace(find.as_ref(), with);
            }
        }
        let tree = match Tree::parse(&text, options.xml) {
            Ok(tree) => tree,
            Err(error) if documents.is_empty() => {
                return Err(LoadError::Unreadable {
                    address: wanted.into(),
                    error,
                });
            }
            Err(error) => {
                warnings.push(Warning {
                    document: wanted.as_str().into(),
                    message: format!("`{wanted}` is left out: {error}"),
                });
                continue;
            }
        };
        if documents.is_empty() && !tree.is(0, WSDL, "definitions") {
            return Err(no_wsdl(&wanted, &tree));
        }
        let index = documents.len();
        for (location, namespace) in locations(&tree) {
            let given = options.catalog.get(namespace.as_str());
            let location = match given {
                Some(instead) => instead.to_string(),
                None => location,
            };
            waiting.push_back((join(&wanted, &location), Some((index, location))));
        }
        drop(tree);
        places.insert(wanted.clone(), index);
        documents.push(Document {
            address: wanted.into(),
            text,
            named: HashMap::new(),
        });
        name(&mut documents, from, index);
    }
    Ok(documents)
}

/// The trees of all documents. They were read once already, so they can be read again.
pub(super) fn trees<'d>(documents: &'d [Document], options: &Options) -> Vec<Tree<'d>> {
    documents
        .iter()
        .map(|document| Tree::parse(&document.text, options.xml).unwrap_or_default())
        .collect()
}

fn name(documents: &mut [Document], from: Option<(usize, String)>, to: usize) {
    if let Some((from, location)) = from
        && let Some(document) = documents.get_mut(from)
    {
        document.named.insert(location, to);
    }
}

/// What a document names: locations as written, with the namespace that is said to be there.
fn locations(tree: &Tree<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for at in 0..tree.len() {
        let local = tree.local(at);
        if !matches!(local, "import" | "include" | "redefine") {
            continue;
        }
        let space = tree.namespace(at);
        let location = if is_xsd(space) {
            tree.attribute(at, "schemaLocation")
        } else if space == WSDL {
            tree.attribute(at, "location")
        } else {
            None
        };
        let namespace = tree.attribute(at, "namespace").unwrap_or("");
        let Some(location) = location
            .map(str::trim)
            .filter(|location| !location.is_empty())
        else {
            continue;
        };
        if local == "import" && is_built_in(namespace) {
            continue;
        }
        found.push((location.to_owned(), namespace.to_owned()));
    }
    found
}

fn no_wsdl(address: &str, tree: &Tree<'_>) -> LoadError {
    let hint = match (tree.local(0), tree.namespace(0)) {
        ("description", _) => "; WSDL 2.0 is not read, ask the service for ?wsdl of version 1.1",
        ("html" | "HTML", _) => "; it is a web page, often the WSDL's address ends in ?wsdl",
        ("schema", _) => "; a schema declares no operations, name the WSDL that imports it",
        _ => "",
    };
    LoadError::NoWsdl {
        address: address.into(),
        element: tree.local(0).to_owned(),
        hint,
    }
}
