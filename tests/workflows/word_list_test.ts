import { deepEqual } from "node:assert/strict";
import type { Exec } from "../../src/domain/exec.ts";
import type { Self } from "../../src/host/host.ts";
import { routeWords } from "../../src/workflows/word_list.ts";

const ROOT = { program: ["/opt/etcha", "run"], isRoot: true } as const;
const CONTAINER = { image: "debian:13", volumes: [] };

/** `words`: of a process as they are; a text: what the command or the container gets; `here`: in this process. */
function routed(words: readonly string[], exec: Partial<Exec>, self = ROOT as Self): readonly string[] | string {
  const route = routeWords(words, { env: {}, envInherit: true, ...exec }, self);
  return route.kind === "text" ? route.text : route.kind === "process" ? route.argv : "here";
}

Deno.test("words run by nothing in between only where the command is a plain shell, or none", () => {
  const plain = [
    undefined,
    "",
    " ",
    "sh -c",
    "/bin/sh -e -c",
    "bash -e -o pipefail -c",
    "/usr/bin/bash -eu -o pipefail -o noglob -c",
    "dash -ec",
    "ash -c",
    "zsh -f -c",
    "'/opt/my shells/ksh' -c",
  ];
  for (const command of plain) {
    deepEqual(routed(["cp", "a b"], { ...(command !== undefined && { command }) }), ["cp", "a b"], command);
  }
  const others = [
    "chroot /jail sh -c",
    "bash -r -c",
    "bash -rc",
    "bash -l -c",
    "sh -n -c",
    "sh",
    "sh /usr/local/bin/jail -c",
    "bash --rcfile jail -c",
    "bash -o posix -c",
    "bash -o -c",
    "bash pipefail -c",
    "sh -c -c",
    "sh -c 'exec chroot /jail sh -c \"$1\"'",
    "env A=1 sh -c",
    "nice sh -c",
    "sudo sh -c",
    "rbash -c",
    "fish -c",
    "python3 -c",
    "sh -c 'unclosed",
  ];
  for (const command of others) deepEqual(routed(["cp", "a b"], { command }), "'cp' 'a b'", command);
  deepEqual(routed(["cp", "a b"], { container: CONTAINER }), "'cp' 'a b'");
  deepEqual(routed(["cp", "a b"], { container: CONTAINER, command: "" }), "'cp' 'a b'");
});

Deno.test("etcha is this very program, unless something is in between; its resources need no process", () => {
  const file = ["etcha", "file", "check", "/x", "a"];
  const user = { program: ["/opt/etcha"], isRoot: false } as const;
  const cases: readonly (readonly [Partial<Exec>, ReturnType<typeof routed>, Self?])[] = [
    [{}, "here"],
    [{ command: "" }, "here"],
    [{ command: "sh -c", workDir: "/", env: { A: "1" }, envInherit: false, timeout: 5 }, "here"],
    // An identity is switched: in this process it would not be.
    [{ user: "nobody" }, ["/opt/etcha", "run", "file", "check", "/x", "a"]],
    [{ user: "root" }, ["/opt/etcha", "run", "file", "check", "/x", "a"]],
    [{ group: "adm", command: "" }, ["/opt/etcha", "run", "file", "check", "/x", "a"]],
    [{ privilege: "sudo" }, ["/opt/etcha", "file", "check", "/x", "a"], user],
    [{ privilege: "sudo" }, "here"],
    [{ privilege: "sudo", user: "nobody" }, ["/opt/etcha", "run", "file", "check", "/x", "a"]],
    // Something is in between, and stays there.
    [{ command: "chroot /jail sh -c" }, "'etcha' 'file' 'check' '/x' 'a'"],
    [{ command: "bash -r -c" }, "'etcha' 'file' 'check' '/x' 'a'"],
    [{ container: CONTAINER }, "'etcha' 'file' 'check' '/x' 'a'"],
    [{ container: CONTAINER, command: "" }, "'etcha' 'file' 'check' '/x' 'a'"],
  ];
  for (const [exec, expected, self] of cases) deepEqual(routed(file, exec, self), expected, JSON.stringify(exec));
  deepEqual(routed(["etcha", "version"], {}), ["/opt/etcha", "run", "version"]);
  deepEqual(routed(["etcha", "file", "check"], {}), ["/opt/etcha", "run", "file", "check"], "it says what is wrong");
  deepEqual(routed(["/bin/etcha", ...file.slice(1)], {}), ["/bin/etcha", ...file.slice(1)]);
});
