import { deepEqual } from "node:assert/strict";
import { EscapeReader } from "../../src/workflows/shell_escape.ts";

/** What is sent of what is typed, part by part; `<` where the shell is left, `?` where is asked. */
function typed(...parts: string[]): string {
  const reader = new EscapeReader();
  return parts.map((part) => {
    const { send, asks, leaves } = reader.read(new TextEncoder().encode(part));
    return `${new TextDecoder().decode(send)}${asks ? "?" : ""}${leaves ? "<" : ""}`;
  }).join("|");
}

Deno.test("escapes: only at the beginning of a line, also when it comes key by key", () => {
  for (
    const [parts, sent] of [
      [["~."], "<"],
      [["ls\r~."], "ls\r<"],
      [["ls\n", "~", "."], "ls\n||<"],
      [["~", "~", "."], "|~|."],
      [["a~."], "a~."],
      [["cd ~/x\r"], "cd ~/x\r"],
      [["~x\r"], "~x\r"],
      [["~", "\r", "~."], "|~\r|<"],
      [["~?~."], "?<"],
      [["\x03~."], "\x03~."],
      [["ä\r~~/x"], "ä\r~/x"],
    ] as const
  ) deepEqual([parts, typed(...parts)], [parts, sent]);
});
