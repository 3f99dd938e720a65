/**
 * `deno task test`: everything that must hold, and last a line `N passed, N failed`. Each check of the whole tree (format,
 * lint, types, compile) counts as one. The tests of the command line run from source and against the executable.
 */
import { root, tryDeno } from "./steps.ts";

/** What has the program run many times, and so is worth running against the executable as well. */
const PROGRAM_TESTS = ["tests/cli"];
const CODE = ["src", "tests", "bench", ".tasks"];

let passed = 0;
let failed = 0;

await check("format", ["fmt", "--check", "--quiet", ...CODE, "deno.json"]);
await check("lint", ["lint", "--quiet", ...CODE]);
await check("types", ["check", "--quiet", ...CODE]);
await test("tests", ["tests"], {});
if (await canCompile()) {
  const executable = new URL("dist/etcha", root).pathname;
  if (await check("compile", ["task", "--quiet", "compile"])) {
    await test("tests of the executable", PROGRAM_TESTS, { ETCHA_PROGRAM: executable });
  }
} else {
  console.log(
    "skipped: the executable (deno compile can't get its runtime here; DENORT_BIN and COMPILE_DENO are not set)",
  );
}
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);

async function check(name: string, args: readonly string[]): Promise<boolean> {
  const begin = performance.now();
  const success = await tryDeno(args);
  if (success) passed++;
  else failed++;
  console.log(`${name}: ${success ? "ok" : "FAILED"} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  return success;
}

/** Runs tests and adds up what the report says. A run without a report, or without tests, has failed. */
async function test(name: string, paths: readonly string[], env: Record<string, string>): Promise<void> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const args = [
      "test",
      "-A",
      // Not quiet: that would hide what a test says of why it was skipped.
      "--no-check",
      "--sanitize-ops",
      "--sanitize-resources",
      `--junit-path=${report}`,
    ];
    const success = await tryDeno([...args, ...paths], env);
    const { tests, failures } = countTests(await Deno.readTextFile(report));
    if (tests === 0) console.log(`${name}: FAILED, no test was run`);
    passed += tests - failures;
    // What breaks outside a test (a module that can't be loaded) is in no count.
    failed += failures + (tests === 0 || (!success && failures === 0) ? 1 : 0);
  } finally {
    await Deno.remove(report);
  }
}

function countTests(report: string): { tests: number; failures: number } {
  const head = /<testsuites [^>]*>/.exec(report)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  return { tests: count("tests"), failures: count("failures") + count("errors") };
}

/** Where neither variable is set, deno must be able to fetch the runtime for executables. */
async function canCompile(): Promise<boolean> {
  if (Deno.env.has("DENORT_BIN") && Deno.env.has("COMPILE_DENO")) return true;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a.js`, "");
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["compile", "--quiet", "--no-config", "-o", "a", "a.js"],
      cwd: folder,
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(120_000),
    }).output();
    return success;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
