import assert from "node:assert/strict";
import { mountsBelow } from "../../src/resources/mounts.ts";
import { FakeFiles } from "../fakes/fake_files.ts";

Deno.test("mounts below a folder are found, whatever links lead to it", async () => {
  const files = new FakeFiles({
    "/srv/real/d/m/a": "",
    "/proc/self/mountinfo": [
      "22 1 0:20 / / rw - ext4 /dev/a rw",
      "23 22 0:21 / /srv/real/d/m rw - tmpfs none rw",
      "24 22 0:22 / /srv/real/d\\040e rw - tmpfs none rw",
    ].join("\n"),
  });
  await files.writeLink("/srv/via", "real");
  for (const folder of ["/srv/real", "/srv/real/d", "/srv/real/d/m", "/srv/via/d", "/srv/via/d/m"]) {
    assert.deepEqual((await mountsBelow(folder, files))[0], "/srv/real/d/m", folder);
  }
  await files.makeDir("/srv/real/d e");
  assert.deepEqual(await mountsBelow("/srv/via/d e", files), ["/srv/real/d e"]);
  await files.makeDir("/srv/real/other");
  assert.deepEqual(await mountsBelow("/srv/via/other", files), []);
});
