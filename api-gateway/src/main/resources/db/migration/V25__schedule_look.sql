-- Until when schedules were followed, in one row: what came due later, when nobody did, may be made up for.
CREATE TABLE schedule_look (
  id INTEGER PRIMARY KEY,
  at TIMESTAMP WITH TIME ZONE NOT NULL
);
