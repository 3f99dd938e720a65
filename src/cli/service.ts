import type { Json } from "../domain/json.ts";
import type { InitSystem } from "../domain/service_files.ts";
import {
  carryOut,
  type Deed,
  planInstall,
  planUninstall,
  type ServicePlan,
  type ServiceRequest,
  serviceState,
} from "../workflows/service.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Service {
  readonly command: "service";
  readonly action: "install" | "uninstall" | "status";
  readonly config?: string;
  readonly user?: string;
  readonly root: string;
  readonly init?: InitSystem;
  /** `shown`: say what would be done. */
  readonly plan: "done" | "shown";
  readonly output: "text" | "json";
}

const MISUSE: ReadonlySet<string> = new Set(["service-no-init", "service-unknown-user"]);

/** Makes the agent a service of this machine, takes it away again, or says how it is with it. */
export async function service(invocation: Service, context: Context): Promise<Outcome> {
  const { action, output, plan: wish } = invocation;
  const { host, signal: cancel } = context;
  const request: ServiceRequest = { ...invocation, program: host.self.program };
  const means = { ...host, cancel };
  if (action === "status") return await status(invocation, request, context);
  const plan = await (action === "install" ? planInstall(request, means) : planUninstall(request, means));
  if (!plan.ok) return refused(plan.problems);
  if (wish === "done") {
    const done = await carryOut(plan.value, request, means);
    if (!done.ok) return failed(done.problems);
  }
  return {
    status: "done",
    view: output === "json"
      ? { kind: "json", value: planJson(plan.value) }
      : { kind: "text", text: planText(plan.value, invocation) },
    notes: [...plan.value.differences, ...plan.value.notes],
  };
}

async function status(
  { output }: Service,
  request: ServiceRequest,
  { host, signal: cancel }: Context,
): Promise<Outcome> {
  const state = await serviceState(request, { ...host, cancel });
  if (!state.ok) return refused(state.problems);
  const { init, path, file, config, configured, enabled, active } = state.value;
  const answer = (is: boolean | null) => is === null ? "unknown here" : is ? "yes" : "no";
  const text = [
    `${init}: ${path} is ${file === "changed" ? "changed by a person" : file}`,
    `configuration: ${config}${configured ? "" : " is not there, or is the example"}`,
    `starts with the machine: ${answer(enabled)}`,
    `runs: ${answer(active)}`,
  ].join("\n");
  return {
    status: file === "absent" || active === false ? "failed" : "done",
    view: output === "json"
      ? { kind: "json", value: { init, path, file, config, configured, enabled, active } }
      : { kind: "text", text },
  };
}

function refused(problems: Parameters<typeof failed>[0]): Outcome {
  return problems.every(({ code }) => MISUSE.has(code)) ? misused(problems) : failed(problems);
}

/** `shown`: whole, so that a person can look at it beforehand. */
function planText({ deeds }: ServicePlan, { plan, root }: Service): string {
  const lines = deeds.flatMap((deed) =>
    plan === "shown" && deed.kind === "write"
      ? [deedLine(deed, root), ...deed.text.trimEnd().split("\n").map((line) => `    ${line}`.trimEnd())]
      : [deedLine(deed, root)]
  );
  return [...(plan === "shown" ? ["this would be done:"] : []), ...lines].join("\n");
}

function deedLine(deed: Deed, root: string): string {
  switch (deed.kind) {
    case "make":
      return `made ${root}${deed.path}/`;
    case "write":
      return `wrote ${root}${deed.path}`;
    case "remove":
      return `removed ${root}${deed.path}`;
    case "keep":
      return `kept ${root}${deed.path} (${deed.why})`;
    case "run":
      return `ran ${deed.argv.join(" ")}`;
  }
}

function planJson({ deeds, differences }: ServicePlan): Json {
  const paths = (kind: "make" | "write" | "remove" | "keep") =>
    deeds.flatMap((deed) => deed.kind === kind ? [deed.path] : []);
  return {
    made: paths("make"),
    written: paths("write"),
    removed: paths("remove"),
    kept: paths("keep"),
    ran: deeds.flatMap((deed) => deed.kind === "run" ? [[...deed.argv]] : []),
    differences: [...differences],
  };
}
