import assert from "node:assert/strict";
import fc from "fast-check";
import { createLog } from "../../src/host/deno/log.ts";
import type { LogEntry, LogSettings } from "../../src/host/host.ts";

const full: LogEntry = {
  level: "info",
  function: "run",
  status: 200,
  sourceTrigger: "pull",
  sourceName: "listen",
  commandId: "write a file",
  commandMode: "change",
  commandParentId: "listen > group",
  message: 'Changing "write a file"...',
};
const failed: LogEntry = { level: "error", function: "push", status: 404, message: "no such\nkey" };

function lines(settings: Partial<LogSettings>, entries: readonly LogEntry[], color = false): string {
  let text = "";
  const log = createLog({ format: "kv", level: "debug", noColor: false, ...settings }, {
    write: (line) => {
      text += line;
      return true;
    },
    now: () => 0,
    color,
  });
  for (const entry of entries) log.write(entry);
  return text;
}

Deno.test("key-value lines hold the attributes in order", () => {
  assert.equal(
    lines({ format: "kv" }, [full, failed]),
    'time="1970-01-01T00:00:00.000Z" level="INFO" function="run" status=200 success=true sourceTrigger="pull" ' +
      'sourceName="listen" commandID="write a file" commandMode="change" commandParentID="listen > group" ' +
      'message="Changing \\"write a file\\"..."\n' +
      'time="1970-01-01T00:00:00.000Z" level="ERROR" function="push" status=404 success=false error="no such\\nkey"\n',
  );
});

Deno.test("JSON lines hold the same attributes", () => {
  const parsed = lines({ format: "json" }, [full, failed]).trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(Object.keys(parsed[0]), [
    "time",
    "level",
    "function",
    "status",
    "success",
    "sourceTrigger",
    "sourceName",
    "commandID",
    "commandMode",
    "commandParentID",
    "message",
  ]);
  assert.deepEqual(parsed[1], {
    time: "1970-01-01T00:00:00.000Z",
    level: "ERROR",
    function: "push",
    status: 404,
    success: false,
    error: "no such\nkey",
  });
});

Deno.test("lines for people are short; further lines are indented; colours only when asked for", () => {
  const text = 'INFO listen: Changing "write a file"...\nERROR no such\n      key\n';
  assert.equal(lines({ format: "human" }, [full, failed]), text);
  const colored = lines({ format: "human" }, [full, failed], true);
  assert.ok(colored.includes("\x1b[31m"));
  // deno-lint-ignore no-control-regex
  assert.equal(colored.replace(/\x1b\[\d*m/g, ""), text);
});

Deno.test("levels leave out what is below them", () => {
  const entries = (["debug", "info", "error"] as const).map((level) => ({ ...full, level, message: level }));
  const seen = (level: LogSettings["level"]) =>
    [...lines({ level }, entries).matchAll(/level="(\w+)"/g)].map((m) => m[1]);
  assert.deepEqual(seen("debug"), ["DEBUG", "INFO", "ERROR"]);
  assert.deepEqual(seen("info"), ["INFO", "ERROR"]);
  assert.deepEqual(seen("error"), ["ERROR"]);
  assert.deepEqual(seen("none"), []);
});

Deno.test("nothing in an entry can forge a line or drive a terminal", () => {
  const nasty = fc.array(
    fc.constantFrom("\n", "\r", "\x1b[2J", '"', "\\", "\x9b", "\u2028", "\u202e", "\0", "{a}", "x", "INFO "),
  )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      nasty,
      nasty,
      fc.constantFrom("kv" as const, "json" as const, "human" as const),
      (name, message, format) => {
        const text = lines({ format }, [{ ...full, sourceName: name, message }]);
        const split = text.split("\n");
        assert.equal(split.pop(), "");
        // deno-lint-ignore no-control-regex
        assert.ok(split.every((line) => !/[\x00-\x1f\x7f-\x9f\u2028\u202e]/.test(line)), JSON.stringify(text));
        if (format === "human") assert.ok(split.slice(1).every((line) => line.startsWith("      ")));
        else assert.equal(split.length, 1);
        if (format === "json") assert.equal(JSON.parse(text).message, message);
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});

Deno.test("entries that can't be written are dropped and counted, and the number is told when writing works again", () => {
  let text = "";
  let isFull = false;
  const log = createLog({ format: "human", level: "info", noColor: true }, {
    write: (line) => {
      if (!isFull) text += line;
      return !isFull;
    },
    now: () => 0,
    color: false,
  });
  const say = (message: string) => log.write({ level: "info", function: "run", status: 200, message });
  say("one");
  isFull = true;
  for (const message of ["two", "three", "four"]) say(message);
  log.write({ level: "debug", function: "run", status: 200, message: "below the level" });
  isFull = false;
  say("five");
  say("six");
  assert.deepEqual(text.trimEnd().split("\n").map((line) => line.replace(/^\S+ +/, "")), [
    "one",
    "entries of the log that could not be written before this one: 3",
    "five",
    "six",
  ]);
});
