// Measures what a reader waits for, the way Lighthouse does on a phone: one page and a first search of a large site, over a slow connection (1.6 Mbit/s,
// 150 ms there and back, gzip) on a processor slowed down four times, with an empty cache. Usage: node load.mjs STEPWRIGHT [PAGES [SITE]]; with SITE, such a site that is built already.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { browser, here, work } from "./lib.mjs";

const [program, pages, built] = [process.argv[2], Number(process.argv[3] ?? 10000), process.argv[4]];

// Pages of about 6 kB cut from our own documentation, in sections of fifty, by a fixed seed.
function write(root) {
  const parts = [];
  const walk = (dir) => readdirSync(dir, { withFileTypes: true }).forEach((e) => {
    const path = join(dir, e.name);
    if (e.isDirectory()) walk(path);
    else if (path.endsWith(".md")) {
      const text = readFileSync(path, "utf8").replace(/^---\n[\s\S]*?\n---\n/, "").replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/<!--[\s\S]*?-->/g, "");
      parts.push(...text.split(/^(?=## )/m).filter((p) => p.startsWith("## ") && !p.includes("file=")));
    }
  });
  walk(join(here, "../../content"));
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let n = 0; n < pages; n++) {
    const folder = join(root, "content", `area-${Math.floor(n / 1000)}`, `team-${Math.floor(n / 50) % 20}`);
    if (n % 50 === 0) mkdirSync(folder, { recursive: true });
    let text = "";
    while (text.length < 6000) text += parts[Math.floor(next() * parts.length)].trimEnd() + "\n\n";
    writeFileSync(join(folder, `page-${n}.md`), `---\ntitle: Page ${n} about item${(n * 7919) % 10007}\n---\n\n${text}`);
  }
}

// A server that compresses, as hosts do.
async function serve(root) {
  const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };
  const server = createServer((request, response) => {
    const file = join(root, decodeURIComponent(new URL(request.url, "http://x").pathname));
    if (!existsSync(file) || !statSync(file).isFile()) { response.writeHead(404); response.end(); return; }
    const body = gzipSync(readFileSync(file));
    response.writeHead(200, { "content-type": `${types[extname(file)] ?? "application/octet-stream"}; charset=utf-8`, "content-encoding": "gzip", "content-length": body.length });
    response.end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${server.address().port}/`;
}

async function visit(address, use, slow = true) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const got = [];
  await cdp.send("Network.enable");
  const names = {};
  cdp.on("Network.requestWillBeSent", (e) => { names[e.requestId] = e.request.url; });
  cdp.on("Network.loadingFinished", (e) => got.push({ url: names[e.requestId], bytes: e.encodedDataLength }));
  if (slow) {
    await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 });
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  }
  await page.addInitScript(() => {
    window.seen = { shift: 0, blocked: 0, largest: 0 };
    new PerformanceObserver((l) => l.getEntries().forEach((e) => { if (!e.hadRecentInput) seen.shift += e.value; })).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((l) => l.getEntries().forEach((e) => { seen.blocked += Math.max(0, e.duration - 50); })).observe({ type: "longtask", buffered: true });
    new PerformanceObserver((l) => l.getEntries().forEach((e) => { seen.largest = e.startTime; })).observe({ type: "largest-contentful-paint", buffered: true });
  });
  await page.goto(address, { waitUntil: "load" });
  await page.waitForTimeout(300);
  try { return await use(page, got); } finally { await context.close(); }
}

const repo = join(work, "load"), site = built ?? join(work, "load-site");
if (!built) write(repo);
if (!built) execFileSync(program, ["-C", repo, "build", "-q", "--output", site], { stdio: ["ignore", "inherit", "inherit"] });
const base = await serve(site);
const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const article = "area-0/team-3/page-170.html";

const visits = [];
for (let n = 0; n < 5; n++) visits.push(await visit(base + article, async (page, got) => {
  const paint = await page.evaluate(() => {
    const first = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    const before = performance.getEntriesByType("resource").filter((r) => r.renderBlockingStatus === "blocking");
    return { first, blocking: before.map((r) => r.name), ...window.seen };
  });
  const needed = got.filter((g) => g.url === base + article || paint.blocking.includes(g.url));
  return { ...paint, bytes: needed.reduce((s, g) => s + g.bytes, 0), all: got.reduce((s, g) => s + g.bytes, 0), requests: got.length, needed: needed.length };
}));
const of = (key) => middle(visits.map((v) => v[key]));
console.log(`${pages} pages; ${article}: ${visits[0].needed} requests and ${visits[0].bytes} bytes before the first paint, ${visits[0].requests} and ${visits[0].all} in all`);
console.log(`first paint ${Math.round(of("first"))} ms, largest paint ${Math.round(of("largest"))} ms, main thread blocked ${Math.round(of("blocked"))} ms, layout shift ${of("shift").toFixed(3)}`);

const queries = ["item4242", "restart", "review", "restart worker", "blueprnt", "page 170"];
let worst = 0;
for (const query of queries) {
  const times = { fast: [], slow: [] };
  let bytes, requests, hits;
  for (const [kind, runs] of [["fast", 3], ["slow", 3]]) for (let n = 0; n < runs; n++) {
    await visit(`${base}search.html`, async (page, got) => {
      await page.waitForSelector("[data-results] input");
      await page.waitForTimeout(kind === "slow" ? 1500 : 200);
      const ms = await page.evaluate((q) => new Promise((done) => {
        const input = document.querySelector("[data-results] input"), began = performance.now();
        new MutationObserver((_, o) => { if (document.querySelector("[data-results] .sw-count")) { o.disconnect(); done(performance.now() - began); } }).observe(document.querySelector("[data-results]"), { childList: true, subtree: true });
        input.value = q;
        input.dispatchEvent(new Event("input"));
      }), query);
      times[kind].push(ms);
      await page.waitForTimeout(200);
      const search = got.filter((g) => /\/search[/.]/.test(g.url) && g.url.endsWith(".js") || /\/search\/.*\?v=/.test(g.url) || /assets\/search\./.test(g.url));
      bytes = search.reduce((s, g) => s + g.bytes, 0);
      requests = search.length;
      hits = await page.locator("[data-results] .sw-hits a").count();
    }, kind === "slow");
  }
  worst = Math.max(worst, bytes);
  console.log(`“${query}”: first result ${Math.round(middle(times.fast))} ms here, ${Math.round(middle(times.slow))} ms on the slow phone; ${bytes} bytes of search in ${requests} requests; ${hits} shown`);
}
await browser.close();
if (worst > 300_000) {
  console.log(`load: a first query takes ${worst} bytes, more than 300000`);
  process.exit(1);
}
console.log("load: within 300000 bytes for a first query");
