import { type Accounts, HostError, type Http, type Self } from "../../src/host/host.ts";

/** What commands are given that never get to ask for it. */
export const OF_NO_PROCESS: { readonly self: Self; readonly accounts: Accounts; readonly http: Http } = {
  self: { program: ["/bin/etcha"], isRoot: false },
  http: { request: () => Promise.reject(new HostError("disabled", "there is no network")) },
  accounts: {
    ownId: 0,
    userId: () => Promise.resolve(undefined),
    groupId: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    groupName: () => Promise.resolve(undefined),
  },
};
