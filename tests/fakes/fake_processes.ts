import type { Processes, ProcessRequest, ProcessResult } from "../../src/host/host.ts";

/** Answers a request at once, or after a wait that ends when the signal is aborted. */
export type ProcessScript = (request: ProcessRequest, signal: AbortSignal) => ProcessResult | Promise<ProcessResult>;

/** Programs that a function plays; every request is kept. */
export class FakeProcesses implements Processes {
  readonly requests: ProcessRequest[] = [];

  constructor(private readonly script: ProcessScript) {}

  async run(request: ProcessRequest, signal: AbortSignal): Promise<ProcessResult> {
    if (signal.aborted) return { kind: "cancelled", output: "" };
    this.requests.push(request);
    return await this.script(request, signal);
  }
}
