// koa-pagination: 25 rows by Range and Content-Range, at most 10 at once. Says `listening on http://…`.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../clients/package.json", import.meta.url));
const Koa = require("koa");
const { middleware } = require("koa-pagination");

const rows = Array.from({ length: 25 }, (_, index) => ({ id: index + 1, name: `row ${index + 1}` }));

const app = new Koa();
app.use(middleware({ maximum: 10 }));
app.use((context) => {
    const { offset, limit } = context.pagination;
    context.pagination.length = rows.length;
    context.body = rows.slice(offset, offset + limit);
});
const server = app.listen(0, "127.0.0.1", () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
