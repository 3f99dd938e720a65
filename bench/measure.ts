/** What the measurements share: running programs side by side, and what they and theirs took of the machine. Linux only. */

/** Milliseconds: on the clock, and of CPU of the program and of all that it waited for. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** One line of the result: what was measured, and what it was measured against. */
export interface Row {
  readonly section: string;
  readonly name: string;
  readonly unit: "ms" | "MB";
  readonly value: number;
  readonly against: string;
  readonly base: number;
  /** CPU milliseconds of both, where they are known. */
  readonly cpu?: { readonly value: number; readonly base: number };
}

export interface Program {
  readonly words: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Running extends AsyncDisposable {
  readonly pid: number;
}

/** /proc counts CPU time in hundredths of a second (proc(5), USER_HZ). */
const TICK = 10;

/** The costs of programs that take turns, round by round: medians on the clock, means of CPU time. */
export async function sideBySide(programs: readonly Program[], rounds: number): Promise<readonly Cost[]> {
  const walls: number[][] = programs.map(() => []);
  const cpus = programs.map(() => 0);
  // The first round only fills caches.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, program] of programs.entries()) {
      const { wall, cpu } = await run(program);
      if (round === 0) continue;
      walls[i]!.push(wall);
      cpus[i]! += cpu;
    }
  }
  return walls.map((times, i) => ({ wall: median(times), cpu: cpus[i]! / rounds }));
}

export async function run({ words: [program, ...args], cwd, env }: Program): Promise<Cost> {
  const before = cpuOf("self").children;
  const begin = performance.now();
  const { success, stderr } = await new Deno.Command(program, {
    args,
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const wall = performance.now() - begin;
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return { wall, cpu: cpuOf("self").children - before };
}

/** Starts a server and waits for a line on its standard error that matches. */
export async function serve(
  { words: [program, ...args], cwd }: Program,
  ready: RegExp,
): Promise<Running & { readonly match: RegExpExecArray }> {
  const options = { args, ...(cwd !== undefined && { cwd }) };
  const child = new Deno.Command(program, { ...options, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let match: RegExpExecArray | null = null;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${program} ended: ${text}`);
    text += value;
    match = ready.exec(text);
    if (match === null) continue;
    // What it says later is read, so that it never waits for a reader.
    const rest = drain(reader);
    return {
      pid: child.pid,
      match,
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGTERM");
        await child.status;
        await rest;
      },
    };
  }
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}

/** CPU milliseconds of a process, and of those that it started and waited for. */
export function cpuOf(pid: number | "self"): { readonly own: number; readonly children: number } {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // After the name in parentheses: fields from the third on; 14 to 17 are the times.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  return { own: (fields[11]! + fields[12]!) * TICK, children: (fields[13]! + fields[14]!) * TICK };
}

/** Megabytes that are resident. */
export function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]) / 1024;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
