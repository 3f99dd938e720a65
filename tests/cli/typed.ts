import { programEnvironment, programWords } from "./program.ts";

/** Whether this machine has a program that makes terminals. */
export const HAS_TERMINAL = await runs("script", "--version");

/**
 * Runs the program on a terminal of its own, as `before; etcha ARGS; after` of a shell. Each answer is typed when the text
 * before it has appeared. Gives all that the terminal showed.
 */
export async function typed(
  args: readonly string[],
  answers: readonly { readonly after: string; readonly type: string }[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly after?: string },
): Promise<string> {
  const words = [...programWords(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const process = new Deno.Command("script", {
    args: ["-q", "-e", "-c", `${words}; ${options.after ?? "exit $?"}`, "/dev/null"],
    cwd: options.cwd,
    env: { ...programEnvironment(options.env), SHELL: "/bin/sh" },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const input = process.stdin.getWriter();
  const waiting = [...answers];
  let shown = "";
  let seen = 0;
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    shown += chunk;
    const next = waiting[0];
    const at = next === undefined ? -1 : shown.indexOf(next.after, seen);
    if (next === undefined || at < 0) continue;
    seen = at + next.after.length;
    waiting.shift();
    await input.write(new TextEncoder().encode(next.type));
  }
  await input.close();
  await process.status;
  return shown.replaceAll("\r\n", "\n");
}

/** Whether a program is there and says so. */
export async function runs(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
