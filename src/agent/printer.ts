import { HostError, type Log, type Terminal } from "../host/host.ts";

/**
 * Prints what commands hand to the events `stdout` and `stderr`. What can't be printed (a full disk) is told in the log: it
 * ends no run, and would not be printed by another try either.
 */
export function printer(
  terminal: Pick<Terminal, "out" | "err">,
  log: Log,
): (stream: "stdout" | "stderr", text: string) => void {
  return (stream, text) => {
    if (stream === "stderr") {
      terminal.err(text);
      return;
    }
    try {
      terminal.out(text);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const message = `the output of a command was not printed: ${error.message}`;
      log.write({ level: "error", function: "run", status: 500, message });
    }
  };
}
