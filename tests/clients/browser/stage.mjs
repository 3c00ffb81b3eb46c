// Plays an application of some client in headless Chromium against gateways, and prints how each of its cases went.
//
// An application is a page that takes from its address which cases to run (`cases`) and whom to call (`gateway`, a base
// address), and calls `report(text)` with a JSON line for each: {name, faults: […]}, at last {end: true, count}.
//
// Each set of cases has its gateway, and is played twice: as if that gateway were of the page's origin, and across origins,
// where the browser asks it for leave and sends no cookies. The page is served at FOOTBRIDGE_PAGE_PORT, which the
// `origins` of the gateways name. Chromium: FOOTBRIDGE_CHROMIUM.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { site } from "./site.mjs";

const PATIENCE = 90_000;

/** Where the examples for users are. */
export const EXAMPLES = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "docs", "examples", "clients");

/** The gateways of a run, by the cases that are played against each. */
export const GATEWAYS = { samples: process.env.FOOTBRIDGE_URL, members: process.env.FOOTBRIDGE_MEMBERS_URL };

/**
 * `build(folder)` makes an application in a folder of this run, and gives `{page, files, services}`: the page's HTML, the folders
 * or files below each path, and what answers a POST at others. `judge(packets, answers)` gives more cases, about what the page's own origin saw.
 */
export async function stage({ name, build, judge = () => [] }) {
    const results = [];
    const notes = [];
    const folder = mkdtempSync(join(tmpdir(), "footbridge-browser-"));
    let server;
    let browser;
    try {
        const { page, files, services } = build(folder);
        server = await site({ page, files, services, gateways: GATEWAYS, port: Number(process.env.FOOTBRIDGE_PAGE_PORT ?? 0) });
        browser = await launch();
        for (const [cases, gateway] of Object.entries(GATEWAYS)) {
            await play(`${name}, same origin`, cases, `${server.address}/${cases}`);
            await play(`${name}, cross origin`, cases, gateway);
        }
        judge(server.packets, server.answers).forEach(tell);
    } catch (error) {
        tell({ name: `${name}: the application runs to its end`, faults: [String(error)] });
    } finally {
        await browser?.close();
        server?.close();
        rmSync(folder, { recursive: true, force: true });
    }
    print(results, notes);

    /** Plays these cases against this address of their gateway; ends when the application says that all have run. */
    async function play(origin, cases, gateway) {
        const ended = withResolvers();
        const timer = setTimeout(() => ended.reject(new Error(`${origin}, ${cases}: no end within ${PATIENCE} ms`)), PATIENCE);
        let told = 0;
        // A context has cookies of its own.
        const context = await browser.newContext();
        const page = await context.newPage();
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
            await page.goto(`${server.address}/?${new URLSearchParams({ cases, gateway })}`);
            const count = await ended.promise;
            if (count === 0 || count !== told) {
                throw new Error(`${origin}: there are ${count} cases, but ${told} came`);
            }
        } catch (error) {
            tell({ name: `${origin}: the ${cases} cases run to their end`, faults: [String(error)] });
        } finally {
            clearTimeout(timer);
            await context.close();
        }
    }

    function tell(result) {
        results.push(result);
        console.log(`${result.faults.length === 0 ? "ok    " : "FAILED"} ${result.name}`);
        for (const fault of result.faults) {
            fault.split("\n").forEach((line) => console.log(`         ${line.slice(0, 600)}`));
        }
    }
}

function launch() {
    return chromium.launch({
        executablePath: process.env.FOOTBRIDGE_CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
        ],
    });
}

function withResolvers() {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
}

function print(results, notes) {
    const failed = results.filter(({ faults }) => faults.length > 0);
    if (failed.length > 0 && notes.length > 0) {
        console.log("\nthe browser's console:");
        notes.slice(-40).forEach((note) => console.log(`  ${note.slice(0, 400)}`));
    }
    console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
    process.exitCode = failed.length === 0 ? 0 : 1;
}
