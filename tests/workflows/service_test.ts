import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import {
  carryOut,
  type Deed,
  planInstall,
  planUninstall,
  type ServiceRequest,
  serviceState,
} from "../../src/workflows/service.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeProcesses } from "../fakes/fake_processes.ts";
import { OF_NO_PROCESS } from "../fakes/no_process.ts";

const UNIT = "/etc/systemd/system/etcha.service";
const CONFIG = "/etc/etcha/etcha.jsonnet";
const REQUEST: ServiceRequest = { program: ["/usr/bin/etcha"], root: "" };
const SYSTEMD = { "/run/systemd/system/here": "" };
const OPENRC = { "/run/openrc/softlevel": "default" };

class Machine {
  readonly files: FakeFiles;
  readonly processes = new FakeProcesses(() => ({ kind: "exited", code: 0, output: "" }));

  constructor(files: { readonly [path: string]: string }) {
    this.files = new FakeFiles(files);
  }

  get ran(): readonly string[] {
    return this.processes.requests.map(({ argv }) => argv.join(" "));
  }

  get means() {
    const { files, processes } = this;
    return {
      files,
      processes,
      accounts: OF_NO_PROCESS.accounts,
      environment: {},
      cancel: new AbortController().signal,
    };
  }

  async install(request = REQUEST) {
    return await this.#do(request, planInstall);
  }

  async uninstall() {
    return await this.#do(REQUEST, planUninstall);
  }

  async #do(request: ServiceRequest, planned: typeof planInstall) {
    const plan = await planned(request, this.means);
    truthy(plan.ok, JSON.stringify(plan));
    deepEqual(await carryOut(plan.value, request, this.means), { ok: true, value: undefined });
    return { ...plan.value, did: plan.value.deeds.map(told) };
  }
}

function told(deed: Deed): string {
  return deed.kind === "run" ? deed.argv.join(" ") : `${deed.kind} ${deed.path}`;
}

Deno.test("a first install makes all there is to a service, and starts nothing before a person has configured it", async () => {
  const machine = new Machine(SYSTEMD);
  const { did, notes } = await machine.install();
  deepEqual(did, [
    `write ${UNIT}`,
    "make /var/lib/etcha",
    "make /etc/etcha",
    `write ${CONFIG}`,
    "systemctl daemon-reload",
    "systemctl enable etcha",
  ]);
  match(notes[0]!, /put into \/etc\/etcha\/etcha\.jsonnet .*systemctl enable --now etcha/);
  equal((await machine.files.stat(CONFIG))?.mode, 0o600);
  equal((await machine.files.stat("/var/lib/etcha"))?.mode, 0o700);
  match(await machine.files.readText(UNIT), /^ExecStart=\/usr\/bin\/etcha -c \/etc\/etcha\/etcha\.jsonnet run$/m);

  const again = await machine.install();
  deepEqual(again.did.slice(0, 3), [`keep ${UNIT}`, "keep /var/lib/etcha", `keep ${CONFIG}`]);
  truthy(!again.did.includes("systemctl start etcha"), "the example is no configuration");
});

Deno.test("with a configuration it is started, and restarted when its file is new", async () => {
  const machine = new Machine({ ...SYSTEMD, [CONFIG]: "{ mine: true }" });
  equal((await machine.install()).did.at(-1), "systemctl restart etcha");
  equal((await machine.install()).did.at(-1), "systemctl start etcha");
  equal(await machine.files.readText(CONFIG), "{ mine: true }");
  const other = new Machine({ ...OPENRC, [CONFIG]: "{ mine: true }" });
  await other.install();
  deepEqual(other.ran, ["rc-update add etcha default", "rc-service etcha restart"]);
  equal((await other.files.stat("/etc/init.d/etcha"))?.mode, 0o755);
});

Deno.test("what another version or other flags wrote is renewed; what a person changed is not", async () => {
  const machine = new Machine(SYSTEMD);
  await machine.install({ ...REQUEST, program: ["/opt/old/etcha"] });
  equal((await machine.install()).did[0], `write ${UNIT}`);
  match(await machine.files.readText(UNIT), /ExecStart=\/usr\/bin\/etcha /);

  const mine = (await machine.files.readText(UNIT)).replace("RestartSec=5", "RestartSec=60");
  await machine.files.writeAtomic(UNIT, mine);
  const { did, differences } = await machine.install({ ...REQUEST, program: ["/opt/new/etcha"] });
  deepEqual(did.slice(0, 2), [`keep ${UNIT}`, `write ${UNIT}.new`]);
  match(differences.join("\n"), /-RestartSec=60\n\+RestartSec=5\n/);
  equal(await machine.files.readText(UNIT), mine);
  match(await machine.files.readText(`${UNIT}.new`), /ExecStart=\/opt\/new\/etcha /);

  const gone = await machine.uninstall();
  deepEqual(gone.did, [
    "systemctl disable --now etcha",
    `keep ${UNIT}`,
    `remove ${UNIT}.new`,
    "systemctl daemon-reload",
    `keep ${CONFIG}`,
    "keep /var/lib/etcha",
  ]);
  equal(await machine.files.readText(UNIT), mine);
});

