import { request } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type ListenAddress, listenAddressText } from "../../domain/listen_address.ts";
import { HostError } from "../host.ts";

/** Addresses that stand for all of them can be listened on, but not called. */
const CALLED: Readonly<Record<string, string>> = { "": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * The status of the answer to one request at an address of this machine, whatever the certificate is: it is asked whether
 * something answers, and nothing is told to it. Rejects with HostError, or the signal's reason.
 */
export function knock(address: ListenAddress, timeout: number, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const shown = listenAddressText(address);
  const isTls = address.kind === "tcp" && address.scheme === "https";
  const socket = open(address);
  return new Promise((resolve, reject) => {
    // The connection is still being opened: some versions of the runtime can't use one that is open already.
    const sent = request({ method: "GET", path: "/etcha", createConnection: () => socket }, (response) => {
      settle();
      // What it says does not matter.
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    const fail = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const cancel = () => fail(signal.reason);
    const late = () => fail(new HostError("timeout", `${shown}: no answer within ${timeout / 1000} seconds`));
    const timer = setTimeout(late, timeout);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    };
    signal.addEventListener("abort", cancel, { once: true });
    const refused = (error: Error & { readonly code?: string }) => fail(refusal(shown, error));
    socket.on("error", refused);
    sent.on("error", refused);
    socket.once(isTls ? "secureConnect" : "connect", () => sent.end());
  });
}

function open(address: ListenAddress): Socket {
  if (address.kind === "unix") return connectTcp({ path: address.path });
  const place = { host: CALLED[address.hostname] ?? address.hostname, port: address.port };
  if (address.scheme === "http") return connectTcp(place);
  return connectTls({ ...place, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
}

function refusal(shown: string, { code }: { readonly code?: string }): HostError {
  if (code === "ECONNREFUSED") return new HostError("unreachable", `${shown}: nothing listens there`);
  if (code === "ENOENT") return new HostError("unreachable", `${shown}: there is no such socket`);
  if (code === "EACCES" || code === "EPERM") return new HostError("denied", `${shown}: permission denied`);
  return new HostError("unreachable", `${shown}: no answer in HTTP`);
}
