import { HostError } from "../host/host.ts";
import { FIRST_SOURCE, type FirstSteps, type QuickstartRequest, takeFirstSteps } from "../workflows/quickstart.ts";
import { push } from "./push.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Quickstart extends QuickstartRequest {
  readonly command: "quickstart";
  readonly output: "text" | "json";
}

const CONNECT_TIMEOUT = 3_000;

/** Makes keys and configurations for one host, and pushes a first pattern when its agent is there already. */
export async function quickstart({ host, port, output }: Quickstart, context: Context): Promise<Outcome> {
  const { libraryDir, host: { files } } = context;
  const taken = await takeFirstSteps({ host, port }, { files, libraryDir });
  if (!taken.ok) return failed(taken.problems);
  const steps = taken.value;
  const loaded = await context.config(steps.config);
  if (!loaded.ok) return misused(loaded.problems);
  const target = loaded.value.config.targets.get(steps.target.name);
  if (target === undefined) {
    const notes = [
      `next: add this to targets in etcha.jsonnet, which was there, and run it again:\n${steps.target.text}`,
    ];
    return { status: "done", view: { kind: "first-steps", output, steps }, notes };
  }
  const absence = await absenceOf(steps, { host: target.hostname, port: target.port }, context);
  if (absence !== undefined) return { status: "done", view: { kind: "first-steps", output, steps, absence } };
  const { view, ...pushed } = await push(
    { command: "push", source: FIRST_SOURCE, mode: "change", host: steps.target.name, output },
    { ...context, config: () => Promise.resolve(loaded) },
  );
  return {
    ...pushed,
    view: { kind: "first-steps", output, steps, ...(view?.kind === "pushed" && { results: view.results }) },
  };
}

/** Why there is no agent; undefined when something answers. Whether it is the right one is for the push to say. */
async function absenceOf(
  { target }: FirstSteps,
  { host, port }: QuickstartRequest,
  { host: { http }, signal }: Context,
): Promise<string | undefined> {
  const { fingerprint } = target;
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}/etcha`;
  const times = { timeout: 2 * CONNECT_TIMEOUT, connectTimeout: CONNECT_TIMEOUT };
  try {
    await http.request({ method: "GET", url, ...times, bodyLimit: 64 * 1024, tls: { fingerprint } }, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return error.kind === "unreachable" || error.kind === "timeout" ? error.message : undefined;
  }
}
