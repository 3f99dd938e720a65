/** Jsonnet that a page shows without a name: a pattern, a configuration, a command or a list of them. */
import { fail } from "node:assert/strict";
import { parseCommands } from "../../src/domain/command_list.ts";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { isObject, type Json } from "../../src/domain/json.ts";
import { parsePattern } from "../../src/domain/pattern.ts";
import type { Problem } from "../../src/domain/problem.ts";
import vectors from "../token/vectors.json" with { type: "json" };
import type { Library } from "../lib/library.ts";

/** Where patterns lie beside `lib`, as `etcha init` has it. */
const ENTRYPOINT = new URL("../../patterns/page.jsonnet", import.meta.url).pathname;

export async function checkJsonnet(code: string, library: Library): Promise<void> {
  const evaluated = await library.evaluate(complete(code), ENTRYPOINT);
  const problems = evaluated.ok ? problemsOf(evaluated.value) : evaluated.problems;
  if (problems.length > 0) fail(problems.map(({ where = "", found }) => `${where}: ${found}`).join("\n"));
}

/** Keys, fingerprints and files that a page does not spell out. */
function complete(code: string): string {
  const [{ publicKey, privateKey }] = vectors.tokens as [(typeof vectors.tokens)[number]];
  const digits = "0123456789abcdef".repeat(4);
  return code
    .replace(/^\s*…,?$/gm, "")
    .replace(/ed25519public:…(:[\w-]+)?/g, publicKey)
    .replace(/ed25519private:…(:[\w-]+)?/g, privateKey)
    .replace(/\bAB:CD:…/g, digits)
    .replace(/'[0-9a-f]{6}…'/g, `'${digits}'`)
    .replace(/\bimportstr '[^']+'/g, "'-----BEGIN PGP PUBLIC KEY BLOCK-----\\n'");
}

function problemsOf(value: Json): readonly Problem[] {
  // What a function gives that makes no commands.
  if (typeof value === "string") return [];
  if (Array.isArray(value) || (isObject(value) && value.id !== undefined && value.run === undefined)) {
    return parseCommands([value], "run").problems;
  }
  if (isObject(value) && (Array.isArray(value.run) || Array.isArray(value.build) || isObject(value.runVars))) {
    const parsed = parsePattern(value);
    return parsed.ok ? [] : parsed.problems;
  }
  const parsed = parseConfig([{ origin: "the block", place: "file", value }]);
  return parsed.ok ? [] : parsed.problems;
}
