// Compiles the movie, plays it in Ruffle in headless Chromium, and prints how each case went. The gateway at
// FOOTBRIDGE_URL is called twice: as if it were of the page's origin, and across origins, where the browser asks it
// for leave. The page is served at FOOTBRIDGE_PAGE_PORT, which the gateway's `origins` name. Chromium: FOOTBRIDGE_CHROMIUM.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { site } from "./site.mjs";
import { packetCases } from "./packets.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const PATIENCE = 180_000;
const results = [];
const notes = [];

const folder = mkdtempSync(join(tmpdir(), "footbridge-ruffle-"));
let server;
let browser;
try {
    const movie = join(folder, "cases.swf");
    execFileSync("haxe", ["build.hxml", "-swf", movie], { cwd: here, stdio: "inherit" });
    server = await site({ movie, gateway: process.env.FOOTBRIDGE_URL, port: Number(process.env.FOOTBRIDGE_PAGE_PORT ?? 0) });
    browser = await chromium.launch({
        executablePath: process.env.FOOTBRIDGE_CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
        ],
    });
    await play("same origin", `${server.address}/gateway`);
    packetCases(server.packets).forEach(tell);
    await play("cross origin", `${process.env.FOOTBRIDGE_URL}/gateway`);
} catch (error) {
    tell({ name: "the movie runs to its end", faults: [String(error)] });
} finally {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
}
print();

/** Plays the movie against this address of the gateway; ends when the movie says that all its cases have run. */
async function play(origin, gateway) {
    const ended = withResolvers();
    const timer = setTimeout(() => ended.reject(new Error(`${origin}: the movie did not end within ${PATIENCE} ms`)), PATIENCE);
    let told = 0;
    const page = await browser.newPage();
    page.on("console", (message) => notes.push(message.text()));
    page.on("pageerror", (error) => notes.push(String(error)));
    await page.exposeFunction("report", (text) => {
        const line = JSON.parse(text);
        if (line.end) {
            ended.resolve(line.count);
        } else {
            told += 1;
            tell({ name: `${origin}: ${line.name}`, faults: line.faults });
        }
    });
    try {
        await page.goto(`${server.address}/?gateway=${encodeURIComponent(gateway)}`);
        const count = await ended.promise;
        if (count !== told) {
            throw new Error(`${origin}: the movie has ${count} cases, but ${told} came`);
        }
    } finally {
        clearTimeout(timer);
        await page.close();
    }
}

function withResolvers() {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
}

function tell(result) {
    const { name, faults } = result;
    results.push(result);
    console.log(`${faults.length === 0 ? "ok    " : "FAILED"} ${name}`);
    for (const fault of faults) {
        fault.split("\n").forEach((line) => console.log(`         ${line.slice(0, 600)}`));
    }
}

function print() {
    const failed = results.filter(({ faults }) => faults.length > 0);
    if (failed.length > 0 && notes.length > 0) {
        console.log("\nthe browser's console:");
        notes.slice(-40).forEach((note) => console.log(`  ${note.slice(0, 400)}`));
    }
    console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
    process.exitCode = failed.length === 0 ? 0 : 1;
}
