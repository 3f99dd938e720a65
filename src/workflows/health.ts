import type { Config } from "../domain/config.ts";
import { listenAddressText } from "../domain/listen_address.ts";
import { HostError, type States } from "../host/host.ts";
import type { Network } from "../host/network.ts";

/** One place where an agent shows that it lives. */
export interface LifeSign {
  /** An address, or a folder. */
  readonly place: string;
  readonly answers: boolean;
  readonly found: string;
}

export interface HealthMeans {
  readonly network: Pick<Network, "knock">;
  readonly states: Pick<States, "visit">;
  readonly cancel: AbortSignal;
}

const TIMEOUT = 5_000;

/** Asks all addresses of the configuration; without one, whether an agent has the lock of the state directory. */
export async function lookForLife({ run }: Config, means: HealthMeans): Promise<readonly LifeSign[]> {
  const { listenAddress: addresses, stateDir } = run;
  if (addresses.length === 0) return [await signOfState(stateDir, means)];
  return await Promise.all(addresses.map(async (address): Promise<LifeSign> => {
    const place = listenAddressText(address);
    return await sign(place, async () => `status ${await means.network.knock(address, TIMEOUT, means.cancel)}`);
  }));
}

async function signOfState(stateDir: string, { states }: HealthMeans): Promise<LifeSign> {
  return await sign(stateDir, async () => {
    await using visit = await states.visit(stateDir);
    if (visit.agent === "runs") return "an agent uses it";
    throw new HostError("not-found", `${stateDir}: no agent uses it`);
  });
}

async function sign(place: string, look: () => Promise<string>): Promise<LifeSign> {
  try {
    return { place, answers: true, found: await look() };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { place, answers: false, found: error.message };
  }
}
