import { configure, TextReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js/lib/zip-core-native.js";
import tarStream from "tar-stream";

export interface TarItem {
  readonly name: string;
  readonly text?: string;
  readonly type?: "directory" | "symlink" | "link" | "character-device" | "fifo";
  readonly linkname?: string;
  readonly mode?: number;
}

interface Pack extends AsyncIterable<Uint8Array> {
  entry(header: Omit<TarItem, "text">, text?: string): void;
  finalize(): void;
}

/** A tar archive, of whatever names. */
export async function tar(items: readonly TarItem[]): Promise<Uint8Array<ArrayBuffer>> {
  const pack = (tarStream as unknown as { pack(): Pack }).pack();
  for (const { text, ...header } of items) {
    if (header.type === undefined) pack.entry(header, text ?? "");
    else pack.entry(header);
  }
  pack.finalize();
  const parts: number[][] = [];
  for await (const part of pack) parts.push([...part]);
  return new Uint8Array(parts.flat());
}

export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export async function zip(items: readonly TarItem[]): Promise<Uint8Array<ArrayBuffer>> {
  configure({ useWebWorkers: false });
  const writer = new ZipWriter(new Uint8ArrayWriter());
  for (const { name, text, type, linkname, mode = 0o644 } of items) {
    const kind = type === "directory" ? 0o040000 : type === "symlink" ? 0o120000 : 0o100000;
    await writer.add(name, type === "directory" ? undefined : new TextReader(linkname ?? text ?? ""), {
      directory: type === "directory",
      unixMode: kind | mode,
    });
  }
  return new Uint8Array(await writer.close());
}
