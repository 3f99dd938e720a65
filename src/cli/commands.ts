import { KEY_ALGORITHMS } from "../domain/key_string.ts";
import { bad, ok } from "../domain/problem.ts";
import { outputOf, parseLint, parsePush, parseRender, parseShowConfig, parseTest, regexp, usage } from "./arguments.ts";
import { type Autocomplete, SHELLS } from "./autocomplete.ts";
import type { Build } from "./build.ts";
import type { Compare } from "./compare.ts";
import type { Complete } from "./complete.ts";
import type { GenerateKeys } from "./generate_keys.ts";
import type { History } from "./history.ts";
import type { Init } from "./init.ts";
import type { Jq } from "./jq.ts";
import type { Jwt } from "./jwt.ts";
import type { Lint } from "./lint.ts";
import type { Local } from "./local.ts";
import type { Push } from "./push.ts";
import type { Render } from "./render.ts";
import type { Run } from "./run.ts";
import { SHELL } from "./shell_command.ts";
import type { ShowConfig } from "./show_config.ts";
import { ALWAYS_JSON, FILTER, GLOBAL_FLAGS, JSON_FLAG, SOURCE, TOKEN_DOC } from "./flags.ts";
import { resourceRow } from "./resource_rows.ts";
import { row } from "./row.ts";
import { HEALTH, QUICKSTART, SERVICE_ROW } from "./setup_commands.ts";
import { FORGET, PAUSE, RESUME } from "./state_commands.ts";
import type { Subcommand } from "./subcommand.ts";
import type { Status } from "./status.ts";
import type { Test } from "./test.ts";
import type { Version } from "./version.ts";

