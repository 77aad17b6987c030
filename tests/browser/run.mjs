// Checks of the website that a machine can decide. Usage: node run.mjs PATH-TO-STEPWRIGHT
import { readFileSync, readdirSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, axe, browser, build, check, done, equal, here, open, pixels, program, serve, work } from "./lib.mjs";

const sick = build("sick");
const healthy = build("healthy", {
  edit: (path, text) => path.endsWith(".md") ? text.replace(/reviewed: .*/, "reviewed: 2026-11-01").replace("kind: procedure\n---", "kind: procedure\nowner: people-lead\nreviewed: 2026-11-01\nreview-every: 6 months\n---").replace(/> \[!(CAUTION|WARNING)\]/g, "> [!NOTE]") : text.replace("kind: danger", "kind: note"),
});
const steps200 = ["blueprint: 1", "id: long", "title: A long one", "control: {status: approved}", "phases: [{id: one, title: One}, {id: two, title: Two}]", "steps:"];
for (let n = 1; n <= 200; n++) steps200.push(`  - {id: s${n}, title: Step number ${n}, phase: ${n <= 120 ? "one" : "two"}, owner: clerk, text: "Do it.\\n\\n1. first\\n2. second\\n", after: [${n > 1 ? `s${n - 1}` : ""}]}`);
const long = build("long", { files: { "content/ops/long.blueprint.yaml": steps200.join("\n") + "\n" } });
const arabic = build("arabic", { edit: (path, text) => path === "stepwright.yaml" ? text.replace("site:\n", "site:\n  language: ar\n") : undefined });
// Two versions: in the older one a page has another text, and one page more.
const versions = build("versions", { files: { "content/ops/gone.md": "# Gone\n\nThe dirigible.\n", "stepwright.yaml": "site: {title: Acme Handbook}\n" }, prepare: (repo) => {
  const git = (...args) => execFileSync("git", ["-C", repo, "-c", "user.name=T", "-c", "user.email=t@example.org", ...args], { stdio: ["ignore", "ignore", "inherit"] });
  git("init", "-q"); git("add", "-A"); git("commit", "-qm", "Old"); git("tag", "v1");
  git("rm", "-q", "content/ops/gone.md");
  writeFileSync(join(repo, "stepwright.yaml"), "site:\n  title: Acme Handbook\n  version: \"2.0\"\n  versions: [{name: \"1.9-lts\", ref: v1}]\n");
  git("add", "-A"); git("commit", "-qm", "New");
} });
const web = await serve(sick);
const under = await serve(sick, "/docs/");
const webHealthy = await serve(healthy);
const webLong = await serve(long);
const webArabic = await serve(arabic);
const webVersions = await serve(versions);

const STEPS = "ops/restore-primary.steps.html", PROSE = "ops/restore-primary.html";
const TYPES = {
  home: "index.html", section: "ops/index.html", procedure: PROSE, reference: "ops/db-layout.html", steps: STEPS, wiki: "people/from-the-wiki.html", writing: "ops/install.html",
  procedures: "procedures.html", all: "all.html", roles: "roles.html", role: "roles/on-call-engineer.html", tags: "tags.html", tag: "tags/incident.html",
  search: "search.html", health: "health.html", missing: "404.html", moved: "old/restore.html",
};
const READ = Object.entries(TYPES).filter(([k]) => k !== "moved");

for (const [type, path] of READ) {
  for (const width of [390, 1280]) for (const mode of ["light", "dark"]) {
    await check(`axe finds nothing: ${type}, ${width}, ${mode}`, () => open(web.url + path, { width, mode }, async (page) => equal(await axe(page), [], "violations")));
  }
}
await check("axe finds nothing with the search open and a step ticked", () => open(web.url + STEPS, {}, async (page) => {
  await page.check("[data-step=acknowledge] [data-tick]");
  await page.fill("#sw-q", "lag");
  await page.waitForSelector(".sw-popup .sw-hits a");
  equal(await axe(page), [], "violations");
}));

