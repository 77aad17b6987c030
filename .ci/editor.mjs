// Puts blueprints before yaml-language-server, as an editor does, with our schema.
// usage: node editor.mjs MODULES SCHEMA ORIGINAL --good FILE… --bad FILE…
//        Good files must have no diagnostics. A bad file is ORIGINAL with one line spoilt: it must have a diagnostic there (or, for a key that
//        is missing, on the step around it). In ORIGINAL keys and words must be offered, and the pointer must show what a key means.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, schema, original, ...rest] = process.argv.slice(2);
const cut = rest.indexOf("--bad");
const good = rest.slice(1, cut);
const bad = rest.slice(cut + 1);
const uri = (file) => pathToFileURL(resolve(file)).href;

const server = spawn(process.execPath, [resolve(modules, "yaml-language-server/bin/yaml-language-server"), "--stdio"], {
  stdio: ["pipe", "pipe", "inherit"],
});
const waiting = new Map();
const diagnosed = new Map();
let next = 1;
let buffer = Buffer.alloc(0);

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
  server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
  server.stdin.write(body);
}
const ask = (method, params) =>
  new Promise((done) => {
    waiting.set(next, done);
    send({ id: next++, method, params });
  });
const tell = (method, params) => send({ method, params });

const settings = {
  yaml: { schemas: { [uri(schema)]: ["*.blueprint.yaml"] }, validate: true, hover: true, completion: true, schemaStore: { enable: false } },
};
server.stdout.on("data", (chunk) => {
  buffer = Buffer.concat([buffer, chunk]);
  for (;;) {
    const head = buffer.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/.exec(buffer.subarray(0, head).toString())[1]);
    if (buffer.length < head + 4 + length) return;
    const message = JSON.parse(buffer.subarray(head + 4, head + 4 + length).toString());
    buffer = buffer.subarray(head + 4 + length);
    if (message.method === "textDocument/publishDiagnostics") {
      diagnosed.get(message.params.uri)?.(message.params.diagnostics);
    } else if (message.method && message.id !== undefined) {
      // The server asks for its settings.
      const answer = message.method === "workspace/configuration" ? message.params.items.map((i) => settings[i.section] ?? {}) : null;
      send({ id: message.id, result: answer });
    } else if (waiting.has(message.id)) {
      waiting.get(message.id)(message.result);
      waiting.delete(message.id);
    }
  }
});

/** Opens a file and waits for what the server finds in it. */
function open(file, text = readFileSync(file, "utf8")) {
  return new Promise((done) => {
    diagnosed.set(uri(file), done);
    tell("textDocument/didOpen", { textDocument: { uri: uri(file), languageId: "yaml", version: 1, text } });
  });
}
const at = (text, needle) => {
  const line = text.split("\n").findIndex((l) => l.includes(needle));
  return { line, character: text.split("\n")[line].indexOf(needle) + 1 };
};

const faults = [];
await ask("initialize", { processId: null, rootUri: null, capabilities: { workspace: { configuration: true }, textDocument: { hover: { contentFormat: ["markdown"] } } } });
tell("initialized", {});
tell("workspace/didChangeConfiguration", { settings });

for (const file of good) {
  const found = await open(file);
  for (const d of found) faults.push(`${file}:${d.range.start.line + 1}: ${d.message}`);
}
const text = readFileSync(original, "utf8");
const lines = text.split("\n");
for (const file of bad) {
  const spoilt = readFileSync(file, "utf8").split("\n");
  const line = spoilt.findIndex((l, i) => l !== lines[i]);
  const found = await open(file);
  const hit = found.some((d) => Math.abs(d.range.start.line - line) <= 1);
  console.log(`  ${spoilt[line].trim()}\n    → ${found.map((d) => `${d.range.start.line + 1}: ${d.message.replaceAll("\n", " ")}`).join("; ") || "nothing"}`);
  if (!hit) faults.push(`${file}:${line + 1}: nothing is said of "${spoilt[line].trim()}"`);
}

// In a step half written, the keys of a step are offered with what they mean; after a key with a closed list, its words.
const half = `${text.trimEnd()}\n\n  - id: new-step\n    title: New step\n    ow\n`;
const typed = resolve(original, "../half.blueprint.yaml");
await open(typed, half);
const labels = (list) => (Array.isArray(list) ? list : list.items).map((i) => i.label);
const end = { line: half.split("\n").length - 2, character: 6 };
const keys = labels(await ask("textDocument/completion", { textDocument: { uri: uri(typed) }, position: end }));
if (!keys.includes("owner")) faults.push(`in a step, keys offered: ${keys.join(", ") || "none"}`);
const kinds = `${text.replace("kind: runbook", "kind: ")}`;
const empty = resolve(original, "../kind.blueprint.yaml");
await open(empty, kinds);
const place = at(kinds, "kind: ");
const words = labels(await ask("textDocument/completion", { textDocument: { uri: uri(empty) }, position: { ...place, character: 6 } }));
if (!words.includes("runbook")) faults.push(`after \`kind:\`, words offered: ${words.join(", ") || "none"}`);
for (const [key, means] of [["due: 5 minutes", "By when"], ["not-same-as:", "may not approve"], ["review-every:", "An interval"]]) {
  const hover = await ask("textDocument/hover", { textDocument: { uri: uri(original) }, position: at(text, key) });
  const shown = JSON.stringify(hover?.contents ?? "nothing");
  if (!shown.includes(means)) faults.push(`over \`${key}\`: ${shown}`);
}
server.kill();
for (const fault of faults) console.error(fault);
console.log(`yaml-language-server: ${good.length} good files, ${bad.length} bad ones, ${keys.length} keys and ${words.length} words offered, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
