/** Messages between the evaluator and its worker. One evaluation at a time; each is answered by `done` or `died`. */

export interface NativeSpec {
  readonly name: string;
  readonly params: readonly string[];
}

/** What the Go side is asked to do; its field names are those of `request.go`. */
export interface WasmRequest {
  readonly operation: "evaluate" | "closure" | "inspect";
  /** Served like an import from "". */
  readonly entrypoint: string;
  /** What to inspect, served alike. */
  readonly files: readonly string[];
  /** Jsonnet calls that may be open at once. */
  readonly maxStack: number;
  readonly deadlineMillis: number;
  readonly natives: readonly NativeSpec[];
}

export type ToWorker =
  | { readonly kind: "module"; readonly module: WebAssembly.Module }
  | { readonly kind: "run"; readonly request: WasmRequest }
  | { readonly kind: "reply"; readonly reply: Reply };

/** The answer to the one question that is open. `error` is a text that becomes the error of the evaluation. */
export type Reply =
  | { readonly kind: "file"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: "value"; readonly json: string }
  | { readonly kind: "error"; readonly message: string };

export type Question =
  | { readonly kind: "import"; readonly from: string; readonly path: string }
  | { readonly kind: "native"; readonly name: string; readonly args: string };

export type FromWorker =
  | { readonly kind: "ask"; readonly question: Question }
  /** JSON text in UTF-8, see WasmResponse. */
  | { readonly kind: "done"; readonly response: Uint8Array }
  | { readonly kind: "died"; readonly death: Death };

/** Why an instance can't be used any more. */
export interface Death {
  readonly cause: "stack" | "memory" | "crash";
  readonly message: string;
}

/** A place in a file; `column` counts bytes, both start at 1; line 0: nowhere. */
export interface WasmLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name?: string;
}

export interface WasmFailure {
  readonly kind: "static" | "runtime" | "timeout" | "crash";
  readonly message: string;
  readonly location?: WasmLocation;
  /** Innermost first; `skipped` frames are left out in the middle. */
  readonly frames?: readonly WasmLocation[];
  readonly skipped?: number;
  readonly imports?: readonly { readonly foundAt: string; readonly site: WasmLocation }[];
}

export interface WasmWarning {
  readonly kind: "import" | "static" | "runtime" | "crash";
  readonly message: string;
  readonly site: WasmLocation;
}

/** What can be said of a file without evaluating it; `formatted` only where it is not formatted already. */
export interface WasmInspection {
  readonly file: string;
  readonly findings: readonly {
    readonly kind: "import" | "static" | "lint" | "crash";
    readonly message: string;
    readonly site: WasmLocation;
  }[];
  readonly formatted?: string;
}
