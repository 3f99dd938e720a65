import { resolve } from "node:path/posix";
import { HostError } from "../host/host.ts";
import { testPatterns, type TestRequest } from "../workflows/test_patterns.ts";
import { createRenderer, runMeans } from "./build_means.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";
import { testedJunit } from "./test_view.ts";

export interface Test extends Omit<TestRequest, "config"> {
  readonly command: "test";
  readonly output: "text" | "json";
  /** File for the results in the form of JUnit. */
  readonly junit?: string;
}

/** Tries patterns on this machine. */
export async function test({ output, junit, ...request }: Test, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { config } = loaded.value;
  const { files } = context.host;
  const tested = await testPatterns({ ...request, config }, {
    ...runMeans(context, config),
    renderer: await createRenderer(context),
    warn: (warnings) => context.warn(warnings),
  });
  if (!tested.ok) return failed(tested.problems);
  const results = tested.value;
  const view = { kind: "tested", output, results } as const;
  if (junit !== undefined) {
    try {
      await files.writeAtomic(resolve(files.cwd, junit), testedJunit(results));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const problem = {
        code: "test-unwritable",
        attempted: "write the results",
        found: error.message,
        where: "--junit",
      };
      return { status: "failed", view, problems: [problem] };
    }
  }
  return { status: results.some(({ status }) => status === "failed") ? "failed" : "done", view };
}
