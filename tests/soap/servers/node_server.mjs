// node-soap as a server: wrapped and bare bodies, an abstract type, a choice, a header, a typed fault.
//
// Says `listening on http://…`; the service is /shop, its WSDL that of the project beside this.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const soap = createRequire(new URL("../../clients/package.json", import.meta.url))("soap");

const XSI = "http://www.w3.org/2001/XMLSchema-instance";
const lines = (line) => (line === undefined ? [] : [line].flat());
const names = { sesame: "Ali", ann: "Ann" };
const operations = {
    order: ({ customer, line, note }) => ({
        receipt: {
            id: customer.length,
            total: lines(line).reduce((sum, { qty, price }) => sum + qty * price, 0).toFixed(2),
            placed: "2026-11-20T09:30:00Z",
            line: note === "none" ? [] : lines(line),
        },
    }),
    price: (sku) => (String(sku.$value ?? sku) === "a1" ? "9.50" : "0"),
    draw: ({ shape: { attributes, ...rest } }) => {
        const type = Object.entries(attributes).find(([name]) => name.endsWith(":type"))[1].split(":").at(-1);
        return { shape: { attributes: { "xmlns:xsi": XSI, "xsi:type": `tns:${type}` }, ...rest } };
    },
    pay: ({ card, iban, amount }) => ({ by: `${card === undefined ? "iban" : "card"} ${card ?? iban} ${amount}` }),
    who: (_body, _callback, headers) => ({ name: names[headers?.Session?.token] ?? "nobody" }),
    take: ({ sku }) => {
        throw {
            Fault: {
                faultcode: "soap:Client.NoStock",
                faultstring: `no ${sku} left`,
                detail: { NoStock: { attributes: { xmlns: "urn:tests:shop" }, sku, left: 0 } },
                statusCode: 500,
            },
        };
    },
};

const server = createServer((_request, response) => response.writeHead(404).end());
const wsdl = readFileSync(new URL("../project/wsdl/shop.wsdl", import.meta.url), "utf8");
soap.listen(server, { path: "/shop", services: { Shop: { ShopPort: operations } }, xml: wsdl });
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
