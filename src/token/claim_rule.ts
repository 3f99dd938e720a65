import type { Claims } from "../domain/claims.ts";
import { isObject, type Json } from "../domain/json.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { parseRegexp } from "../domain/regexp.ts";

/** Says why claims are not good; nothing when they are. */
export type ClaimRule = (claims: Claims) => string | undefined;

/** Our own form of the function `matches`, whose expressions would not be RE2. */
const MATCHES = "matchesRE2";

/**
 * Compiles an expression in CEL (the Common Expression Language) over the claims of a token: each is a variable, `aud`
 * always a list. What it comes to must be true; an error, such as a claim that is not there, is as good as false. Problem
 * `rule-malformed` for what can't be parsed, or can't be true or false whatever the claims are; `where` is its key.
 */
export async function compileRule(text: string, where: string): Promise<Result<ClaimRule>> {
  // Loaded here: most hosts have no rule.
  const { Environment } = await import("@marcbachmann/cel-js");
  const { serialize } = await import("@marcbachmann/cel-js/serialize");
  const malformed = (found: string) => {
    const hint = 'an expression in CEL over the claims, such as "prod" in aud && sub == "web"';
    return bad({ code: "rule-malformed", attempted: "read the rule for claims", found, where, hint });
  };
  const options = { unlistedVariablesAreDyn: true };
  const environment = new Environment(options).registerFunction(`string.${MATCHES}(string): bool`, matches);
  try {
    const tree = new Environment(options).parse(text).ast;
    renameMatches(tree);
    const ours = serialize(tree);
    const checked = environment.check(ours);
    if (!checked.valid) return malformed(firstLine(checked.error));
    if (checked.type !== "bool" && checked.type !== "dyn") return malformed(`it is a value of type ${checked.type}`);
    const evaluate = environment.parse(ours);
    return ok(({ raw, audience }) => failure(() => evaluate({ ...variables(raw), aud: audience })));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return malformed(firstLine(error));
  }
}

function failure(evaluate: () => unknown): string | undefined {
  try {
    const value = evaluate();
    if (value === true) return undefined;
    return value === false ? "it is false" : "it is neither true nor false";
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return firstLine(error);
  }
}

function matches(text: string, expression: string): boolean {
  const parsed = parseRegexp(expression);
  if (!parsed.ok) throw new Error(`no regular expression: ${parsed.reason}`);
  return parsed.regexp.test(text);
}

/** The library has a function of that name, which can't be replaced, and whose expressions take any time. */
function renameMatches(node: unknown): void {
  if (Array.isArray(node)) node.forEach(renameMatches);
  if (!isObject(node) || !Array.isArray(node.args)) return;
  if (node.op === "rcall" && node.args[0] === "matches") node.args[0] = MATCHES;
  node.args.forEach(renameMatches);
}

/** Whole numbers are `int` in CEL, and the library takes bigint for them. */
function variables(claims: { readonly [claim: string]: Json }): { readonly [claim: string]: unknown } {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, celValue(value)]));
}

function celValue(value: Json): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  return isObject(value) ? variables(value as { readonly [name: string]: Json }) : value;
}

function firstLine(error: Error | undefined): string {
  return (error?.message ?? "").split("\n", 1)[0] ?? "";
}
