import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { StateChange, Wish } from "../../../domain/state.ts";
import { HostError, type StateCommit } from "../../host.ts";
import { errorCode } from "../errors.ts";
import { damaged, toStateError } from "./errors.ts";
import { migrate } from "./schema.ts";
import { writeWish } from "./wishes.ts";

/** Runs of one source that are kept, and how many more may gather before they are deleted together. */
const KEPT_RUNS = 1000;
const PRUNED_AT_ONCE = 100;

/** The one writer of a state database. Synchronous: it lives in a thread of its own. */
export class StateDatabase implements Disposable {
  readonly database: DatabaseSync;
  readonly #file: string;
  /** Device and number of the file that was opened. */
  #identity: string | undefined;
  readonly #statements = new Map<string, StatementSync>();
  /** Rows of `runs` by source, counted once. */
  readonly #runs = new Map<string, number>();

  /** Throws HostError when the file is damaged, of a newer version, or can't be written. */
  constructor(file: string) {
    this.#file = file;
    this.database = this.#guard(() => new DatabaseSync(file, { timeout: 5000 }));
    try {
      this.#guard(() => {
        // Readers don't block the writer, and a commit has reached the disk before it returns.
        this.database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
        migrate(this.database, file);
        const check = this.database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
        if (check !== "ok") throw damaged(file, String(check));
        this.#identity = identityOf(file);
      });
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  /**
   * Applies commits in their order, each whole or not at all, and returns what went wrong with each (undefined: it is on
   * the disk). They share one transaction, and so one wait for the disk; a bad one does not harm the others.
   */
  commit(commits: readonly StateCommit[]): readonly unknown[] {
    const lost = this.#lost();
    if (lost !== undefined) return commits.map(() => lost);
    const together = this.#transaction(() => commits.map((commit) => this.#savepoint(commit)));
    if (together.ok) return together.value;
    this.#runs.clear();
    if (commits.length === 1) return [together.error];
    // The transaction itself was lost, e.g. to a full disk: a smaller one may still fit.
    return commits.flatMap((commit) => this.commit([commit]));
  }

  /** Writes down what a person wants. Throws HostError. */
  wish(source: string, wish: Wish): void {
    this.#guard(() => writeWish(this.database, source, wish));
  }

  [Symbol.dispose](): void {
    this.database.close();
  }

  /**
   * Why nothing may be written any more: SQLite would go on with a file that was removed or replaced, and what it writes
   * there nobody will ever find again. When the file is back, so is the database.
   */
  #lost(): HostError | undefined {
    if (identityOf(this.#file) === this.#identity) return undefined;
    return new HostError(
      "not-found",
      `${this.#file} is not there any more, or is another file than when it was opened: put it back, or start the agent anew`,
    );
  }

  #transaction<T>(
    action: () => T,
  ): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown } {
    try {
      this.#run("BEGIN IMMEDIATE");
      const value = action();
      this.#run("COMMIT");
      return { ok: true, value };
    } catch (error) {
      if (this.database.isTransaction) this.#run("ROLLBACK");
      return { ok: false, error: toStateError(error, this.#file) };
    }
  }

  #savepoint(commit: StateCommit): unknown {
    this.#run("SAVEPOINT one");
    try {
      this.#apply(commit);
      this.#run("RELEASE one");
      return undefined;
    } catch (error) {
      if (!this.database.isTransaction) throw error;
      this.#run("ROLLBACK TO one");
      this.#run("RELEASE one");
      this.#runs.clear();
      return toStateError(error, this.#file);
    }
  }

  #apply({ source, changes, accepted, newest, nextKey, granted, run }: StateCommit): void {
    this.#run("INSERT INTO sources (source) VALUES (?) ON CONFLICT DO NOTHING", source);
    for (const id of granted ?? []) this.#run("DELETE FROM forget_wishes WHERE id = ?", id);
    for (const change of changes) this.#change(source, change);
    if (accepted !== undefined) {
      this.#run("UPDATE sources SET accepted = ? WHERE source = ?", JSON.stringify(accepted), source);
    }
    if (nextKey !== undefined) this.#run("UPDATE sources SET next_key = ? WHERE source = ?", nextKey, source);
    if (newest !== undefined) {
      this.#run("INSERT OR REPLACE INTO newest VALUES (?, ?, ?)", source, newest.signer, newest.issuedAt);
    }
    if (run !== undefined) this.#addRun(source, JSON.stringify(run));
  }

  #change(source: string, change: StateChange): void {
    switch (change.kind) {
      case "put-entry": {
        const { key, command, outcome, departed } = change.entry;
        const values = [key, change.position, JSON.stringify(command), outcome ?? null, encode(departed)] as const;
        this.#run("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)", source, ...values);
        break;
      }
      case "delete-entry":
        this.#run("DELETE FROM entries WHERE source = ? AND key = ?", source, change.key);
        break;
      case "outcome":
        this.#run(
          "UPDATE entries SET outcome = ? WHERE source = ? AND key = ?",
          change.outcome ?? null,
          source,
          change.key,
        );
        break;
      case "departed":
        this.#run(
          "UPDATE entries SET departed = ? WHERE source = ? AND key = ?",
          encode(change.departed),
          source,
          change.key,
        );
        break;
      case "put-reaction":
        this.#run(
          "INSERT OR REPLACE INTO reactions VALUES (?, ?, ?)",
          source,
          change.reaction.id,
          encode(change.reaction),
        );
        break;
      case "delete-reaction":
        this.#run("DELETE FROM reactions WHERE source = ? AND id = ?", source, change.id);
    }
  }

  #addRun(source: string, run: string): void {
    const before = this.#runs.get(source) ??
      Number(this.#statement("SELECT count(*) AS count FROM runs WHERE source = ?").get(source)?.["count"]);
    this.#run("INSERT INTO runs (source, run) VALUES (?, ?)", source, run);
    let count = before + 1;
    if (count >= KEPT_RUNS + PRUNED_AT_ONCE) {
      this.#run(
        "DELETE FROM runs WHERE source = ?1 AND id <= (SELECT id FROM runs WHERE source = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        source,
        KEPT_RUNS,
      );
      count = KEPT_RUNS;
    }
    this.#runs.set(source, count);
  }

  #run(sql: string, ...values: readonly (string | number | null)[]): void {
    this.#statement(sql).run(...values);
  }

  /** Statements are prepared once. */
  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw toStateError(error, this.#file);
    }
  }
}

function encode(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Undefined: it is not there, or can't be looked at. */
function identityOf(file: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(file);
    return `${dev} ${ino}`;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
