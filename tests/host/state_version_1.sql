-- The tables of version 1, as its program made them. Never edited.
CREATE TABLE sources (
  source TEXT PRIMARY KEY,
  next_key INTEGER NOT NULL DEFAULT 1,
  accepted TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE newest (
  source TEXT NOT NULL,
  signer TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  PRIMARY KEY (source, signer)
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
  source TEXT NOT NULL,
  key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  command TEXT NOT NULL,
  outcome TEXT,
  departed TEXT,
  PRIMARY KEY (source, key)
) STRICT;
CREATE TABLE reactions (
  source TEXT NOT NULL,
  id INTEGER NOT NULL,
  reaction TEXT NOT NULL,
  PRIMARY KEY (source, id)
) STRICT;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  run TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_source ON runs (source, id);
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