await check("state and first step stand on the first screen of a phone", () => open(web.url + STEPS, { width: 390, height: 844 }, async (page) => {
  const trust = await page.locator(".sw-trust").boundingBox(), first = await page.locator("[data-step] h3").first().boundingBox();
  assert(trust.y + trust.height < 320, `the trust line ends at ${trust.y + trust.height}`);
  assert(first.y + first.height < 844, `the first step's title ends at ${first.y + first.height}`);
}));

for (const path of [TYPES.home, TYPES.section, PROSE, STEPS, TYPES.health]) {
  await check(`no amber or red in a healthy site: ${path}`, () => open(webHealthy.url + path, {}, async (page) => {
    const hues = await pixels(await page.screenshot({ fullPage: true }));
    const alarm = Object.entries(hues).filter(([h]) => h <= 55 || h >= 345).reduce((sum, [, n]) => sum + n, 0);
    assert(alarm === 0, `${alarm} pixels: ${JSON.stringify(hues)}`);
  }));
}

await check("every state has a word and an outline of its own", () => open(web.url + "all.html", {}, async (page) => {
  const states = await page.$$eval(".sw-state", (all) => Object.fromEntries(all.map((e) => [e.dataset.state, [e.querySelector("svg")?.outerHTML, e.textContent.trim()]])));
  assert(Object.keys(states).length >= 4, Object.keys(states).join());
  for (const [glyph, word] of Object.values(states)) assert(glyph && word, "a state without mark or word");
  equal(new Set(Object.values(states).map(([g]) => g)).size, Object.keys(states).length, "different marks");
}));

await check("colours keep their contrast in both modes", async () => {
  for (const mode of ["light", "dark"]) await open(web.url, { mode }, async (page) => {
    const low = await page.evaluate(() => {
      const probe = document.createElement("i");
      document.body.append(probe);
      const rgb = (name) => { probe.style.color = `var(--sw-${name})`; return getComputedStyle(probe).color.match(/[\d.]+/g).map(Number); };
      const light = (c) => { const [r, g, b] = c.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const ratio = (a, b) => { const [x, y] = [light(rgb(a)), light(rgb(b))].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
      const out = [];
      for (const ground of ["paper", "panel"]) {
        for (const text of ["ink", "ink-2", "link", "ok", "soon", "late", "unknown"]) if (ratio(text, ground) < 4.5) out.push(`${text} on ${ground}: ${ratio(text, ground)}`);
        if (ratio("edge", ground) < 3) out.push(`edge on ${ground}: ${ratio("edge", ground)}`);
      }
      if (ratio("ink", "mark") < 4.5) out.push("ink on mark");
      return out;
    });
    equal(low, [], mode);
  });
});

for (const [type, path] of READ) await check(`no sideways scrolling: ${type}`, async () => {
  for (const [width, height] of [[320, 640], [320, 225], [768, 1024], [1920, 1080]]) await open(web.url + path, { width, height }, async (page) => {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(over <= 0, `${over} px too wide at ${width}`);
  });
});

await check("wider text spacing clips nothing", async () => {
  for (const path of [PROSE, STEPS, TYPES.health, TYPES.home]) await open(web.url + path, { width: 640, height: 450, bypassCSP: true }, async (page) => {
    await page.addStyleTag({ content: "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }" });
    const bad = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll("main p, main h1, main h2, main h3, main a, main button, main label")].filter((e) => getComputedStyle(e).overflow === "hidden" && e.scrollWidth > e.clientWidth + 1 && !e.matches(".sw-hidden, .sw-tick-word")).map((e) => e.outerHTML)]);
    assert(bad[0] <= 0 && bad.length === 1, `${path}: ${JSON.stringify(bad)}`);
  });
});

