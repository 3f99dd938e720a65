import * as v from "valibot";
import { inJsonSchema, key } from "./config_key.ts";
import { DURATION, type Milliseconds, parseDuration } from "./duration.ts";
import type { Problem } from "./problem.ts";
import { notList } from "./shape.ts";

/** How the text of a command is executed, as one link of the override chain sets it. */
export interface ExecSettings {
  readonly allowOverride?: boolean | undefined;
  readonly command?: string | undefined;
  readonly containerEntrypoint?: string | undefined;
  readonly containerImage?: string | undefined;
  readonly containerNetwork?: string | undefined;
  readonly containerPrivileged?: boolean | undefined;
  readonly containerPull?: string | undefined;
  readonly containerUser?: string | undefined;
  readonly containerVolumes?: readonly string[] | undefined;
  readonly containerWorkDir?: string | undefined;
  readonly env?: { readonly [name: string]: string } | undefined;
  readonly envInherit?: boolean | undefined;
  readonly group?: string | undefined;
  readonly sudo?: boolean | undefined;
  readonly timeout?: string | undefined;
  readonly user?: string | undefined;
  readonly workDir?: string | undefined;
}

/** What the whole chain comes to. `command` undefined: the built-in default shell; `""`: no shell. */
export interface Exec {
  readonly command?: string;
  readonly env: { readonly [name: string]: string };
  readonly envInherit: boolean;
  readonly user?: string;
  readonly group?: string;
  readonly privilege?: "sudo";
  readonly container?: Container;
  readonly workDir?: string;
  readonly timeout?: Milliseconds;
}

/** A new container for every text, and what it is given. */
export interface Container {
  readonly image: string;
  readonly entrypoint?: string;
  readonly network?: string;
  readonly privileged?: true;
  /** When the image is fetched. */
  readonly pull?: string;
  readonly user?: string;
  /** `SOURCE:TARGET[:OPTIONS]`. */
  readonly volumes: readonly string[];
  readonly workDir?: string;
}

const idText = v.pipe(
  v.union([
    v.string(),
    v.pipe(
      v.number(),
      v.check((id) => Number.isSafeInteger(id) && id >= 0, "expected a name or a whole number from 0"),
      inJsonSchema({ type: "integer", minimum: 0 }),
    ),
  ]),
  v.transform(String),
);

/** A duration in the form of `parseDuration`; stays text, so that it can be shown as it was written. */
export const durationText = v.pipe(
  v.string(),
  v.check((text) => parseDuration(text) !== undefined, 'expected a duration such as "90s" or "1h30m"'),
  inJsonSchema({ pattern: DURATION }),
);

const noNul = v.check((text: string) => !text.includes("\0"), "it must not contain a NUL character");
const plainText = v.pipe(v.string(), noNul);

const envName = v.pipe(v.string(), v.check((name) => /^[^=\0]+$/.test(name), "expected a name without = and NUL"));

/** A value that becomes an argument of the container engine. */
const option = v.pipe(
  plainText,
  v.check((text) => !text.startsWith("-"), "it must not begin with -, which would make it a flag"),
);

const volume = v.pipe(
  option,
  v.check((text) => /^[^:]+(:[^:]+){0,2}$/.test(text), "expected a volume such as /srv/data:/data or cache:/cache:ro"),
  inJsonSchema({ pattern: "^[^:-][^:]*(:[^:]+){0,2}$" }),
);

