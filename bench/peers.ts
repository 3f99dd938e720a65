/** Other tools that keep files as they are wanted, from PyPI in an environment of their own. */
import { type Program, run } from "./measure.ts";

/** The versions of the sample in README.md. */
const PACKAGES = ["pyinfra==3.10.0", "ansible-core==2.19.14"];

/** A file with mode 0644. */
export interface SettledFile {
  readonly path: string;
  readonly text: string;
}

export interface Peer {
  readonly name: string;
  /** The program that sees to it that all of these files are there, with mode 0644. */
  prepare(files: readonly SettledFile[]): Promise<Program>;
}

export async function installPeers(folder: string): Promise<readonly Peer[]> {
  const venv = `${folder}/venv`;
  await run({ words: ["python3", "-m", "venv", venv] });
  await run({ words: [`${venv}/bin/pip`, "--quiet", "install", ...PACKAGES] });
  return [
    {
      name: "pyinfra @local",
      prepare: async (files) => {
        const operations = files.map(({ path, text }) =>
          `files.put(src=io.StringIO(${JSON.stringify(text)}), dest=${JSON.stringify(path)}, mode="644")`
        );
        const deploy = `${folder}/deploy_${files.length}.py`;
        await Deno.writeTextFile(
          deploy,
          ["import io", "from pyinfra.operations import files", ...operations].join("\n"),
        );
        return { words: [`${venv}/bin/pyinfra`, "@local", deploy, "-y"], cwd: folder };
      },
    },
    {
      name: "ansible-core, local connection, pipelining",
      prepare: async (files) => {
        const tasks = files.map(({ path, text }) => ({
          "ansible.builtin.copy": { content: text, dest: path, mode: "0644" },
        }));
        const play = [{ hosts: "localhost", connection: "local", gather_facts: false, tasks }];
        const playbook = `${folder}/play_${files.length}.json`;
        await Deno.writeTextFile(playbook, JSON.stringify(play));
        return {
          words: [`${venv}/bin/ansible-playbook`, "-i", "localhost,", playbook],
          cwd: folder,
          env: { ANSIBLE_PIPELINING: "1", ANSIBLE_FORKS: "20", ANSIBLE_PYTHON_INTERPRETER: `${venv}/bin/python` },
        };
      },
    },
  ];
}
