import type { LineResource, Replacement } from "../domain/resource.ts";
import { HostError } from "../host/host.ts";
import { AT_ONCE, bringAbout } from "./file.ts";
import type { Scene } from "./means.ts";
import { done, failed, type Outcome, refused, shown } from "./outcome.ts";

/** Bytes of a file whose lines are edited. */
const SIZE_LIMIT = 16 * 1024 * 1024;

export async function line(resource: LineResource, scene: Scene): Promise<Outcome> {
  const { path, action } = resource;
  if (path === "-") return await editStdin(resource, scene);
  const at = scene.at(path);
  const found = scene.files.look(at, AT_ONCE);
  if (found === undefined) {
    if (action === "remove") return done([]);
    if (resource.whenNoFile === "fail") {
      return action === "check"
        ? done([`${shown(path)} is not there`])
        : refused(`${shown(path)} is not there (--create makes it)`);
    }
  } else if (found.kind !== "file") {
    return refused(`${shown(path)} is ${found.kind === "link" ? "a link: name what it leads to" : "no file"}`);
  }
  const before = found === undefined ? "" : decode(found.bytes ?? await scene.files.read(at, SIZE_LIMIT), path);
  const edited = edit(before, resource);
  if (!edited.ok) return failed(`${shown(path)}: ${edited.reason}`);
  if (found !== undefined && edited.text === before) return done([]);
  const contents = new TextEncoder().encode(edited.text);
  return await bringAbout({ path, action: action === "check" ? "check" : "change", contents, wanted: {} }, scene);
}

async function editStdin(resource: LineResource, { stdin, write }: Scene): Promise<Outcome> {
  const before = decode(stdin, "standard input");
  const edited = edit(before, resource);
  if (!edited.ok) return failed(`standard input: ${edited.reason}`);
  const contents = new TextEncoder().encode(edited.text);
  if (resource.action !== "check") write(contents);
  if (resource.action !== "check" || edited.text === before) return done([]);
  const { textDiff } = await import("./contents_diff.ts");
  const diff = textDiff("standard input", stdin, contents);
  return done([diff === undefined ? "standard input differs" : `standard input differs:\n${diff}`]);
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new HostError("other", `cannot edit ${name}: it is no text in UTF-8`);
    throw error;
  }
}

type Edited = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

function edit(text: string, resource: LineResource): Edited {
  if (resource.action === "remove") return { ok: true, text: withoutLines(text, resource) };
  const once = withLine(text, resource);
  // What would be another again next time would be changed for ever.
  if (once === text || withLine(once, resource) === once) return { ok: true, text: once };
  return {
    ok: false,
    reason: "the change would never come to an end: once made, the same change is due again; " +
      "let REGEX match the whole line, or add --no-append",
  };
}

/** A line, and what ends it: nothing for a last one that is not ended. */
interface Line {
  readonly text: string;
  readonly end: string;
}

function linesOf(text: string): readonly Line[] {
  return [...text.matchAll(/([^\n]*?)(\r?\n|$)/g)].map(([, line = "", end = ""]) => ({ text: line, end }))
    .filter(({ text: line, end }) => line !== "" || end !== "");
}

function withLine(text: string, { regexp, text: replacement = [], whenNoMatch }: LineResource): string {
  const lines = linesOf(text);
  if (lines.some((line) => regexp.test(line.text))) {
    return lines.map((line) => regexp.replaceAll(line.text, (group) => expand(replacement, group)) + line.end).join("");
  }
  const added = expand(replacement, () => "");
  if (whenNoMatch === "keep" || lines.some((line) => line.text === added)) return text;
  const end = lines.find((line) => line.end !== "")?.end ?? "\n";
  const isOpen = lines.length > 0 && lines.at(-1)!.end === "";
  return text + (isOpen ? end : "") + added + end;
}

function withoutLines(text: string, { regexp, text: replacement }: LineResource): string {
  const added = replacement === undefined ? undefined : expand(replacement, () => "");
  return linesOf(text).filter((line) => !regexp.test(line.text) && line.text !== added)
    .map((line) => line.text + line.end).join("");
}

function expand(replacement: Replacement, group: (number: number) => string): string {
  return replacement.map((part) => typeof part === "string" ? part : group(part.group)).join("");
}
