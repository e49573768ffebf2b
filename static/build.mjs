// Everything the pages load, from static/src and the packages to static/dist, in under a second.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
process.chdir(root);

await build({
  entryPoints: [
    "static/src/js/app.js",
    "static/src/js/charts.js",
    "static/src/js/offline.js",
    "static/src/js/interface.js",
    "static/src/css/fonts.css",
    "static/src/img/favicon.svg",
    "static/src/img/apple-touch-icon.png",
    "static/src/img/icon-192.png",
    "static/src/img/icon-512.png",
    "static/src/img/icon-maskable-512.png",
    "static/src/img/share.png",
  ],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  loader: { ".woff2": "file", ".svg": "copy", ".png": "copy" },
  assetNames: "fonts/[name]",
  entryNames: "[name]",
  outdir: "static/dist",
  logLevel: "warning",
});

// Read by the {% icon %} tag, never served.
copyFileSync("node_modules/@tabler/icons/tabler-nodes-outline.json", "static/dist/icons.json");

const cli = join(dirname(require.resolve("@tailwindcss/cli/package.json")), "dist/index.mjs");
const styles = spawnSync(
  process.execPath,
  [cli, "--input", "static/src/css/app.css", "--output", "static/dist/app.css", "--minify"],
  { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" },
);
if (styles.status !== 0) {
  console.error(styles.stderr);
  process.exit(1);
}
