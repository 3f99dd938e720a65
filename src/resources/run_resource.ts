import { resolve } from "node:path/posix";
import type { Resource } from "../domain/resource.ts";
import { HostError } from "../host/host.ts";
import { dir } from "./dir.ts";
import { file } from "./file.ts";
import { line } from "./line.ts";
import { link } from "./link.ts";
import type { ResourceMeans, ResourceRequest, Scene } from "./means.ts";
import { failed, type Outcome } from "./outcome.ts";

/** Bytes. */
const OUTPUT_LIMIT = 1024 * 1024;

/**
 * How it ended, as a program would say it: 0, it is as wanted (`change`: now); 1, it differs (`check`) or could not be made
 * so (`change`, `remove`); 2, it can't be said whether it differs (`check`). `output` tells more, a line or several.
 */
export interface ResourceResult {
  readonly code: 0 | 1 | 2;
  /** `differs`, `changed`: see `details`; `failed`: see `output`. */
  readonly kind: "same" | "differs" | "changed" | "failed";
  readonly output: string;
  /** What differs, or what was done. */
  readonly details: readonly string[];
}

/**
 * Checks, changes or removes a resource. What the world refuses is a result; rejects only with the reason of the signal.
 */
export async function runResource(
  resource: Resource,
  request: ResourceRequest,
  means: ResourceMeans,
  signal: AbortSignal,
): Promise<ResourceResult> {
  signal.throwIfAborted();
  const base = request.workDir ?? means.files.cwd;
  const output = new Output();
  const scene: Scene = {
    ...means,
    stdin: typeof request.stdin === "object" ? request.stdin : new TextEncoder().encode(request.stdin ?? ""),
    at: (path) => resolve(means.files.cwd, base, path),
    write: request.write ?? ((part) => output.add(part)),
    signal,
  };
  return toResult(resource, await attempt(resource, scene), output.text());
}

async function attempt(resource: Resource, scene: Scene): Promise<Outcome> {
  try {
    return await act(resource, scene);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return failed(error.message);
  }
}

async function act(resource: Resource, scene: Scene): Promise<Outcome> {
  switch (resource.kind) {
    case "archive":
      return await (await import("./archive.ts")).archive(resource, scene);
    case "copy":
      return await (await import("./copy.ts")).copy(resource, scene);
    case "template":
      return await (await import("./template.ts")).template(resource, scene);
    case "file":
      return await file(resource, scene);
    case "dir":
      return await dir(resource, scene);
    case "line":
      return await line(resource, scene);
    case "link":
      return await link(resource, scene);
  }
}

function toResult({ action }: Resource, outcome: Outcome, printed: string): ResourceResult {
  if (outcome.kind === "refused" && action === "check") {
    return { code: 1, kind: "differs", output: outcome.reason, details: [outcome.reason] };
  }
  if (outcome.kind !== "done") {
    return { code: action === "check" ? 2 : 1, kind: "failed", output: outcome.reason, details: [] };
  }
  const { details } = outcome;
  const isSame = details.length === 0;
  return {
    code: action === "check" && !isSame ? 1 : 0,
    kind: isSame ? "same" : action === "check" ? "differs" : "changed",
    output: printed + details.join("\n"),
    details,
  };
}

/** What goes to standard output, when nobody takes it away. */
class Output {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  add(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > OUTPUT_LIMIT) {
      throw new HostError("other", `what goes to standard output is larger than ${OUTPUT_LIMIT} bytes`);
    }
    this.#parts.push(part.slice());
  }

  text(): string {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return this.#parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  }
}
