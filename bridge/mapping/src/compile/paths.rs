//! `paths` and `profiles`: what is spoken where.

use std::sync::Arc;

use footbridge_remoting::Profile;
use indexmap::IndexMap;

use super::Compiler;
use super::edge::is_address;
use crate::diagnostic::did_you_mean;
use crate::file::gateway::{GatewayFile, ProfileFile};
use crate::file::yaml::Scalar;
use crate::model::{Face, GatewayPath};

/// The paths that clients of old gateways have built in.
const PATHS: [&str; 7] = [
    "/gateway",
    "/flashservices/gateway",
    "/flex2gateway/",
    "/flex2gateway/cfamfpolling",
    "/amfphp/gateway.php",
    "/messagebroker/amf",
    "/messagebroker/amfpolling",
];

type Profiles = IndexMap<Arc<str>, Arc<Profile>>;

impl Compiler<'_> {
    /// The gateway's paths, each with its profile.
    pub(super) fn paths(&mut self, file: &GatewayFile) -> Vec<GatewayPath> {
        let profiles = self.profiles(file);
        let mut paths: Vec<GatewayPath> = Vec::new();
        let own = file.paths.as_ref().map(|paths| &paths.value);
        if own
            .and_then(|own| own.built_in.as_ref())
            .is_none_or(|built_in| built_in.value)
        {
            paths.extend(PATHS.map(GatewayPath::auto));
        }
        for (path, profile) in own.iter().flat_map(|own| &own.paths) {
            let face = if &*profile.text == "json" {
                Face::Json
            } else if let Some(known) = profiles.get(&profile.text) {
                Face::Amf(Arc::clone(known))
            } else {
                let names = profiles
                    .keys()
                    .map(|name| &**name)
                    .chain(std::iter::once("json"));
                let meant = did_you_mean(&profile.text, names);
                self.error_help(
                    118,
                    &profile.place,
                    format!("`{}` is no profile{meant}", profile.text),
                    "write `auto`, `json`, or a profile",
                );
                continue;
            };
            // What is said of a built-in path replaces what is built in.
            paths.retain(|known| known.path != path.text);
            paths.push(GatewayPath {
                path: Arc::clone(&path.text),
                face,
                moved: None,
            });
        }
        self.moved(file, &mut paths);
        paths
    }

    /// `moved`: where the clients of a path are told to go.
    fn moved(&mut self, file: &GatewayFile, paths: &mut [GatewayPath]) {
        for (path, url) in file.moved.iter().flat_map(|moved| &moved.value.0) {
            let known = paths
                .iter_mut()
                .find(|known| known.path == path.text && matches!(known.face, Face::Amf(_)));
            let Some(known) = known else {
                self.error_help(
                    126,
                    &path.place,
                    format!("`{}` is no gateway path for AMF", path.text),
                    "write a path of `paths`, or a built-in one; its clients still need it",
                );
                continue;
            };
            if is_address(&url.text) {
                known.moved = Some(Arc::clone(&url.text));
            } else {
                self.error_help(
                    126,
                    &url.place,
                    "this is no address that clients could call",
                    "write `https://shop.example/gateway`",
                );
            }
        }
    }

    /// The built-in profiles and those of the file, each of which may be like one that stands before it.
    fn profiles(&mut self, file: &GatewayFile) -> Profiles {
        let mut known: Profiles = Profile::names()
            .filter_map(Profile::built_in)
            .map(|profile| (Arc::from(&*profile.name), Arc::new(profile)))
            .collect();
        for (name, file) in file.profiles.iter().flat_map(|named| &named.value.0) {
            let made = self.profile(name, file, &known);
            if Profile::built_in(&name.text).is_some() || &*name.text == "json" {
                self.error_help(
                    126,
                    &name.place,
                    format!("`{}` is built in", name.text),
                    "choose another name, and say `like`",
                );
                continue;
            }
            known.insert(Arc::clone(&name.text), Arc::new(made));
        }
        known
    }

    fn profile(&mut self, name: &Scalar, file: &ProfileFile, known: &Profiles) -> Profile {
        let mut profile = Profile::auto().clone();
        if let Some(like) = &file.like {
            match known.get(&like.value.text) {
                Some(like) => profile = Profile::clone(like),
                None => {
                    let meant = did_you_mean(&like.value.text, known.keys());
                    self.error_help(
                        126,
                        &like.value.place,
                        format!(
                            "no profile before this one is named `{}`{meant}",
                            like.value.text
                        ),
                        "",
                    );
                }
            }
        }
        profile.name = name.text.to_string().into();
        // What is said here is true of every call that comes this way.
        profile.recognise = false;
        if let Some(rows) = &file.rows {
            profile.rows = rows.value.value;
        }
        if let Some(lists) = &file.lists {
            profile.lists = lists.value.value;
        }
        if let Some(forms) = &file.lists_in {
            profile.lists_in = forms.value.value;
        }
        if let Some(integers) = &file.integers {
            profile.integers = integers.value.value;
        }
        if let Some(faults) = &file.faults {
            profile.faults = faults.value.value;
        }
        if let Some(version) = &file.answer_version {
            profile.answer_version = version.value.value;
        }
        let switches = [
            (&mut profile.small_messages, &file.small_messages),
            (&mut profile.references, &file.references),
            (&mut profile.debug_events, &file.debug_events),
            (&mut profile.response_headers, &file.response_headers),
        ];
        for (switch, said) in switches {
            if let Some(said) = said {
                *switch = said.value.value;
            }
        }
        profile
    }
}
