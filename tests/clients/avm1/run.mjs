// Compiles the movie from ActionScript 2 and plays it in Ruffle. The compiler: FOOTBRIDGE_AVM1.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stage } from "../browser/stage.mjs";
import { player } from "../ruffle/player.mjs";

const here = dirname(fileURLToPath(import.meta.url));

await stage({
    name: "AVM1",
    build(folder) {
        const movie = join(folder, "cases.swf");
        execFileSync(process.env.FOOTBRIDGE_AVM1, [join(here, "src"), movie], { stdio: "inherit" });
        return player(movie);
    },
});
