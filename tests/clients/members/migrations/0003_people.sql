-- Who is known by a row: a bcrypt hash, and the salted SHA-1 of an older site.
CREATE TABLE person (
  name TEXT PRIMARY KEY,
  password_hash TEXT,
  salt TEXT,
  roles TEXT NOT NULL,
  seat INTEGER NOT NULL
);
INSERT INTO person VALUES
  ('dora', '$2b$08$5/rjZXHqimW9uouK6RMxL.FYXTnQ5vTAIKJtWl2T3WBfubdLouLCC', NULL, 'member', 4),
  ('emil', '4689f8d35115940e87348f9bc957e5775ab35bef', 'pepper', 'member,staff', 5),
  ('gone', NULL, NULL, 'member', 6);

CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  text TEXT NOT NULL
);
INSERT INTO note (owner, text) VALUES ('dora', 'tea'), ('emil', 'coffee'), ('dora', 'cake'), ('ben', 'water');