await check("step numbers run from 1 to n, and every step link leads to its number", async () => {
  for (const [url, n] of [[web.url + STEPS, 8], [webLong.url + "ops/long.steps.html", 200]]) await open(url, {}, async (page) => {
    const numbers = await page.$$eval("[data-step] > .sw-num", (all) => all.map((e) => Number(e.textContent)));
    equal(numbers, Array.from({ length: n }, (_, i) => i + 1), "numbers");
    const wrong = await page.$$eval("a[href^='#step-']", (all) => all.filter((a) => /step \d+/.test(a.textContent)).filter((a) => document.querySelector(a.hash + " > .sw-num")?.textContent !== a.textContent.match(/\d+/)[0]).map((a) => a.outerHTML));
    equal(wrong, [], "links");
    assert(await page.locator("a[href^='#step-']").count() > 0, "no links to steps");
  });
});
await check("a list cut by code and bullets keeps its numbers", () => open(web.url + PROSE, {}, async (page) => {
  equal(await page.$$eval(".sw-spine > li > .sw-num", (all) => all.map((e) => e.textContent)), ["1", "2", "3", "4", "5", "6", "7", "8"], "numbers");
  equal(await page.locator("#step-2 .sw-what > ul > li").count(), 3, "bullets of step 2");
}));

await check("the keyboard reaches the content first, and nothing hides under the bar", () => open(web.url + STEPS, { width: 1280, height: 500 }, async (page) => {
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => document.activeElement.className), "sw-skip", "first stop");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)), "the skip link does not lead into main");
  const hidden = [];
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const e = document.activeElement, r = e.getBoundingClientRect(), bar = document.querySelector(".sw-progress");
      const under = !bar.contains(e) && bar.getBoundingClientRect().top <= 0 && r.top < bar.getBoundingClientRect().bottom - 1 && document.querySelector("main").contains(e);
      const ring = getComputedStyle(e).outlineWidth;
      return [e.outerHTML.slice(0, 80), under, ring];
    });
    if (found[1]) hidden.push(found[0]);
    if (found[0].startsWith("<body")) break;
    assert(found[2] === "3px", `no focus ring on ${found[0]}`);
  }
  equal(hidden, [], "hidden under the bar");
}));

for (const [type, path] of READ) await check(`without scripts: ${type}`, () => open(web.url + path, { javaScriptEnabled: false, width: 390 }, async (page) => {
  assert((await page.locator("main").innerText()).length > 20, "nothing to read");
  equal(await page.locator("button:visible").count(), 0, "dead buttons");
  if (type === "steps") assert((await page.locator("main").innerText()).includes("Without JavaScript ticks are not kept"), "does not say that ticks are lost");
  if (type === "search") assert(await page.getByRole("link", { name: "Month-end close" }).isVisible(), "no list of procedures");
  await page.click(".sw-site a[href='#sw-tree']");
  assert(await page.locator("#sw-tree").isVisible(), "the menu does not open");
}));

