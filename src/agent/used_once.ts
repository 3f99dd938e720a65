import type { Problem } from "../domain/problem.ts";
import type { VerifiedToken } from "../token/verify.ts";

/** Milliseconds that an id is kept beyond the token's end: more than the skew that clocks are granted. */
const KEPT_LONGER = 60_000;

/** Ad-hoc commands are accepted once: their ids are kept until they have expired; those of an earlier life are refused. */
export class UsedOnce {
  /** Id to the time (milliseconds since the epoch) from which it can be forgotten. */
  readonly #used = new Map<string, number>();

  /** `startedAt`: milliseconds since the epoch, when the agent started. */
  constructor(private readonly startedAt: number) {}

  /** Takes the token's id, or says why it is refused (problem `token-replayed`). `now`: milliseconds since the epoch. */
  refuse({ claims, keyId }: VerifiedToken, now: number): Problem | undefined {
    for (const [id, until] of this.#used) if (until < now) this.#used.delete(id);
    const { id, issuedAt, expires } = claims;
    const refused = (found: string): Problem => ({
      code: "token-replayed",
      attempted: "accept the command",
      found,
      where: `key ${JSON.stringify(keyId)}`,
    });
    if (this.#used.has(id!)) return refused("it has been run already");
    if ((issuedAt ?? 0) * 1000 < Math.floor(this.startedAt / 1000) * 1000) {
      return refused("it was made before this agent started, so that it may have been run already");
    }
    this.#used.set(id!, expires! * 1000 + KEPT_LONGER);
    return undefined;
  }
}
