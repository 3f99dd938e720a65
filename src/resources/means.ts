import type { Accounts, Files, Http } from "../host/host.ts";

/** What resources need of the machine. */
export interface ResourceMeans {
  readonly files: Files;
  readonly accounts: Accounts;
  readonly http: Http;
}

/** What one run of a resource is given besides its words. */
export interface ResourceRequest {
  /** Absent: it is empty. */
  readonly stdin?: string | Uint8Array;
  /** Where relative paths begin; absent: the working directory of the program. */
  readonly workDir?: string;
  /** Takes what goes to standard output; absent: it is part of the result, which has a limit. */
  readonly write?: (part: Uint8Array) => void;
}

/** How a resource meets the machine. */
export interface Scene extends ResourceMeans {
  readonly stdin: Uint8Array;
  /** A path as it is meant here. */
  at(path: string): string;
  /** Takes what goes to standard output. */
  write(part: Uint8Array): void;
  readonly signal: AbortSignal;
}
