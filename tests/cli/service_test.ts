/** `etcha service` below a folder, and what systemd and shells themselves say of the texts. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { serviceText } from "../../src/domain/service_files.ts";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

/** What `systemd-analyze security` may say at most, of 10, for a service that is not root. */
const MOST_EXPOSED = 15;

Deno.test("service install, status and uninstall work on the tree of another machine", async () => {
  await using folder = await Folder.make();
  const service = async (...args: string[]) =>
    await etcha(["service", ...args, "--root", folder.path, "--init", "systemd"], { cwd: folder.path });
  const shown = await service("install", "--dry-run");
  match(shown.stdout, /^this would be done:\nwrote .*\n {4}# Written by etcha service install[^]*\n {4}ExecStart=/);
  deepEqual(folder.list(), []);

  equal((await service("status")).code, 1);
  const installed = await service("install");
  equal(installed.code, 0, installed.stderr);
  match(installed.stderr, /^next: put into \/etc\/etcha\/etcha\.jsonnet/);
  const status = await service("status", "--json");
  equal(status.code, 0);
  deepEqual(JSON.parse(status.stdout), {
    init: "systemd",
    path: "/etc/systemd/system/etcha.service",
    file: "current",
    config: "/etc/etcha/etcha.jsonnet",
    configured: false,
    enabled: null,
    active: null,
  });
  const loads = await etcha(["-c", `${folder.path}/etc/etcha/etcha.jsonnet`, "show-config"], { cwd: folder.path });
  equal(JSON.parse(loads.stdout).run.stateDir, "/var/lib/etcha");

  const removed = await service("uninstall", "--json");
  deepEqual(JSON.parse(removed.stdout).removed, ["/etc/systemd/system/etcha.service"]);
  deepEqual(folder.list("etc/systemd/system"), []);
  deepEqual(folder.list("etc/etcha"), ["etcha.jsonnet"]);
});

Deno.test("wrong settings of a service are misuse, said at once", async () => {
  for (
    const [args, says] of [
      [["--config", "relative"], /--config: expected an absolute path/],
      [["--user", "a b"], /--user: expected the name/],
      [["--root", "/nowhere"], /--root needs --init/],
    ] as const
  ) {
    const ran = await etcha(["service", "install", ...args], { cwd: "." });
    equal(ran.code, 2);
    match(ran.stderr, says);
  }
});

Deno.test("systemd finds no fault with the unit, and little exposed where it is not root", async () => {
  await using folder = await Folder.make();
  const words = ["/bin/true", "with blank", "100%", "$HOME", 'quote"'];
  for (const user of ["root", "daemon"]) {
    const text = serviceText("systemd", { program: words, config: "/etc/etcha/etcha.jsonnet", user })
      .replace(/^Documentation=.*\n/m, "");
    await folder.write({ [`${user}/etcha.service`]: text });
    const unit = `${folder.path}/${user}/etcha.service`;
    const verified = await tool("systemd-analyze", "verify", "--man=no", unit);
    if (verified === undefined) return console.log("skipped: there is no systemd-analyze");
    deepEqual(verified, { code: 0, output: "" });
    if (user === "root") continue;
    // In tenths: above that it fails.
    const security = await tool("systemd-analyze", "security", "--offline=yes", `--threshold=${MOST_EXPOSED}`, unit);
    equal(security?.code, 0, security?.output);
  }
});

Deno.test("the script for OpenRC is a script for any POSIX shell", async () => {
  await using folder = await Folder.make();
  const text = serviceText("openrc", { program: ["/opt/it's/etcha", "a b"], config: "/etc/e.jsonnet", user: "nobody" });
  await folder.write({ script: text });
  const script = `${folder.path}/script`;
  deepEqual(await tool("sh", "-n", script), { code: 0, output: "" });
  const said = await tool("sh", "-c", `. ${script}; eval "printf '<%s>' \\"\\$command\\" $command_args"`);
  equal(said?.output, "</opt/it's/etcha><a b><-c></etc/e.jsonnet><run>");
  // It looks for variables that OpenRC reads.
  const linted = await tool("shellcheck", "--shell=sh", "--exclude=SC2034,SC2154", script);
  if (linted === undefined) return console.log("skipped: there is no shellcheck");
  truthy(linted.code === 0, linted.output);
});

async function tool(name: string, ...args: readonly string[]) {
  try {
    const { code, stdout, stderr } = await new Deno.Command(name, { args: [...args], env: { NO_COLOR: "1" } }).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
