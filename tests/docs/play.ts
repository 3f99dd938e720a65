/** Plays a page from top to bottom, as a reader would who types what it shows, and compares what comes of it. */
import { type Block, type Entry, readConsole, readSteps, type Step } from "./document.ts";
import { checkJsonnet } from "./patterns.ts";
import type { Library } from "../lib/library.ts";
import { Session } from "./session.ts";
import { beginsAsShown, isAsShown } from "./shown.ts";
import { until } from "../cli/agent.ts";

/** Where pages say that the reader is. */
const HOME = "/home/ada";
/** What is shown of a language, but is no program of ours to run. */
const DATA = ["", "text", "json", "yaml", "ini", "http"];
/** Says that a command has failed, where no `echo $?` follows. */
const FAILURE = /ERROR|FAILED|\berror\b/;

export interface Played {
  /** Blocks that were run, or written to files. */
  readonly tried: number;
  /** Blocks that can't be run here, as the page says. */
  readonly skipped: number;
}

/** Throws what differs, with the line of the page. `patience`: milliseconds for what is merely waited for. */
export async function play(markdown: string, library: Library, patience = 60_000): Promise<Played> {
  const steps = readSteps(markdown);
  checkLanguages(steps);
  checkUse(steps);
  const blocks = steps.filter((step) => step.kind === "block");
  const skipped = blocks.filter(({ skip }) => skip !== undefined).length;
  const tried = blocks.filter((block) => block.skip === undefined && isTried(block));
  const needsShell = tried.some(({ language, title }) => language !== "jsonnet" || title !== undefined);
  await using session = needsShell ? await Session.open() : undefined;
  const stage = session === undefined ? undefined : new Stage(session, ports(markdown), patience);
  for (const step of steps) {
    try {
      if (step.kind === "stop") await stage!.stop();
      else if (tried.includes(step)) await playBlock(step, stage, library);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`line ${step.line}: ${message}`, { cause: error });
    }
  }
  return { tried: tried.length, skipped };
}

function isTried({ language, title }: Block): boolean {
  return !DATA.includes(language) || title !== undefined;
}

function checkLanguages(steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.kind === "stop" || step.skip !== undefined) continue;
    if (!["console", "sh", "jsonnet", ...DATA].includes(step.language)) {
      throw new Error(`line ${step.line}: nothing is known of how to try ${step.language}`);
    }
    if (step.language === "json" && !step.text.includes("…")) JSON.parse(step.text);
  }
}

/** A file that a page has its reader write, and never uses, is not tried. */
function checkUse(steps: readonly Step[]): void {
  const blocks = steps.filter((step) => step.kind === "block");
  for (const block of blocks) {
    const name = block.title?.split("/").at(-1);
    if (name === undefined || name === "etcha.jsonnet") continue;
    const isUsed = blocks.some((other) => other.title !== block.title && other.text.includes(name));
    if (!isUsed) throw new Error(`line ${block.line}: nothing uses ${name}`);
  }
}

async function playBlock(block: Block, stage: Stage | undefined, library: Library): Promise<void> {
  if (block.language === "jsonnet" && block.title === undefined) return await checkJsonnet(block.text, library);
  if (block.title !== undefined) return await stage!.write(block.title, await stage!.filled(block));
  if (block.language === "sh") return await stage!.script(block);
  for (const [at, entry] of readConsole({ ...block, text: await stage!.filled(block) }).entries()) {
    const next = readConsole(block)[at + 1];
    try {
      await stage!.enter(entry, block.manner, next?.command === "echo $?");
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new Error(`$ ${entry.command}\n${error.message}`, { cause: error });
    }
  }
}

/** Ports that a page names, 4000 to 4009: each stands for one that is free here. */
function ports(markdown: string): ReadonlyMap<string, string> {
  return new Map([...new Set(markdown.match(/\b400\d\b/g) ?? [])].map((shown) => [shown, freePort()]));
}

function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return String(listener.addr.port);
}

/** A session, and what stands for what in it. */
class Stage {
  readonly #session: Session;
  readonly #ports: ReadonlyMap<string, string>;
  readonly #patience: number;

  constructor(session: Session, ports: ReadonlyMap<string, string>, patience: number) {
    this.#session = session;
    this.#ports = ports;
    this.#patience = patience;
  }

  async stop(): Promise<void> {
    await this.#session.stop();
  }

  /** The text of a block, with words that hold … replaced by the lines of what fills it. */
  async filled({ text, fill }: Block): Promise<string> {
    if (fill === undefined) return text;
    const { text: printed, code } = await this.#session.run(this.#real(fill));
    const values = printed.trimEnd().split("\n");
    if (code !== 0 || printed === "") throw new Error(`fill: ${printed}`);
    return text.replace(/[^\s'"]*…[^\s'"]*/g, (word) => this.#shown(values.shift() ?? word));
  }

  /** Below where the shell is. */
  async write(path: string, text: string): Promise<void> {
    const { text: folder } = await this.#session.run("pwd");
    const at = `${folder.trimEnd()}/${path}`;
    await Deno.mkdir(at.slice(0, at.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(at, this.#real(text));
  }

  async script({ text }: Block): Promise<void> {
    const { text: printed, code } = await this.#session.run(this.#real(text));
    if (code !== 0) throw new Error(`exit code ${code}:\n${this.#shown(printed)}`);
  }

  async enter({ command, shown }: Entry, manner: Block["manner"], isCodeShown: boolean): Promise<void> {
    if (manner === "background") {
      const printed = await this.#session.start(this.#real(command));
      const found = () => this.#shown(printed());
      return await until(() => beginsAsShown(found(), shown), () => differing(found(), shown), this.#patience);
    }
    let printed = await this.#entered(command);
    if (manner === "wait") {
      await until(
        async () => {
          if (isAsShown(printed.text, shown)) return true;
          printed = await this.#entered(command);
          return false;
        },
        () => differing(printed.text, shown),
        this.#patience,
      );
    }
    if (!isAsShown(printed.text, shown)) throw new Error(differing(printed.text, shown));
    if (printed.code !== 0 && !isCodeShown && !FAILURE.test(shown)) {
      throw new Error(`it ends with exit code ${printed.code}, and nothing shown says so`);
    }
  }

  async #entered(command: string) {
    const { text, code } = await this.#session.run(this.#real(command));
    return { text: this.#shown(text), code };
  }

  /** What a page says, as it is here. */
  #real(text: string): string {
    return text.replaceAll(HOME, this.#session.home)
      .replace(/\b400\d\b/g, (shown) => this.#ports.get(shown) ?? shown);
  }

  /** What is here, as a page would say it. */
  #shown(text: string): string {
    let shown = text.replaceAll(this.#session.home, HOME);
    for (const [name, real] of this.#ports) shown = shown.replace(new RegExp(`\\b${real}\\b`, "g"), name);
    return shown;
  }
}

function differing(printed: string, shown: string): string {
  return `it prints\n${printed}\nand not\n${shown}`;
}
