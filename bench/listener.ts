/**
 * Why the listener is built as it is: three servers under the same load, each in a process of its own.
 * `deno run -A bench/listener.ts` prints a table; docs/decisions/listener.md holds the last one. Linux only (/proc).
 */
import { createSecureServer } from "node:http2";
import { network } from "../src/host/deno/listener.ts";
import { testCertificate } from "../tests/host/certificates.ts";

const KINDS = ["Deno.serve", "node:http2", "front"] as const;
type Kind = typeof KINDS[number];

const SILENT = 2000;
const HALF_SENT = 200;
const HEADERS_TIMEOUT = 3000;
const GARBAGE = 10_000;

const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
const pause = (duration: number) => new Promise((resolve) => setTimeout(resolve, duration));

async function serve(kind: Kind, tls: { cert: string; key: string }): Promise<number> {
  const answer = () => new Response("hello");
  switch (kind) {
    case "Deno.serve":
      return Deno.serve({ hostname: "127.0.0.1", port: 0, ...tls, onListen: () => {} }, answer).addr.port;
    case "node:http2": {
      const server = createSecureServer({ ...tls, allowHTTP1: true }, (_, response) => response.end("hello"));
      server.on("connection", (socket) => socket.setTimeout(HEADERS_TIMEOUT, () => socket.destroy()));
      server.on("sessionError", () => {});
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      return address !== null && typeof address === "object" ? address.port : 0;
    }
    case "front": {
      const limits = {
        maxConnections: 4096,
        maxConnectionsPerAddress: 4096,
        headersTimeout: HEADERS_TIMEOUT,
        idleTimeout: HEADERS_TIMEOUT,
        requestTimeout: HEADERS_TIMEOUT,
      };
      const addresses = [{ kind: "tcp", scheme: "https", hostname: "127.0.0.1", port: 0 }] as const;
      const listener = await network.listen({ addresses, tls, limits }, () => Promise.resolve(answer()));
      const [address] = listener.addresses;
      return address?.kind === "tcp" ? address.port : 0;
    }
  }
}

interface Server {
  readonly port: number;
  readonly cert: string;
  memory(): number;
}

async function measure({ port, cert, memory }: Server): Promise<readonly (string | number)[]> {
  const request = async (client: Deno.HttpClient) => {
    await (await fetch(`https://localhost:${port}/`, { client })).text();
  };
  const fresh = async () => {
    using client = Deno.createHttpClient({ caCerts: [cert] });
    const start = performance.now();
    await request(client);
    return performance.now() - start;
  };
  const median = async () => {
    const times: number[] = [];
    for (let i = 0; i < 21; i++) times.push(await fresh());
    return times.sort((a, b) => a - b)[10]!.toFixed(1);
  };

  await median();
  const idle = memory();
  const alone = await median();

  const connections: Deno.Conn[] = [];
  for (let i = 0; i < SILENT; i += 100) {
    const some = Array.from({ length: 100 }, () => Deno.connect({ hostname: "127.0.0.1", port }));
    connections.push(...await Promise.all(some));
  }
  for (let i = 0; i < HALF_SENT; i++) {
    const connection = await Deno.connectTls({ hostname: "localhost", port, caCerts: [cert] });
    await connection.write(new TextEncoder().encode("POST / HTTP/1.1\r\nHost: x\r\n"));
    connections.push(connection);
  }
  const ends = connections.map((connection) => connection.read(new Uint8Array(100)).then(() => {}, () => {}));
  let open = connections.length;
  for (const end of ends) void end.then(() => open--);
  const among = await median();
  const loaded = memory();
  await pause(HEADERS_TIMEOUT + 2000);
  const left = open;
  for (const connection of connections) connection.close();
  await Promise.all(ends);
  await pause(1000);
  const after = memory();

  const garbage = async () => {
    const lane = async () => {
      for (let i = 0; i < GARBAGE / 50; i++) {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port });
        await connection.write(new Uint8Array(300).fill(65)).catch(() => {});
        await connection.read(new Uint8Array(100)).catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: 50 }, lane));
    await pause(500);
    return memory();
  };
  await garbage();
  const firstGarbage = await garbage();
  const secondGarbage = await garbage();

  using client = Deno.createHttpClient({ caCerts: [cert], http2: false, poolMaxIdlePerHost: 50 });
  const end = performance.now() + 3000;
  let count = 0;
  await Promise.all(Array.from({ length: 50 }, async () => {
    for (; performance.now() < end; count++) await request(client);
  }));
  const leak = ((secondGarbage - firstGarbage) * 1000 / GARBAGE).toFixed(1);
  return [idle, alone, among, loaded, left, after, leak, Math.round(count / 3)];
}

async function main(): Promise<void> {
  const tls = await testCertificate("localhost");
  print(
    "| server | idle MB | ms alone | ms among 2,200 | MB with them | still open | MB after | KB a bad handshake | requests/s |",
  );
  print("|---|---|---|---|---|---|---|---|---|");
  for (const kind of KINDS) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", new URL(import.meta.url).pathname, kind],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify({ cert: tls.cert, key: tls.key })));
    await writer.close();
    const reader = child.stdout.getReader();
    const port = Number(new TextDecoder().decode((await reader.read()).value));
    const memory = () => {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000);
    };
    try {
      print(`| ${[kind, ...await measure({ port, cert: tls.cert, memory })].join(" | ")} |`);
    } finally {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    }
  }
}

const kind = KINDS.find((name) => name === Deno.args[0]);
if (kind === undefined) await main();
else print(String(await serve(kind, JSON.parse(await new Response(Deno.stdin.readable).text()))));
