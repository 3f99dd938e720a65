/**
 * The pool of the kill test: commands that can be undone, in units that always come and go together. Scripts are run in
 * the folder of a host, where `w` holds the files that hosts are compared by, `agent.out` tells what was done completely
 * (and what the agent printed, in one order), and `t` remembers what has failed before. Every unit has two versions, which differ in file names and contents.
 */
export type Version = 1 | 2;
export type Unit = (version: Version) => readonly object[];

/** What the event of the unit `event` prints; nothing when a kill left its output unknown. */
export const PRINTED = "printed";

/** What the source says that receives the event of the unit `sent`. */
export const ARRIVED = "arrived";

/** Takes its time, so that some kills fall into it. */
export const RECEIVER = { id: "receive", always: true, change: `sleep 0.1; ${say(ARRIVED)}` };

/** Seconds between the steps of a script: most kills shall fall into one. */
const BRIEF = 0.03;
const SLOW = 0.25;

/**
 * Makes files one after the other, and says so when it is done. After the last one it lingers: whoever is killed there has
 * done what the check looks at, and yet nobody was told.
 */
function make(name: string, files: string, version: Version, pause = BRIEF): string {
  return `${files.split(" ").map((file) => `echo ${version} >w/${file}; sleep ${pause}; `).join("")}${say(name)}`;
}

/** Removes what is there: an undone half is nothing special. */
function drop(name: string, files: string, pause = BRIEF): string {
  return `${files.split(" ").map((file) => `rm -f w/${file}; sleep ${pause}; `).join("")}${say(`rm ${name}`)}`;
}

function say(what: string): string {
  return `echo '${what}' >>agent.out`;
}

/** Fails the first time on this host, half way. */
function failOnce(name: string): string {
  return `test -e t/${name} || { touch t/${name}; exit 1; }`;
}

/** What a command says when its change was done; also how `PROMISES` names it. */
function done(id: string, version: Version): string {
  return `${id}.${version}`;
}

/** A command whose check tells the truth about its files. */
function checked(id: string, files: string, v: Version, more: object = {}, pause = BRIEF): object {
  const check = files.split(" ").map((file) => `grep -qsx ${v} w/${file}`).join(" && ");
  return {
    id,
    check,
    change: make(done(id, v), files, v, pause),
    remove: drop(done(id, v), files, pause),
    ...more,
  };
}

/** A command without check: it runs always, or when something triggers it. */
function bare(id: string, files: string, v: Version, more: object = {}, pause = BRIEF): object {
  return { id, change: make(done(id, v), files, v, pause), remove: drop(done(id, v), files, pause), ...more };
}

