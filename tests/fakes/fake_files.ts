import { basename, dirname, resolve } from "node:path/posix";
import {
  type FileAttributes,
  type FileInfo,
  type Files,
  type Fill,
  HostError,
  type OpenFile,
  type TemporaryFile,
} from "../../src/host/host.ts";

type Node = FileAttributes & {
  readonly data: Uint8Array | "dir" | { readonly target: string };
  readonly mode: number;
  readonly modifiedMs: number;
  readonly uid: number;
  readonly gid: number;
};

/** A tree of files, folders and links in memory. Links are followed where a path ends, not on the way. */
export class FakeFiles implements Files {
  readonly cwd: string;
  readonly #nodes = new Map<string, Node>();
  #time = 1_700_000_000_000;

  /** `files`: path to text; the folders above them are made. */
  constructor(files: { readonly [path: string]: string } = {}, cwd = "/srv") {
    this.cwd = cwd;
    this.#makeDir(cwd, 0o755);
    for (const [path, text] of Object.entries(files)) {
      this.#makeDir(dirname(resolve(cwd, path)), 0o755);
      this.#put(resolve(cwd, path), new TextEncoder().encode(text), 0o644);
    }
  }

  async read(path: string, limit?: number): Promise<Uint8Array> {
    const { data } = await this.#get(path, "read");
    if (!(data instanceof Uint8Array)) throw new HostError("other", `cannot read ${path}: Is a directory`);
    if (limit !== undefined && data.length > limit) {
      throw new HostError("other", `cannot read ${path}: it is larger than ${limit} bytes`);
    }
    return data.slice();
  }

  async *readParts(path: string, options?: { nofollow?: boolean }): AsyncIterable<Uint8Array> {
    if (options?.nofollow === true && this.look(path)?.kind === "link") {
      throw new HostError("other", `cannot read ${path}: it is a symbolic link`);
    }
    const bytes = await this.read(path);
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }

