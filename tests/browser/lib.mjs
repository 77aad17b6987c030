// Small harness: builds sites with the program under test, serves them, opens pages in Chromium, counts checks.
import { execFileSync } from "node:child_process";
import { cpSync, createReadStream, existsSync, mkdirSync, readFileSync, statSync, writeFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mkdtempSync } from "node:fs";
import { chromium } from "playwright-core";

export const here = dirname(fileURLToPath(import.meta.url));
export const axeSource = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");
export const work = mkdtempSync(join(tmpdir(), "stepwright-browser-"));
export const NOW = "2026-11-22";
export const program = process.argv[2] ?? "stepwright";

let failed = 0, passed = 0;
export async function check(name, run) {
  try {
    await run();
    passed++;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n      ${String(error.message).replaceAll("\n", "\n      ")}`);
  }
}
export function assert(value, message) { if (!value) throw new Error(message); }
export function equal(got, wanted, what) {
  const [g, w] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (g !== w) throw new Error(`${what}: got ${g}, wanted ${w}`);
}
export function done() {
  console.log(`browser: ${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

// Builds the handbook of tests/site, changed by `edit(path, text)` where it returns a text, and returns the folder of the site.
export function build(name, { edit, files, prepare, now = NOW, args = [] } = {}) {
  const repo = join(work, `${name}-docs`), out = join(work, name);
  cpSync(join(here, "../site/handbook"), repo, { recursive: true });
  const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) => e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]);
  for (const path of walk(repo)) {
    if (!edit || !/\.(md|yaml)$/.test(path)) continue;
    const text = edit(path.slice(repo.length + 1), readFileSync(path, "utf8"));
    if (typeof text === "string") writeFileSync(path, text);
  }
  for (const [path, text] of Object.entries(files ?? {})) {
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), text);
  }
  prepare?.(repo);
  execFileSync(program, ["-C", repo, "build", "--output", out, "--now", now, "-q", ...args], { stdio: ["ignore", "inherit", "inherit"] });
  return out;
}

const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".png": "image/png", ".json": "application/json", ".md": "text/plain", ".csv": "text/csv" };
// Serves `root` below `prefix`, with the policy of the design as a header.
export async function serve(root, prefix = "/") {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
    let file = join(root, path.startsWith(prefix) ? path.slice(prefix.length) : "\0");
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
    if (!existsSync(file)) { response.writeHead(404); response.end(); return; }
    response.writeHead(200, {
      "content-type": (TYPES[extname(file)] ?? "application/octet-stream") + "; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:",
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}${prefix}`, close: () => server.close() };
}

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// Opens an address and calls `use(page, log)`; `log` gathers console errors and requests.
export async function open(address, options, use) {
  const { width = 1280, height = 900, mode = "light", time = NOW, ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: mode, reducedMotion: "reduce", ...rest });
  const page = await context.newPage();
  if (time && rest.javaScriptEnabled !== false) await page.clock.setFixedTime(new Date(`${time}T12:00:00Z`));
  const log = { errors: [], requests: [] };
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) log.errors.push(m.text()); });
  page.on("pageerror", (e) => log.errors.push(e.message));
  page.on("request", (r) => log.requests.push(r));
  try {
    await page.goto(address);
    return await use(page, log);
  } finally {
    await context.close();
  }
}

export async function axe(page) {
  // Injected through the debugger, so that the page's own policy stays as it is.
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((v) => `${v.id} ×${v.nodes.length}: ${v.nodes[0].target} ${v.nodes[0].html.slice(0, 120)}`);
}

// Pixels of a screenshot, as RGBA, through a blank page's canvas.
export async function pixels(png) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const data = await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, 0, image.width, image.height);
    // Only what is coloured matters to the checks: hue, saturation and lightness of such pixels, counted.
    const hues = {};
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = [data[i] / 255, data[i + 1] / 255, data[i + 2] / 255];
      const max = Math.max(r, g, b), min = Math.min(r, g, b), d = max - min;
      if (d < 0.25) continue;
      const h = max === r ? ((g - b) / d + 6) % 6 : max === g ? (b - r) / d + 2 : (r - g) / d + 4;
      const key = Math.round(h * 60);
      hues[key] = (hues[key] ?? 0) + 1;
    }
    return hues;
  }, png.toString("base64"));
  await context.close();
  return data;
}
