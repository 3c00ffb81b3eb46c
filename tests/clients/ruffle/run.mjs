// Compiles the movie, plays it in Ruffle in headless Chromium against the gateway at FOOTBRIDGE_URL, and prints how
// each case went. Chromium: FOOTBRIDGE_CHROMIUM.
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
    server = await site({ movie, gateway: process.env.FOOTBRIDGE_URL });
    browser = await chromium.launch({
        executablePath: process.env.FOOTBRIDGE_CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
        ],
    });
    await play(await browser.newPage());
    results.push(...packetCases(server.packets));
} catch (error) {
    results.push({ name: "the movie runs to its end", faults: [String(error)] });
} finally {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
}
print();

/** Ends when the movie says that all its cases have run. */
async function play(page) {
    const ended = Promise.withResolvers?.() ?? withResolvers();
    const timer = setTimeout(() => ended.reject(new Error(`the movie did not end within ${PATIENCE} ms`)), PATIENCE);
    page.on("console", (message) => notes.push(message.text()));
    page.on("pageerror", (error) => notes.push(String(error)));
    await page.exposeFunction("report", (text) => {
        const line = JSON.parse(text);
        if (line.end) {
            ended.resolve(line.count);
        } else {
            results.push(line);
            show(line);
        }
    });
    try {
        await page.goto(server.address);
        const count = await ended.promise;
        if (count !== results.length) {
            throw new Error(`the movie has ${count} cases, but ${results.length} came`);
        }
    } finally {
        clearTimeout(timer);
    }
}

function withResolvers() {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
}

function show({ name, faults }) {
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
