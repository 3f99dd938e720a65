import { dirname } from "node:path/posix";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import {
  CONFIG_PATH,
  EXAMPLE_CONFIG,
  type InitSystem,
  SERVICE,
  SERVICE_PATHS,
  type ServiceSettings,
  serviceText,
  settingsIn,
  STATE_DIR,
} from "../domain/service_files.ts";
import { type Accounts, type Files, HostError, type Processes, type ProcessResult } from "../host/host.ts";
import { textDiff } from "../resources/contents_diff.ts";
import { isUntouched, stamped } from "./stamped_text.ts";

export interface ServiceMeans {
  readonly files: Pick<Files, "stat" | "readText" | "writeAtomic" | "makeDir" | "setAttributes" | "remove">;
  readonly accounts: Accounts;
  readonly processes: Processes;
  readonly environment: { readonly [name: string]: string };
  readonly cancel: AbortSignal;
}

/** Without `config` and `user`, those of the service that is there already. */
export interface ServiceRequest extends Pick<ServiceSettings, "program">, Partial<Omit<ServiceSettings, "program">> {
  /** Without it, the one that runs here. */
  readonly init?: InitSystem;
  /** Below which everything lies: then it is the tree of another machine, and nothing is started. "" for this one. */
  readonly root: string;
}

/** One thing to be done, as data: it can be shown instead. Paths are without the root. */
export type Deed =
  | { readonly kind: "make"; readonly path: string; readonly mode: number; readonly owner: Owner }
  | {
    readonly kind: "write";
    readonly path: string;
    readonly text: string;
    readonly mode: number;
    readonly owner: Owner;
  }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "keep"; readonly path: string; readonly why: "as it should be" | "changed by a person" | "yours" }
  | { readonly kind: "run"; readonly argv: readonly [string, ...string[]] };

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What is to be done, and what a person should know or do about it. */
export interface ServicePlan {
  readonly deeds: readonly Deed[];
  /** Of files that a person changed: what this version would have written. Unified diffs. */
  readonly differences: readonly string[];
  readonly notes: readonly string[];
}

export interface ServiceState {
  readonly init: InitSystem;
  readonly path: string;
  /** `current`: as this version would write it; `outdated`: as another one or other flags did. */
  readonly file: "absent" | "current" | "outdated" | "changed";
  readonly config: string;
  readonly configured: boolean;
  /** Whether it is started with the machine, and whether it runs; null where nobody can say. */
  readonly enabled: boolean | null;
  readonly active: boolean | null;
}

type Settled = ServiceRequest & ServiceSettings;

/** Where packages put the unit. */
const PACKAGED = ["/usr/lib/systemd/system/etcha.service", "/lib/systemd/system/etcha.service"];
const MODES: Readonly<Record<InitSystem, number>> = { systemd: 0o644, openrc: 0o755 };
const FILE_LIMIT = 1024 * 1024;
const PROGRAM_TIMEOUT = 120_000;
const ROOT: Owner = { uid: 0, gid: 0 };

/**
 * What makes the service: its file, the state directory, an example of a configuration where there is none, and, on this
 * machine, its start. What a person has changed is kept, with what would have been written beside it as `.new`. Problems
 * `service-no-init`, `service-unknown-user`, `service-failed`.
 */
export function planInstall(given: ServiceRequest, means: ServiceMeans): Promise<Result<ServicePlan>> {
  return attempting<ServicePlan>("install the service", async () => {
    const init = await findInit(given, means);
    if (!init.ok) return init;
    const request = await settled(init.value.name, given, means);
    const owner = await ownerOf(request, means);
    if (!owner.ok) return owner;
    const file = await planFile(init.value.name, request, means);
    const config = await readIfThere(request.config, request, means);
    const deeds = [...file.deeds];
    if (await stat(STATE_DIR, request, means) === undefined) {
      deeds.push({ kind: "make", path: STATE_DIR, mode: 0o700, owner: owner.value });
    } else deeds.push({ kind: "keep", path: STATE_DIR, why: "as it should be" });
    if (config === undefined) {
      const folder = dirname(request.config);
      if (await stat(folder, request, means) === undefined) {
        deeds.push({ kind: "make", path: folder, mode: 0o755, owner: ROOT });
      }
      const text = await stamped(EXAMPLE_CONFIG, "//");
      // A key of the listener, say, is nobody else's business.
      const rights = owner.value.uid === 0
        ? { mode: 0o600, owner: ROOT }
        : { mode: 0o640, owner: { ...owner.value, uid: 0 } };
      deeds.push({ kind: "write", path: request.config, text, ...rights });
    }
    const isConfigured = config !== undefined && !await isUntouched(config);
    if (config !== undefined) {
      deeds.push({ kind: "keep", path: request.config, why: isConfigured ? "yours" : "as it should be" });
    }
    const isRenewed = file.deeds.some(({ kind, ...rest }) =>
      kind === "write" && "path" in rest && !rest.path.endsWith(".new")
    );
    deeds.push(...startingDeeds(init.value, { isConfigured, isRenewed }));
    const notes = isConfigured ? [] : [
      `next: put into ${request.config} what this host takes from whom, then: ${startLine(init.value.name)}`,
    ];
    return ok({ deeds, differences: file.differences, notes });
  });
}

