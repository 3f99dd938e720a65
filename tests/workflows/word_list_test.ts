import { deepEqual } from "node:assert/strict";
import type { Exec } from "../../src/domain/exec.ts";
import { routeWords } from "../../src/workflows/word_list.ts";

const OWN = ["/opt/etcha", "run"] as const;
const CONTAINER = { image: "debian:13", volumes: [] };

/** `words`: of a process as they are; a text: what the command or the container gets. */
function routed(words: readonly string[], exec: Partial<Exec>): readonly string[] | string {
  const route = routeWords(words, exec, OWN);
  return route.kind === "text" ? route.text : route.argv;
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

Deno.test("etcha is this very program, unless something is in between", () => {
  deepEqual(routed(["etcha", "file", "check", "/x"], { user: "nobody" }), [...OWN, "file", "check", "/x"]);
  deepEqual(routed(["etcha", "version"], { command: "" }), [...OWN, "version"]);
  deepEqual(routed(["/bin/etcha", "version"], {}), ["/bin/etcha", "version"]);
  deepEqual(routed(["etcha", "version"], { command: "chroot /jail sh -c" }), "'etcha' 'version'");
  deepEqual(routed(["etcha", "version"], { container: CONTAINER }), "'etcha' 'version'");
});
