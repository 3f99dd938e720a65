import { readsStdin, type Resource, resourceIdentity, type ResourceKind } from "../domain/resource.ts";
import { HostError } from "../host/host.ts";
import { type ResourceResult, runResource } from "../resources/run_resource.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface ManageResource {
  readonly command: ResourceKind;
  readonly resource: Resource;
  readonly output: "text" | "json";
}

/** Bytes of standard input. */
const STDIN_LIMIT = 512 * 1024 * 1024;

/** Checks, changes or removes one thing on this machine. */
export async function manageResource({ resource, output }: ManageResource, context: Context): Promise<Outcome> {
  const { host, signal } = context;
  const stdin = readsStdin(resource) ? await readStdin(context) : undefined;
  if (typeof stdin === "string") return failed([problem(resource, stdin)]);
  const written: Uint8Array[] = [];
  const result = await runResource(
    resource,
    {
      ...(stdin !== undefined && { stdin }),
      write: (part) => output === "json" ? void written.push(part.slice()) : host.terminal.out(part),
    },
    host,
    signal,
  );
  if (result.kind === "failed") {
    const problems = [problem(resource, result.output)];
    return result.code === 2 ? misused(problems) : failed(problems);
  }
  return output === "json" ? shownAsJson(resource, result, written) : shown(result);
}

/** Bytes, or why there are none. */
async function readStdin({ host: { terminal } }: Context): Promise<Uint8Array | string> {
  try {
    return await terminal.readStdin(STDIN_LIMIT);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return error.message;
  }
}

function shown({ kind, details }: ResourceResult): Outcome {
  const status = kind === "differs" ? "failed" : "done";
  return details.length === 0 ? { status } : { status, view: { kind: "text", text: details.join("\n") } };
}

function shownAsJson(resource: Resource, { kind, details }: ResourceResult, written: readonly Uint8Array[]): Outcome {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = written.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  const value = {
    resource: resourceIdentity(resource),
    result: kind,
    details,
    ...(resource.path === "-" && resource.action !== "check" && { output: text }),
  };
  return { status: kind === "differs" ? "failed" : "done", view: { kind: "json", value } };
}

function problem({ kind, action }: Resource, found: string) {
  return { code: `resource-${action}-failed`, attempted: `${kind} ${action}`, found };
}