for (const [place, base] of [["file", `file://${sick}/`], ["sub-path", under.url]]) {
  for (const [type, path] of READ.filter(([k]) => k !== "wiki" && !(k === "missing" && place === "file"))) await check(`opened from ${place}: ${type}`, () => open(base + path, {}, async (page, log) => {
    assert(await page.evaluate(() => getComputedStyle(document.body).backgroundColor) !== "rgba(0, 0, 0, 0)", "not styled");
    equal(log.errors, [], "console");
  }));
  await check(`search from ${place}`, () => open(base + PROSE, {}, async (page, log) => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("pg_last_xact");
    const first = page.locator(".sw-popup .sw-hits a").first();
    await first.waitFor();
    assert((await first.innerText()).startsWith("Restore the primary database"), await first.innerText());
    await page.keyboard.press("ArrowDown");
    const left = page.waitForEvent("framenavigated");
    await page.keyboard.press("Enter");
    await left;
    await page.waitForLoadState();
    await page.waitForURL(/restore-primary/);
    // Chromium looks for words on the page one is on only where a server sent it.
    if (place !== "file") await page.waitForFunction(() => scrollY > 0, null, { timeout: 3000 }).catch(() => { throw new Error("does not lead to the words"); });
    await page.goto(base + "search.html?q=certficates");
    await page.waitForSelector("[data-results] .sw-hits a");
    assert((await page.locator("[data-results]").innerText()).includes("Rotate certificates"), "a slip of one letter finds nothing");
    const marked = async (query, part = "p") => {
      await page.goto(base + "search.html?q=" + query);
      await page.waitForSelector("[data-results] .sw-hits a");
      return page.$$eval(`[data-results] .sw-hits li:first-child ${part} mark`, (all) => all.map((m) => m.textContent));
    };
    assert((await marked("certficates", "b")).includes("certificates"), "a slip is not marked in the title");
    const passage = await marked("replay%20lag");
    assert(passage.includes("replay") && passage.includes("lag"), `both words in one passage: ${passage}`);
    assert((await marked("pg_last_xa")).some((m) => m.startsWith("pg_last_xact")), "the beginning of a name marks the whole of it");
    await page.goto(base + "search.html?q=zzzzzz");
    await page.waitForSelector("[data-results] .sw-count");
    assert((await page.locator("[data-results]").innerText()).includes("No results"), "says nothing");
    equal(log.errors, [], "console");
  }));
  await check(`ticks from ${place} outlive a reload, can be cleared, and warn of an open gate`, () => open(base + STEPS, {}, async (page) => {
    await page.check("[data-step=acknowledge] [data-tick]");
    await page.check("[data-step=promote] [data-tick]");
    await page.fill("[data-field='inputs.incident-number']", "INC-7");
    await page.locator("[data-field='inputs.incident-number']").blur();
    assert((await page.locator("[data-note]").innerText()).includes("Step 4 (approval) is not ticked"), await page.locator("[data-note]").innerText());
    await page.reload();
    assert(await page.isChecked("[data-step=acknowledge] [data-tick]"), "tick lost");
    equal(await page.inputValue("[data-field='inputs.incident-number']"), "INC-7", "entry");
    equal(await page.locator("[data-progress]").innerText(), "2 of 8 done", "progress");
    assert((await page.locator("[data-note]").innerText()).includes("You stopped after step"), "does not say where one stopped");
    await page.click("text=Start again");
    await page.click("text=Press again");
    await page.reload();
    equal(await page.locator("[data-progress]").innerText(), "0 of 8 done", "after clearing");
  }));
}

for (const [type, path] of READ) await check(`policy and hosts: ${type}`, () => open(under.url + path, {}, async (page, log) => {
  await page.waitForTimeout(50);
  equal(log.errors.filter((e) => !e.includes("404")), [], "console");
  equal(log.requests.map((r) => r.url()).filter((u) => !u.startsWith(under.url) && !u.startsWith("data:")), [], "requests elsewhere");
}));
await check("hostile HTML of a wiki stays harmless", () => open(web.url + TYPES.wiki, {}, async (page) => {
  const bad = await page.$$eval("main *", (all) => all.filter((e) => ["SCRIPT", "IFRAME", "OBJECT", "STYLE", "FORM"].includes(e.tagName) || [...e.attributes].some((a) => a.name.startsWith("on") || a.name === "style" || /^\s*(javascript|data):/i.test(a.value))).map((e) => e.outerHTML));
  equal(bad, [], "elements");
  equal(await page.locator(".sw-prose .sw-gate, .sw-prose #sw-main").count(), 0, "borrowed classes and ids");
}));
await check("requests and bytes of an article", () => open(web.url + PROSE, {}, async (page, log) => {
  const urls = log.requests.map((r) => r.url()).filter((u) => u.startsWith("http"));
  assert(urls.length <= 4, urls.join("\n"));
  const html = readFileSync(join(sick, PROSE), "utf8"), outside = html.replace(/<main[\s\S]*<\/main>/, "");
  assert(outside.length < 8000, `HTML outside main: ${outside.length}`);
  assert(gzipSync(outside).length < 2560, `gzipped: ${gzipSync(outside).length}`);
  const elements = await page.evaluate(() => document.querySelectorAll("*").length - document.querySelectorAll("main *").length);
  assert(elements <= 200, `${elements} elements outside main`);
  const total = urls.map((u) => u.slice(web.url.length)).reduce((sum, f) => sum + gzipSync(readFileSync(join(sick, f))).length, 0);
  console.log(`      ${urls.length} requests, ${total} bytes gzipped, ${elements} elements outside the article`);
}));

