/** Resident memory of an agent: after its start, after work, and when it has been idle again. */
import { startAgent } from "./agent.ts";
import { memoryOf, type Row, serve } from "./measure.ts";

const PUSHES = 20;
const COMMANDS = 1000;
/** Of the commands, so many run their check: the others wait for a trigger that never comes. */
const CHECKED_ONE_IN = 20;
/** Milliseconds. */
const IDLE = 60_000;

export async function measureMemory(folder: string): Promise<readonly Row[]> {
  const script = `${folder}/empty_server.js`;
  await Deno.writeTextFile(
    script,
    `Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => console.error("ready") }, () => new Response());`,
  );
  await using empty = await serve({ words: [Deno.execPath(), "run", "-A", "--no-config", script] }, /ready/);
  await using agent = await startAgent(`${folder}/memory`);
  const rows: Row[] = [];
  const note = (when: string) =>
    rows.push({
      section: "memory",
      name: `the agent ${when}`,
      unit: "MB",
      value: memoryOf(agent.pid),
      against: "an empty Deno.serve",
      base: memoryOf(empty.pid),
    });
  await pause(1000);
  note("after its start");
  // Two patterns in turn: each push is a new one to the agent, rendered, compared with the last and recorded.
  const tokens = [await agent.token(pattern(0)), await agent.token(pattern(1))] as const;
  for (let i = 0; i < PUSHES; i++) await agent.push(tokens[i % 2 === 0 ? 0 : 1]);
  note(`after ${PUSHES} pushes of ${COMMANDS} commands`);
  await pause(IDLE);
  note(`${IDLE / 1000} s later`);
  return rows;
}

function pattern(which: number): string {
  return `{ run: [
    { id: 'c%d' % i, change: 'echo ${which} %d' % i } + if i % ${CHECKED_ONE_IN} == 0 then { check: 'true' } else {}
    for i in std.range(1, ${COMMANDS})
  ] }`;
}

function pause(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}
