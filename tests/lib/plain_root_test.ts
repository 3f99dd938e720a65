/** What the library can do in a folder, without root, network or a system of its own; the rest is test-library's. */
import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { Folder } from "../cli/folder.ts";
import { etcha } from "../cli/program.ts";

const library = new URL("../../lib/etcha", import.meta.url).pathname;
const PASSWD = "root:x:0:0:root:/root:/bin/sh\n";
const GROUP = "root:x:0:\nadm:x:4:root\n";
const SHADOW = "root:*:19000:0:99999:7:::\n";

Deno.test("files, users and working trees are brought about, checked and undone, and nothing else is touched", async () => {
  await using folder = await Folder.make();
  await folder.write({
    "root/etc/passwd": PASSWD,
    "root/etc/group": GROUP,
    "root/etc/shadow": SHADOW,
    "root/conf": "a\nPort 1\n",
    "source": "mine\n",
    "app/bin/app": "#!/bin/sh\necho runs\n",
    "pattern.jsonnet": PATTERN.replaceAll("«lib»", library).replace("«root»", folder.path),
  });
  await tool(folder, "tar", "-czf", "app.tar.gz", "app");
  const git = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  await tool(folder, "git", "init", "--quiet", "repo");
  await folder.write({ "repo/file": "one\n" });
  await tool(folder, "git", "-C", "repo", "add", "file");
  await tool(folder, "git", "-C", "repo", ...git, "commit", "--quiet", "-m", "one");
  await tool(folder, "git", "-C", "repo", "tag", "v1");
  await Deno.mkdir(`${folder.path}/cwd`);

  const ran = await etcha(["-l", "none", "test", "../pattern.jsonnet"], { cwd: `${folder.path}/cwd` });
  deepEqual([ran.code, ran.stderr], [0, ""], ran.stdout);
  equal(await folder.read("root/etc/passwd"), PASSWD);
  equal(await folder.read("root/etc/group"), GROUP);
  equal(await folder.read("root/etc/shadow"), SHADOW);
  equal(await folder.read("root/conf"), "a\n");
  deepEqual(folder.list("root"), ["conf", "etc", "home", "var"]);
  deepEqual(folder.list("root/home"), []);
  deepEqual(folder.list("root/etc"), ["group", "passwd", "shadow"]);
  deepEqual([folder.list("root/var/lib/etcha/made/user"), folder.list("root/var/lib/etcha/made/group")], [[], []]);
  deepEqual(folder.list("cwd"), []);
});

/** Commands at their end see what the others have done. */
const PATTERN = String.raw`
local archive = import '«lib»/archive.libsonnet';
local copy = import '«lib»/copy.libsonnet';
local dir = import '«lib»/dir.libsonnet';
local file = import '«lib»/file.libsonnet';
local git = import '«lib»/git.libsonnet';
local group = import '«lib»/group.libsonnet';
local line = import '«lib»/line.libsonnet';
local symlink = import '«lib»/symlink.libsonnet';
local template = import '«lib»/template.libsonnet';
local user = import '«lib»/user.libsonnet';
local base = '«root»';
local root = base + '/root';
local odd = root + "/-it's $(touch canary) ü\n";
{
  run: [
    dir(odd, mode='0750'),
    file(odd + '/-f', '-\n$HOME\n', mode='0604'),
    file(odd + '/bytes', [0, 255, 10]),
    symlink(odd + '/link', '-f'),
    line(root + '/conf', '^#?Port .*', 'Port 22'),
    copy(base + '/source', odd + '/copied', mode='0600', sha256=std.sha256('mine\n')),
    template(odd + '/filled', text='{{ a.b }}\n', values={ a: { b: '$(touch canary)' } }),
    archive(base + '/app.tar.gz', odd + '/app', strip=1),
    git(odd + '/tree', base + '/repo', 'refs/tags/v1'),
    group('team', gid=2000, root=root),
    user("ann's", groups=['team', 'adm'], comment='$(touch canary)', password='$6$a$b', removeHome=true, root=root),
    user('sys', system=true, group='team', home='/srv', shell='/bin/false', root=root),
    {
      id: 'verify',
      always: true,
      exec: { env: { ROOT: root, ODD: odd } },
      change: |||
        cd "$ODD"
        test "$(cat ./-f)" = "$(printf '%s\n' - '$HOME')"
        test "$(cat link)" = "$(cat ./-f)"
        test "$(od -An -tx1 bytes)" = ' 00 ff 0a'
        test "$(cat copied filled)" = "$(printf '%s\n' mine '$(touch canary)')"
        test "$(sh app/bin/app)" = runs
        test "$(cat tree/file)" = one
        grep -qx 'Port 22' "$ROOT/conf"
        grep -qxF "ann's:x:1000:1000:"'$(touch canary)'":/home/ann's:/bin/sh" "$ROOT/etc/passwd"
        grep -qxF 'sys:x:100:2000::/srv:/bin/false' "$ROOT/etc/passwd"
        grep -qxF "adm:x:4:root,ann's" "$ROOT/etc/group"
        grep -qF "ann's:"'$6$a$b:' "$ROOT/etc/shadow"
        test -d "$ROOT/home/ann's"
      |||,
    },
  ],
}
`;

async function tool(folder: Folder, program: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], cwd: folder.path }).output();
  truthy(success, new TextDecoder().decode(stderr));
}
