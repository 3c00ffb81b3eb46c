-- The sample database on SQLite. Timestamps are UTC.

CREATE TABLE product (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  price DECIMAL(10,2) NOT NULL,
  category TEXT NOT NULL,
  added_at TIMESTAMP NOT NULL,
  discontinued BOOLEAN NOT NULL DEFAULT FALSE,
  version INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX product_category ON product (category);

CREATE TABLE stock (
  product_id INTEGER NOT NULL,
  place TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (product_id, place),
  FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
);

CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT
);

CREATE TABLE former_customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT
);

CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  placed_at TIMESTAMP NOT NULL,
  total DECIMAL(10,2) NOT NULL,
  comment TEXT,
  FOREIGN KEY (customer_id) REFERENCES customer (id)
);

CREATE TABLE order_line (
  order_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  product_id INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  PRIMARY KEY (order_id, position),
  FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
);

CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  category_id INTEGER NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  on_stock REAL,
  note TEXT,
  rating REAL,
  serial BIGINT NOT NULL,
  sold_at TIMESTAMP,
  picture BLOB,
  manual TEXT,
  supplier_secret TEXT
);

CREATE TABLE score (
  id INTEGER PRIMARY KEY,
  player TEXT NOT NULL,
  points INTEGER NOT NULL
);

INSERT INTO product (id, name, price, category, added_at, discontinued, version) VALUES
  (1, 'Wooden train', 24.95, 'toys', '2026-01-14 10:07:00', FALSE, 1),
  (2, 'Spinning top', 3.45, 'toys', '2026-01-23 10:44:00', FALSE, 1),
  (3, 'Kite', 14.99, 'toys', '2026-02-01 11:21:00', FALSE, 2),
  (4, 'Building blocks', 19.95, 'toys', '2026-02-10 11:58:00', FALSE, 1),
  (5, 'Marbles', 2.75, 'toys', '2026-02-19 12:35:00', TRUE, 1),
  (6, 'Teddy bear', 17.45, 'toys', '2026-02-28 13:12:00', FALSE, 2),
  (7, 'Puppet theatre', 49.99, 'toys', '2026-03-09 13:49:00', FALSE, 1),
  (8, 'Jigsaw puzzle', 11.95, 'toys', '2026-03-18 14:26:00', FALSE, 1),
  (9, 'Watering can', 12.49, 'garden', '2026-03-27 15:03:00', FALSE, 2),
  (10, 'Pruning shears', 18.95, 'garden', '2026-04-05 15:40:00', FALSE, 1),
  (11, 'Wheelbarrow', 64.99, 'garden', '2026-04-14 16:17:00', FALSE, 1),
  (12, 'Garden hose', 27.45, 'garden', '2026-04-23 16:54:00', FALSE, 2),
  (13, 'Bird house', 15.75, 'garden', '2026-05-02 17:31:00', FALSE, 1),
  (14, 'Tulip bulbs', 5.99, 'garden', '2026-05-11 18:08:00', FALSE, 1),
  (15, 'Bread knife', 21.95, 'kitchen', '2026-05-20 18:45:00', FALSE, 2),
  (16, 'Cast-iron pan', 39.99, 'kitchen', '2026-05-29 19:22:00', FALSE, 1),
  (17, 'Tea kettle', 29.45, 'kitchen', '2026-06-07 19:59:00', FALSE, 1),
  (18, 'Rolling pin', 8.95, 'kitchen', '2026-06-16 20:36:00', FALSE, 2),
  (19, 'Espresso pot', 26.99, 'kitchen', '2026-06-25 21:13:00', FALSE, 1),
  (20, 'Mixing bowl', 9.75, 'kitchen', '2026-07-04 21:50:00', FALSE, 1),
  (21, 'Salt mill', 16.45, 'kitchen', '2026-07-13 22:27:00', FALSE, 2),
  (22, 'Atlas of rivers', 34.95, 'books', '2026-07-22 23:04:00', FALSE, 1),
  (23, 'Knots and splices', 13.99, 'books', '2026-07-31 23:41:00', FALSE, 1),
  (24, 'Cooking with leeks', 22.45, 'books', '2026-08-10 00:18:00', FALSE, 2),
  (25, 'Bridges of stone', 44.95, 'books', '2026-08-19 00:55:00', FALSE, 1),
  (26, 'Paper aeroplanes', 7.99, 'books', '2026-08-28 01:32:00', TRUE, 1),
  (27, 'Rowing gloves', 12.95, 'sports', '2026-09-06 02:09:00', FALSE, 2),
  (28, 'Badminton set', 33.49, 'sports', '2026-09-15 02:46:00', FALSE, 1),
  (29, 'Skipping rope', 4.55, 'sports', '2026-09-24 03:23:00', FALSE, 1),
  (30, 'Table tennis bat', 18.75, 'sports', '2026-10-03 04:00:00', FALSE, 2),
  (31, 'Café-au-lait bowl ☕', 10.95, 'kitchen', '2026-10-12 04:37:00', FALSE, 1),
  (32, 'Bocce set, 8 balls', 23.45, 'sports', '2026-10-21 05:14:00', FALSE, 1);

