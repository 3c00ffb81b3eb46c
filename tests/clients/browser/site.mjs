// The page of an application with its files, and gateways behind the same origin; keeps the packets that go by, and their answers.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
    ".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".swf": "application/x-shockwave-flash",
    ".wasm": "application/wasm", ".wsdl": "text/xml; charset=utf-8", ".xml": "text/xml; charset=utf-8",
};

/**
 * Listens on this port, 0 for a free one. `files`: a folder or file for each path, the longer ones first. `gateways`: a base
 * address for each name; a POST below /NAME goes there. `services`: a function for each path, which is given the headers and the body of a
 * POST and gives `{status, type, body}`. `packets` are the request bodies for gateways, oldest first, `answers` those that came for them.
 */
export async function site({ page, files, gateways, services = {}, port }) {
    const packets = [];
    const answers = [];
    const server = createServer((incoming, outgoing) => {
        const path = decodeURIComponent(new URL(incoming.url, "http://here").pathname);
        if (incoming.method === "POST" && path in services) {
            serve(services[path], incoming, outgoing);
        } else if (incoming.method === "POST") {
            const [, name, ...rest] = path.split("/");
            forward(new URL(rest.join("/"), `${gateways[name]}/`), incoming, outgoing, { packets, answers });
        } else if (path === "/") {
            outgoing.setHeader("content-type", TYPES[".html"]).end(page);
        } else {
            const [prefix, place] = Object.entries(files).find(([each]) => path.startsWith(each)) ?? ["", ""];
            file(join(place, normalize(path.slice(prefix.length))), outgoing);
        }
    });
    await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
    return {
        address: `http://127.0.0.1:${server.address().port}`,
        packets,
        answers,
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}

function file(path, outgoing) {
    if (!existsSync(path) || !statSync(path).isFile()) {
        outgoing.writeHead(404).end();
        return;
    }
    outgoing.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
    createReadStream(path).pipe(outgoing);
}

function serve(service, incoming, outgoing) {
    const parts = [];
    incoming.on("data", (part) => parts.push(part));
    incoming.on("end", () => {
        const { status, type, body } = service(incoming.headers, Buffer.concat(parts).toString());
        outgoing.writeHead(status, { "content-type": type }).end(body);
    });
}

function forward(url, incoming, outgoing, { packets, answers }) {
    const parts = [];
    incoming.on("data", (part) => parts.push(part));
    incoming.on("end", () => {
        const body = Buffer.concat(parts);
        packets.push(body);
        // Answers are looked at as they are: none is packed.
        const headers = { ...incoming.headers, host: url.host, "accept-encoding": "identity" };
        const onward = request(url, { method: "POST", headers }, (answer) => {
            outgoing.writeHead(answer.statusCode, answer.headers);
            answers.push(Buffer.alloc(0));
            const at = answers.length - 1;
            answer.on("data", (part) => (answers[at] = Buffer.concat([answers[at], part])));
            answer.pipe(outgoing);
        });
        onward.on("error", (error) => outgoing.writeHead(502).end(String(error)));
        onward.end(body);
    });
}
