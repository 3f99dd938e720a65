import { type HostChoice, hostTarget } from "../workflows/push_targets.ts";
import { remoteShell } from "../workflows/remote_shell.ts";
import { openSigner } from "../workflows/sign.ts";
import { readAuthorities, targetTls } from "../workflows/target_link.ts";
import { runMeans } from "./build_means.ts";
import { chooseSource } from "./chosen_source.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Shell extends HostChoice {
  readonly command: "shell";
  readonly source: string;
}

/** Opens a shell on a host and ends as that does. */
export async function shell(invocation: Shell, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { config } = loaded.value;
  const source = chooseSource(config, invocation.source);
  if (!source.ok) return misused(source.problems);
  const target = hostTarget(config, invocation);
  if (!target.ok) return misused(target.problems);
  context.warn(source.value.warnings);
  const { path } = invocation;
  const adjusted = path === undefined ? target.value : { ...target.value, pathShell: path };
  const authorities = await readAuthorities([adjusted], config, context.host.files, "shell");
  if (!authorities.ok) return failed(authorities.problems);
  // What signing commands tell would stand in the middle of what the shell shows.
  const means = { ...runMeans(context, config), terminal: context.host.terminal, tell: () => {} };
  const signer = await openSigner(config, means);
  if (!signer.ok) return misused(signer.problems);
  const tls = targetTls(adjusted, config, authorities.value);
  const ended = await remoteShell({ target: adjusted, source: invocation.source, tls }, {
    ...context.host,
    sign: signer.value,
    cancel: context.signal,
  });
  if (!ended.ok) return failed(ended.problems);
  if (ended.value.kind === "left") return { status: "interrupted", notes: [`left the shell on ${adjusted.name}`] };
  const { code } = ended.value;
  return { status: code === 0 ? "done" : "failed", exitCode: code };
}
