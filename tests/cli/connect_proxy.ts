/** A proxy that takes CONNECT alone (RFC 9110, 9.3.6), to this machine alone, and remembers where to. */
export class ConnectProxy implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;
  readonly #tunnels: Promise<unknown>[] = [];

  constructor() {
    this.#serving = this.#serve();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    await Promise.all(this.#tunnels);
  }

  async #serve(): Promise<void> {
    for await (const client of this.#listener) this.#tunnels.push(this.#tunnel(client));
  }

  async #tunnel(client: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4096);
    const head = new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0));
    const port = /^CONNECT 127\.0\.0\.1:(\d+) HTTP\/1\.1\r\n/.exec(head)?.[1];
    if (port === undefined) return client.close();
    this.asked.push(`127.0.0.1:${port}`);
    const host = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await Promise.allSettled([client.readable.pipeTo(host.writable), host.readable.pipeTo(client.writable)]);
  }
}
