// Reads exported files with programs that are not ours, beyond their schemas.
// usage: node handover.mjs MODULES bpmn FILE…      every reference is resolved, every element is known (bpmn-moddle)
//        node handover.mjs MODULES how-to OUT FILE…  writes OUT: the JSON-LD as constants typed by schema-dts, for the TypeScript compiler
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, what, ...rest] = process.argv.slice(2);

if (what === "bpmn") {
  const { BpmnModdle } = await import(pathToFileURL(resolve(modules, "bpmn-moddle/dist/index.js")).href);
  for (const file of rest) {
    const { rootElement, warnings } = await new BpmnModdle().fromXML(readFileSync(file, "utf8"));
    if (warnings.length > 0 || !rootElement.diagrams?.length) {
      console.error(`${file}: ${warnings[0]?.message ?? "no diagram"}`);
      process.exit(1);
    }
  }
  console.log(`bpmn-moddle: passes, ${rest.length} files`);
} else {
  const [out, ...files] = rest;
  const constants = files.map((file, n) => `export const how_to_${n}: WithContext<HowTo> = ${readFileSync(file, "utf8").trim()};\n`);
  writeFileSync(out, `import type { HowTo, WithContext } from "schema-dts";\n\n${constants.join("\n")}`);
}
