import type { Milliseconds } from "./duration.ts";

/** What is refused before anything of a token is rendered. */
export const TOKEN_LIMITS = {
  /** Characters of the encoded token, which is ASCII: bytes. */
  bytes: 32 * 1024 * 1024,
  /** Characters of the encoded header. */
  header: 4096,
  files: 10_000,
  /** Answers of native functions that it keeps. */
  cached: 10_000,
  /** Nesting of the payload: far above any pattern, far below what a recursive reader survives. */
  depth: 500,
} as const;

/** How far the clocks of two machines may differ. */
export const CLOCK_SKEW: Milliseconds = 30_000;

/** Bounds of what is said to a remote shell. */
export const SHELL_LIMITS = {
  /** How long a token is good: there is no skew beyond that. */
  lifetime: 5_000 as Milliseconds,
  /** Characters of the encoded token. */
  bytes: 128 * 1024,
  /** Characters of base64 of what was typed, in one token. */
  input: 64 * 1024,
  /** Characters of the id of a session. */
  session: 64,
  /** Columns and rows that a terminal can have (ioctl_tty(2)). */
  window: 65_535,
} as const;

/** How far ahead an ad-hoc command may expire: it is accepted once, and remembered that long. */
export const ONCE_LIFETIME: Milliseconds = 300_000;