await check("tabs go by keyboard, hold for all groups and later pages, and open for an address", () => open(web.url + TYPES.writing, {}, async (page) => {
  const shown = () => page.$$eval(".sw-tab:not([hidden])", (all) => all.map((p) => document.getElementById(p.getAttribute("aria-labelledby")).textContent));
  equal(await shown(), ["Debian", "Debian"], "at first");
  await page.locator("[role=tab]").first().focus();
  await page.keyboard.press("ArrowRight");
  equal(await shown(), ["Fedora", "Fedora"], "after the arrow");
  equal(await page.evaluate(() => document.activeElement.textContent), "Fedora", "focus");
  await page.keyboard.press("Home");
  await page.keyboard.press("End");
  await page.reload();
  equal(await shown(), ["Fedora", "Fedora"], "after a reload");
  await page.getByRole("tab", { name: "Debian" }).last().click();
  equal(await shown(), ["Debian", "Debian"], "after a click");
  await page.evaluate(() => { location.hash = "#firewall"; });
  await page.waitForFunction(() => document.getElementById("firewall").checkVisibility({ contentVisibilityAuto: true }));
  equal(await shown(), ["Debian", "Fedora"], "opened by its address");
  await page.emulateMedia({ media: "print" });
  equal(await page.$$eval(".sw-tab", (all) => all.filter((p) => p.getBoundingClientRect().height < 30).length), 0, "hidden on paper");
  assert(await page.locator("#fedora").isVisible() && !(await page.locator("[role=tablist]").first().isVisible()), "headings stand in for tabs on paper");
}));
await check("tabs stand below each other without scripts, and what is taken in is there", () => open(web.url + TYPES.writing, { javaScriptEnabled: false }, async (page) => {
  const text = await page.locator("main").innerText();
  for (const words of ["sudo apt install", "sudo dnf install", "Port 7000", "Ask the data lead first", "acme-client stop", "The client holds a lock", "The client talks to the primary"]) assert(text.includes(words), words);
  assert(!text.includes("exit 0") && await page.locator("#fedora").isVisible(), "no heading");
}));
for (const [width, mode] of [[390, "light"], [1280, "dark"]]) await check(`axe finds nothing in an old version: ${width}`, () => open(webVersions.url + "1.9-lts/ops/gone.html", { width, mode }, async (page) => {
  await page.click(".sw-versions summary");
  equal(await axe(page), [], "violations");
}));
await check("versions: the same page, a word on old ones, a search of their own", () => open(webVersions.url + "ops/db-layout.html", { javaScriptEnabled: false, width: 320 }, async (page) => {
  assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "too wide on a small phone");
  await page.click(".sw-versions summary");
  await page.click(".sw-versions a >> text=1.9-lts");
  await page.waitForURL(/1\.9-lts\/ops\/db-layout\.html/);
  assert((await page.locator(".sw-old").innerText()).includes("no longer the current one"), "does not say that it is old");
  assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "too wide on a small phone");
  await page.click(".sw-old a");
  await page.waitForURL((url) => url.pathname === "/ops/db-layout.html");
  await open(webVersions.url + "search.html?q=dirigible", {}, async (other) => {
    await other.waitForSelector("[data-results] .sw-count");
    assert((await other.locator("[data-results]").innerText()).includes("No results"), "the current version finds pages of the old one");
    await other.goto(webVersions.url + "1.9-lts/search.html?q=dirigible");
    await other.waitForSelector("[data-results] .sw-hits a");
  });
}));

