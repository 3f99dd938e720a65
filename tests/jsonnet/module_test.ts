import assert from "node:assert/strict";
import fc from "fast-check";
import * as wasm from "../../.tasks/wasm_module.ts";
import { MEMORY_LIMIT } from "../../src/jsonnet/instance.ts";
import { evaluate, newEvaluator, problemOf, request } from "./evaluate.ts";

const module = await Deno.readFile(new URL("../../src/jsonnet/wasm/jsonnet.wasm", import.meta.url));

Deno.test("the built module: frozen after its start, its memory limited", () => {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(module)).map(({ name }) => name);
  assert.ok(names.includes("handle") && !names.includes("_initialize"), names.join(" "));
  const memory = wasm.readSections(module).find(({ id }) => id === wasm.SECTION.memory);
  assert.ok(memory);
  const limited = wasm.writeMemory(1, MEMORY_LIMIT / 65_536);
  assert.deepEqual([...memory.content.subarray(0, 2)], [...limited.subarray(0, 2)]);
  assert.deepEqual([...memory.content.subarray(-2)], [...limited.subarray(-2)]);
});

Deno.test("sections, globals and exports that are read and written again are the same bytes", () => {
  const sections = wasm.readSections(module);
  assert.deepEqual(wasm.writeSections(module, sections), module);
  const content = (id: number) => sections.find((section) => section.id === id)!.content;
  const exports = content(wasm.SECTION.export);
  assert.deepEqual(wasm.writeExports(wasm.readExports(exports)), exports);
  assert.ok(wasm.readGlobals(content(wasm.SECTION.global)).length > 0);
});

Deno.test("no text that is formatted or evaluated brings the interpreter down", async () => {
  using evaluator = newEvaluator();
  const format = fc.array(
    fc.constantFrom("%", "(", ")", "a", "-", "+", " ", "0", "#", "*", ".", "7", "d", "s", "x", "g", "c", "é"),
    { maxLength: 12 },
  );
  const value = fc.constantFrom("1", "[1, 2]", "{ a: 1.5 }", "'é'", "[]", "null", "-1e300", "[3, 0.1, 'x']");
  await fc.assert(
    fc.asyncProperty(format, value, async (parts, operand) => {
      const result = await evaluate(evaluator, request(`${JSON.stringify(parts.join(""))} % ${operand}`));
      assert.ok(result.ok || problemOf(result).code === "jsonnet-runtime", JSON.stringify(result));
    }),
    { numRuns: 150, seed: 7 },
  );
  const token = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "local",
    "x",
    "=",
    ";",
    "import",
    "'x'",
    ":",
    ",",
    "|||\n",
    "%",
    "std",
    ".",
    "for",
    "in",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(token, { maxLength: 12 }), async (tokens) => {
      const result = await evaluate(evaluator, request(tokens.join(" ")));
      if (result.ok) return;
      const { code, where } = problemOf(result);
      assert.match(code, /^jsonnet-(syntax|runtime|import-not-found|stack)$/);
      assert.match(where!, /^\/srv\/main\.jsonnet/);
    }),
    { numRuns: 150, seed: 7 },
  );
});
