/**
 * A program for the crash test: commits to the state directory of the first argument for ever, some commits at once,
 * counting from the second argument, and prints the number of each that is durable.
 */
import { states } from "../../src/host/deno/state/store.ts";
import { entry } from "./conformance_state.ts";

const [dir = "", first = "0"] = Deno.args;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

await using store = await states.open(dir, { exclusive: true });
print("open");
for (let n = Number(first);; n += 4) {
  await Promise.all([0, 1, 2, 3].map(async (i) => {
    const key = (n + i) * 3;
    const changes = [0, 1, 2].map((j) => ({
      kind: "put-entry" as const,
      entry: entry(key + j, "x".repeat(500)),
      position: key + j,
    }));
    await store.commit({ source: "a", changes, nextKey: key + 3 });
    print(String(n + i));
  }));
}
