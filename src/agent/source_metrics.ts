import { Gauge, type Registry } from "prom-client";

/** What can be said of a source at any moment. */
export interface SourceFigures {
  readonly name: string;
  /** Its last run failed, and is to be tried again. */
  readonly failing: boolean;
  readonly paused: boolean;
  /** Of the current token; times in seconds since the epoch. */
  readonly token?: { readonly issuedAt?: number; readonly expires?: number };
}

interface Figure {
  readonly name: string;
  readonly help: string;
  /** Nothing: the source has none of it, and no series. */
  readonly of: (figures: SourceFigures) => number | undefined;
}

const FIGURES: readonly Figure[] = [
  {
    name: "etcha_sources_failing",
    help: "1 while the last run of a source has failed and is to be tried again.",
    of: ({ failing }) => Number(failing),
  },
  {
    name: "etcha_sources_paused",
    help: "1 while the agent does nothing of itself for a source, as etcha pause has asked.",
    of: ({ paused }) => Number(paused),
  },
  {
    name: "etcha_sources_token_issued_timestamp_seconds",
    help: "When the current token of a source was signed, in seconds since the epoch.",
    of: ({ token }) => token?.issuedAt,
  },
  {
    name: "etcha_sources_token_expires_timestamp_seconds",
    help: "When the current token of a source expires, in seconds since the epoch; none if it does not.",
    of: ({ token }) => token?.expires,
  },
];

/** Adds what is looked up only when it is asked for, so that a source that is gone leaves no series behind. */
export function registerSourceMetrics(registry: Registry, sources: () => readonly SourceFigures[]): void {
  for (const { name, help, of } of FIGURES) {
    new Gauge({
      name,
      help,
      labelNames: ["name"],
      registers: [registry],
      collect() {
        this.reset();
        for (const figures of sources()) {
          const value = of(figures);
          if (value !== undefined) this.set({ name: figures.name }, value);
        }
      },
    });
  }
}
