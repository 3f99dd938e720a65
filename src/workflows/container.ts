import type { Container } from "../domain/exec.ts";
import type { Files, Processes, ProcessRequest, ProcessResult } from "../host/host.ts";
import { commandEnvironment, findProgram } from "./invocation.ts";

/** How a container is started, and how its end is asked for. */
type ContainerCall =
  | {
    readonly ok: true;
    readonly argv: ProcessRequest["argv"];
    readonly env: Readonly<Record<string, string>>;
    /** Removes the container, whatever runs in it. */
    readonly remove: ProcessRequest["argv"];
  }
  | { readonly ok: false; readonly reason: string };

/** Milliseconds. */
const REMOVE_TIMEOUT = 20_000;
const REMOVE_OUTPUT_LIMIT = 16 * 1024;

/**
 * The call of docker, else podman, that runs `inner` in a new container with the variables of `inside`. They are named in
 * the arguments, which everybody on the machine can read; their values are in the environment of the engine alone.
 */
export async function containerCall(
  container: Container,
  inner: readonly [string, ...string[]],
  inside: Readonly<Record<string, string>>,
  { files, environment }: {
    readonly files: Pick<Files, "stat">;
    readonly environment: Readonly<Record<string, string>>;
  },
  reads: "input" | "terminal" = "input",
): Promise<ContainerCall> {
  const engine = await findProgram("docker", files, environment) ?? await findProgram("podman", files, environment);
  if (engine === undefined) return { ok: false, reason: "neither docker nor podman is on the PATH" };
  const name = `etcha-${crypto.randomUUID()}`;
  const env = commandEnvironment({ env: {}, envInherit: true }, environment, inside);
  return {
    ok: true,
    env,
    // A first process that passes signals on: a shell in its place would ignore them.
    argv: [
      engine,
      "run",
      "-i",
      ...(reads === "terminal" ? ["-t"] : []),
      "--rm",
      "--init",
      "--name",
      name,
      ...flags(container, inside),
      container.image,
      ...inner,
    ],
    remove: [engine, "rm", "--force", name],
  };
}

function flags(container: Container, inside: Readonly<Record<string, string>>): readonly string[] {
  const { entrypoint, network, privileged, pull, user, volumes, workDir } = container;
  return [
    ...Object.keys(inside).sort().flatMap((name) => ["--env", name]),
    ...(entrypoint === undefined ? [] : ["--entrypoint", entrypoint]),
    ...(network === undefined ? [] : ["--network", network]),
    ...(privileged === undefined ? [] : ["--privileged"]),
    ...(pull === undefined ? [] : ["--pull", pull]),
    ...(user === undefined ? [] : ["--user", user]),
    ...volumes.flatMap((volume) => ["--volume", volume]),
    ...(workDir === undefined ? [] : ["--workdir", workDir]),
  ];
}

/**
 * What the result of the engine says of the text. A container belongs to the engine, not to the process that asked for it:
 * when that was ended before its time, the container is removed. An engine that could not run the text has its own codes.
 */
export async function endContainer(
  { remove }: ContainerCall & { readonly ok: true },
  result: ProcessResult,
  request: (argv: ProcessRequest["argv"]) => Omit<ProcessRequest, "outputLimit">,
  processes: Processes,
): Promise<ProcessResult> {
  if (result.kind === "exited") {
    const refused = refusal(result.code, result.output);
    return refused === undefined ? result : { kind: "not-started", reason: refused };
  }
  if (result.kind !== "not-started") {
    const bounded = { ...request(remove), timeout: REMOVE_TIMEOUT, outputLimit: REMOVE_OUTPUT_LIMIT };
    // Not to be cancelled: it is what follows from a cancellation. That there is none left to remove is no mistake.
    await processes.run(bounded, new AbortController().signal);
  }
  return result;
}

/** docker-run(1) and podman-run(1): 125 is the engine's own failure, 126 and 127 may be the engine's or the text's. */
function refusal(code: number, output: string): string | undefined {
  if (code < 125 || code > 127) return undefined;
  const said = /^(?:docker: |Error: )[^\n]*/m.exec(output)?.[0];
  return said ?? (code === 125 ? "the container engine failed" : undefined);
}
