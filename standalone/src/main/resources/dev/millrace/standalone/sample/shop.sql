-- The shop of pipelines/shop: rows that are made, the same each time.
SET TIME ZONE 'UTC';
CREATE SCHEMA sales;
CREATE TYPE sales.status AS ENUM ('placed', 'paid', 'sent', 'returned');
CREATE TABLE sales.customers (
  id      int PRIMARY KEY,
  name    text NOT NULL,
  country char(2),
  since   date
);
CREATE TABLE sales.orders (
  id          bigint PRIMARY KEY,
  customer_id int NOT NULL REFERENCES sales.customers,
  status      sales.status NOT NULL,
  total       numeric NOT NULL,
  tags        text[] NOT NULL,
  placed_at   timestamptz NOT NULL,
  changed_at  timestamptz NOT NULL
);
CREATE INDEX ON sales.orders (changed_at);
CREATE TABLE sales.order_lines (
  id       bigint PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES sales.orders,
  product  text NOT NULL,
  pieces   int NOT NULL,
  price    numeric(10, 2) NOT NULL
);
INSERT INTO sales.customers
SELECT i, 'Sample Buyer ' || i,
       CASE WHEN i % 40 = 0 THEN NULL ELSE (ARRAY['DE', 'FR', 'SG', 'US'])[1 + i % 4] END,
       date '2024-01-01' + i
FROM generate_series(1, 400) i;
INSERT INTO sales.orders
SELECT i, 1 + (i * 37) % 400,
       (ARRAY['placed', 'paid', 'sent', 'returned']::sales.status[])[1 + i % 4],
       CASE WHEN i % 2000 = 0 THEN 'NaN' ELSE (i * 7919 % 50000) / 100.0 END,
       CASE WHEN i % 5 = 0 THEN ARRAY['gift', 'express'] WHEN i % 3 = 0 THEN ARRAY['gift'] ELSE '{}' END,
       timestamptz '2026-01-01' + i * interval '7 minutes',
       timestamptz '2026-01-01' + i * interval '7 minutes' + (i % 6) * interval '1 day 0.000001 seconds'
FROM generate_series(1, 5000) i;
INSERT INTO sales.order_lines
SELECT i, 1 + i % 5000, 'sample-' || i % 90, 1 + i % 7, (i * 104729 % 20000) / 100.0
FROM generate_series(1, 12000) i;
CREATE ROLE reader LOGIN;
GRANT USAGE ON SCHEMA sales TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA sales TO reader;
