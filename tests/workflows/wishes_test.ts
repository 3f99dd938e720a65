import { deepEqual } from "node:assert/strict";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { HostError, type States } from "../../src/host/host.ts";
import { forgetEntries, pauseSource, resumeSource } from "../../src/workflows/wishes.ts";
import { ok } from "../token/tokens.ts";

const { config } = ok(parseConfig([{ origin: "test", place: "file", value: { sources: { core: {} } } }]));

function refusing(kind: HostError["kind"]): States {
  const refuse = () => Promise.reject(new HostError(kind, "cannot find /etcha/state.db: Permission denied"));
  return { open: refuse, visit: refuse };
}

Deno.test("who may not write to the state is told whose it is", async () => {
  const asks = [
    (states: States) => pauseSource({ config, source: "core", now: 0 }, states),
    (states: States) => resumeSource({ config, source: "core", now: 0 }, states),
    (states: States) => forgetEntries({ config, source: "core", name: "a" }, states),
  ];
  for (const ask of asks) {
    const [denied, missing] = [await ask(refusing("denied")), await ask(refusing("not-found"))];
    deepEqual(denied, {
      ok: false,
      problems: [{
        code: "state-unwritable",
        attempted: "write to the state",
        found: "cannot find /etcha/state.db: Permission denied",
        where: "run.stateDir",
        hint: "run it as the user of the agent, with its configuration",
      }],
    });
    deepEqual(missing.ok ? "" : missing.problems[0]!.code, "no-state");
  }
});
