/** What the executable is made of: CycloneDX 1.6 (ECMA-424), from the lock file of the packages and the list of Go's modules. */
import { root } from "./steps.ts";

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>>;
}

export interface Release {
  readonly version: string;
  readonly commit: string | undefined;
  readonly date: Date;
  /** Of the deno whose runtime is in the executable. */
  readonly runtime: string;
}

/** The document; the same for the same release. */
export async function billOfMaterials({ version, commit, date, runtime }: Release): Promise<string> {
  const components = [...await npmComponents(), ...await goComponents(), {
    type: "platform",
    name: "deno",
    version: runtime,
    purl: `pkg:github/denoland/deno@v${runtime}`,
    licenses: [{ license: { id: "MIT" } }],
  }];
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${await uuidOf(JSON.stringify([version, commit, components]))}`,
    version: 1,
    metadata: {
      timestamp: date.toISOString(),
      component: {
        type: "application",
        "bom-ref": "etcha",
        name: "etcha",
        version,
        licenses: [{ license: { id: "Apache-2.0" } }],
        ...(commit !== undefined && { properties: [{ name: "commit", value: commit }] }),
      },
    },
    components,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The packages that the sources import, and what these need; not those of tests and tasks. */
async function npmComponents() {
  const lock: Lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
  const { imports }: { imports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  const used = await importedNames(new URL("src/", root));
  const wanted = Object.entries(imports).filter(([name]) =>
    [...used].some((one) => one === name || one.startsWith(name))
  );
  const pending = wanted.map(([, target]) => {
    const specifier = target.replace("npm:/", "npm:").replace(/\/$/, "");
    const resolved = lock.specifiers[specifier];
    if (resolved === undefined) throw new Error(`deno.lock has no ${specifier}`);
    return `${specifier.slice("npm:".length).replace(/(?<=.)@[^@/]*$/, "")}@${resolved}`;
  });
  const found = new Set<string>();
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    const entry = lock.npm[key];
    if (entry === undefined) throw new Error(`deno.lock has no ${key}`);
    for (const dependency of entry.dependencies ?? []) {
      // With a version only where there are several.
      const full = lock.npm[dependency] === undefined
        ? Object.keys(lock.npm).find((one) => one.startsWith(`${dependency}@`))
        : dependency;
      if (full !== undefined) pending.push(full);
    }
  }
  return [...found].sort().map((key) => {
    // Behind the version there may be those of peers.
    const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    const digest = Uint8Array.fromBase64(lock.npm[key]!.integrity.replace("sha512-", "")).toHex();
    return {
      type: "library",
      name,
      version,
      purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
      hashes: [{ alg: "SHA-512", content: digest }],
    };
  });
}

async function goComponents() {
  const text = await Deno.readTextFile(new URL("src/jsonnet/wasm/go.mod", root));
  return [...text.matchAll(/^(?:require )?\t?([\w./-]+\.[\w./-]+) (v[\w.+-]+)/gm)].map(([, name, version]) => ({
    type: "library",
    name: name!,
    version: version!,
    purl: `pkg:golang/${name}@${version}`,
  }));
}

/** What modules import by a name of the import map. */
async function importedNames(folder: URL): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(`${entry.name}${entry.isDirectory ? "/" : ""}`, folder);
    if (entry.isDirectory) { for (const name of await importedNames(url)) names.add(name); }
    else if (entry.name.endsWith(".ts")) {
      const text = await Deno.readTextFile(url);
      for (const [, name] of text.matchAll(/(?:from|import|import\()\s*"([^".][^"]*)"/g)) names.add(name!);
    }
  }
  return names;
}

/** RFC 9562, version 8: of a digest. */
async function uuidOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return digest.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}