/** What takes the service away again. Its state, its configuration and what a person has changed stay. */
export function planUninstall(given: ServiceRequest, means: ServiceMeans): Promise<Result<ServicePlan>> {
  return attempting<ServicePlan>("uninstall the service", async () => {
    const init = await findInit(given, means);
    if (!init.ok) return init;
    const request = await settled(init.value.name, given, means);
    const path = SERVICE_PATHS[init.value.name];
    const found = await readIfThere(path, request, means);
    if (found === undefined) return ok({ deeds: [], differences: [], notes: [`there is no ${path}`] });
    const deeds: Deed[] = endingDeeds(init.value);
    deeds.push(
      await isUntouched(found) ? { kind: "remove", path } : { kind: "keep", path, why: "changed by a person" },
    );
    if (await stat(`${path}.new`, request, means) !== undefined) deeds.push({ kind: "remove", path: `${path}.new` });
    if (init.value.name === "systemd" && init.value.isLive) {
      deeds.push({ kind: "run", argv: ["systemctl", "daemon-reload"] });
    }
    for (const kept of [request.config, STATE_DIR]) {
      if (await stat(kept, request, means) !== undefined) deeds.push({ kind: "keep", path: kept, why: "yours" });
    }
    return ok({ deeds, differences: [], notes: [] });
  });
}

/** How it is with the service. */
export function serviceState(given: ServiceRequest, means: ServiceMeans): Promise<Result<ServiceState>> {
  return attempting("look at the service", async () => {
    const init = await findInit(given, means);
    if (!init.ok) return init;
    const request = await settled(init.value.name, given, means);
    const { name, isLive } = init.value;
    const wanted = await stamped(serviceText(name, request), "#");
    const { path, text } = await findFile(name, request, means);
    const config = await readIfThere(request.config, request, means);
    const file = text === undefined
      ? "absent"
      : text === wanted
      ? "current"
      : await isUntouched(text)
      ? "outdated"
      : "changed";
    const ask = async (systemd: string, openrc: readonly [string, ...string[]]) => {
      const argv = name === "systemd" ? ["systemctl", systemd, "--quiet", SERVICE] as const : openrc;
      return isLive ? succeeded(await run(argv, means)) : null;
    };
    const enabled = await ask("is-enabled", ["sh", "-c", `rc-update show | grep -q '^ *${SERVICE} |'`]);
    const active = await ask("is-active", ["rc-service", "--quiet", SERVICE, "status"]);
    const configured = config !== undefined && !await isUntouched(config);
    return ok({ init: name, path, file, config: request.config, configured, enabled, active });
  });
}

/** Does what was planned, in order. The first failure ends it. Problem `service-failed`. */
export function carryOut(plan: ServicePlan, request: ServiceRequest, means: ServiceMeans): Promise<Result<undefined>> {
  return attempting("change the service", async () => {
    for (const deed of plan.deeds) {
      switch (deed.kind) {
        case "make":
          await means.files.makeDir(request.root + deed.path, { mode: deed.mode });
          await means.files.setAttributes(request.root + deed.path, { ...own(deed.owner, request), mode: deed.mode });
          break;
        case "write":
          await means.files.makeDir(request.root + dirname(deed.path));
          await means.files.writeAtomic(request.root + deed.path, deed.text, {
            ...own(deed.owner, request),
            mode: deed.mode,
          });
          break;
        case "remove":
          await means.files.remove(request.root + deed.path);
          break;
        case "run": {
          const result = await run(deed.argv, means);
          if (!succeeded(result)) return bad(commandFailed(deed.argv, result));
        }
      }
    }
    return ok(undefined);
  });
}

/** In the tree of another machine, who makes it may be nobody who can give files away. */
function own(owner: Owner, { root }: ServiceRequest): Partial<Owner> {
  return root === "" || owner.uid !== 0 ? owner : {};
}

async function planFile(init: InitSystem, request: Settled, means: ServiceMeans) {
  const text = await stamped(serviceText(init, request), "#");
  const { path, text: found } = await findFile(init, request, means);
  const write = (path: string): Deed => ({ kind: "write", path, text, mode: MODES[init], owner: ROOT });
  const keep = (why: "as it should be" | "changed by a person"): Deed => ({ kind: "keep", path, why });
  if (found === text) return { deeds: [keep("as it should be")], differences: [] };
  // What a package has brought stays as it is: a file in /etc goes before it.
  const own = SERVICE_PATHS[init];
  if (found === undefined || path !== own || await isUntouched(found)) return { deeds: [write(own)], differences: [] };
  const encoder = new TextEncoder();
  const difference = textDiff(path, encoder.encode(found), encoder.encode(text));
  return {
    deeds: [keep("changed by a person"), write(`${path}.new`)],
    differences: difference === undefined ? [] : [difference],
  };
}

