// Compiles the movie from ActionScript 2 and plays it in Ruffle; compiles the example for users as well. The compiler: FOOTBRIDGE_AVM1.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXAMPLES, stage } from "../browser/stage.mjs";
import { debugCases } from "../ruffle/packets.mjs";
import { player } from "../ruffle/player.mjs";

const here = dirname(fileURLToPath(import.meta.url));

await stage({
    name: "AVM1",
    build(folder) {
        const movie = join(folder, "cases.swf");
        const compile = (...words) => execFileSync(process.env.FOOTBRIDGE_AVM1, words, { stdio: "inherit" });
        compile(join(EXAMPLES, "as2"), join(folder, "example.swf"));
        compile(join(here, "src"), movie);
        return player(movie);
    },
    judge: debugCases,
});
