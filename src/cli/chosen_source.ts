import type { Config } from "../domain/config.ts";
import { NAME } from "../domain/config_tree.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { bareSource, type Source } from "../domain/source.ts";
import { didYouMean } from "../domain/suggest.ts";

export interface ChosenSource {
  readonly source: Source;
  readonly warnings: readonly Problem[];
}

/**
 * The source of that name. It need not be configured here, where patterns are made, but where others are, a name that is
 * not among them is probably a slip: a warning. Problem `bad-source-name`.
 */
export function chooseSource(config: Config, name: string): Result<ChosenSource> {
  const source = config.sources.get(name);
  if (source !== undefined) return ok({ source, warnings: [] });
  if (!NAME.test(name)) {
    const hint = "a name of letters, digits, points, dashes and underscores";
    return bad({ code: "bad-source-name", attempted: "", found: `${JSON.stringify(name)} can't be a source`, hint });
  }
  const near = didYouMean(name, config.sources.keys());
  const found = `the source ${name} is not configured here`;
  const isSlip = near.hint !== undefined;
  return ok({
    source: bareSource(name),
    warnings: isSlip ? [{ code: "source-unknown", attempted: "", found, ...near }] : [],
  });
}
