/**
 * What came of a resource. `details`: one text each for what differs, or for what was done; none, and everything was as
 * wanted.
 */
export type Outcome =
  | { readonly kind: "done"; readonly details: readonly string[] }
  | { readonly kind: "refused" | "failed"; readonly reason: string };

export function done(details: readonly string[]): Outcome {
  return { kind: "done", details };
}

/** Something is in the way, or lacking, that is not for the resource to see to. A check knows then that it differs. */
export function refused(reason: string): Outcome {
  return { kind: "refused", reason };
}

/** It can't be said, or done, at all. */
export function failed(reason: string): Outcome {
  return { kind: "failed", reason };
}

/** A name in a text, such that it can't forge lines. */
export function shown(name: string): string {
  const text = JSON.stringify(name);
  return text === `"${name}"` ? name : text;
}