  async readText(path: string, limit?: number): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.read(path, limit));
  }

  stat(path: string, options?: { nofollow?: boolean }): Promise<FileInfo | undefined> {
    const { bytes: _, ...info } = this.#info(options?.nofollow === true ? this.#key(path) : this.#follow(path)) ?? {};
    return Promise.resolve("kind" in info ? info : undefined);
  }

  look(path: string, limit = -1): ReturnType<Files["look"]> {
    const found = this.#info(this.#key(path));
    if (found === undefined || (found.bytes !== undefined && found.bytes.length <= limit)) return found;
    const { bytes: _, ...info } = found;
    return info;
  }

  #info(key: string): (FileInfo & { readonly bytes?: Uint8Array }) | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) return undefined;
    const { data, ...rest } = node;
    if (data === "dir") return { ...rest, kind: "dir", size: 0 };
    return data instanceof Uint8Array
      ? { ...rest, kind: "file", size: data.length, bytes: data.slice() }
      : { ...rest, kind: "link", size: data.target.length };
  }

  async list(path: string): Promise<readonly string[]> {
    const node = await this.#get(path, "list");
    if (node.data !== "dir") throw new HostError("other", `cannot list ${path}: Not a directory`);
    const folder = resolve(this.cwd, path);
    return [...this.#nodes.keys()].filter((key) => dirname(key) === folder && key !== folder).map((key) =>
      basename(key)
    )
      .sort();
  }

  async writeAtomic(path: string, data: Uint8Array | string, attributes: FileAttributes = {}): Promise<void> {
    const key = this.#key(path);
    await this.#get(dirname(key), `write ${path}: folder`);
    if (this.#nodes.get(key)?.data === "dir") throw new HostError("other", `cannot write ${path}: Is a directory`);
    this.#put(key, typeof data === "string" ? new TextEncoder().encode(data) : data.slice(), 0o644, attributes);
  }

  async replaceBy(path: string, fill: Fill, options?: { access?: "open" }): Promise<void> {
    const key = this.#key(path);
    await this.#get(dirname(key), `write ${path}: folder`);
    const parts: Uint8Array[] = [];
    const attributes = await fill((part) => {
      parts.push(part.slice());
      return Promise.resolve();
    });
    if (attributes !== "kept") {
      await this.writeAtomic(path, new Uint8Array(parts.flatMap((part) => [...part])), {
        mode: options?.access === "open" ? 0o644 : 0o600,
        ...attributes,
      });
    }
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  async open(path: string): Promise<OpenFile> {
    const bytes = await this.read(path);
    return {
      size: bytes.length,
      readAt: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async setAttributes(path: string, attributes: FileAttributes): Promise<void> {
    const key = this.#key(path);
    const node = this.#nodes.get(key) ?? await this.#get(path, "set owner or mode of");
    if (!(node.data instanceof Uint8Array || node.data === "dir")) {
      throw new HostError("other", `cannot set owner or mode of ${path}: it is a link`);
    }
    this.#nodes.set(key, { ...node, ...attributes });
  }

  async readLink(path: string): Promise<string> {
    const { data } = this.#nodes.get(this.#key(path)) ?? await this.#get(path, "read the link");
    if (data === "dir" || data instanceof Uint8Array) throw new HostError("other", `cannot read the link ${path}`);
    return data.target;
  }

  async realPath(path: string): Promise<string> {
    let real = "/";
    for (const part of this.#key(path).split("/")) real = this.#follow(resolve(real, part));
    await this.#get(real, "follow the links of");
    return real;
  }

  async writeLink(path: string, target: string): Promise<void> {
    const key = this.#key(path);
    await this.#get(dirname(key), `make the link ${path}: folder`);
    if (this.#nodes.get(key)?.data === "dir") throw new HostError("other", `cannot make the link ${path}`);
    this.#put(key, { target }, 0o777);
  }

  makeDir(path: string, options?: { mode?: number }): Promise<void> {
    return Promise.resolve().then(() => this.#makeDir(resolve(this.cwd, path), options?.mode ?? 0o755));
  }

  async remove(path: string): Promise<void> {
    const key = this.#key(path);
    const node = this.#nodes.get(key) ?? await this.#get(path, "remove");
    if (node.data === "dir" && (await this.list(path)).length > 0) {
      throw new HostError("other", `cannot remove ${path}: Directory not empty`);
    }
    this.#nodes.delete(key);
  }

  async removeTree(path: string): Promise<void> {
    const key = this.#key(path);
    if (!this.#nodes.has(key)) await this.#get(path, "remove");
    for (const other of [...this.#nodes.keys()]) {
      if (other === key || other.startsWith(`${key}/`)) this.#nodes.delete(other);
    }
  }

  async temporary(
    content: string,
    _owner: Parameters<Files["temporary"]>[1],
    folder?: string,
  ): Promise<TemporaryFile> {
    if (folder === undefined) this.#makeDir("/tmp", 0o777);
    else await this.#get(folder, "write a temporary file: open");
    const path = resolve(this.cwd, folder ?? "/tmp", `.etcha-${this.#time}.tmp`);
    this.#put(path, new TextEncoder().encode(content), 0o600);
    return {
      path,
      [Symbol.asyncDispose]: () => {
        this.#nodes.delete(path);
        return Promise.resolve();
      },
    };
  }

  #key(path: string): string {
    return resolve(this.cwd, path);
  }

  #follow(path: string): string {
    let key = this.#key(path);
    for (let hops = 0; hops < 40; hops++) {
      const data = this.#nodes.get(key)?.data;
      if (data === undefined || data === "dir" || data instanceof Uint8Array) break;
      key = resolve(dirname(key), data.target);
    }
    return key;
  }

  #get(path: string, attempted: string): Promise<Node> {
    const node = this.#nodes.get(this.#follow(path));
    return node === undefined
      ? Promise.reject(new HostError("not-found", `cannot ${attempted} ${path}: No such file or directory`))
      : Promise.resolve(node);
  }

  #put(key: string, data: Node["data"], mode: number, attributes: FileAttributes = {}): void {
    this.#nodes.set(key, { data, mode, uid: 0, gid: 0, modifiedMs: this.#time++, ...attributes });
  }

  #makeDir(key: string, mode: number): void {
    const there = this.#nodes.get(key);
    if (there !== undefined && there.data !== "dir") throw new HostError("exists", `cannot make the folder ${key}`);
    if (there !== undefined) return;
    if (key !== "/") this.#makeDir(dirname(key), mode);
    this.#put(key, "dir", mode);
  }
}