for (const format of ["A4", "Letter"]) await check(`the run sheet on ${format}`, () => open(web.url + STEPS, { mode: "dark" }, async (page) => {
  const pdf = (await page.pdf({ format, preferCSSPageSize: false })).toString("latin1");
  const pages = (pdf.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
  assert(pages > 0 && pages <= 2, `${pages} pages`);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)", "ground");
  equal(await page.locator(".sw-top:visible, .sw-tree:visible, .sw-progress:visible, .sw-copy:visible").count(), 0, "bars");
  equal(await page.evaluate(() => getComputedStyle(document.querySelector("pre")).whiteSpace), "pre-wrap", "code");
  equal(await page.locator(".sw-gate .sw-sign:visible").count(), 1, "signature lines");
  assert((await page.locator(".sw-paper").innerText()).includes("Built 22 Nov 2026"), "no build date");
  equal(await page.evaluate(() => getComputedStyle(document.querySelector("[data-step]")).breakInside), "avoid", "steps");
}));
await check("in print gate, danger, warning and note differ by their rules", () => open(web.url + STEPS, {}, async (page) => {
  await page.emulateMedia({ media: "print" });
  const gate = await page.evaluate(() => { const s = getComputedStyle(document.querySelector(".sw-gate")); return [s.borderTopStyle, s.borderTopWidth]; });
  equal(gate, ["double", "6px"], "gate");
  const danger = await page.evaluate(() => { const s = getComputedStyle(document.querySelector(".sw-note")); return [s.borderTopStyle, s.borderTopWidth]; });
  equal(danger, ["solid", "3px"], "danger");
}));

await check("with forced colours the current page can still be told", () => open(web.url + PROSE, { forcedColors: "active" }, async (page) => {
  const borders = await page.$$eval("#sw-tree a", (all) => all.filter((a) => a.offsetParent).map((a) => [a.hasAttribute("aria-current"), getComputedStyle(a).borderInlineStartWidth, getComputedStyle(a).fontWeight]));
  for (const [current, border] of borders) equal(border !== "0px", current, "border");
}));

await check("with forced colours gates, ticks, tabs and bars can still be told", async () => {
  await open(web.url + STEPS, { forcedColors: "active" }, async (page) => {
    const gate = await page.evaluate(() => { const s = getComputedStyle(document.querySelector(".sw-gate")); return [s.borderTopStyle, s.borderTopWidth]; });
    equal(gate, ["double", "6px"], "gate");
    equal(await page.$$eval("[data-tick]", (all) => all.filter((e) => getComputedStyle(e).appearance === "none").length), 0, "boxes drawn without the system");
    assert(await page.locator(".sw-trust .sw-glyph").isVisible(), "no mark beside the state");
  });
  await open(web.url + TYPES.writing, { forcedColors: "active" }, async (page) => {
    const lines = await page.$$eval("[role=tab]", (all) => all.map((t) => [t.getAttribute("aria-selected") === "true", getComputedStyle(t).textDecorationLine === "underline"]));
    for (const [selected, underlined] of lines) equal(underlined, selected, "tab");
  });
  await open(web.url + TYPES.health, { forcedColors: "active" }, async (page) => {
    const grounds = await page.evaluate(() => [...document.querySelectorAll("svg.sw-chart rect")].filter((r) => r.width.baseVal.value > 2).map((r) => getComputedStyle(r).fill));
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert(grounds.length && grounds.every((f) => f !== paper), "bars in the colour of the ground");
  });
});

