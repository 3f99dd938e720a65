import * as v from "valibot";
import type { Retries } from "./command.ts";
import { DURATION, type Milliseconds, parseDuration } from "./duration.ts";
import { durationText } from "./exec.ts";
import type { JsonObject } from "./json.ts";
import { notList } from "./shape.ts";

const PAUSE = "1s";
const LONGEST_PAUSE: Milliseconds = 3_600_000;
const MOST = 100;

const count = v.pipe(
  v.number(),
  v.check((n) => Number.isInteger(n) && n >= 0 && n <= MOST, `expected a whole number from 0 to ${MOST}`),
);

const pause = v.pipe(
  durationText,
  v.check((text) => (parseDuration(text) ?? 0) <= LONGEST_PAUSE, "expected at most 1h"),
);

const times = v.pipe(count, v.transform((n): Retries => toRetries(n, PAUSE)));

const timesAndPause = notList(v.pipe(
  v.strictObject({ count, pause: v.optional(pause, PAUSE) }),
  v.transform((given): Retries => toRetries(given.count, given.pause)),
));

/** `3`, with a second in between, or `{ count: 3, pause: "10s" }`. What is wrong is told of the form that was meant. */
export const retriesSchema = v.lazy((value) => typeof value === "object" ? timesAndPause : times);

/** The same for JSON Schema. */
export const RETRIES_JSON: JsonObject = (() => {
  const number = { type: "integer", minimum: 0, maximum: MOST } as const;
  return {
    anyOf: [number, {
      type: "object",
      properties: { count: number, pause: { type: "string", pattern: DURATION, default: PAUSE } },
      required: ["count"],
      additionalProperties: false,
    }],
  };
})();

function toRetries(times: number, wait: string): Retries {
  return { count: times, pause: parseDuration(wait) ?? 0 };
}
