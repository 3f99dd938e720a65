import { HostError, type OpenFile } from "../host/host.ts";
import type { ArchiveEntry } from "./archive_entries.ts";
import type { Scene } from "./means.ts";

/** Bytes at the beginning by which formats are told, and where they stand. */
const FORMATS: readonly { readonly name: string; readonly at: number; readonly bytes: readonly number[] }[] = [
  { name: "gzip", at: 0, bytes: [0x1f, 0x8b] },
  { name: "zip", at: 0, bytes: [0x50, 0x4b] },
  { name: "xz", at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: "zstd", at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: "bzip2", at: 0, bytes: [0x42, 0x5a, 0x68] },
  // POSIX, pax: ustar interchange format.
  { name: "tar", at: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] },
];

/** The entries of an archive, in its order. Rejects with HostError when it is none, or broken. */
export async function* readArchive(path: string, scene: Scene): AsyncIterable<ArchiveEntry> {
  await using file = await scene.files.open(path);
  for await (const entry of told(await entriesOf(file), scene)) {
    yield { ...entry, contents: () => told(entry.contents(), scene) };
  }
}

async function entriesOf(file: OpenFile): Promise<AsyncIterable<ArchiveEntry>> {
  const beginning = await file.readAt(0, 512);
  const format = FORMATS.find(({ at, bytes }) => bytes.every((byte, i) => beginning[at + i] === byte))?.name;
  if (format === "zip") return zipEntries(file);
  if (format === "tar") return tarEntries(partsOf(file));
  if (format === "gzip") return tarEntries(ReadableStream.from(partsOf(file)).pipeThrough(gunzip()));
  const found = format === undefined ? "it is none that is known" : `it is compressed by ${format}`;
  throw new HostError("other", `cannot unpack the archive: ${found}; tar, tar.gz and zip can be unpacked`);
}

/**
 * The same, until the signal is aborted; what the libraries and the decoder throw for bytes that are wrong becomes a
 * HostError.
 */
async function* told<T>(parts: AsyncIterable<T>, { signal }: Scene): AsyncIterable<T> {
  try {
    for await (const part of parts) {
      signal.throwIfAborted();
      yield part;
    }
  } catch (error) {
    if (error instanceof HostError || !(error instanceof Error) || signal.aborted) throw error;
    throw new HostError("other", `cannot unpack the archive: it is broken: ${error.message}`, { cause: error });
  }
}

function gunzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  return new DecompressionStream("gzip") as unknown as ReadableWritablePair<Uint8Array, Uint8Array>;
}

async function* partsOf(file: OpenFile): AsyncIterable<Uint8Array> {
  for (let at = 0; at < file.size; at += 65_536) yield await file.readAt(at, 65_536);
}

/** What is used of tar-stream, which comes without types. */
interface TarEntry extends AsyncIterable<Uint8Array> {
  readonly header: {
    readonly name: string;
    readonly type: string | null;
    readonly linkname: string | null;
    readonly mode: number;
    readonly mtime: Date;
  };
  resume(): void;
}

interface TarExtract extends AsyncIterable<TarEntry> {
  write(part: Uint8Array): boolean;
  end(): void;
  on(event: "error" | "drain" | "close", listener: () => void): void;
  off(event: "drain" | "close", listener: () => void): void;
  destroy(error?: Error): void;
  readonly destroyed: boolean;
}

async function* tarEntries(parts: AsyncIterable<Uint8Array>): AsyncIterable<ArchiveEntry> {
  const { extract } = (await import("tar-stream")).default as unknown as { extract(): TarExtract };
  const reader = extract();
  // It is thrown where the entries are asked for, and below.
  reader.on("error", () => {});
  const feeding = feed(parts, reader);
  try {
    for await (const entry of reader) {
      const { name, type, linkname, mode, mtime } = entry.header;
      let isTaken = false;
      yield {
        name,
        what: tarKind(type, linkname ?? ""),
        mode: mode & 0o777,
        modifiedMs: mtime.getTime(),
        contents() {
          isTaken = true;
          return entry;
        },
      };
      if (!isTaken) entry.resume();
    }
  } finally {
    reader.destroy();
    await feeding;
  }
  // All entries may have come before the end of the bytes is found to be wrong.
  const error = await feeding;
  if (error !== undefined) throw error;
}