await check("right to left: mirrored, without overflow, code as it is", async () => {
  for (const path of [PROSE, STEPS, TYPES.health]) for (const width of [390, 1280]) await open(webArabic.url + path, { width }, async (page) => {
    assert(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${path} overflows at ${width}`);
    equal(await page.evaluate(() => getComputedStyle(document.documentElement).direction), "rtl", "direction");
    if (path !== TYPES.health) {
      equal(await page.evaluate(() => getComputedStyle(document.querySelector("pre")).direction), "ltr", "code");
      const [num, what] = await page.evaluate(() => [document.querySelector(".sw-num").getBoundingClientRect().left, document.querySelector(".sw-what").getBoundingClientRect().left]);
      assert(num > what, "the spine is not mirrored");
    }
  });
});

await check("a site built before the review day turns overdue by the reader's clock", async () => {
  await open(web.url + "ops/incident-response.html", { time: "2027-06-01" }, async (page) => {
    const line = await page.locator(".sw-trust").innerText();
    assert(/Overdue by \d+ days since this site was built/.test(line), line);
  });
  await open(web.url + "ops/incident-response.html", { javaScriptEnabled: false }, async (page) => {
    assert((await page.locator(".sw-trust").innerText()).includes("as of 22 Nov 2026"), "no build date without script");
  });
  await open(web.url + "people/offboarding.html", {}, async (page) => {
    assert((await page.locator(".sw-trust").innerText()).startsWith("Not known"), "unknown history is not said");
  });
});

await check("charts say their numbers, which equal the table and the data", () => open(web.url + TYPES.health, { width: 390 }, async (page) => {
  const charts = await page.$$eval(".sw-part:has(svg.sw-chart)", (parts) => parts.map((p) => ({
    desc: p.querySelector("desc")?.textContent, title: p.querySelector("svg title")?.textContent,
    rows: [...p.querySelectorAll("tbody tr")].map((r) => [...r.children].map((c) => c.textContent.trim())),
    size: Math.min(...[...p.querySelectorAll("svg text")].map((t) => parseFloat(getComputedStyle(t).fontSize) * p.querySelector("svg").getBoundingClientRect().width / p.querySelector("svg").viewBox.baseVal.width)),
  })));
  assert(charts.length >= 2, "no charts");
  for (const c of charts) {
    assert(c.title && c.desc, "no title or description");
    equal(c.desc, c.rows.map((r) => `${r[0]}: ${r[1]}`).join(". "), "numbers");
    assert(c.size >= 12, `text of ${c.size} px`);
  }
  const data = JSON.parse(readFileSync(join(sick, "health.json"), "utf8"));
  equal(charts[0].rows.map((r) => Number(r[1])), Object.values(data.states), "health.json");
}));

// Sites that were not made for these checks: the demo, our own documentation and, where the corpus is there, two real exports. Of each at most
// `MOST` pages, evenly from all of them.
const MOST = 16;
const real = { demo: join(work, "demo/public"), own: join(work, "own") };
execFileSync(program, ["demo", join(work, "demo")], { stdio: "ignore" });
execFileSync(program, ["-C", join(here, "../.."), "build", "-q", "--output", real.own], { stdio: ["ignore", "inherit", "inherit"] });
for (const name of process.env.STEPWRIGHT_CORPUS ? ["tekwurx-2016", "varlab-asset-store"] : []) {
  const repo = join(work, name);
  execFileSync(program, ["import", "run", join(process.env.STEPWRIGHT_CORPUS, "confluence/html", name), "--into", repo, "--yes"], { stdio: "ignore" });
  real[name] = join(repo, "public");
  execFileSync(program, ["-C", repo, "build", "-q", "--output", real[name]], { stdio: ["ignore", "inherit", "inherit"] });
}
for (const [name, dir] of Object.entries(real)) {
  const pages = readdirSync(dir, { recursive: true }).filter((f) => f.endsWith(".html") && !readFileSync(join(dir, f), "utf8").includes('http-equiv="refresh"')).sort();
  const some = pages.filter((_, n) => n % Math.ceil(pages.length / MOST) === 0);
  const site = await serve(dir);
  for (const [width, mode] of [[390, "light"], [1280, "dark"]]) await check(`axe, policy and width of ${some.length} pages: ${name}, ${width}, ${mode}`, async () => {
    const bad = [];
    for (const path of some) await open(site.url + path, { width, mode }, async (page, log) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      bad.push(...(await axe(page)).map((v) => `${path}: ${v}`), ...log.errors.filter((e) => !e.includes("404")).map((e) => `${path}: ${e}`));
      if (over > 0) bad.push(`${path}: ${over} px too wide`);
    });
    equal(bad, [], "faults");
  });
}

await check("old addresses lead to the page", () => open(web.url + TYPES.moved, {}, async (page) => { await page.waitForURL(/ops\/restore-primary\.html/); }));

const size = (dir) => readdirSync(dir).reduce((sum, f) => sum + statSync(join(dir, f)).size, 0);
console.log(`      assets: ${readdirSync(join(sick, "assets")).map((f) => `${f} ${statSync(join(sick, "assets", f)).size}`).join(", ")}; search ${size(join(sick, "search"))}`);
await browser.close();
done();
