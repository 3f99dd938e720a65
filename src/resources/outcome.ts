/**
 * What came of a resource. `details`: one text each for what differs, or for what was done; none, and everything was as
 * wanted.
 */
export type Outcome =
  | { readonly kind: "done"; readonly details: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

export function done(details: readonly string[]): Outcome {
  return { kind: "done", details };
}

/** What stands in the way, and is not taken away: somebody has to look at it. */
export function refused(reason: string): Outcome {
  return { kind: "refused", reason };
}

/** A name in a text, such that it can't forge lines. */
export function shown(name: string): string {
  const text = JSON.stringify(name);
  return text === `"${name}"` ? name : text;
}
