import * as v from "valibot";
import { commandList } from "./config_commands.ts";
import { key, keyOr } from "./config_key.ts";
import { duration, eventName, flag, freeObject, publicKey, regexp, text, texts, webhookPath } from "./config_values.ts";
import { execSchema } from "./exec.ts";
import { splitWords } from "./words.ts";

/** A program and its words, split as a shell would. */
const programWords = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const split = dataset.typed ? splitWords(dataset.value) : undefined;
    if (split?.ok === false) addIssue({ message: `expected the words of a program: ${split.reason}` });
  }),
);

/** The keys below `sources.NAME`. */
export const sourceSchema = v.strictObject({
  allowPush: keyOr(flag, false, { doc: "Tokens may be pushed to this source." }),
  allowRollback: keyOr(flag, false, { doc: "Accept a token that is older than the newest one seen." }),
  checkOnly: keyOr(flag, false, { doc: "Only say what would change." }),
  commands: keyOr(commandList("commands"), [], {
    doc: "Commands that are the pattern of this source until a token replaces them.",
    secret: "whole",
  }),
  eventsReceive: keyOr(v.array(eventName), [], { doc: "Events that run this source; see eventsSend of the others." }),
  eventsReceiveExit: keyOr(flag, false, { doc: "The agent ends when this source has run for an event." }),
  eventsSend: key(regexp, {
    doc: "Regular expression: the events of this source that are given to the sources that receive them.",
  }),
  exec: key(execSchema, { doc: "How the commands of this source are executed.", aliases: [{ name: "runExec" }] }),
  jwtRule: keyOr(text, "", { doc: "Expression in CEL over the claims that must be true, besides run.jwtRule." }),
  noRemove: keyOr(flag, false, { doc: "Commands that left the pattern are forgotten instead of removed." }),
  noRestore: keyOr(flag, false, { doc: "Keep token and record in memory only." }),
  pullIgnoreVersion: keyOr(flag, false, { doc: "A pulled token that differs only in its version is not new." }),
  pullPaths: keyOr(texts, [], {
    doc: "Where tokens are pulled from, tried in order: paths and http(s) URLs.",
    secret: "headers",
  }),
  runFrequency: key(duration, {
    doc: "How often the pattern is run; 0s is only at start.",
    aliases: [{ name: "runFrequencySec", unit: "seconds" }],
  }),
  runMulti: keyOr(flag, false, {
    doc: "Events, webhooks and ad-hoc commands may run at the same time; then nothing of them is recorded.",
  }),
  shell: keyOr(programWords, "", {
    doc: "Program that etcha shell runs here, with its words, such as /bin/bash -l; empty: none may be opened.",
  }),
  triggerOnly: keyOr(flag, false, { doc: "Do not run at start." }),
  vars: keyOr(freeObject, {}, { doc: "Values for the pattern, over the global ones.", secret: "by-name" }),
  verifyCommands: keyOr(commandList("verifyCommands"), [], {
    doc: "Commands that verify the tokens of this source, instead of the global ones and of all keys.",
    secret: "whole",
  }),
  verifyExec: key(execSchema, { doc: "How the verifyCommands are executed, instead of run.verifyExec." }),
  verifyKeys: keyOr(v.array(publicKey), [], {
    doc: "Public keys whose tokens this source accepts, besides the global ones.",
  }),
  webhookPaths: keyOr(v.array(webhookPath), [], {
    doc: "Paths of the listener, none of them under /etcha, whose requests run this source.",
  }),
});

/** A named slot on a host: which tokens may fill it, and what they may do. Durations in milliseconds. */
export type Source = { readonly name: string } & Readonly<v.InferOutput<typeof sourceSchema>>;

/** A source of that name of which nothing is configured, as for a pattern that will run on another machine. */
export function bareSource(name: string): Source {
  return { name, ...v.parse(sourceSchema, {}) };
}
