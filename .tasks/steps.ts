/** What the tasks share: running deno, and telling what is being done. */

/** The top of the checkout. */
export const root = new URL("../", import.meta.url);

/** Runs this deno in the checkout, its output on ours. Resolves with whether it succeeded. */
export async function tryDeno(args: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, env, stdin: "null" }).spawn();
  return (await child.status).success;
}

/** Tells what begins and how long it took. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  tell(`${name}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}

export function fail(message: string): never {
  tell(message);
  Deno.exit(1);
}

/** On standard error, where it is in nobody's way. */
function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
