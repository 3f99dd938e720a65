/**
 * Kills the real agent at random moments. `KILL_TRIALS` says how many histories are tried, `KILL_SEED` repeats one run of
 * the test, `KILL_KEEP` keeps the folders of trials that fail.
 */
import assert from "node:assert/strict";
import { generateKeyPair, importPrivateKey } from "../../src/token/keys.ts";
import { ok } from "../token/tokens.ts";
import { killTrial, type TrialResult } from "./kill_trial.ts";

const TRIALS = Number(Deno.env.get("KILL_TRIALS") ?? 6);
const SEED = Number(Deno.env.get("KILL_SEED") ?? Math.floor(Math.random() * 2 ** 31));
const KEEPS = Deno.env.has("KILL_KEEP");
const AT_ONCE = 3;

Deno.test({
  name: "after kills at random moments a host ends as one that saw only the last pattern",
  ignore: Deno.build.os !== "linux",
  async fn(test) {
    const pair = ok(await generateKeyPair("ed25519", "kill"));
    const privateKey = ok(await importPrivateKey(pair.privateKey));
    const results: TrialResult[] = [];
    const faults: string[] = [];
    let next = 0;
    const work = async () => {
      for (let trial = next++; trial < TRIALS; trial = next++) {
        const folder = await Deno.makeTempDir({ prefix: "etcha-kill-" });
        const random = generator(SEED + trial * 7919);
        const result = await killTrial({ folder, privateKey, publicKey: pair.publicKey, random });
        results.push(result);
        if (result.faults.length > 0) faults.push(`trial ${trial} (${folder}):`, ...result.faults);
        if (result.faults.length === 0 || !KEEPS) await Deno.remove(folder, { recursive: true });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const kills = results.reduce((sum, result) => sum + result.kills, 0);
    const failures = results.filter((result) => result.faults.length > 0).length;
    const gaveUp = results.filter((result) => result.gaveUp).length;
    const counts = `${results.length} trials, ${kills} kills, ${failures} failures`;
    // A step's name is what every reporter shows.
    await test.step(`${counts}; ${gaveUp} reached a limit of the engine (KILL_SEED=${SEED})`, () => {
      assert.equal(results.length, TRIALS);
      assert.equal(failures, 0, faults.join("\n  "));
      // Such trials prove little: they must stay rare.
      assert.ok(gaveUp <= Math.max(2, TRIALS / 20));
    });
  },
});

/** mulberry32: numbers from 0 to below 1 that a seed determines. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 4_294_967_296;
  };
}