export const UNITS: Readonly<Record<string, Unit>> = {
  plain: (v) => [checked("plain", `plain${v}`, v)],
  content: (v) => [checked("content", "content", v)],
  steps: (v) => [checked("steps", `steps${v}a steps${v}b`, v)],
  slow: (v) => [checked("slow", `slow${v}a slow${v}b`, v, {}, SLOW)],
  always: (v) => [bare("always", `always${v}a always${v}b`, v, { always: true })],
  pair: (v) => [checked("cause", `cause${v}`, v, { onChange: ["effect"] }), bare("effect", `effect${v}`, v)],
  slowPair: (v) => [
    checked("slowCause", `slowCause${v}a slowCause${v}b`, v, { onChange: ["slowEffect"] }, SLOW),
    bare("slowEffect", `slowEffect${v}a slowEffect${v}b`, v, {}, SLOW),
  ],
  chain: (v) => [
    checked("first", `first${v}a first${v}b`, v, { onChange: ["second"] }),
    bare("second", `second${v}a second${v}b`, v, { onChange: ["third"] }),
    bare("third", `third${v}`, v),
  ],
  everyTime: (v) => [
    bare("pulse", `pulse${v}`, v, { always: true, onChange: ["^echo[0-9]$"] }),
    bare("echo1", `echo1-${v}`, v),
    checked("echo2", `echo2-${v}`, v),
  ],
  late: (v) => [checked("late", `late${v}a late${v}b`, v, { removeAfter: true })],
  lateBare: (v) => [bare("lateBare", `lateBare${v}`, v, { removeAfter: true, always: true })],
  latePair: (v) => [
    checked("lateCause", `lateCause${v}`, v, { removeAfter: true, onChange: ["lateEffect"] }),
    bare("lateEffect", `lateEffect${v}`, v, { removeAfter: true }),
  ],
  event: (v) => [
    checked("herald", `herald${v}a herald${v}b`, v, {
      change: `${make(done("herald", v), `herald${v}a herald${v}b`, v)}; echo ${PRINTED}`,
      onChange: ["etcha:stdout"],
    }),
  ],
  sent: (v) => [checked("sent", `sent${v}a sent${v}b`, v, { onChange: ["etcha:sent"] })],
  flaky: (v) => [
    bare("flaky", `flaky${v}`, v, {
      always: true,
      change: `echo half >w/flaky${v}half; ${failOnce(`flaky${v}`)}; rm w/flaky${v}half; ${
        make(done("flaky", v), `flaky${v}`, v)
      }`,
      remove: `rm -f w/flaky${v}half; ${drop(done("flaky", v), `flaky${v}`)}`,
    }),
  ],
  flakyCheck: (v) => [
    checked("flakyCheck", `fc${v}a fc${v}b`, v, {
      change: `echo ${v} >w/fc${v}a; ${failOnce(`fc${v}`)}; ${make(done("flakyCheck", v), `fc${v}b`, v)}`,
      onFail: ["rescue"],
    }),
    { id: "rescue", change: say("rescue") },
  ],
  stubborn: (v) => [
    bare("stubborn", `stubborn${v}`, v, {
      always: true,
      remove: `${failOnce(`stubborn${v}`)}; ${drop(done("stubborn", v), `stubborn${v}`)}`,
    }),
  ],
  flakyPair: (v) => [
    checked("flakyCause", `flakyCause${v}`, v, { onChange: ["flakyEffect"] }),
    bare("flakyEffect", `flakyEffect${v}`, v, {
      change: `${failOnce(`flakyEffect${v}`)}; ${make(done("flakyEffect", v), `flakyEffect${v}`, v)}`,
    }),
  ],
  group: (v) => [{
    id: "group",
    commands: [
      checked("outer", `outer${v}`, v, { onChange: ["inner"] }),
      bare("inner", `inner${v}`, v),
      [checked("plain", `inGroup${v}`, v)],
    ],
  }],
  renamed: (v) => [checked(`renamed${v}`, "renamed", 1)],
  twins: (v) => [checked("twin", `twinA${v}`, v), checked("twin", `twinB${v}`, v)],
  undo: (v) => [
    bare("below", `below${v}`, v, { always: true }),
    checked("above", `above${v}`, v, { onRemove: ["below"] }),
  ],
  staying: (v) => [checked("base", "base", 1), v === 1 ? [] : checked("top", "top", 1, { onRemove: ["base"] })],
  ignoring: (v) => [checked("ignoring", "ignoring", 1, { change: `: ${v}; echo 1 >w/ignoring`, changeIgnore: true })],
  nothing: () => [{ id: "nothing", check: "test -e w/never" }],
};

/** Fails whatever is done, half way: no last pattern has it. */
export const BROKEN: Unit = (v) => [
  bare("broken", `broken${v}a broken${v}b`, v, {
    change: `echo ${v} >w/broken${v}a; sleep ${BRIEF}; exit 3`,
    always: true,
  }),
];

/** What a unit promises, as lines of the log: after the last of the one there is one of the other. */
export const PROMISES: Readonly<Record<string, readonly (readonly [cause: string, effect: string])[]>> = {
  pair: [["cause", "effect"]],
  slowPair: [["slowCause", "slowEffect"]],
  chain: [["first", "second"], ["second", "third"]],
  everyTime: [["pulse", "echo1"], ["pulse", "echo2"]],
  latePair: [["lateCause", "lateEffect"]],
  flakyPair: [["flakyCause", "flakyEffect"]],
  group: [["outer", "inner"]],
};
