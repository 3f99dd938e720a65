import assert from "node:assert/strict";
import * as v from "valibot";
import { type ExecLink, execSchema, type ExecSettings, resolveExec } from "../../src/domain/exec.ts";

function links(...settings: readonly (ExecSettings | undefined)[]): readonly ExecLink[] {
  return settings.map((some, i) => ({ name: ["root", "source", "pattern", "command"][i]!, settings: some }));
}

Deno.test("nothing set: the built-in shell, the environment of the process", () => {
  assert.deepEqual(resolveExec(links(undefined, undefined)), { exec: { env: {}, envInherit: true }, warnings: [] });
});

Deno.test("field by field the lower link wins, the environment is merged by name", () => {
  const { exec, warnings } = resolveExec(links(
    { allowOverride: true, command: "sh -c", env: { A: "1", B: "1" }, user: "root", workDir: "/", timeout: "1m" },
    { allowOverride: true, env: { B: "2" }, envInherit: false, group: "www" },
    undefined,
    { command: "", user: "www", workDir: "/srv" },
  ));
  assert.deepEqual(warnings, []);
  assert.deepEqual(exec, {
    command: "",
    env: { A: "1", B: "2" },
    envInherit: false,
    user: "www",
    group: "www",
    workDir: "/srv",
    timeout: 60_000,
  });
});

Deno.test("a link that sets an exec without allowing overrides ends the chain, and the rest is told", () => {
  const { exec, warnings } = resolveExec(links(
    { allowOverride: true, command: "one" },
    { command: "two" },
    { allowOverride: true, command: "three" },
    { env: { A: "1" } },
  ));
  assert.deepEqual(exec, { command: "two", env: {}, envInherit: true });
  assert.deepEqual(warnings.map(({ code, found }) => [code, found]), [
    ["exec-override-ignored", "the exec of pattern is ignored, because source does not allow overrides"],
    ["exec-override-ignored", "the exec of command is ignored, because source does not allow overrides"],
  ]);
});

Deno.test("allowOverride is not inherited, and a link without an exec passes the chain on", () => {
  const closed = resolveExec(links({ allowOverride: true }, { env: { A: "1" } }, undefined, { command: "x" }));
  assert.equal(closed.exec.command, undefined);
  assert.equal(closed.warnings.length, 1);
  const open = resolveExec(links({ allowOverride: true }, undefined, undefined, { command: "x" }));
  assert.equal(open.exec.command, "x");
  assert.deepEqual(open.warnings, []);
});

Deno.test("a source that only allows overrides keeps what was set above it", () => {
  const { exec } = resolveExec(links(
    { allowOverride: true, env: { A: "1" } },
    { allowOverride: true },
    { command: "/bin/sh -c" },
  ));
  assert.deepEqual(exec, { command: "/bin/sh -c", env: { A: "1" }, envInherit: true });
});

Deno.test("an empty user, group, folder or a timeout of 0 takes back what was set above", () => {
  const { exec } = resolveExec(links(
    { allowOverride: true, user: "www", group: "www", workDir: "/srv", timeout: "1m" },
    { user: "", group: "", workDir: "", timeout: "0" },
  ));
  assert.deepEqual(exec, { env: {}, envInherit: true });
});

Deno.test("merging leaves out what is not set", () => {
  const merged = (upper: ExecSettings, lower: ExecSettings) =>
    resolveExec(links({ allowOverride: true, ...upper }, lower)).exec;
  const unset = { env: {}, envInherit: true };
  assert.deepEqual(merged({ command: "a" }, { command: undefined, user: "b" }), { ...unset, command: "a", user: "b" });
  assert.deepEqual(merged({}, { env: { A: "1" } }), { ...unset, env: { A: "1" } });
});

Deno.test("users and groups are names or numbers", () => {
  assert.deepEqual(v.parse(execSchema, { user: 0, group: "www" }), { user: "0", group: "www" });
  for (
    const wrong of [{ user: -1 }, { user: 1.5 }, { group: true }, { timeout: "5" }, { env: { "A=B": "1" } }, {
      env: { "": "1" },
    }, { comand: "x" }]
  ) {
    assert.equal(v.safeParse(execSchema, wrong).success, false, JSON.stringify(wrong));
  }
});

Deno.test("a container and sudo come from the whole chain; an empty text takes back", () => {
  const { exec } = resolveExec(links(
    { allowOverride: true, containerImage: "debian:13", containerVolumes: ["/a:/a"], containerUser: "1", sudo: true },
    { allowOverride: true, containerPull: "always", containerNetwork: "host", containerPrivileged: true },
    { allowOverride: true, containerVolumes: ["/b:/b"], containerUser: "", containerEntrypoint: "/x" },
    { containerWorkDir: "/b" },
  ));
  assert.deepEqual(exec, {
    env: {},
    envInherit: true,
    privilege: "sudo",
    container: {
      image: "debian:13",
      entrypoint: "/x",
      network: "host",
      privileged: true,
      pull: "always",
      volumes: ["/b:/b"],
      workDir: "/b",
    },
  });
  const none = resolveExec(links(
    { allowOverride: true, containerImage: "debian:13", containerUser: "1", sudo: true },
    { containerImage: "", sudo: false },
  ));
  assert.deepEqual(none.exec, { env: {}, envInherit: true });
});

Deno.test("what would be no value but a flag, or no text for the kernel, is refused", () => {
  const bad: readonly object[] = [
    { containerImage: "-v" },
    { containerNetwork: "--privileged" },
    { containerVolumes: ["a:b:c:d"] },
    { containerVolumes: ["-x:/y"] },
    { containerVolumes: "/a:/a" },
    { containerPull: "sometimes" },
    { containerPrivileged: "yes" },
    { command: "sh\0-c" },
    { env: { A: "\0" } },
    { env: { "A=B": "" } },
    { env: [] },
    { env: ["A"] },
    { workDir: "/\0" },
    { sudo: "yes" },
    [],
  ];
  for (const settings of bad) {
    assert.ok(!v.safeParse(execSchema, settings).success, JSON.stringify(settings));
  }
});
