import { basename, dirname, resolve } from "node:path/posix";
import { type FileInfo, type Files, HostError, type TemporaryFile } from "../../src/host/host.ts";

type Node = { readonly data: Uint8Array | "dir"; readonly mode: number; readonly modifiedMs: number };

/** A tree of files and folders in memory, without links and owners. */
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
    const node = await this.#get(path, "read");
    if (node.data === "dir") throw new HostError("other", `cannot read ${path}: Is a directory`);
    if (limit !== undefined && node.data.length > limit) {
      throw new HostError("other", `cannot read ${path}: it is larger than ${limit} bytes`);
    }
    return node.data.slice();
  }

  async readText(path: string, limit?: number): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.read(path, limit));
  }

  stat(path: string): Promise<FileInfo | undefined> {
    const node = this.#nodes.get(resolve(this.cwd, path));
    if (node === undefined) return Promise.resolve(undefined);
    const { data, mode, modifiedMs } = node;
    return Promise.resolve(
      data === "dir"
        ? { kind: "dir", size: 0, mode, modifiedMs }
        : { kind: "file", size: data.length, mode, modifiedMs },
    );
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

  async writeAtomic(path: string, data: Uint8Array | string, options?: { mode?: number }): Promise<void> {
    const key = resolve(this.cwd, path);
    await this.#get(dirname(key), `write ${path}: folder`);
    if (this.#nodes.get(key)?.data === "dir") throw new HostError("other", `cannot write ${path}: Is a directory`);
    this.#put(key, typeof data === "string" ? new TextEncoder().encode(data) : data.slice(), options?.mode ?? 0o644);
  }

  makeDir(path: string, options?: { mode?: number }): Promise<void> {
    return Promise.resolve().then(() => this.#makeDir(resolve(this.cwd, path), options?.mode ?? 0o755));
  }

  async remove(path: string): Promise<void> {
    const node = await this.#get(path, "remove");
    if (node.data === "dir" && (await this.list(path)).length > 0) {
      throw new HostError("other", `cannot remove ${path}: Directory not empty`);
    }
    this.#nodes.delete(resolve(this.cwd, path));
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

  #get(path: string, attempted: string): Promise<Node> {
    const node = this.#nodes.get(resolve(this.cwd, path));
    return node === undefined
      ? Promise.reject(new HostError("not-found", `cannot ${attempted} ${path}: No such file or directory`))
      : Promise.resolve(node);
  }

  #put(key: string, data: Uint8Array | "dir", mode: number): void {
    this.#nodes.set(key, { data, mode, modifiedMs: this.#time++ });
  }

  #makeDir(key: string, mode: number): void {
    const there = this.#nodes.get(key);
    if (there !== undefined && there.data !== "dir") throw new HostError("exists", `cannot make the folder ${key}`);
    if (there !== undefined) return;
    if (key !== "/") this.#makeDir(dirname(key), mode);
    this.#put(key, "dir", mode);
  }
}
