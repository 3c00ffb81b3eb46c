// The page that plays a movie in Ruffle. The movie finds what the page was asked for in its own parameters.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const RUFFLE = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules", "@ruffle-rs", "ruffle");

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
        const parameters = Object.fromEntries(new URLSearchParams(location.search));
        player.ruffle().load({ url: "/cases.swf", parameters });
    });
</script>`;

export function player(movie) {
    return { page: PAGE, files: { "/cases.swf": movie, "/": RUFFLE } };
}