/** An upgrade that says nothing of them must not make another user's service one of root. */
async function settled(init: InitSystem, request: ServiceRequest, means: ServiceMeans): Promise<Settled> {
  const { text } = await findFile(init, request, means);
  return { user: "root", config: CONFIG_PATH, ...settingsIn(text ?? ""), ...request };
}

/** The file of the service that counts here. */
async function findFile(init: InitSystem, request: ServiceRequest, means: ServiceMeans) {
  const own = SERVICE_PATHS[init];
  for (const path of [own, ...(init === "systemd" ? PACKAGED : [])]) {
    const text = await readIfThere(path, request, means);
    if (text !== undefined) return { path, text };
  }
  return { path: own, text: undefined };
}

interface FoundInit {
  readonly name: InitSystem;
  /** It runs this very machine, and can be told to start what is new. */
  readonly isLive: boolean;
}

async function findInit(request: ServiceRequest, means: ServiceMeans): Promise<Result<FoundInit>> {
  const isThere = async (path: string) => await means.files.stat(path) !== undefined;
  const live = request.root !== ""
    ? undefined
    : await isThere("/run/systemd/system")
    ? "systemd"
    : await isThere("/run/openrc/softlevel")
    ? "openrc"
    : undefined;
  const name = request.init ?? live;
  if (name !== undefined) return ok({ name, isLive: name === live });
  const found = request.root === "" ? "neither systemd nor OpenRC runs this machine" : "the flag --root needs --init";
  return bad({
    code: "service-no-init",
    attempted: "",
    found,
    hint: "say for which one the files are: --init systemd, or --init openrc",
  });
}

async function ownerOf({ user, root }: Settled, { accounts }: ServiceMeans): Promise<Result<Owner>> {
  if (user === "root" || user === "0") return ok(ROOT);
  const uid = await accounts.userId(user);
  const gid = await accounts.groupId(user);
  if (uid !== undefined && gid !== undefined) return ok({ uid, gid });
  const found = uid === undefined
    ? `there is no user ${JSON.stringify(user)}`
    : `there is no group ${JSON.stringify(user)}`;
  const hint = root === ""
    ? `make both: useradd --system --user-group --home-dir ${STATE_DIR} --no-create-home --shell /usr/sbin/nologin ${user}`
    : "users are looked for on this machine";
  return bad({ code: "service-unknown-user", attempted: "install the service", found, hint });
}

function startingDeeds(
  { name, isLive }: FoundInit,
  { isConfigured, isRenewed }: { readonly isConfigured: boolean; readonly isRenewed: boolean },
): readonly Deed[] {
  if (!isLive) return [];
  const verb = isRenewed ? "restart" : "start";
  const words: readonly (readonly [string, ...string[]])[] = name === "systemd"
    ? [["systemctl", "daemon-reload"], ["systemctl", "enable", SERVICE], ["systemctl", verb, SERVICE]]
    : [["rc-update", "add", SERVICE, "default"], ["rc-service", SERVICE, verb]];
  return (isConfigured ? words : words.slice(0, -1)).map((argv) => ({ kind: "run", argv }));
}

function endingDeeds({ name, isLive }: FoundInit): Deed[] {
  if (!isLive) return [];
  return name === "systemd"
    ? [{ kind: "run", argv: ["systemctl", "disable", "--now", SERVICE] }]
    : [{ kind: "run", argv: ["rc-service", "--ifstarted", SERVICE, "stop"] }, {
      kind: "run",
      argv: ["rc-update", "delete", SERVICE],
    }];
}

function startLine(init: InitSystem): string {
  return init === "systemd"
    ? `systemctl enable --now ${SERVICE}`
    : `rc-update add ${SERVICE} && rc-service ${SERVICE} start`;
}

async function run(argv: readonly [string, ...string[]], means: ServiceMeans): Promise<ProcessResult> {
  const { environment: env, processes, cancel } = means;
  return await processes.run({ argv, env, timeout: PROGRAM_TIMEOUT, outputLimit: 64 * 1024 }, cancel);
}

function succeeded(result: ProcessResult): boolean {
  return result.kind === "exited" && result.code === 0;
}

function commandFailed(argv: readonly string[], result: ProcessResult): Problem {
  const found = result.kind === "not-started" ? result.reason : result.output.trim();
  return {
    code: "service-failed",
    attempted: argv.join(" "),
    found: found === "" ? `it failed (${result.kind})` : found,
  };
}

async function stat(path: string, { root }: ServiceRequest, { files }: ServiceMeans) {
  return await files.stat(root + path);
}

async function readIfThere(
  path: string,
  { root }: ServiceRequest,
  { files }: ServiceMeans,
): Promise<string | undefined> {
  try {
    return await files.readText(root + path, FILE_LIMIT);
  } catch (error) {
    if (error instanceof HostError && error.kind === "not-found") return undefined;
    throw error;
  }
}

async function attempting<T>(attempted: string, act: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const hint = error.kind === "denied" ? { hint: "services are a matter of root: run it as root" } : {};
    return bad({ code: "service-failed", attempted, found: error.message, ...hint });
  }
}