/** The keys of an exec, one table for configuration, patterns and commands. */
export const execSchema = notList(v.strictObject({
  allowOverride: key(v.boolean(), { doc: "Whether the next link of the chain may set an exec of its own." }),
  command: key(plainText, { doc: "Program and words before the script; empty: no shell." }),
  containerEntrypoint: key(option, { doc: "Program of the container, instead of its image's own." }),
  containerImage: key(option, {
    doc: "Image of the container in which commands run: by docker, or podman where there is no docker.",
  }),
  containerNetwork: key(option, { doc: "Network of the container." }),
  containerPrivileged: key(v.boolean(), { doc: "Whether the container may do everything to the host." }),
  containerPull: key(v.picklist(["", "always", "missing", "never"]), { doc: "When the image is fetched." }),
  containerUser: key(option, { doc: "User within the container, and group after a colon." }),
  containerVolumes: key(v.array(volume), { doc: "What of the host the container sees: SOURCE:TARGET[:OPTIONS]." }),
  containerWorkDir: key(option, { doc: "Folder within the container in which commands run." }),
  env: key(notList(v.record(envName, plainText)), { doc: "Environment of the commands, by name.", secret: "whole" }),
  envInherit: key(v.boolean(), { doc: "Whether commands see the environment of the process." }),
  group: key(idText, { doc: "Group that commands run as, name or number." }),
  sudo: key(v.boolean(), { doc: "Whether commands run by sudo -E, where they are not root already." }),
  timeout: key(durationText, { doc: "How long one command may take." }),
  user: key(idText, { doc: "User that commands run as, name or number." }),
  workDir: key(plainText, { doc: "Folder in which commands run." }),
}));

/** One place that may set an exec: its name for messages and what it sets, if anything. */
export interface ExecLink {
  readonly name: string;
  readonly settings: ExecSettings | undefined;
}

/**
 * Folds the chain root → source → pattern → command. A link counts only when the exec so far allows overriding; a link
 * that counts but does not itself allow it ends the chain. What is ignored is told as a warning that names the link.
 */
export function resolveExec(
  links: readonly ExecLink[],
): { readonly exec: Exec; readonly warnings: readonly Problem[] } {
  let settings: ExecSettings = {};
  let closedBy: string | undefined;
  const warnings: Problem[] = [];
  for (const link of links) {
    if (link.settings === undefined) continue;
    if (closedBy !== undefined) {
      warnings.push({
        code: "exec-override-ignored",
        attempted: "resolve the exec",
        found: `the exec of ${link.name} is ignored, because ${closedBy} does not allow overrides`,
        hint: `set allowOverride: true in the exec of ${closedBy}`,
      });
      continue;
    }
    settings = mergeExec(settings, link.settings);
    if (link.settings.allowOverride !== true) closedBy = link.name;
  }
  return { exec: toExec(settings), warnings };
}

/** Field by field the lower one wins; `env` is merged by name. */
function mergeExec(upper: ExecSettings, lower: ExecSettings): ExecSettings {
  const set = Object.fromEntries(Object.entries(lower).filter(([, value]) => value !== undefined));
  const env = upper.env === undefined && lower.env === undefined ? {} : { env: { ...upper.env, ...lower.env } };
  return { ...upper, ...set, ...env };
}

function toExec(settings: ExecSettings): Exec {
  const timeout = settings.timeout === undefined ? undefined : parseDuration(settings.timeout);
  return {
    ...(settings.command !== undefined && { command: settings.command }),
    env: settings.env ?? {},
    envInherit: settings.envInherit ?? true,
    ...(settings.user !== undefined && settings.user !== "" && { user: settings.user }),
    ...(settings.group !== undefined && settings.group !== "" && { group: settings.group }),
    ...(settings.sudo === true && { privilege: "sudo" }),
    ...(settings.containerImage && { container: toContainer(settings.containerImage, settings) }),
    ...(settings.workDir !== undefined && settings.workDir !== "" && { workDir: settings.workDir }),
    ...(timeout !== undefined && timeout > 0 && { timeout }),
  };
}

/** An empty text takes back what an upper link has set. */
function toContainer(image: string, settings: ExecSettings): Container {
  return {
    image,
    ...(settings.containerEntrypoint && { entrypoint: settings.containerEntrypoint }),
    ...(settings.containerNetwork && { network: settings.containerNetwork }),
    ...(settings.containerPrivileged && { privileged: true }),
    ...(settings.containerPull && { pull: settings.containerPull }),
    ...(settings.containerUser && { user: settings.containerUser }),
    volumes: settings.containerVolumes ?? [],
    ...(settings.containerWorkDir && { workDir: settings.containerWorkDir }),
  };
}