INSERT INTO stock (product_id, place, amount) VALUES
  (1, 'front', 25),
  (1, 'store', 35),
  (2, 'front', 17),
  (2, 'store', 8),
  (3, 'front', 27),
  (3, 'store', 35),
  (4, 'front', 17),
  (5, 'front', 26),
  (5, 'store', 22),
  (6, 'front', 24),
  (6, 'store', 14),
  (7, 'front', 9),
  (7, 'store', 5),
  (8, 'front', 11),
  (9, 'front', 9),
  (9, 'store', 14),
  (10, 'front', 14),
  (10, 'store', 0),
  (11, 'front', 31),
  (11, 'store', 37),
  (12, 'front', 11),
  (13, 'front', 16),
  (13, 'store', 18),
  (14, 'front', 0),
  (14, 'store', 9),
  (15, 'front', 26),
  (15, 'store', 34),
  (16, 'front', 23),
  (17, 'front', 39),
  (17, 'store', 36),
  (18, 'front', 20),
  (18, 'store', 8),
  (19, 'front', 32),
  (19, 'store', 39),
  (20, 'front', 3),
  (21, 'front', 29),
  (21, 'store', 35),
  (22, 'front', 25),
  (22, 'store', 25),
  (23, 'front', 25),
  (23, 'store', 25),
  (24, 'front', 6),
  (25, 'front', 30),
  (25, 'store', 40),
  (26, 'front', 25),
  (26, 'store', 3),
  (27, 'front', 12),
  (27, 'store', 4),
  (28, 'front', 13),
  (29, 'front', 28),
  (29, 'store', 10),
  (30, 'front', 7),
  (30, 'store', 21),
  (31, 'front', 38),
  (31, 'store', 3),
  (32, 'front', 6);

INSERT INTO customer (id, name, city) VALUES
  (1, 'Ada Brandt', 'Kiel'),
  (2, 'Bruno Costa', 'Porto'),
  (3, 'Chiyo Mori', 'Kobe'),
  (4, 'Dana O''Hara', NULL);

INSERT INTO former_customer (id, name, city) VALUES
  (90, 'Emil Old', 'Graz');

INSERT INTO orders (id, customer_id, placed_at, total, comment) VALUES
  (1, 2, '2026-08-09 09:46:00', 7.99, NULL),
  (2, 1, '2026-08-15 11:17:00', 204.86, NULL),
  (3, 1, '2026-08-21 12:48:00', 99.22, 'leave at the gate'),
  (4, 3, '2026-08-27 14:19:00', 124.69, NULL),
  (5, 3, '2026-09-02 15:50:00', 23.96, NULL),
  (6, 3, '2026-09-08 17:21:00', 122.05, 'leave at the gate'),
  (7, 1, '2026-09-14 18:52:00', 205.79, NULL),
  (8, 2, '2026-09-20 20:23:00', 176.63, NULL),
  (9, 3, '2026-09-26 21:54:00', 23.45, 'leave at the gate'),
  (10, 1, '2026-10-02 23:25:00', 56.94, NULL),
  (11, 2, '2026-10-09 00:56:00', 259.96, NULL),
  (12, 3, '2026-11-01 10:00:00', 0.01, 'no lines yet');

INSERT INTO order_line (order_id, position, product_id, quantity, price) VALUES
  (1, 1, 26, 1, 7.99),
  (2, 1, 7, 3, 49.99),
  (2, 2, 4, 2, 19.95),
  (2, 3, 3, 1, 14.99),
  (3, 1, 9, 3, 12.49),
  (3, 2, 27, 2, 12.95),
  (3, 3, 8, 3, 11.95),
  (4, 1, 12, 1, 27.45),
  (4, 2, 13, 3, 15.75),
  (4, 3, 7, 1, 49.99),
  (5, 1, 14, 4, 5.99),
  (6, 1, 21, 4, 16.45),
  (6, 2, 30, 3, 18.75),
  (7, 1, 20, 4, 9.75),
  (7, 2, 22, 4, 34.95),
  (7, 3, 19, 1, 26.99),
  (8, 1, 25, 3, 44.95),
  (8, 2, 2, 4, 3.45),
  (8, 3, 23, 2, 13.99),
  (9, 1, 32, 1, 23.45),
  (10, 1, 9, 2, 12.49),
  (10, 2, 26, 4, 7.99),
  (11, 1, 11, 4, 64.99);

INSERT INTO item (id, name, category_id, price, on_stock, note, rating, serial, sold_at, picture, manual, supplier_secret) VALUES
  (1, 'Lamp', 1, 12.95, 3, NULL, 4.5, 9007199254740993, '2026-10-01 12:00:00', X'89504e470d0a1a0a', '<manual><step>plug in</step></manual>', 'ACME 20 %'),
  (2, 'Lamp', 2, 19.45, NULL, 'the tall one', NULL, 42, NULL, NULL, NULL, 'ACME 25 %'),
  (3, 'Chair', 2, 79.99, 0.5, '', 3.25, 9223372036854775807, '2026-02-28 23:59:59', NULL, '<manual/>', NULL);

INSERT INTO score (id, player, points) VALUES
  (1, 'ann', 4100),
  (2, 'bob', 250),
  (3, 'cyd', 18000),
  (4, 'dee', 990),
  (5, 'eve', 7300),
  (6, 'fay', 120),
  (7, 'gus', 5150),
  (8, 'hal', 60),
  (9, 'ivy', 880),
  (10, 'jon', 2600),
  (11, 'kim', 15);
