/** The platforms for which there are executables, by the names of the runtime. The program is for POSIX systems. */
import { fail } from "./steps.ts";

export interface Target {
  readonly name: string;
  /** In Go's words, as packages and `sysinfo` call them. */
  readonly os: "linux" | "darwin";
  readonly arch: "amd64" | "arm64";
  /** The first bytes of its executables: ELF with e_machine at 18, or Mach-O with the type of CPU at 4. */
  readonly magic: { readonly at: number; readonly bytes: readonly number[] };
}

export const TARGETS: readonly Target[] = [
  { name: "x86_64-unknown-linux-gnu", os: "linux", arch: "amd64", magic: { at: 18, bytes: [0x3e, 0x00] } },
  { name: "aarch64-unknown-linux-gnu", os: "linux", arch: "arm64", magic: { at: 18, bytes: [0xb7, 0x00] } },
  { name: "x86_64-apple-darwin", os: "darwin", arch: "amd64", magic: { at: 4, bytes: [0x07, 0x00, 0x00, 0x01] } },
  { name: "aarch64-apple-darwin", os: "darwin", arch: "arm64", magic: { at: 4, bytes: [0x0c, 0x00, 0x00, 0x01] } },
];

/** The platform that `--target NAME` names; without it, undefined: the one of this machine. */
export function targetOf(args: readonly string[]): Target | undefined {
  const at = args.findIndex((arg) => arg === "--target" || arg.startsWith("--target="));
  if (at < 0) {
    if (args.length > 0) fail(`unknown argument ${args[0]}: there is only --target NAME`);
    return undefined;
  }
  const name = args[at]!.includes("=") ? args[at]!.slice("--target=".length) : args[at + 1];
  const target = TARGETS.find((one) => one.name === name);
  return target ?? fail(`--target: ${name ?? "nothing"} is none of ${TARGETS.map(({ name }) => name).join(", ")}`);
}

/** Ends the task when the runtime that was handed in is one for another platform. */
export async function checkRuntime(path: string, target: Target): Promise<void> {
  using file = await Deno.open(path);
  const head = new Uint8Array(32);
  await file.read(head);
  const { at, bytes } = target.magic;
  if (bytes.every((byte, index) => head[at + index] === byte)) return;
  const found = TARGETS.find(({ magic }) => magic.bytes.every((byte, index) => head[magic.at + index] === byte));
  fail(
    `DENORT_BIN is a runtime for ${
      found?.name ?? "no known platform"
    }, not for ${target.name}: set it to one for that, or ` +
      "unset it, where Deno's download server can be reached",
  );
}
