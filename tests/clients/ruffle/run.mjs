// Compiles the movie and plays it in Ruffle; compiles the example for users as well.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXAMPLES, stage } from "../browser/stage.mjs";
import { packetCases } from "./packets.mjs";
import { player } from "./player.mjs";

const here = dirname(fileURLToPath(import.meta.url));

await stage({
    name: "AVM2",
    build(folder) {
        const movie = join(folder, "cases.swf");
        const compile = (cwd, ...words) => execFileSync("haxe", words, { cwd, stdio: "inherit" });
        compile(join(EXAMPLES, "haxe"), "-main", "Products", "-swf-version", "11", "-swf", join(folder, "example.swf"));
        compile(here, "build.hxml", "-swf", movie);
        return player(movie);
    },
    judge: packetCases,
});
