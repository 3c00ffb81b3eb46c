//! `footbridge-avm1 FOLDER OUT.swf`: compiles `main.as` and all classes of a folder to a SWF of version 8.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use rascal::{
    CompileOptions, FileSystemSourceProvider, OptimizationOptions, ProgramBuilder, SwfOptions,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(movie), None) = (words.next(), words.next(), words.next()) else {
        return Err("usage: footbridge-avm1 FOLDER OUT.swf".into());
    };
    let options = CompileOptions::default()
        .with_swf_version(8)
        .with_optimizations(OptimizationOptions::none());
    let provider = FileSystemSourceProvider::with_root(folder.clone());
    let mut builder = ProgramBuilder::new(provider).with_compile_options(options);
    builder.add_script("main.as");
    // A class that is only named in an expression would not be found by itself.
    for class in classes(&folder, "")? {
        builder.add_class(&class);
    }
    let program = builder.build().map_err(|error| error.to_string())?;
    let swf = program
        .compile()
        .to_swf(&SwfOptions::default().with_frame_rate(30.0))?;
    Ok(fs::write(movie, swf)?)
}

/// The classes in a folder and in those below it, with their packages.
fn classes(folder: &Path, package: &str) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.is_dir() {
            found.extend(classes(&path, &format!("{package}{name}."))?);
        } else if name != "main" {
            found.push(format!("{package}{name}"));
        }
    }
    found.sort();
    Ok(found)
}
