/** A program for the test of few files: listens with the certificate on standard input and prints its port. */
import { network } from "../../src/host/deno/listener.ts";

const tls: { cert: string; key: string } = JSON.parse(await new Response(Deno.stdin.readable).text());
const addresses = [{ kind: "tcp", scheme: "https", hostname: "127.0.0.1", port: 0 }] as const;
const limits = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: 10_000,
  headersTimeout: 30_000,
  idleTimeout: 30_000,
  requestTimeout: 30_000,
};
const listener = await network.listen({ addresses, tls, limits }, () => {
  return Promise.resolve(new Response("hello"));
});
Deno.stdout.writeSync(new TextEncoder().encode(`${(listener.addresses[0] as { port: number }).port}\n`));
