import assert from "node:assert/strict";
import { fillTemplate } from "../../src/domain/template.ts";

Deno.test("a template that asks for more than can be kept is refused, in words", () => {
  const filled = fillTemplate("{{ a }}\n".repeat(1000), JSON.stringify({ a: "x".repeat(1_000_000) }), ["{{", "}}"]);
  assert.deepEqual(filled, {
    ok: false,
    reason: "line 68 of the template: the result is larger than 67108864 characters",
  });
});

Deno.test("lines are counted for what is wrong alone: a long template is not read anew for every name", () => {
  const text = "{{ a }}\n".repeat(200_000);
  assert.deepEqual(fillTemplate(text, '{"a":"x"}', ["{{", "}}"]), { ok: true, text: "x\n".repeat(200_000) });
  const { reason } = fillTemplate(`${text}{{ b }}`, '{"a":"x"}', ["{{", "}}"]) as { reason: string };
  assert.equal(reason, 'line 200001 of the template: there is no value "b"');
});
