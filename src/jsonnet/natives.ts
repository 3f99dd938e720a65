import type { Json } from "../domain/json.ts";
import type { Result } from "../domain/problem.ts";
import type { NativeSpec } from "./protocol.ts";

/** The native functions that an evaluation may ask. */
export interface Natives {
  readonly specs: readonly NativeSpec[];
  /** Whether the same question always has the same answer within one evaluation. */
  isRepeatable(name: string): boolean;
  /** A problem ends the evaluation; code `missing-value` says that there was no value and no fallback. */
  answer(name: string, args: readonly Json[], signal: AbortSignal): Promise<Result<Json>>;
}
