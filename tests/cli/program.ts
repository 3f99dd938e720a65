/** What a run of the program left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ROOT = new URL("../..", import.meta.url);

/** Runs the program to its end: the executable that ETCHA_PROGRAM names, else the source. */
export async function etcha(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  const [program, ...before] = programWords();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...before, ...args],
    cwd: options.cwd,
    env: programEnvironment(options.env),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Program and first arguments that start it. */
export function programWords(): readonly [string, ...string[]] {
  const executable = Deno.env.get("ETCHA_PROGRAM");
  if (executable !== undefined) return [executable];
  const config = new URL("./deno.json", ROOT).pathname;
  return [Deno.execPath(), "run", "--quiet", "-A", "--config", config, new URL("./src/main.ts", ROOT).pathname];
}

/** The version of Deno whose runtime the program has: of an executable, that of COMPILE_DENO, where that has made it. */
export function runtimeVersion(): string {
  const compiler = Deno.env.get("COMPILE_DENO");
  if (!Deno.env.has("ETCHA_PROGRAM") || compiler === undefined) return Deno.version.deno;
  const { stdout } = new Deno.Command(compiler, { args: ["--version"] }).outputSync();
  return /^deno (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "";
}

/** The environment of this process without the program's own settings, and `more`. */
export function programEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("ETCHA_"));
  return { ...Object.fromEntries(inherited), NO_COLOR: "1", ...more };
}
