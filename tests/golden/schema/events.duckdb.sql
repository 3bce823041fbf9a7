CREATE OR REPLACE VIEW "events" AS SELECT * FROM read_parquet(
  '/data/Ada''s lake/events/*/*.parquet',
  hive_partitioning = true, hive_types = {'month': VARCHAR}, union_by_name = true
);
COMMENT ON VIEW "events" IS 'One row is one event as it stands now';
COMMENT ON COLUMN "events"."event_id" IS 'Id of the event, from first rumour to fact';
COMMENT ON COLUMN "events"."run_id" IS 'Run that wrote the row';
COMMENT ON COLUMN "events"."type" IS 'PLOVER category: CONSULT, AGREE, SUPPORT, ...';
COMMENT ON COLUMN "events"."mode" IS 'PLOVER mode: visit, phone, multilateral, third-party, ...';
COMMENT ON COLUMN "events"."status" IS 'possible, planned, confirmed, ongoing, happened, postponed, cancelled, denied or requested';
COMMENT ON COLUMN "events"."source" IS 'Who does it; of a visit the visitor';
COMMENT ON COLUMN "events"."target" IS 'Who receives it; of a visit the host';
COMMENT ON COLUMN "events"."start_date" IS 'First day';
COMMENT ON COLUMN "events"."end_date" IS 'Last day, inclusive';
COMMENT ON COLUMN "events"."granularity" IS 'day, week, month, season, quarter, half, year or span';
COMMENT ON COLUMN "events"."place" IS 'City where it takes place';
COMMENT ON COLUMN "events"."place_country" IS 'Country where it takes place, ISO 3166-1 alpha-3';
COMMENT ON COLUMN "events"."latitude" IS 'Degrees, WGS 84';
COMMENT ON COLUMN "events"."longitude" IS 'Degrees, WGS 84';
COMMENT ON COLUMN "events"."geonames_id" IS 'GeoNames id of the place';
COMMENT ON COLUMN "events"."status_history" IS 'One entry per change, in the order of runs';
COMMENT ON COLUMN "events"."first_reported" IS 'Earliest publication that mentions it';
COMMENT ON COLUMN "events"."last_reported" IS 'Latest publication that mentions it';
COMMENT ON COLUMN "events"."mentions" IS 'Number of mentions';
COMMENT ON COLUMN "events"."articles" IS 'Number of articles';
COMMENT ON COLUMN "events"."independent_articles" IS 'Number of articles that are no copies';
COMMENT ON COLUMN "events"."publishers" IS 'Number of outlets';
COMMENT ON COLUMN "events"."conflict" IS 'Reports contradict each other';
COMMENT ON COLUMN "events"."cameo" IS 'CAMEO code, derived from type, mode and status';
COMMENT ON COLUMN "events"."quad_class" IS '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict';
COMMENT ON COLUMN "events"."goldstein" IS 'Goldstein value, -10 (conflict) to 10 (cooperation)';
COMMENT ON COLUMN "events"."merged_into" IS 'Event that this one proved to be';
COMMENT ON COLUMN "events"."month" IS 'Month of the first report, as 2026-03';
