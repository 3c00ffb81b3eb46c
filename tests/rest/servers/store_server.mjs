// json-server: a store of orders with pages by Link headers. Says `listening on http://…`.

import { createRequire } from "node:module";

const jsonServer = createRequire(new URL("../../clients/package.json", import.meta.url))("json-server");

const orders = Array.from({ length: 25 }, (_, index) => ({
    id: index + 1,
    customer: index % 2 ? "bob" : "ann",
    total: (index + 1) * 10.5,
    lines: [{ sku: `A-${index + 1}`, qty: index }],
}));

const app = jsonServer.create();
app.use(jsonServer.defaults({ logger: false }));
app.use(jsonServer.router({ orders }));
const server = app.listen(0, "127.0.0.1", () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
