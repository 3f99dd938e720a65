import assert from "node:assert/strict";
import fc from "fast-check";
import { parseArgv } from "../../src/cli/argv.ts";
import { parseResource, resourceIdentity } from "../../src/domain/resource.ts";
import { RESOURCE_TABLE } from "../../src/domain/resource_table.ts";

function parsed(...words: string[]) {
  const resource = parseResource(words);
  assert.ok(resource?.ok, JSON.stringify(resource));
  return resource.value;
}

function foundIn(...words: string[]): string {
  const resource = parseResource(words);
  assert.ok(resource !== undefined && !resource.ok, "it is understood");
  return resource.problems.map(({ attempted, found, hint }) => [attempted, found, hint].filter(Boolean).join(": "))
    .join("\n");
}

Deno.test("only etcha, by that very name, and its resources are meant", () => {
  for (
    const words of [[], ["etcha"], ["etcha", "run"], ["/usr/bin/etcha", "file", "check", "a"], ["etcha", "toString"]]
  ) {
    assert.equal(parseResource(words), undefined, words.join(" "));
  }
});

Deno.test("flags stand anywhere before --, in all their forms", () => {
  const wanted = parsed("etcha", "file", "change", "-p", "0640", "-o", "a b", "--group=x", "/etc/motd", "text");
  assert.deepEqual(parsed("etcha", "file", "-p640", "change", "/etc/motd", "--owner", "a b", "-gx", "text"), wanted);
  assert.deepEqual(
    parsed("etcha", "file", "-p0o640", "-o=x", "-oa b", "-gx", "--", "change", "/etc/motd", "text"),
    wanted,
  );
  assert.deepEqual(wanted, {
    kind: "file",
    action: "change",
    path: "/etc/motd",
    contents: { from: "argument", bytes: new TextEncoder().encode("text") },
    owner: "a b",
    group: "x",
    mode: 0o640,
  });
});

Deno.test("what is wrong with the words is said, and no word that could be a secret", () => {
  assert.equal(foundIn("etcha", "file", "chek", "a"), "read etcha file: ACTION must be one of check, change, remove");
  assert.equal(foundIn("etcha", "file", "check"), "read etcha file: missing required argument 'PATH'");
  assert.match(foundIn("etcha", "file", "check", "a", "b", "c"), /too many arguments: expected 3, got 4/);
  assert.match(foundIn("etcha", "file", "check", "a", "-p", "9"), /MODE must be octal/);
  assert.match(foundIn("etcha", "file", "check", "a", "-p", "17777"), /MODE must be octal/);
  assert.match(foundIn("etcha", "file", "check", "a", "-p", ""), /MODE must be octal/);
  assert.match(foundIn("etcha", "file", "check", "a", "-p"), /--mode lacks its MODE/);
  assert.match(foundIn("etcha", "file", "check", "a", "--mod", "1"), /no flag --mod: did you mean "--mode"\?/);
  assert.match(foundIn("etcha", "file", "check", "a", "-----BEGIN KEY"), /a word begins with - and is no flag: .* --$/);
  assert.match(foundIn("etcha", "file", "check", "a", "--base64=x"), /no flag --base64/);
  assert.match(foundIn("etcha", "file", "check", "", "x"), /a path must not be empty/);
  assert.match(foundIn("etcha", "file", "check", "a\0b"), /NUL/);
  assert.match(foundIn("etcha", "file", "check", "--base64", "a", "*"), /CONTENTS are not in base64/);
  assert.match(foundIn("etcha", "line", "check", "a", "(", "x"), /REGEX is no regular expression/);
  assert.match(foundIn("etcha", "line", "change", "a", "x"), /missing required argument 'TEXT'/);
  assert.match(foundIn("etcha", "line", "change", "a", "(x)", "${2}"), /refers to \$\{2\}, and REGEX has 1 groups/);
  assert.match(foundIn("etcha", "line", "change", "a", "x", "a\nb"), /TEXT must be one line/);
  assert.match(foundIn("etcha", "link", "change", "", "x"), /SRC must not be empty/);
});

Deno.test("the same kind and place is the same thing, whatever it should be", () => {
  const identity = (...words: string[]) => resourceIdentity(parsed("etcha", ...words));
  assert.equal(identity("file", "check", "/a", "x"), identity("file", "remove", "-p", "0600", "/a"));
  assert.notEqual(identity("file", "check", "/a"), identity("file", "check", "/b"));
  assert.notEqual(identity("file", "check", "/a"), identity("dir", "check", "/a"));
  assert.equal(identity("link", "change", "x", "/a"), identity("link", "change", "y", "/a"));
  assert.equal(identity("line", "change", "/a", "x", "y"), identity("line", "remove", "/a", "x"));
  assert.notEqual(identity("line", "change", "/a", "x", "y"), identity("line", "change", "/a", "z", "y"));
});

Deno.test("a pattern and the command line understand the same words alike", () => {
  const kind = fc.constantFrom(...Object.keys(RESOURCE_TABLE));
  const word = fc.oneof(
    fc.constantFrom("check", "change", "--", "-", "-p", "0644", "-p600", "--mode=1", "-o", "-r", "-rp", "--owner", "x"),
    fc.constantFrom("--base64", "--parents", "--force", "-5", "-1.5e3", "--no-append", "--create", "-", "", "$(x) 'é"),
    fc.string(),
  );
  fc.assert(
    fc.property(kind, fc.array(word, { maxLength: 7 }), (kind, rest) => {
      // Help and the form of the result are the command line's own.
      fc.pre(!rest.some((one) => /^-(-h|-json|h)/.test(one)));
      const words = [kind, "change", ...rest];
      const ofPattern = parseResource(["etcha", ...words]);
      const ofLine = parseArgv(words, 80);
      assert.equal(ofPattern?.ok, ofLine.ok, JSON.stringify([words, ofPattern, ofLine]));
      if (!ofPattern?.ok || !ofLine.ok || ofLine.value.kind !== "task") return;
      const { resource } = ofLine.value.task.invocation as unknown as { resource: unknown };
      assert.equal(text(resource), text(ofPattern.value));
    }),
    { numRuns: 3000 },
  );
});

function text(value: unknown): string {
  return JSON.stringify(value, (_, one) => typeof one === "function" ? undefined : one);
}