/** Every subcommand, in the order of the help. A handler is loaded only when it is called for. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  resourceRow("archive"),
  row<Autocomplete>({
    name: "autocomplete",
    summary: "Let your shell complete commands and names",
    explanation:
      "Prints a script that completes commands, flags, the names of sources and targets, and paths; without " +
      "SHELL for the one that $SHELL names. In zsh, after compinit: source <(etcha autocomplete zsh). In fish: " +
      "etcha autocomplete fish | source.",
    example: { line: "source <(etcha autocomplete bash)", effect: "in ~/.bashrc" },
    args: [{ name: "SHELL", doc: "the shell", need: "optional", choices: SHELLS }],
    flags: [],
    parse({ words: [given] }) {
      const shell = SHELLS.find((name) => name === given);
      return ok({ command: "autocomplete", ...(shell !== undefined && { shell }) });
    },
    load: async () => (await import("./autocomplete.ts")).autocomplete,
  }),
  row<Build>({
    name: "build",
    summary: "Build a pattern into a signed token",
    explanation: "Checks the pattern, runs its build commands, packs its files and signs them by build.signingKey, " +
      "build.signingKeyPath or build.signingCommands. Without DEST the token is written to the buildOutput of the " +
      "pattern, else to etcha.jwt.",
    example: { line: "etcha build patterns/web.jsonnet web.jwt", effect: "a token that hosts can pull" },
    args: [
      { name: "PATTERN", doc: "path of the pattern", need: "required", completes: "patterns" },
      { name: "DEST", doc: "file to write", need: "optional", completes: "files" },
      {
        name: "SOURCE",
        doc: "source whose vars and exec the pattern is rendered with",
        need: "optional",
        completes: "sources",
      },
    ],
    flags: [JSON_FLAG],
    parse: ({ words: [pattern = "", destination, source], has }) =>
      ok({
        command: "build",
        pattern,
        output: outputOf({ has }),
        ...(destination !== undefined && { destination }),
        ...(source !== undefined && { source }),
      }),
    load: async () => (await import("./build.ts")).build,
  }),
  row<Compare>({
    name: "compare",
    summary: "Show how two tokens differ",
    explanation:
      "Compares pattern, build manifest, run vars, cached values and version, prints a diff, exits with 1 when they are " +
      "not the same. Signatures and times are not looked at.",
    example: { line: "etcha compare new.jwt https://example.com/web.jwt", effect: "what would be new" },
    args: [
      { name: "NEW", doc: TOKEN_DOC, need: "required", completes: "files" },
      { name: "OLD", doc: TOKEN_DOC, need: "required", completes: "files" },
    ],
    flags: [{ short: "i", long: "ignore-version", doc: "the version makes no difference" }, JSON_FLAG],
    parse: ({ words: [newer = "", older = ""], has }) =>
      newer === "-" && older === "-" ? bad(usage("standard input can be only one of the two")) : ok({
        command: "compare",
        newer,
        older,
        output: outputOf({ has }),
        parts: has("ignore-version") ? "without-version" : "all",
      }),
    load: async () => (await import("./compare.ts")).compare,
  }),
  row<Complete>({
    name: "complete",
    isHidden: true,
    summary: "Say what may come next on a command line, for the scripts of autocomplete",
    example: { line: "etcha complete -- push ''", effect: "the sources" },
    args: [{ name: "WORD", doc: "as typed; the last one is completed", need: "any-number" }],
    flags: [],
    parse: ({ words }) => ok({ command: "complete", words }),
    load: async () => (await import("./complete.ts")).completer({ globals: GLOBAL_FLAGS, subcommands: SUBCOMMANDS }),
  }),
  resourceRow("copy"),
  resourceRow("dir"),
  resourceRow("file"),
  FORGET,
  row<GenerateKeys>({
    name: "generate-keys",
    alias: "gen-keys",
    summary: "Make a pair of keys to sign and verify with",
    explanation: "The private key belongs where patterns are built (build.signingKey), the public one where they " +
      "run (run.verifyKeys or verifyKeys of a source). Without ID the keys get a random one. build and push ask " +
      "for the passphrase of an encrypted key, unless ETCHA_SIGNING_PASSPHRASE in the environment has it.",
    example: { line: "etcha generate-keys alice > keys.json", effect: "a pair named alice" },
    args: [{ name: "ID", doc: "name of the keys, shown wherever one is used", need: "optional" }],
    flags: [
      { short: "a", long: "algorithm", value: "NAME", choices: KEY_ALGORITHMS, doc: "kind of key" },
      { short: "e", long: "encrypt", doc: "put the private key under a passphrase, asked for on the terminal" },
      ALWAYS_JSON,
    ],
    parse: ({ words: [id], value, has }) =>
      ok({
        command: "generate-keys",
        algorithm: KEY_ALGORITHMS.find((name) => name === value("algorithm")) ?? "ed25519",
        protection: has("encrypt") ? "passphrase" : "none",
        ...(id !== undefined && { id }),
      }),
    load: async () => (await import("./generate_keys.ts")).generateKeys,
  }),
  HEALTH,
  row<History>({
    name: "history",
    summary: "Show the runs on this host, newest first",
    explanation: "Reads run.stateDir, also while the agent runs. At most 200 runs are shown.",
    example: { line: "etcha history core", effect: "the runs of one source" },
    args: [SOURCE],
    flags: [JSON_FLAG],
    parse: ({ words: [source], has }) =>
      ok({
        command: "history",
        output: outputOf({ has }),
        ...(source !== undefined && { source }),
      }),
    load: async () => (await import("./history.ts")).history,
  }),
  row<Init>({
    name: "init",
    summary: "Set up a folder for patterns",
    explanation: "Writes the Jsonnet library to lib/etcha, makes the folder patterns and a README.md. In a folder " +
      "that was set up before only lib/etcha is written, with the library of this version.",
    example: { line: "etcha init .", effect: "the current folder" },
    args: [{ name: "DIR", doc: "the folder (default: the current one)", need: "optional", completes: "folders" }],
    flags: [JSON_FLAG],
    parse: ({ words: [folder = "."], has }) => ok({ command: "init", folder, output: outputOf({ has }) }),
    load: async () => (await import("./init.ts")).init,
  }),
  row<Jq>({
    name: "jq",
    summary: "Query JSON from standard input",
    explanation: "QUERY is in the language of jq, without an import of modules; several values in the input are " +
      "queried one after the other. A query that fails for a value goes on with the next one, and exits with 1 at the end.",
    example: { line: "etcha status --json | etcha jq -r '.[].source'", effect: "the name of every source" },
    args: [{ name: "QUERY", doc: "what to look for (default: . for all of it)", need: "optional" }],
    flags: [{ short: "r", long: "raw-output", doc: "texts without quotes" }],
    parse: ({ words: [query = "."], has }) => ok({ command: "jq", query, output: has("raw-output") ? "raw" : "json" }),
    load: async () => (await import("./jq.ts")).jq,
  }),
  row<Jwt>({
    name: "jwt",
    summary: "Show a token, and why it would be refused",
    explanation:
      "Prints header and claims, and verifies with run.verifyKeys and the verifyKeys of all sources, or by their " +
      "verifyCommands; exit 1 " +
      "when that fails.",
    example: { line: "etcha jwt web.jwt", effect: "what is in it, and whether it would be taken" },
    args: [{ name: "TOKEN", doc: `${TOKEN_DOC} (default: -)`, need: "optional", completes: "files" }],
    flags: [{ ...JSON_FLAG, doc: "result as JSON, with what failed to verify" }],
    parse: ({ words: [token = "-"], has }) => ok({ command: "jwt", token, output: outputOf({ has }) }),
    load: async () => (await import("./jwt.ts")).jwt,
  }),
  resourceRow("line"),
  resourceRow("link"),
  row<Lint>({
    name: "lint",
    summary: "Find mistakes in Jsonnet files and patterns",
    explanation:
      "Checks the syntax of every .jsonnet and .libsonnet file below PATH, looks for what is unused or can't " +
      "work, renders every .jsonnet file as a pattern, and gives the texts of its commands to ShellCheck, when it is " +
      "installed, and to lint.linters. Files that lint.exclude matches are left out. No command of a pattern is " +
      "run, but native functions are asked (-d keeps them from reaching outside). A value that is missing on this " +
      "machine is a warning. Exit 1 when there is an error.",
    example: { line: "etcha lint -f patterns", effect: "mistakes, and what is not formatted" },
    args: [{ name: "PATH", doc: "a file, or a folder with all below it", need: "required", completes: "files" }],
    flags: [
      { short: "f", long: "formatting", doc: "what is not formatted is an error, shown as a diff" },
      { long: "fix", doc: "format the files" },
      { long: "format", value: "FORM", choices: ["text", "json", "github"], doc: "form of the findings" },
      { long: "json", doc: "the same as --format json" },
      { long: "strict", doc: "exit 1 also when there is a warning" },
    ],
    parse: parseLint,
    load: async () => (await import("./lint.ts")).lint,
  }),
  row<Local>({
    name: "local",
    summary: "Run a pattern on this machine",
    explanation: "PATTERN is the path of a .jsonnet file. Any other text is Jsonnet for a command or a list of them. " +
      "Nothing is known of earlier runs and nothing is remembered.",
    example: { line: "etcha local -c patterns/web.jsonnet", effect: "says what would change" },
    args: [{ name: "PATTERN", doc: "path of a pattern, or Jsonnet", need: "required", completes: "patterns" }],
    flags: [
      { short: "c", long: "check", doc: "only say what would be done" },
      FILTER,
      JSON_FLAG,
      { short: "r", long: "remove", doc: "undo the commands instead, last one first" },
      {
        short: "s",
        long: "source",
        value: "NAME",
        completes: "sources",
        doc: "run with the vars and the exec of this source",
      },
    ],
    parse({ words: [pattern = ""], has, value }) {
      const filter = regexp(value("filter"), "-f");
      if (!filter.ok) return filter;
      const source = value("source");
      return ok({
        command: "local",
        pattern,
        output: outputOf({ has }),
        aim: has("remove") ? "remove" : "apply",
        mode: has("check") ? "check" : "change",
        ...(filter.value !== undefined && { filter: filter.value }),
        ...(source !== undefined && { source }),
      });
    },
    load: async () => (await import("./local.ts")).local,
  }),
  PAUSE,
  row<Push>({
    name: "push",
    summary: "Sign a pattern or command and run it on hosts",
    explanation: "Without -h it goes to every configured target that lists SOURCE in its sourcePatterns. A text that " +
      "does not end with .jsonnet is a command: it is run once and replaces nothing. Without PATTERN each target gets " +
      "what it lists, which is the only pattern that it takes, unless it lists '': that takes anything. Quote a command " +
      "that has flags, or put -- before it.",
    example: { line: "etcha push -h web1:4000 core patterns/web.jsonnet", effect: "one host" },
    args: [
      { name: "SOURCE", doc: "source of the hosts that is to take it", need: "required", completes: "sources" },
      {
        name: "PATTERN",
        doc: "path of a pattern, or the words of a command",
        need: "any-number",
        completes: "patterns",
      },
    ],
    flags: [
      { short: "c", long: "check", doc: "only say what would be done" },
      FILTER,
      {
        short: "h",
        long: "host",
        value: "HOST",
        completes: "targets",
        doc: "one host, perhaps with :PORT, or the name of a target",
      },
      { long: "json", doc: "results as JSON" },
      { long: "max-failures", value: "N", doc: "begin no further host when N have failed" },
      { short: "p", long: "port", value: "PORT", doc: "port of the hosts" },
      { long: "serial", value: "N", doc: "so many hosts at once" },
      { short: "t", long: "target", value: "REGEXP", completes: "targets", doc: "only targets whose names match" },
      {
        long: "timeout",
        value: "DURATION",
        doc: "give up a host after so long, such as 30s (default: run.timeoutPush and a minute)",
      },
      { short: "u", long: "path", value: "PATH", doc: "path of the push endpoint (default: /etcha/v1/push)" },
    ],
    parse: parsePush,
    load: async () => (await import("./push.ts")).push,
  }),
  QUICKSTART,
  row<Render>({
    name: "render",
    summary: "Show what a pattern comes to on this machine",
    explanation: "Prints the rendered pattern as JSON; nothing is run. The pattern of a token is rendered when a " +
      "configured key has signed it, or, with a warning, when no key is configured. --schema prints what patterns may " +
      "hold as JSON Schema instead.",
    example: { line: "etcha render patterns/web.jsonnet", effect: "the commands as a host would see them" },
    args: [{
      name: "PATTERN",
      doc: "path of a pattern (.jsonnet), or a token: path, URL or -; not with --schema",
      need: "optional",
      completes: "files",
    }],
    flags: [{ long: "schema", doc: "JSON Schema of patterns, for editors" }, ALWAYS_JSON],
    parse: parseRender,
    load: async () => (await import("./render.ts")).render,
  }),
  RESUME,
  row<Run>({
    name: "run",
    summary: "Run the agent that keeps this host in shape",
    explanation:
      "Takes up and runs what is stored in run.stateDir, takes pushes on run.listenAddress, and pulls. The first " +
      "SIGTERM or SIGINT lets what runs come to its end, for at most run.timeoutStop; the second one ends it. SIGHUP " +
      "makes it read its configuration anew.",
    example: { line: "etcha -c /etc/etcha.jsonnet run", effect: "for as long as the host is up" },
    args: [],
    flags: [{ short: "o", long: "once", doc: "run everything once, pull too, and end; exit 1 when anything failed" }],
    parse: ({ has }) => ok({ command: "run", once: has("once") }),
    load: async () => (await import("./run.ts")).run,
  }),
  SERVICE_ROW,
  SHELL,
  row<ShowConfig>({
    name: "show-config",
    summary: "Show the configuration that is in effect",
    explanation: "Defaults, then the file, then ETCHA_… variables, then -x: what comes later wins. Secrets are " +
      "shown as ***. --origin says of each key where its value comes from: default, file and line, variable, flag.",
    example: { line: "etcha -x run_stateDir=/srv/etcha show-config --origin", effect: "who sets what" },
    args: [],
    flags: [
      { short: "o", long: "origin", doc: "one line for each key, with where its value comes from" },
      { long: "schema", doc: "JSON Schema of configuration files, for editors" },
      JSON_FLAG,
    ],
    parse: parseShowConfig,
    load: async () => (await import("./show_config.ts")).showConfig,
  }),
  row<Status>({
    name: "status",
    summary: "Show what is wanted and owed on this host",
    explanation: "For each source: its token, the last run, the commands with their outcomes, removals and reactions " +
      "that are still due. The outcome of a command is that of its last change: changed; failed (failed before, when the " +
      "last run was a success); begun (it runs, or was interrupted). Reads run.stateDir, also while the agent runs.",
    example: { line: "etcha status", effect: "every source" },
    args: [SOURCE],
    flags: [JSON_FLAG],
    parse: ({ words: [source], has }) =>
      ok({
        command: "status",
        output: outputOf({ has }),
        ...(source !== undefined && { source }),
      }),
    load: async () => (await import("./status.ts")).status,
  }),
  resourceRow("template"),
  row<Test>({
    name: "test",
    summary: "Bring patterns about here, and undo them",
    explanation:
      "For every .jsonnet file below PATH, one after the other: changes; checks, of which every one must pass; " +
      "removes; checks, of which none may pass where there is a remove. All of it happens on this very machine: use one " +
      "that may be changed, such as a container. Patterns see vars.test as true. Exit 1 when any fails.",
    example: { line: "etcha test --junit results.xml patterns", effect: "every pattern" },
    args: [{ name: "PATH", doc: "a pattern, or a folder with all below it", need: "required", completes: "files" }],
    flags: [
      { short: "b", long: "build", doc: "try the build commands as well, around those of run" },
      FILTER,
      JSON_FLAG,
      { long: "junit", value: "FILE", completes: "files", doc: "write the results to FILE as JUnit XML as well" },
    ],
    parse: parseTest,
    load: async () => (await import("./test.ts")).test,
  }),
  row<Version>({
    name: "version",
    summary: "Show the version of the program",
    explanation: "With --json also the commit that the executable was made of, and its date.",
    example: { line: "etcha version", effect: "the version alone" },
    args: [],
    flags: [JSON_FLAG],
    parse: ({ has }) => ok({ command: "version", output: outputOf({ has }) }),
    load: async () => (await import("./version.ts")).version,
  }),
];
