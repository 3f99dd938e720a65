import type { Given } from "../domain/command_line.ts";
import { type Milliseconds, parseDuration } from "../domain/duration.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { parseRegexp, type Regexp } from "../domain/regexp.ts";
import type { Lint } from "./lint.ts";
import type { Push } from "./push.ts";
import type { Render } from "./render.ts";
import type { ShowConfig } from "./show_config.ts";
import type { Test } from "./test.ts";

const LONGEST: Milliseconds = 24 * 3_600_000;

/** The arguments of `push`; all that is wrong with them at once. */
export function parsePush({ words: [source = "", ...words], has, value }: Given): Result<Push> {
  const filter = regexp(value("filter"), "-f");
  const names = regexp(value("target"), "-t");
  const port = count(value("port"), "-p", 65_535);
  const serial = count(value("serial"), "--serial", 100_000);
  const maxFailures = count(value("max-failures"), "--max-failures", 100_000);
  const timeout = duration(value("timeout"), "--timeout");
  const problems = [filter, names, port, serial, maxFailures, timeout].flatMap((one) => one.ok ? [] : one.problems);
  if (!filter.ok || !names.ok || !port.ok || !serial.ok || !maxFailures.ok || !timeout.ok) return bad(...problems);
  const [host, path] = [value("host"), value("path")];
  if (host !== undefined && names.value !== undefined) return bad(usage("-h and -t can't both be given"));
  if (words.length > 1 && words.every((word) => word.endsWith(".jsonnet"))) {
    return bad(usage("one pattern is pushed at a time: the words of a command are joined"));
  }
  if (path !== undefined && !path.startsWith("/")) return bad(usage("-u: expected a path that begins with /"));
  return ok({
    command: "push",
    source,
    mode: has("check") ? "check" : "change",
    output: outputOf({ has }),
    ...(words.length > 0 && { what: words.join(" ") }),
    ...(filter.value !== undefined && { filter: filter.value }),
    ...(names.value !== undefined && { names: names.value }),
    ...(host !== undefined && { host }),
    ...(path !== undefined && { path }),
    ...(port.value !== undefined && { port: port.value }),
    ...(serial.value !== undefined && { serial: serial.value }),
    ...(maxFailures.value !== undefined && { maxFailures: maxFailures.value }),
    ...(timeout.value !== undefined && { timeout: timeout.value }),
  });
}

/** The arguments of `render`: a pattern, or the schema of all. */
export function parseRender({ words: [pattern], has }: Given): Result<Render> {
  if (has("schema")) {
    return pattern === undefined
      ? ok({ command: "render" })
      : bad(usage("--schema is of all patterns: leave PATTERN out"));
  }
  return pattern === undefined ? bad(usage("missing required argument 'PATTERN'")) : ok({ command: "render", pattern });
}

/** The arguments of `show-config`. */
export function parseShowConfig({ has }: Given): Result<ShowConfig> {
  if (has("schema") && has("origin")) return bad(usage("--schema and --origin can't both be given"));
  const what = has("schema") ? "schema" : has("origin") ? "origins" : "values";
  return ok({ command: "show-config", what, output: outputOf({ has }) });
}

/** The arguments of `lint`. */
export function parseLint({ words: [path = ""], has, value }: Given): Result<Lint> {
  const format = value("format");
  if (has("json") && format !== undefined && format !== "json") {
    return bad(usage("--json and --format can't both be given"));
  }
  if (has("fix") && has("formatting")) return bad(usage("-f and --fix can't both be given"));
  return ok({
    command: "lint",
    path,
    formatting: has("fix") ? "fixed" : has("formatting") ? "checked" : "ignored",
    format: has("json") || format === "json" ? "json" : format === "github" ? "github" : "text",
    failsFrom: has("strict") ? "warning" : "error",
  });
}

/** The form of the result. */
export function outputOf({ has }: Pick<Given, "has">): "text" | "json" {
  return has("json") ? "json" : "text";
}

/** The arguments of `test`. */
export function parseTest({ words: [path = ""], has, value }: Given): Result<Test> {
  const filter = regexp(value("filter"), "-f");
  if (!filter.ok) return filter;
  const junit = value("junit");
  return ok({
    command: "test",
    path,
    lists: has("build") ? "build-and-run" : "run",
    output: outputOf({ has }),
    ...(filter.value !== undefined && { filter: filter.value }),
    ...(junit !== undefined && { junit }),
  });
}

/** The expression that a flag gives, in RE2 syntax, if it was given. */
export function regexp(text: string | undefined, flag: string): Result<Regexp | undefined> {
  if (text === undefined) return ok(undefined);
  const parsed = parseRegexp(text);
  return parsed.ok ? ok(parsed.regexp) : bad(usage(`${flag}: no regular expression: ${parsed.reason}`));
}

/** A whole number from 1 to `most`. */
export function count(text: string | undefined, flag: string, most: number): Result<number | undefined> {
  if (text === undefined) return ok(undefined);
  const isCount = /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= most;
  return isCount ? ok(Number(text)) : bad(usage(`${flag}: expected a number from 1 to ${most}`));
}

/** A time above 0; at most a day. */
function duration(text: string | undefined, flag: string): Result<Milliseconds | undefined> {
  if (text === undefined) return ok(undefined);
  const time = parseDuration(text) ?? 0;
  return time >= 1 && time <= LONGEST
    ? ok(time)
    : bad(usage(`${flag}: expected a duration such as 30s or 5m, up to 24h`));
}

/** What is wrong with an argument beyond what the table of flags can say. */
export function usage(found: string): Problem {
  return { code: "usage-invalid-argument", attempted: "", found };
}
