CREATE TABLE article (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  price DECIMAL(10,2) NOT NULL,
  added_at TIMESTAMP NOT NULL
);

CREATE TABLE tag (
  article_id INTEGER NOT NULL REFERENCES article (id),
  name TEXT NOT NULL,
  PRIMARY KEY (article_id, name)
);

INSERT INTO article (id, name, price, added_at) VALUES
  (1, 'Kite', 14.99, '2026-02-01 11:21:00'),
  (2, 'Rope', 4.55, '2026-02-18 08:00:00'),
  (3, 'Windmill', 39.95, '2026-03-05 17:30:00');

INSERT INTO tag (article_id, name) VALUES (1, 'toys'), (1, 'wind'), (2, 'sports'), (3, 'garden'), (3, 'wind');
