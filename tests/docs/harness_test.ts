/** The harness that tries pages finds what is broken in them. */
import { equal, rejects, throws } from "node:assert/strict";
import { Library } from "../lib/library.ts";
import { readConsole, readSteps } from "./document.ts";
import { play } from "./play.ts";
import { beginsAsShown, isAsShown } from "./shown.ts";

Deno.test("… stands for something within a line, and alone for any lines", () => {
  equal(isAsShown("token of 12 bytes\n", "token of … bytes"), true);
  equal(isAsShown("token of  bytes\n", "token of… bytes"), true);
  equal(isAsShown("token of 12 words\n", "token of … bytes"), false);
  equal(isAsShown("a\nb\nc\nd\n", "a\n…\nd"), true);
  equal(isAsShown("a\nd\n", "a\n  …\nd"), true);
  equal(isAsShown("a\nb\nc\n", "a\n…\nd"), false);
  equal(isAsShown("a  \n\n", "a"), true);
  equal(isAsShown("", ""), true);
  equal(isAsShown("a\n", ""), false);
  equal(isAsShown("a.b\n", "a?b"), false);
  equal(beginsAsShown("a\nb\n", "a"), true);
  equal(beginsAsShown("b\na\n", "a"), false);
});

Deno.test("a console is read command by command", () => {
  const text = "$ one \\\n    two\nout\n\nmore\n$ cat <<'EOF' > file\n$ no command\nEOF\n$ three\n";
  equal(
    JSON.stringify(readConsole({ text, line: 10 })),
    JSON.stringify([
      { line: 11, command: "one \\\n    two", shown: "out\n\nmore" },
      { line: 16, command: "cat <<'EOF' > file\n$ no command\nEOF", shown: "" },
      { line: 19, command: "three", shown: "" },
    ]),
  );
  throws(() => readConsole({ text: "out\n$ one\n", line: 1 }), /a console begins with \$/);
});

Deno.test("comments for the test belong to a block, and say something that is understood", () => {
  throws(() => readSteps("<!-- test: skip -->\n```sh\n```\n"), /line 1: not understood/);
  throws(() => readSteps("<!-- test: sleep: 5 -->\n"), /line 1: not understood/);
  throws(() => readSteps("<!-- test: wait -->\n\nText\n"), /line 3: .* before no block/);
  throws(() => readSteps("```sh\n"), /line 1: the block has no end/);
  throws(() => readSteps("```sh numbered\n```\n"), /line 1: only title/);
});

/** Pages that don't do what they say, and what is said of them. */
const BROKEN: readonly { readonly name: string; readonly page: string; readonly error: RegExp }[] = [
  {
    name: "another output",
    page: "Text\n\n```console\n$ echo one\none\n$ echo two\nthree\n```\n",
    error: /^Error: line 3: \$ echo two\nit prints\ntwo\n\nand not\nthree$/,
  },
  { name: "output that is not shown", page: "```console\n$ echo one\n```\n", error: /it prints\none\n\nand not\n$/ },
  { name: "a failure that is not shown", page: "```console\n$ false\n```\n", error: /exit code 1, and nothing shown/ },
  {
    name: "another exit code",
    page: "```console\n$ (exit 2)\n$ echo $?\n1\n```\n",
    error: /it prints\n2\n\nand not\n1/,
  },
  {
    name: "a script that fails",
    page: "```sh\nls no-such-file\n```\n",
    error: /^Error: line 1: exit code 2:\n.*no-such-file/,
  },
  { name: "a program that is not there", page: "```sh\netcha-is-not-here\n```\n", error: /command not found/ },
  { name: "another language", page: "```python\nprint(1)\n```\n", error: /how to try python/ },
  { name: "JSON with a mistake", page: "```json\n{,}\n```\n", error: /JSON/ },
  { name: "a file that nothing uses", page: '```json title="a.json"\n{}\n```\n', error: /nothing uses a\.json/ },
  {
    name: "Jsonnet with a mistake",
    page: "```jsonnet\n{ run: [ }\n```\n",
    error: /^Error: line 1: .*page\.jsonnet:1:10: Unexpected/,
  },
  { name: "a pattern with a mistake", page: "```jsonnet\n{ run: [{ id: 'a', chang: 'x' }] }\n```\n", error: /chang/ },
  {
    name: "a trigger that hits nothing",
    page: "```jsonnet\n{ id: 'a', onChange: ['b'] }\n```\n",
    error: /no command in the same list/,
  },
  {
    name: "a configuration with a mistake",
    page: "```jsonnet\n{ sources: { a: { alowPush: true } } }\n```\n",
    error: /alowPush/,
  },
  {
    name: "a program in the background that ends",
    page: "<!-- test: background -->\n\n```console\n$ echo one\ntwo\n```\n",
    error: /it prints\none\n\nand not\ntwo/,
  },
];

Deno.test("what is broken in a page is found", async (t) => {
  using library = new Library();
  for (const { name, page, error } of BROKEN) {
    await t.step(name, async () => {
      await rejects(play(page, library, 500), error);
    });
  }
});

Deno.test("a page is one story: folder, variables, files, what goes on beside it", async () => {
  using library = new Library();
  const page = `
Text with \`code\`.

\`\`\`sh
mkdir notes && cd notes
name=Ada
\`\`\`

1. Write it down:

   <!-- test: fill: echo http://127.0.0.1:4000 -->

   \`\`\`text title="below/note.txt"
   I am http://…
   \`\`\`

\`\`\`console
$ pwd && cat below/note.txt && echo "$name"
/home/ada/notes
I am http://127.0.0.1:4000
Ada
$ ls nothing 2> /dev/null
$ echo $?
2
\`\`\`

<!-- test: background -->

\`\`\`console
$ sh -c 'echo ready; sleep 600'
ready
\`\`\`

<!-- test: wait -->

\`\`\`console
$ echo x >> count; wc -l < count
3
\`\`\`

<!-- test: stop -->
<!-- test: skip: only an example -->

\`\`\`python
print(1)
\`\`\`

\`\`\`jsonnet
{ run: [{ id: 'a', always: true, change: 'true' }] }
\`\`\`

\`\`\`yaml
not: tried
\`\`\`
`;
  equal(JSON.stringify(await play(page, library)), JSON.stringify({ tried: 6, skipped: 1 }));
});
