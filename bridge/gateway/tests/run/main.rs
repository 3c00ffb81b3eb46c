//! Operations, run on a real database, without a socket: what they answer, told in canonical JSON.
//!
//! Each case is a file of calls, `cases/NAME.calls`. Beside it stands the mapping that it calls, `cases/NAME.yaml`; without
//! one it calls the samples of this repository. Every case begins with a fresh sample database. A call is one line, its
//! answer what stands below it up to an empty line:
//!
//! ```text
//! amf3 samples.EchoService.greet "Ann"
//! "Hello, Ann!"
//! ```
//!
//! `amf0` makes a classic call in AMF0, `amf3` one in AMF3. A fault is written `! CODE: message`, with its detail and data as
//! JSON. With `UPDATE=1` in the environment the answers are written as they are.

mod play;

mod service;

use std::path::Path;

use footbridge_gateway::Live;
use footbridge_mapping::compile::{Project, SourceFile};

use play::in_force;

#[tokio::test]
async fn every_case_answers_as_it_says() {
    play::cases("cases", samples).await;
}

#[tokio::test]
async fn services_over_http_answer_as_it_says() {
    let orders = service::start().await;
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let gateway = format!(
        "gateway: test\nbackends:\n  orders: {{rest: {orders}}}\n  gone: {{rest: {gone}}}\ndefaults: {{roles: public}}\n"
    );
    let live = async |case: &Path, root: &Path| {
        let service = std::fs::read_to_string(case.with_extension("yaml")).unwrap();
        let files = [
            ("mappings/gateway.yaml", &gateway),
            ("mappings/service.yaml", &service),
        ];
        let project = Project {
            root: root.to_owned(),
            files: files
                .iter()
                .map(|(path, text)| SourceFile::new(*path, text.as_bytes()))
                .collect(),
        };
        in_force(&project, root).await
    };
    play::cases("rest", live).await;
}

/// The mapping beside the case on the sample database, or the samples of this repository.
async fn samples(case: &Path, root: &Path) -> Live {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let service = case.with_extension("yaml");
    let project = if service.exists() {
        let migrations = repository.join("migrations/sqlite");
        let gateway = format!(
            "gateway: test\nbackends:\n  shop: {{sqlite: shop.db, migrations: {}}}\ndefaults: {{roles: public}}\n",
            migrations.display()
        );
        let file = |path: &str, text: String| SourceFile::new(path, text.as_bytes());
        Project {
            root: case.parent().unwrap().to_owned(),
            files: vec![
                file("mappings/gateway.yaml", gateway),
                file(
                    "mappings/service.yaml",
                    std::fs::read_to_string(&service).unwrap(),
                ),
            ],
        }
    } else {
        std::fs::create_dir_all(root.join("migrations")).unwrap();
        std::fs::create_dir_all(root.join("migrations/sqlite")).unwrap();
        for entry in std::fs::read_dir(repository.join("migrations/sqlite")).unwrap() {
            let path = entry.unwrap().path();
            let copy = root
                .join("migrations/sqlite")
                .join(path.file_name().unwrap());
            std::fs::copy(&path, copy).unwrap();
        }
        Project::read(repository).unwrap()
    };
    in_force(&project, root).await
}
