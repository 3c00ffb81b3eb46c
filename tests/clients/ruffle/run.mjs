// Compiles the movie and plays it in Ruffle.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stage } from "../browser/stage.mjs";
import { packetCases } from "./packets.mjs";
import { player } from "./player.mjs";

const here = dirname(fileURLToPath(import.meta.url));

await stage({
    name: "AVM2",
    build(folder) {
        const movie = join(folder, "cases.swf");
        execFileSync("haxe", ["build.hxml", "-swf", movie], { cwd: here, stdio: "inherit" });
        return player(movie);
    },
    judge: packetCases,
});
