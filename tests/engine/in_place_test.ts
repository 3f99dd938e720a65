import { equal } from "node:assert/strict";
import type { Exec } from "../../src/domain/exec.ts";
import type { Script } from "../../src/domain/script.ts";
import { isInPlace } from "../../src/engine/in_place.ts";
import { rendered } from "../fakes/simulated_source.ts";

function command(change: Script, exec: Partial<Exec> = {}) {
  const [one] = rendered([{ id: "a", change }]);
  return { ...one!, exec: { ...one!.exec, ...exec } };
}

Deno.test("a change is made in place of the same resource, in the same place and as the same user", () => {
  const old = command(["etcha", "file", "change", "/a", "1"]);
  const cases: readonly (readonly [Script, boolean])[] = [
    [["etcha", "file", "change", "/a", "2"], true],
    [["etcha", "file", "change", "-p", "0600", "--", "/a"], true],
    [["etcha", "file", "change", "/b", "1"], false],
    [["etcha", "dir", "change", "/a"], false],
    [["cp", "1", "/a"], false],
    ["etcha file change /a 2", false],
  ];
  for (const [change, expected] of cases) {
    equal(isInPlace(old, command(change)), expected, JSON.stringify(change));
    equal(isInPlace(command(change), old), expected, JSON.stringify(change));
  }
  const next = ["etcha", "file", "change", "/a", "2"];
  equal(isInPlace(old, command(next, { env: { A: "1" }, timeout: 5 })), true);
  const elsewhere: readonly Partial<Exec>[] = [
    { command: "chroot /jail sh -c" },
    { user: "www" },
    { group: "www" },
    { privilege: "sudo" },
    { workDir: "/srv" },
    { container: { image: "x", volumes: [] } },
  ];
  for (const exec of elsewhere) equal(isInPlace(old, command(next, exec)), false, JSON.stringify(exec));
});

Deno.test("a line is changed in place when its own expression finds it again", () => {
  const line = (regexp: string, text: string) => command(["etcha", "line", "change", "/a", regexp, text]);
  equal(isInPlace(line("^#?Port .*", "Port 22"), line("^#?Port .*", "Port 2222")), true);
  equal(isInPlace(line("^( *)Port .*", "${1}Port 22"), line("^( *)Port .*", "${1}Port 2222")), true);
  equal(isInPlace(line("^#?Port .*", "Port 22"), line("^Port .*", "Port 2222")), false);
  equal(isInPlace(line("^# marker$", "one"), line("^# marker$", "two")), false);
});
