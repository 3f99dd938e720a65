/// <reference lib="deno.worker" />
/** The thread of the state database: an fsync takes milliseconds, which nobody else shall wait for. */
import { HostError } from "../../host.ts";
import { StateDatabase } from "./database.ts";
import { toStateError } from "./errors.ts";
import type { StateAnswers, StateFailure, StateReply, StateRequest } from "./messages.ts";
import { readHistory, readSource, readSources, readWishes } from "./rows.ts";

let open: { readonly state: StateDatabase; readonly file: string } | undefined;

self.onmessage = (event: MessageEvent<StateRequest>) => {
  self.postMessage(reply(event.data));
};

function reply(request: StateRequest): StateReply {
  try {
    return { ok: true, answer: answer(request) };
  } catch (error) {
    return { ok: false, failure: toFailure(open === undefined ? error : toStateError(error, open.file)) };
  }
}

function answer(request: StateRequest): StateAnswers[keyof StateAnswers] {
  if (request.kind === "open") {
    open = { state: new StateDatabase(request.file), file: request.file };
    return null;
  }
  if (open === undefined) throw new Error("the state database is not open");
  const { state } = open;
  switch (request.kind) {
    case "load":
      return readSource(state.database, request.source);
    case "commit":
      return state.commit(request.commits).map((error) => error === undefined ? null : toFailure(error));
    case "wishes":
      return readWishes(state.database, request.source);
    case "wish":
      state.wish(request.source, request.wish);
      return null;
    case "history":
      return readHistory(state.database, request.source, request.limit);
    case "sources":
      return readSources(state.database);
    case "close":
      state[Symbol.dispose]();
      open = undefined;
      return null;
  }
}

function toFailure(error: unknown): StateFailure {
  if (error instanceof HostError) return { kind: error.kind, message: error.message };
  return { message: error instanceof Error ? error.stack ?? error.message : String(error) };
}
