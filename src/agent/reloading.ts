import type { Config } from "../domain/config.ts";
import { bad, ok, type Problem, problemsText, type Result } from "../domain/problem.ts";
import type { Door } from "./door.ts";
import { prepareSetup, type Setup, type SetupMeans } from "./setup.ts";
import type { Shells } from "./shells.ts";
import type { Sources } from "./sources.ts";

/** How the agent learns of another configuration. */
export interface ReloadMeans {
  /** `handler` is called when it is to be read anew. */
  readonly onWish: (handler: () => void) => void;
  readonly load: () => Promise<Result<Config>>;
}

/** Reads the configuration anew whenever that is wished for, one time after the other. */
export class Reloading {
  #last: Promise<void>;
  #isWished = false;

  constructor(
    private readonly means: SetupMeans & { readonly reload: ReloadMeans },
    private readonly sources: Pick<Sources, "config" | "reconfigure">,
    private readonly door: Pick<Door, "change">,
    private readonly shells: Pick<Shells, "review">,
    /** `started`: resolves when the sources have been taken up; what is wished for before that waits for it. */
    { stop, started }: { readonly stop: AbortSignal; readonly started: Promise<unknown> },
  ) {
    this.#last = started.then(() => {});
    means.reload.onWish(() => {
      // Of several wishes that come while one is seen to, one is enough: it reads what is there after all of them.
      if (this.#isWished || stop.aborted) return;
      this.#isWished = true;
      this.#last = this.#last.then(() => {
        this.#isWished = false;
        return this.#reload(stop);
      });
    });
  }

  /** Resolves when nothing is read any more. */
  async ended(): Promise<void> {
    await this.#last;
  }

  /** Everything is read and checked before anything is swapped: whatever is wrong, the old one stays. */
  async #reload(stop: AbortSignal): Promise<void> {
    try {
      if (!stop.aborted) await this.#swap();
    } catch (error) {
      // What was under way when the agent was told to end; anything else is a bug, which must not end it.
      if (!stop.aborted) this.#say("error", 500, `internal error: ${error instanceof Error ? error.stack : error}`);
    }
  }

  async #swap(): Promise<void> {
    const setup = await this.#prepare();
    if (!setup.ok) return this.#stays(setup.problems);
    // Of both it is the one that may be refused.
    const moved = await this.door.change(setup.value.config);
    if (!moved.ok) return this.#stays(moved.problems);
    await this.sources.reconfigure(setup.value);
    this.shells.review(setup.value);
    const { size } = setup.value.config.sources;
    this.#say("info", 200, `Reloaded the configuration: ${size} ${size === 1 ? "source" : "sources"}`);
  }

  async #prepare(): Promise<Result<Setup>> {
    const loaded = await this.means.reload.load();
    if (!loaded.ok) return loaded;
    const fixed = checkFixed(this.sources.config, loaded.value);
    return fixed.ok ? await prepareSetup(loaded.value, this.means) : fixed;
  }

  #stays(problems: readonly Problem[]): void {
    this.#say("error", 500, `The configuration stays as it was: ${problemsText(problems)}`);
  }

  #say(level: "info" | "error", status: number, message: string): void {
    this.means.log.write({ level, function: "reload", status, message });
  }
}

/** What holds for the life of an agent: its lock and its records lie there. */
function checkFixed(before: Config, after: Config): Result<undefined> {
  if (before.run.stateDir === after.run.stateDir) return ok(undefined);
  return bad({
    code: "reload-fixed",
    attempted: "reload the configuration",
    found: `run.stateDir is another one: ${after.run.stateDir}`,
    hint: "end the agent and start it again to use another folder",
  });
}
