import { fail, root, step } from "./steps.ts";

/** A small Debian in dist, made on the first call: nothing is to be changed in it. It needs root, debootstrap, an archive. */
export async function debianBase(): Promise<string> {
  const mirror = Deno.env.get("ETCHA_DEBIAN_MIRROR") ?? "http://deb.debian.org/debian";
  const suite = Deno.env.get("ETCHA_DEBIAN_SUITE") ?? "bookworm";
  const base = new URL(`dist/${suite}/`, root).pathname;
  if (await Deno.stat(`${base}etc/debian_version`).then(() => true, () => false)) return base;
  await Deno.mkdir(base, { recursive: true });
  await step(`debootstrap ${suite}`, async () => {
    const args = ["--variant=minbase", suite, base, mirror];
    const { success } = await new Deno.Command("debootstrap", { args, stdin: "null", stdout: "null" }).output()
      .catch((error) => fail(`debootstrap: ${error.message}`));
    if (!success) {
      await Deno.remove(base, { recursive: true });
      fail(`debootstrap ${args.join(" ")} has failed`);
    }
  });
  return base;
}