Deno.test("installing again without settings keeps those that there are", async () => {
  for (const here of [SYSTEMD, OPENRC]) {
    const machine = new Machine(here);
    const accounts = { ...OF_NO_PROCESS.accounts, userId: () => Promise.resolve(7), groupId: () => Promise.resolve(7) };
    const means = { ...machine.means, accounts };
    const request = { ...REQUEST, user: "etcha", config: "/srv/etcha.jsonnet", program: ["/opt/old etcha"] };
    const first = await planInstall(request, means);
    truthy(first.ok);
    await carryOut(first.value, request, means);
    const second = await planInstall(REQUEST, means);
    truthy(second.ok);
    const [file] = second.value.deeds;
    truthy(file?.kind === "write");
    match(file.text, /^(User|command_user)=etcha$/m);
    match(file.text, /\/usr\/bin\/etcha[^]*[ ']-c \/srv\/etcha\.jsonnet run/);
    await carryOut(second.value, REQUEST, means);
    const state = await serviceState(REQUEST, means);
    truthy(state.ok && state.value.file === "current" && state.value.config === "/srv/etcha.jsonnet");
  }
});

Deno.test("the unit of a package is used as it is, and one of our own goes before it", async () => {
  const machine = new Machine(SYSTEMD);
  await machine.install();
  const unit = await machine.files.readText(UNIT);
  const packaged = new Machine({ ...SYSTEMD, "/usr/lib/systemd/system/etcha.service": unit });
  equal((await packaged.install()).did[0], "keep /usr/lib/systemd/system/etcha.service");
  equal((await packaged.install({ ...REQUEST, config: "/etc/other.jsonnet" })).did[0], `write ${UNIT}`);
});

Deno.test("uninstalling removes the file and leaves state and configuration", async () => {
  const machine = new Machine({ ...OPENRC, [CONFIG]: "{ mine: true }" });
  await machine.install();
  const state = async () => {
    const found = await serviceState(REQUEST, machine.means);
    truthy(found.ok);
    return found.value;
  };
  deepEqual(await state(), {
    init: "openrc",
    path: "/etc/init.d/etcha",
    file: "current",
    config: CONFIG,
    configured: true,
    enabled: true,
    active: true,
  });
  deepEqual((await machine.uninstall()).did, [
    "rc-service --ifstarted etcha stop",
    "rc-update delete etcha",
    "remove /etc/init.d/etcha",
    `keep ${CONFIG}`,
    "keep /var/lib/etcha",
  ]);
  equal((await state()).file, "absent");
  deepEqual((await machine.uninstall()).notes, ["there is no /etc/init.d/etcha"]);
});

Deno.test("nothing is guessed: an init system and a user must be there", async () => {
  const code = async (machine: Machine, request: Partial<ServiceRequest> = {}) => {
    const plan = await planInstall({ ...REQUEST, ...request }, machine.means);
    return plan.ok ? "ok" : plan.problems[0]!.code;
  };
  equal(await code(new Machine({})), "service-no-init");
  equal(await code(new Machine(SYSTEMD), { root: "/other" }), "service-no-init");
  equal(await code(new Machine({}), { init: "openrc" }), "ok");
  equal(await code(new Machine(SYSTEMD), { user: "nobody-of-this-name" }), "service-unknown-user");
});

Deno.test("a command of the init system that fails is told with what it said", async () => {
  const machine = new Machine(SYSTEMD);
  const processes = new FakeProcesses(() => ({ kind: "exited", code: 1, output: "no such unit\n" }));
  const plan = await planInstall(REQUEST, machine.means);
  truthy(plan.ok);
  const done = await carryOut(plan.value, REQUEST, { ...machine.means, processes });
  truthy(!done.ok);
  deepEqual(done.problems, [{ code: "service-failed", attempted: "systemctl daemon-reload", found: "no such unit" }]);
});
