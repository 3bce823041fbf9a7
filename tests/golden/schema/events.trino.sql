CREATE SCHEMA IF NOT EXISTS newsbeam;

CREATE TABLE IF NOT EXISTS newsbeam."events" (
  "event_id" varchar COMMENT 'Id of the event, from first rumour to fact',
  "run_id" varchar COMMENT 'Run that wrote the row',
  "type" varchar COMMENT 'PLOVER category: CONSULT, AGREE, SUPPORT, ...',
  "mode" varchar COMMENT 'PLOVER mode: visit, phone, multilateral, third-party, ...',
  "status" varchar COMMENT 'possible, planned, confirmed, ongoing, happened, postponed, cancelled, denied or requested',
  "source" array(row("name" varchar, "role" varchar, "country" varchar, "kind" varchar)) COMMENT 'Who does it; of a visit the visitor',
  "target" array(row("name" varchar, "role" varchar, "country" varchar, "kind" varchar)) COMMENT 'Who receives it; of a visit the host',
  "start_date" date COMMENT 'First day',
  "end_date" date COMMENT 'Last day, inclusive',
  "granularity" varchar COMMENT 'day, week, month, season, quarter, half, year or span',
  "place" varchar COMMENT 'City where it takes place',
  "place_country" varchar COMMENT 'Country where it takes place, ISO 3166-1 alpha-3',
  "latitude" double COMMENT 'Degrees, WGS 84',
  "longitude" double COMMENT 'Degrees, WGS 84',
  "geonames_id" bigint COMMENT 'GeoNames id of the place',
  "status_history" array(row("status" varchar, "reported" timestamp(3), "run_id" varchar, "mention_id" varchar, "attribution" array(array(varchar)))) COMMENT 'One entry per change, in the order of runs',
  "first_reported" timestamp(3) COMMENT 'Earliest publication that mentions it',
  "last_reported" timestamp(3) COMMENT 'Latest publication that mentions it',
  "mentions" bigint COMMENT 'Number of mentions',
  "articles" bigint COMMENT 'Number of articles',
  "independent_articles" bigint COMMENT 'Number of articles that are no copies',
  "publishers" bigint COMMENT 'Number of outlets',
  "conflict" boolean COMMENT 'Reports contradict each other',
  "cameo" varchar COMMENT 'CAMEO code, derived from type, mode and status',
  "quad_class" bigint COMMENT '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict',
  "goldstein" double COMMENT 'Goldstein value, -10 (conflict) to 10 (cooperation)',
  "merged_into" varchar COMMENT 'Event that this one proved to be',
  "month" varchar COMMENT 'Month of the first report, as 2026-03'
)
COMMENT 'One row is one event as it stands now'
WITH (format = 'PARQUET', external_location = 'file:///data/Ada''s lake/events/', partitioned_by = ARRAY['month']);
-- Once more after each run, for the partitions that are new:
CALL system.sync_partition_metadata('newsbeam', 'events', 'ADD');
