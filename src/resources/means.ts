import type { Accounts, Files } from "../host/host.ts";

/** What resources need of the machine. */
export interface ResourceMeans {
  readonly files: Files;
  readonly accounts: Accounts;
}

/** What one run of a resource is given besides its words. */
export interface ResourceRequest {
  /** Absent: it is empty. */
  readonly stdin?: string | Uint8Array;
  /** Where relative paths begin; absent: the working directory of the program. */
  readonly workDir?: string;
}

/** How a resource meets the machine. */
export interface Scene extends ResourceMeans {
  readonly stdin: Uint8Array;
  /** A path as it is meant here. */
  at(path: string): string;
  readonly signal: AbortSignal;
}
