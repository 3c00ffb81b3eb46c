// The page with Ruffle and the movie, and the gateway behind the same origin; keeps the packets that go by.
import { createReadStream, existsSync } from "node:fs";
import { createServer, request } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const RUFFLE = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules", "@ruffle-rs", "ruffle");
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".swf": "application/x-shockwave-flash" };

// The movie finds the gateway's address in the page's own.
const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>cases</title>
<script>
    window.RufflePlayer = { config: { autoplay: "on", unmuteOverlay: "hidden", splashScreen: false, allowScriptAccess: true, logLevel: "warn" } };
</script>
<script src="/ruffle.js"></script>
<div id="place"></div>
<script>
    window.addEventListener("load", () => {
        const player = window.RufflePlayer.newest().createPlayer();
        document.getElementById("place").append(player);
        const gateway = new URLSearchParams(location.search).get("gateway");
        player.ruffle().load({ url: "/cases.swf", parameters: { gateway } });
    });
</script>`;

/** Listens on this port, 0 for a free one. `packets` are the request bodies, oldest first. */
export async function site({ movie, gateway, port }) {
    const packets = [];
    const server = createServer((incoming, outgoing) => {
        const path = new URL(incoming.url, "http://here").pathname;
        if (incoming.method === "POST") {
            forward(new URL(path, gateway), incoming, outgoing, packets);
        } else if (path === "/") {
            outgoing.setHeader("content-type", "text/html; charset=utf-8").end(PAGE);
        } else if (path === "/cases.swf") {
            file(movie, outgoing);
        } else {
            file(join(RUFFLE, normalize(path)), outgoing);
        }
    });
    await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
    return {
        address: address(server),
        packets,
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}

function address(server) {
    return `http://127.0.0.1:${server.address().port}`;
}

function file(path, outgoing) {
    if (!existsSync(path)) {
        outgoing.writeHead(404).end();
        return;
    }
    outgoing.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
    createReadStream(path).pipe(outgoing);
}

function forward(url, incoming, outgoing, packets) {
    const parts = [];
    incoming.on("data", (part) => parts.push(part));
    incoming.on("end", () => {
        const body = Buffer.concat(parts);
        packets.push(body);
        const headers = { ...incoming.headers, host: url.host };
        const onward = request(url, { method: "POST", headers }, (answer) => {
            outgoing.writeHead(answer.statusCode, answer.headers);
            answer.pipe(outgoing);
        });
        onward.on("error", (error) => outgoing.writeHead(502).end(String(error)));
        onward.end(body);
    });
}
