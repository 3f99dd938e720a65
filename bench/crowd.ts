/**
 * What a crowd of bad clients does to a running agent: 2,000 connections that say nothing and 200 requests that stop in
 * the middle of their headers, and real pushes among them. `deno run -A bench/crowd.ts` prints figures of that, in rounds,
 * so that it shows what is left over. Linux only (/proc).
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type BenchAgent, startAgent } from "./agent.ts";
import { median, memoryOf } from "./measure.ts";

const SILENT = 2000;
const HALF_SENT = 200;
const ADDRESSES = 4;
const ROUNDS = 5;
const PUSHES = 11;
/** Milliseconds: the agent gives clients 10 s for their headers, and looks each second. */
const HEADERS_TIME = 13_000;
const SETTLE_TIME = 5_000;
const HALF = "POST /etcha/v1/push/bench HTTP/1.1\r\nHost: bench\r\nContent-Length: 5\r\n";

interface Crowd {
  /** Connections that the agent has not closed yet. */
  readonly open: () => number;
  leave(): Promise<void>;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** The silent ones come from several addresses: the agent keeps 1,024 of each. */
async function gather({ port, certificate }: BenchAgent): Promise<Crowd> {
  let open = 0;
  const silent: Socket[] = [];
  for (let i = 0; i < SILENT; i++) {
    const socket = connect({ host: "127.0.0.1", port, localAddress: `127.0.0.${2 + i % ADDRESSES}` });
    silent.push(socket);
    socket.on("error", () => {}).on("close", () => open--);
    await once(socket, "connect");
    open++;
  }
  const halves: Deno.TlsConn[] = [];
  for (let i = 0; i < HALF_SENT; i++) {
    const options = { hostname: "localhost", port, caCerts: [certificate], alpnProtocols: ["http/1.1"] };
    const connection = await Deno.connectTls(options);
    await connection.write(new TextEncoder().encode(HALF));
    halves.push(connection);
    open++;
  }
  const ends = halves.map((connection) =>
    connection.read(new Uint8Array(100)).then(() => {}, () => {}).finally(() => open--)
  );
  return {
    open: () => open,
    async leave() {
      for (const socket of silent) socket.destroy();
      for (const connection of halves) connection.close();
      await Promise.all(ends);
    },
  };
}

/** Median milliseconds of a settled push over a connection of its own. */
async function pushTime(agent: BenchAgent, token: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PUSHES; i++) times.push((await agent.push(token, "fresh connection")).wall);
  return median(times);
}

function filesOf(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

function pause(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}

const folder = await Deno.makeTempDir({ prefix: "etcha-bench-" });
try {
  await using agent = await startAgent(`${folder}/agent`);
  const { pid } = agent;
  const token = await agent.token("{ run: [{ id: 'a', check: 'true', change: 'true' }] }");
  await pushTime(agent, token);
  const columns = [
    ...["round", "ms a push alone", "connections", "ms a push among them", `open after ${HEADERS_TIME / 1000} s`],
    ...["MB before", "MB with them", "MB after", "files before", "files after"],
  ];
  print(`| ${columns.join(" | ")} |`);
  print(`| ${columns.map((column) => "-".repeat(column.length)).join(" | ")} |`);
  for (let round = 1; round <= ROUNDS; round++) {
    const before = { memory: memoryOf(pid), files: filesOf(pid) };
    const alone = await pushTime(agent, token);
    const crowd = await gather(agent);
    const gathered = crowd.open();
    const among = await pushTime(agent, token);
    const memory = memoryOf(pid);
    await pause(HEADERS_TIME);
    const open = crowd.open();
    await crowd.leave();
    await pause(SETTLE_TIME);
    const after = { memory: memoryOf(pid), files: filesOf(pid) };
    const cells = [
      ...[round, alone.toFixed(1), gathered, among.toFixed(1), open],
      ...[before.memory, memory, after.memory].map(Math.round),
      ...[before.files, after.files],
    ];
    print(`| ${cells.join(" | ")} |`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
