import type { Json } from "../domain/json.ts";
import type { FirstSteps } from "../workflows/quickstart.ts";
import type { HostResult } from "../workflows/push_outcome.ts";
import { pushedJson, pushedText } from "./push_view.ts";

export interface FirstStepsView {
  readonly steps: FirstSteps;
  /** Why nothing was pushed: no agent answers. */
  readonly absence?: string;
  /** Of the first push. */
  readonly results?: readonly HostResult[];
}

export function firstStepsText({ steps, absence, results }: FirstStepsView): string {
  const { written, kept, place, commands: [start, push] } = steps;
  const how = place === "here" ? "Start it:" : "With etcha installed on that host, start it:";
  const files = [...written.map((path) => `wrote ${path}`), ...kept.map((path) => `kept ${path}`)];
  const next = absence === undefined ? [] : [
    "",
    `No agent answers yet (${absence}). ${how}`,
    "",
    `    ${start}`,
    "",
    "and push the first pattern, from here:",
    "",
    `    ${push}`,
  ];
  const text = [...files, ...next].map((line) => `${line}\n`).join("");
  return results === undefined ? text : text + pushedText(results, "change");
}

export function firstStepsJson({ steps, absence, results }: FirstStepsView): Json {
  const { written, kept, commands } = steps;
  return {
    written: [...written],
    kept: [...kept],
    commands: [...commands],
    absence: absence ?? null,
    pushed: results === undefined ? null : pushedJson(results, "change"),
  };
}
