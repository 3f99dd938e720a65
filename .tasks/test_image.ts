/**
 * `deno task test-image`: the image's root file system runs the whole tutorial, in namespaces instead of a container engine,
 * which is the same to the program. Then, where buildah is installed, the Dockerfile is built without a network and its
 * image is asked for its version. Needs root on Linux.
 */
import { fail, root, step } from "./steps.ts";

if (Deno.build.os !== "linux" || Deno.uid() !== 0) fail("test-image needs root on Linux: nothing was tested");
const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);

if (!await Deno.stat(path("dist/rootfs/usr/bin/etcha")).then(() => true, () => false)) {
  fail("there is no dist/rootfs: deno task image makes it");
}

await step("tutorial", async () => {
  const script = `ip link set lo up 2>/dev/null || busybox ip link set lo up; exec ${path("tests/image/tutorial.sh")}`;
  await run("unshare", ["--net", "--mount", "--pid", "--fork", "--mount-proc", "bash", "-c", script]);
});

const store = await Deno.makeTempDir({ prefix: "etcha-image-" });
try {
  const buildah = ["--root", `${store}/root`, "--runroot", `${store}/run`, "--storage-driver", "vfs"];
  const isThere = await succeeds("buildah", ["--version"]);
  if (!isThere) console.log("skipped: the Dockerfile (there is no buildah)");
  else {
    await step("Dockerfile", async () => {
      // Without a network: nothing of it may be needed.
      await run("unshare", [
        "--net",
        "buildah",
        ...buildah,
        "bud",
        "--quiet",
        "--isolation",
        "chroot",
        "-t",
        "etcha",
        path("."),
      ]);
      await run("buildah", [...buildah, "from", "--name", "one", "--pull-never", "localhost/etcha"]);
      await run("buildah", [...buildah, "run", "--isolation", "chroot", "one", "--", "/usr/bin/etcha", "version"]);
    });
  }
} finally {
  await Deno.remove(store, { recursive: true });
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const env = { ROOTFS: path("dist/rootfs") };
  const { success } = await new Deno.Command(program, { args: [...args], env, stdin: "null" }).spawn().status;
  if (!success) fail(`${program} failed`);
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [...args], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
