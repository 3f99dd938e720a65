import type { Problem } from "../domain/problem.ts";

/** Messages of the interpreter that hold nothing of the text or of a value. */
const PLAIN = [
  /^Expected a comma before next field$/,
  /^Unexpected type \w+, expected \w+$/,
  /^Not a binary operator: \W+$/,
  /^Unterminated String$/,
  /^Text block requires new line after \|\|\|\.$/,
  /^Division by zero\.?$/,
  /^Unexpected end of file\.?$/,
  /^Format required \w+ at \d+, got \w+$/,
  /^too many calls are open at once$/,
  /^it took too long$/,
];

/** What others mean, without the words that they quote. */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [/^Unknown variable: /, "there is no such variable (is it a text without quotes?)"],
  [/^Field does not exist: /, "there is no such field"],
  [/^Duplicate field: /, "the field stands there twice"],
  [/^Expected token (\w+) but got \((\w+), .*$/s, "expected $1, found $2"],
  [/Unknown escape sequence in string literal.*$/s, "the text has an unknown escape sequence"],
];

/**
 * A problem of evaluating a configuration, in which any name, text or value may be a secret in the wrong place: without the
 * source lines, and without the words of it that a message quotes. The place tells where to look.
 */
export function discreetProblem({ detail: _, ...problem }: Problem): Problem {
  // What natives and imports say is free of secrets, as it is in every pattern.
  if (!problem.code.startsWith("jsonnet-") || PLAIN.some((one) => one.test(problem.found))) return problem;
  const reworded = REWORDED.find(([pattern]) => pattern.test(problem.found));
  if (reworded === undefined) {
    return {
      ...problem,
      found: "it fails",
      hint: "the message may quote a secret and is not shown: look at that place",
    };
  }
  const [pattern, words] = reworded;
  const [matched] = pattern.exec(problem.found) ?? [""];
  return { ...problem, found: matched.replace(pattern, words) };
}