/** Gives what the bytes could not be read for. */
async function feed(parts: AsyncIterable<Uint8Array>, reader: TarExtract): Promise<Error | undefined> {
  try {
    for await (const part of parts) {
      if (reader.destroyed) return undefined;
      if (reader.write(part)) continue;
      await new Promise<void>((resolve) => {
        const goOn = () => {
          reader.off("drain", goOn);
          reader.off("close", goOn);
          resolve();
        };
        reader.on("drain", goOn);
        reader.on("close", goOn);
      });
    }
    reader.end();
    return undefined;
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    reader.destroy(failure);
    return failure;
  }
}

function tarKind(type: string | null, target: string): ArchiveEntry["what"] {
  switch (type) {
    case "file":
    case "contiguous-file":
      return { kind: "file" };
    case "directory":
      return { kind: "dir" };
    case "symlink":
      return { kind: "symlink", target };
    case "link":
      return { kind: "hardlink", name: target };
    default:
      return { kind: "other", type: type ?? "something unknown" };
  }
}

/** Bits of a mode that say what it is the mode of (POSIX, sys/stat.h). */
const KIND_BITS = 0o170000;
const SYMLINK = 0o120000;
/** Bytes of a path (PATH_MAX). */
const TARGET_LIMIT = 4096;

async function* zipEntries(file: OpenFile): AsyncIterable<ArchiveEntry> {
  const { configure, Reader, ZipReader } = await import("@zip.js/zip.js/lib/zip-core-native.js");
  configure({ useWebWorkers: false });
  class Source extends Reader<OpenFile> {
    override readonly size = file.size;

    override readUint8Array(offset: number, length: number): Promise<Uint8Array> {
      return file.readAt(offset, length);
    }
  }
  const reader = new ZipReader(new Source(file));
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      const unixMode = entry.unixMode ?? 0;
      const { directory, encrypted } = entry;
      const contents = () =>
        entry.directory ? empty() : pulled((stream) => entry.getData(stream, { checkSignature: true }));
      const isLink = (unixMode & KIND_BITS) === SYMLINK;
      yield {
        name: entry.filename,
        what: encrypted
          ? { kind: "other", type: "something encrypted" }
          : directory
          ? { kind: "dir" }
          : isLink
          ? { kind: "symlink", target: await targetOf(contents()) }
          : { kind: "file" },
        mode: (unixMode & 0o777) || (directory ? 0o755 : 0o644),
        modifiedMs: entry.lastModDate.getTime(),
        contents,
      };
    }
  } finally {
    await reader.close();
  }
}

async function* empty(): AsyncIterable<Uint8Array> {}

/** What a function writes to a stream, as it is asked for. */
async function* pulled(fill: (stream: WritableStream<Uint8Array>) => Promise<unknown>): AsyncIterable<Uint8Array> {
  let controller: TransformStreamDefaultController<Uint8Array>;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (own) => void (controller = own),
  });
  // Its failure is that of the stream as well, which it may leave as it is, and is told below in any case.
  const failed = fill(writable).then(() => undefined, (error: unknown) => {
    controller.error(error);
    return error;
  });
  try {
    yield* readable;
  } catch (error) {
    throw await failed ?? error;
  }
  const error = await failed;
  if (error !== undefined) throw error;
}

async function targetOf(contents: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let target = "";
  for await (const part of contents) {
    target += decoder.decode(part, { stream: true });
    if (target.length > TARGET_LIMIT) throw new Error("it has a link that is too long");
  }
  return target + decoder.decode();
}
