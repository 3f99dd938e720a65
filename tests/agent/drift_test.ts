import { equal } from "node:assert/strict";
import { Drift } from "../../src/agent/drift.ts";
import type { Why } from "../../src/engine/report.ts";
import { ReportBuilder } from "../../src/engine/report.ts";
import { rendered } from "../fakes/simulated_source.ts";

const [command] = rendered([{ id: "a" }]);

function report(...whys: readonly Why[]) {
  const builder = new ReportBuilder("all");
  for (const why of whys) builder.acted("change", command!, "", { why });
  return builder.build([]);
}

Deno.test("drift is what fails its check in an interval run after a success of the same token", () => {
  const drift = new Drift();
  const run = (trigger: string, tokenHash: string, isSuccess: boolean, ...whys: readonly Why[]) =>
    drift.count({ trigger, tokenHash, isSuccess, report: report(...whys) });
  equal(run("pull", "one", true, "check-failed"), 0, "nothing had run before");
  equal(run("pull", "one", true, "check-failed", "check-failed", "always", "triggered"), 2);
  equal(run("push", "one", true, "check-failed"), 0, "somebody wanted that");
  equal(run("pull", "two", true, "check-failed"), 0, "another token");
  equal(run("pull", "two", false, "check-failed"), 1, "it had drifted, and then something failed");
  equal(run("pull", "two", true, "check-failed"), 0, "what the failed run left undone");
  equal(run("pull", "two", true), 0);
  equal(drift.count({ trigger: "pull", tokenHash: "two", isSuccess: false, report: undefined }), 0);
  equal(run("init", "two", true, "check-failed"), 0);
  equal(run("pull", "two", true, "check-failed"), 1);
});
