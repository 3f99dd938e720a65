/** What an expression of PromQL (Prometheus 2.42) names: as much of the language as dashboards and rules use. */
export interface Named {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

const FUNCTIONS = new Set(
  ("abs changes clamp_max clamp_min count_over_time delta deriv histogram_quantile increase irate label_replace " +
    "max_over_time rate resets round sort sort_desc time timestamp vector " +
    "avg bottomk count count_values group max min quantile stddev sum topk").split(" "),
);
/** What a list of labels follows. */
const CLAUSES = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
const WORDS = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"]);
/** Texts, ranges, variables of Grafana, numbers with a unit, names, operators. */
const TOKEN =
  /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|\$\w+|\$\{\w+\}|\d[\w.]*|[a-zA-Z_:][\w:]*|=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},@])/y;
const NAME = /^[a-zA-Z_:]/;

/** Throws for what is no expression, or uses a function that is not known here. */
export function namedIn(expression: string): Named {
  const tokens = tokensOf(expression);
  const metrics: string[] = [];
  const labels: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const next = tokens[i + 1];
    if (token === "{") {
      i = readList(tokens, i, "}", (at) => {
        labels.push(tokens[at]!);
        if (!/^(=|!=|=~|!~)$/.test(tokens[at + 1] ?? "") || !/^["']/.test(tokens[at + 2] ?? "")) {
          throw new Error(`a matcher of ${expression} is no matcher: ${tokens.slice(at, at + 3).join(" ")}`);
        }
        return at + 3;
      });
    } else if (CLAUSES.has(token)) {
      i = next !== "(" ? i : readList(tokens, i + 1, ")", (at) => {
        labels.push(tokens[at]!);
        return at + 1;
      });
    } else if (NAME.test(token) && !WORDS.has(token)) {
      if (FUNCTIONS.has(token) && (next === "(" || CLAUSES.has(next ?? ""))) continue;
      if (next === "(") throw new Error(`${expression} uses a function that is not known here: ${token}`);
      metrics.push(token);
    }
  }
  return { metrics, labels };
}

/** Reads the names between the bracket at `open` and `close`; gives the place of the latter. */
function readList(tokens: readonly string[], open: number, close: string, one: (at: number) => number): number {
  let at = open + 1;
  while (tokens[at] !== close) {
    if (!NAME.test(tokens[at] ?? "")) throw new Error(`expected a label, found ${tokens[at]} in ${tokens.join(" ")}`);
    at = one(at);
    if (tokens[at] === ",") at++;
  }
  return at;
}

function tokensOf(expression: string): readonly string[] {
  const tokens: string[] = [];
  const text = expression.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new Error(`not understood from here on: ${text.slice(at)}`);
    tokens.push(found[1]!);
  }
  for (const [open, close] of ["()", "{}"].map((pair) => [...pair])) {
    const count = (bracket: string | undefined) => tokens.filter((token) => token === bracket).length;
    if (count(open) !== count(close)) throw new Error(`a bracket is missing in ${expression}`);
  }
  return tokens;
}
