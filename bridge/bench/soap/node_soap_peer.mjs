// node-soap as a peer: reads the reply in a file, or writes a request of as many orders, as often as a line says.
//
// usage: node node_soap_peer.mjs MODULES WSDL read|write REPLY ROWS

import assert from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, wsdl, what, file, count] = process.argv.slice(2);
const soap = createRequire(`${modules}/`)("soap");
const rows = Number(count);
const client = await soap.createClientAsync(wsdl);
const reply = readFileSync(file, "utf8");
const orders = {
    Order: Array.from({ length: rows }, (_, row) => ({
        id: row, customer: `Customer ${row % 100}`, total: `${row}.50`, placed: new Date("2026-11-20T09:30:00Z"),
        paid: row % 2 === 0, note: null,
    })),
};
const read = () => client.wsdl.xmlToObject(reply);
const write = () => client.wsdl.objectToDocumentXML("saveOrders", { orders }, "tns", "urn:bench:orders");

if (what === "read") {
    const found = [read().Body.listOrdersResponse.listOrdersResult.Order].flat();
    assert(found.length === rows && Number(found.at(-1).id) === rows - 1, "the reply is not read");
} else {
    assert(write().split("id>").length >= 2 * rows, "the request is not written");
}
const work = what === "read" ? read : write;
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
    if (line.startsWith("work ")) {
        for (let times = Number(line.split(" ")[1]); times > 0; times -= 1) work();
        console.log("done");
    } else {
        const { user, system } = process.cpuUsage();
        console.log(`${(user + system) / 1e6} ${process.resourceUsage().maxRSS * 1024}`);
    }
}
