// Compiles the application with Apache Royale and runs it; compiles the example for users as well.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXAMPLES, stage } from "../browser/stage.mjs";
import { quotes } from "./quotes.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const royale = join(here, "node_modules", "@apache-royale", "royale-js", "royale-asjs");
const frameworks = join(royale, "frameworks");

await stage({
    name: "Royale",
    build(folder) {
        // What js/bin/mxmlc of the package does, without its shell script.
        const compiler = [
            "-Xmx768m", "-Dsun.io.useCanonCaches=false", `-Droyalecompiler=${royale}`, `-Droyalelib=${frameworks}`,
            "-jar", join(royale, "js", "lib", "mxmlc.jar"), `+royalelib=${frameworks}`,
            `-sdk-js-lib=${join(frameworks, "js", "Royale", "generated-sources")}`,
        ];
        const libraries = ["MXRoyaleJS", "MXRoyaleBaseJS"].map((name) => join(frameworks, "js", "libs", `${name}.swc`));
        const compile = (source, place) => {
            const application = [
                "-targets=JSRoyale", "-debug=true", "-remove-circulars", "-js-output-optimization=skipAsCoercions",
                `-js-library-path+=${libraries}`, `-js-output=${place}`, source,
            ];
            execFileSync("java", [...compiler, ...application], { stdio: ["ignore", "inherit", "inherit"] });
        };
        compile(join(EXAMPLES, "royale", "Products.mxml"), join(folder, "example"));
        compile(join(here, "src", "Main.mxml"), folder);
        const output = join(folder, "bin", "js-debug");
        return {
            page: readFileSync(join(output, "index.html"), "utf8"),
            files: { "/feed/": join(here, "feed"), "/": output },
            services: { "/feed/quotes": quotes },
        };
    },
});
