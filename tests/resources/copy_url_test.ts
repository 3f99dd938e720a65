import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { createHttp } from "../../src/host/deno/http.ts";
import { files } from "../../src/host/deno/files.ts";
import { run } from "./cases.ts";

/** What a server has, and what it was asked. */
class Server implements AsyncDisposable {
  text = "one\n";
  lastModified: string | undefined = "Wed, 21 Oct 2015 07:28:00 GMT";
  /** Whether it has nothing newer only when it has that very version, or also when it has an older one. */
  confirms = true;
  /** Whether its answers that nothing is newer say no time. */
  bare = false;
  readonly asked: string[] = [];
  readonly #server;

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/large") return new Response(large(20));
      if (pathname === "/packed") {
        const headers = { "content-encoding": "gzip" };
        return new Response(new Uint8Array(gzipSync("packed")), { headers, encodeBody: "manual" } as ResponseInit);
      }
      if (pathname === "/none") return new Response("none\n", { status: 404 });
      if (pathname === "/locked" && request.headers.get("x-key") !== "secret") {
        return new Response(null, { status: 401 });
      }
      const since = request.headers.get("if-modified-since");
      const isKnown = this.lastModified !== undefined && since !== null &&
        (this.confirms ? since === this.lastModified : Date.parse(since) >= Date.parse(this.lastModified));
      this.asked.push(isKnown ? "known" : "whole");
      const headers = { ...(this.lastModified !== undefined && { "last-modified": this.lastModified }) };
      if (isKnown) return new Response(null, { status: 304, headers: this.bare ? {} : headers });
      return new Response(this.text, { headers });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}

/** So many MiB, of which no two are alike. */
function large(count: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === count) return controller.close();
      controller.enqueue(new Uint8Array(1024 * 1024).fill(at++ % 256));
    },
  });
}

async function withServer(
  use: (server: Server, folder: string, etcha: (...words: string[]) => ReturnType<typeof run>) => Promise<void>,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
  await using server = new Server();
  using http = createHttp({});
  try {
    await use(server, folder, (...words) => run(words, { files, folder, http }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("copy: a URL is fetched once, and then asked whether it is newer", async () => {
  await withServer(async (server, folder, etcha) => {
    const url = `${server.url}/motd?token=secret#X-Key:secret`;
    assert.deepEqual((await etcha("copy", "check", url, "a")).details, ["a is not there"]);
    assert.deepEqual((await etcha("copy", "change", url, "a")).details, [`a: made, from ${server.url}/motd`]);
    assert.equal(Deno.statSync(`${folder}/a`).mtime?.toUTCString(), server.lastModified);
    assert.equal((await etcha("copy", "check", url, "a")).kind, "same");
    assert.equal((await etcha("copy", "change", url, "a")).kind, "same");
    assert.deepEqual(server.asked, ["whole", "known", "known"]);
    server.text = "two\n";
    server.lastModified = "Wed, 21 Oct 2015 07:28:01 GMT";
    assert.match((await etcha("copy", "check", url, "a")).output, /^a: contents differ:\n[^]*-one\n\+two$/);
    assert.equal((await etcha("copy", "change", url, "a")).kind, "changed");
    assert.equal((await etcha("copy", "check", url, "a")).kind, "same");
    assert.equal(Deno.readTextFileSync(`${folder}/a`), "two\n");
  });
});

Deno.test("copy: an edit here is seen, whatever the server thinks of times", async () => {
  await withServer(async (server, folder, etcha) => {
    server.confirms = false;
    const url = `${server.url}/motd`;
    await etcha("copy", "change", url, "a");
    await Deno.writeTextFile(`${folder}/a`, "edited\n");
    // With the time of an edit, which has fractions of a second.
    await Deno.utime(`${folder}/a`, new Date(1_700_000_000_123), new Date(1_700_000_000_123));
    assert.equal((await etcha("copy", "check", url, "a")).kind, "differs");
    assert.equal((await etcha("copy", "change", url, "a")).kind, "changed");
    assert.equal(Deno.readTextFileSync(`${folder}/a`), "one\n");
  });
});

Deno.test("copy: a file newer than what the server has is another one, though the server calls it known", async () => {
  await withServer(async (server, folder, etcha) => {
    server.confirms = false;
    server.bare = true;
    const url = `${server.url}/motd`;
    // As a package leaves it: a whole second, and later than the server's.
    await Deno.writeTextFile(`${folder}/a`, "of a package\n");
    await Deno.utime(`${folder}/a`, 1_700_000_000, 1_700_000_000);
    assert.equal((await etcha("copy", "check", url, "a")).kind, "differs");
    assert.equal((await etcha("copy", "change", url, "a")).kind, "changed");
    assert.equal(Deno.readTextFileSync(`${folder}/a`), "one\n");
    assert.equal((await etcha("copy", "check", url, "a")).kind, "same");
  });
});

Deno.test("copy: the bytes of what a server calls compressed are those that lie there", async () => {
  await withServer(async (server, folder, etcha) => {
    assert.equal((await etcha("copy", "change", `${server.url}/packed`, "a")).kind, "changed");
    assert.deepEqual(Deno.readFileSync(`${folder}/a`).subarray(0, 2), new Uint8Array([0x1f, 0x8b]));
  });
});

Deno.test("copy: a server without times is read, and the same contents are not written again", async () => {
  await withServer(async (server, folder, etcha) => {
    server.lastModified = undefined;
    await etcha("copy", "change", `${server.url}/motd`, "a");
    const { ino } = Deno.statSync(`${folder}/a`);
    assert.equal((await etcha("copy", "check", `${server.url}/motd`, "a")).kind, "same");
    assert.equal((await etcha("copy", "change", `${server.url}/motd`, "a")).kind, "same");
    assert.equal(Deno.statSync(`${folder}/a`).ino, ino);
  });
});

Deno.test("copy: what the server refuses is told without secrets, and leaves what is there", async () => {
  await withServer(async (server, folder, etcha) => {
    await Deno.writeTextFile(`${folder}/a`, "kept");
    const none = await etcha("copy", "check", `${server.url}/none?token=secret`, "a");
    assert.deepEqual([none.code, none.output], [2, `${server.url}/none: the server answered with status 404`]);
    assert.equal((await etcha("copy", "change", `${server.url}/none`, "a")).code, 1);
    assert.equal((await etcha("copy", "change", `${server.url}/locked`, "a")).code, 1);
    assert.equal((await etcha("copy", "change", "--sha256", "0".repeat(64), `${server.url}/motd`, "a")).code, 1);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
    assert.equal(Deno.readTextFileSync(`${folder}/a`), "kept");
    assert.equal((await etcha("copy", "change", `${server.url}/locked#X-Key:secret`, "a")).code, 0);
  });
});

Deno.test("copy: what is large comes in parts, and is not read to its end where it differs", async () => {
  await withServer(async (server, folder, etcha) => {
    const url = `${server.url}/large`;
    assert.equal((await etcha("copy", "change", url, "a")).code, 0);
    assert.equal(Deno.statSync(`${folder}/a`).size, 20 * 1024 * 1024);
    assert.equal((await etcha("copy", "check", url, "a")).kind, "same");
    const file = await Deno.open(`${folder}/a`, { write: true });
    await file.seek(5_000_000, Deno.SeekMode.Start);
    await file.write(new Uint8Array([77]));
    file.close();
    assert.deepEqual((await etcha("copy", "check", url, "a")).details, ["a: contents differ from byte 5000000 on"]);
  });
});
