//! Calls by way of a proxy.

use footbridge_mapping::model::Proxy;
use footbridge_traffic::Kind;

use crate::support::{Server, client, get, ok, plain, soon, status, told};

#[tokio::test(start_paused = true)]
async fn a_proxy_gets_the_whole_address() {
    let proxy = Server::says([ok("by proxy")]).await;
    let mut settings = plain();
    settings.proxy = Proxy::Address(proxy.address());
    let client = client("http://shop.invalid/api", settings);
    assert_eq!(
        told(client.send(&get("/a"), soon()).await),
        Ok("by proxy".into())
    );
    assert_eq!(proxy.lines(), ["GET http://shop.invalid/api/a HTTP/1.1"]);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_refuses_is_told() {
    let strict = Server::says([status(407, "Proxy-Authenticate: Basic\r\n", "")]).await;
    let mut settings = plain();
    settings.proxy = Proxy::Address(strict.address());
    let plainly = client("http://shop.invalid/", settings.clone());
    assert_eq!(
        told(plainly.send(&get("/"), soon()).await),
        Err(Kind::Proxy)
    );
    let tunnelled = client("https://shop.invalid/", settings.clone());
    assert_eq!(
        told(tunnelled.send(&get("/"), soon()).await),
        Err(Kind::Proxy)
    );
    settings.proxy = Proxy::Address("http://127.0.0.1:1".to_owned());
    let gone = client("http://shop.invalid/", settings);
    assert_eq!(told(gone.send(&get("/"), soon()).await), Err(Kind::Proxy));
}
