import assert from "node:assert/strict";
import fc from "fast-check";
import { parseLocation } from "../../src/domain/location.ts";

Deno.test("a path stays as it is, whatever it holds", () => {
  for (const path of ["/etc/motd", "~/x", "a#b:c", "ftp://x", "http:/x", ""]) {
    assert.deepEqual(parseLocation(path), { ok: true, location: { kind: "path", path } });
  }
});

Deno.test("a URL with headers and the two names that are none", () => {
  const text = "https://user:pw@host:8443/a/b?token=s3cret" +
    "#Authorization: Bearer a:b#c \r\nX-One:1\r\nclientSkipVerify\r\nclientTimeout:2.5\r\nAccept:text/plain\n";
  assert.deepEqual(parseLocation(text), {
    ok: true,
    location: {
      kind: "url",
      url: "https://user:pw@host:8443/a/b?token=s3cret",
      headers: { Authorization: "Bearer a:b#c", "X-One": "1", Accept: "text/plain" },
      skipVerify: true,
      timeout: 2500,
      shown: "https://host:8443/a/b",
    },
  });
  const plain = parseLocation("HTTP://host");
  assert.ok(plain.ok && plain.location.kind === "url" && !plain.location.skipVerify);
});

for (
  const text of [
    "http://",
    "https://h/#no header",
    "https://h/#a b:c",
    "https://h/#clientTimeout:soon",
    "https://h#:v",
    "https://h#a:\u0001",
    "https://h#a:€",
  ]
) {
  Deno.test(`${JSON.stringify(text)} is refused without repeating it`, () => {
    const parsed = parseLocation(text);
    assert.ok(!parsed.ok);
    assert.ok(!parsed.reason.includes("soon") && !parsed.reason.includes("no header"));
  });
}

Deno.test("no text makes it throw, and what is shown never holds a header's value", () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[a-z]{12}$/), (noise, secret) => {
      const parsed = parseLocation(`https://example.com/${noise.replaceAll("#", "")}#X-Key:${secret}`);
      assert.ok(!parsed.ok || parsed.location.kind === "url" && !parsed.location.shown.includes(secret));
    }),
    { numRuns: 200, seed: 1 },
  );
});
