/** Index of the first byte that differs, or that only one of them has. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? undefined : end;
}
