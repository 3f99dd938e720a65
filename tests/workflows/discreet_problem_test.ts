import { deepEqual, equal } from "node:assert/strict";
import { discreetProblem } from "../../src/workflows/discreet_problem.ts";

const problem = (found: string, code = "jsonnet-runtime") => ({
  code,
  attempted: "",
  found,
  where: "etcha.jsonnet:1:2",
});

Deno.test("a message about a configuration keeps what it means and loses what it quotes", () => {
  const cases: readonly (readonly [found: string, shown: string])[] = [
    ["Unknown variable: hunter2", "there is no such variable (is it a text without quotes?)"],
    ["Field does not exist: hunter2", "there is no such field"],
    ["Duplicate field: hunter2", "the field stands there twice"],
    ['Expected token OPERATOR but got (STRING_SINGLE, "hunter2\n")', "expected OPERATOR, found STRING_SINGLE"],
    ["/x/hunter2:1:21-32 Unknown escape sequence in string literal: \\q", "the text has an unknown escape sequence"],
    ["hunter2 is not a base 10 integer", "it fails"],
    ['Assertion failed. "hunter2" != "b"', "it fails"],
    ["hunter2", "it fails"],
    ["Unexpected type string, expected number", "Unexpected type string, expected number"],
    ["Unexpected type string, expected number\nhunter2", "it fails"],
    ["Not a binary operator: !", "Not a binary operator: !"],
    ["Unterminated String", "Unterminated String"],
  ];
  for (const [found, shown] of cases) {
    for (const code of ["jsonnet-runtime", "jsonnet-syntax"]) equal(discreetProblem(problem(found, code)).found, shown);
  }
  deepEqual(
    discreetProblem({ ...problem('there is no value for "NOPE"', "missing-value"), detail: "password: hunter2" }),
    problem('there is no value for "NOPE"', "missing-value"),
  );
});
