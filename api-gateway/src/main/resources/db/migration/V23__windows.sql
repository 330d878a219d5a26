-- What a run loads in the place of a day: an hour, a week or a month, of which run_day is the first day. NULL: the day,
-- or everything.
ALTER TABLE run ADD COLUMN run_window VARCHAR(13);
-- Days, hours, weeks and months, as texts.
ALTER TABLE backfill ALTER COLUMN first_day SET DATA TYPE VARCHAR(13);
ALTER TABLE backfill ALTER COLUMN last_day SET DATA TYPE VARCHAR(13);
ALTER TABLE backfill_window ALTER COLUMN run_day SET DATA TYPE VARCHAR(13);
