import { MemoryState } from "../../src/agent/memory_state.ts";
import { stateConformance } from "../host/conformance_state.ts";

stateConformance("memory", () => {
  const store = new MemoryState();
  return Promise.resolve({ store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() });
});
