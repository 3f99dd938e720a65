const isRoot = Deno.uid() === 0;

/** Two whole states of a file: what is found must be one of them. Owners only where root is there to set them. */
export const STATES = [
  {
    text: "a".repeat(300_000),
    mode: 0o640,
    owner: isRoot ? [65534, 65533] : [],
    attributes: ["-p", "0640", ...(isRoot ? ["-o", "65534", "-g", "65533"] : [])],
  },
  {
    text: "bc".repeat(250_000),
    mode: 0o4711,
    owner: isRoot ? [1, 2] : [],
    attributes: ["-p", "4711", ...(isRoot ? ["-o", "1", "-g", "2"] : [])],
  },
] as const;
