/**
 * `deno task test-library [NAME…]`: the functions of lib/etcha on a real system: every pattern of tests/lib/real and of
 * patterns/hosts is brought about and undone by `etcha test` in a copy of a Debian of its own. It needs Linux,
 * root, debootstrap and Debian's archive (ETCHA_DEBIAN_MIRROR, ETCHA_DEBIAN_SUITE); ETCHA_PROGRAM is an executable to test
 * instead of the sources. Comments at the head of a pattern say more, a line each:
 *
 *   // setup: TEXT   a shell text that prepares the system, with the network
 *   // begin: TEXT   the same, with the network that the pattern has
 *   // gone: TEXT    a shell text that must succeed once everything is undone
 *   // init: systemd  systemd is booted after the setup, which installs it
 *   // network: own  the pattern has a network of its own, with nothing in it
 */
import { debianBase } from "./debian_base.ts";
import { fail, root } from "./steps.ts";

/** What in_root.sh exits with for a pattern that can't be tested here. */
const SKIPPED = 77;

if (Deno.build.os !== "linux" || Deno.uid() !== 0) fail("test-library needs Linux and root");
const base = await debianBase();

let passed = 0;
let failed = 0;
for (const folder of ["tests/lib/real", "patterns/hosts"]) {
  const names = [...Deno.readDirSync(new URL(`${folder}/`, root))].map(({ name }) => name)
    .filter((name) => name.endsWith(".jsonnet") && (Deno.args.length === 0 || Deno.args.includes(name.slice(0, -8))));
  for (const name of names.sort()) await testPattern(`${folder}/${name}`);
}
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);

async function testPattern(path: string): Promise<void> {
  const head = /^(?:\/\/.*\n)*/.exec(await Deno.readTextFile(new URL(path, root)))![0];
  const told = (what: string) => [...head.matchAll(new RegExp(`^// ${what}: (.+)$`, "gm"))].map(([, text]) => text!);
  const place = await Deno.makeTempDir({ prefix: "etcha-root-" });
  const begin = performance.now();
  try {
    const { code, stdout } = await new Deno.Command("unshare", {
      args: [
        ...["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"],
        ...["sh", "-c", 'exec sh "$0" "$@" 2>&1', new URL(".tasks/in_root.sh", root).pathname, "prepare", base, place],
        ...[
          root.pathname.replace(/\/$/, ""),
          Deno.execPath(),
          await cacheFolder(),
          Deno.env.get("ETCHA_PROGRAM") ?? "",
        ],
        ...[path, told("network")[0] ?? "shared"],
        ...["init", "setup", "begin", "gone"].flatMap((kind) => told(kind).flatMap((text) => [kind, text])),
      ],
      stdin: "null",
      stderr: "inherit",
    }).output();
    const time = `${((performance.now() - begin) / 1000).toFixed(1)} s`;
    const outcome = code === 0 ? "ok" : code === SKIPPED ? "skipped" : "FAILED";
    console.log(`${path}: ${outcome} (${time})`);
    if (code !== 0) console.log(new TextDecoder().decode(stdout).trimEnd().replace(/^/gm, "    "));
    if (code === 0) passed++;
    else if (code !== SKIPPED) failed++;
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

async function cacheFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], env: { NO_COLOR: "1" } })
    .output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
