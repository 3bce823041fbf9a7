-- Athena runs one statement at a time.
CREATE DATABASE IF NOT EXISTS newsbeam;

CREATE EXTERNAL TABLE IF NOT EXISTS newsbeam.`events` (
  `event_id` string COMMENT 'Id of the event, from first rumour to fact',
  `run_id` string COMMENT 'Run that wrote the row',
  `type` string COMMENT 'PLOVER category: CONSULT, AGREE, SUPPORT, ...',
  `mode` string COMMENT 'PLOVER mode: visit, phone, multilateral, third-party, ...',
  `status` string COMMENT 'possible, planned, confirmed, ongoing, happened, postponed, cancelled, denied or requested',
  `source` array<struct<name:string, role:string, country:string, kind:string>> COMMENT 'Who does it; of a visit the visitor',
  `target` array<struct<name:string, role:string, country:string, kind:string>> COMMENT 'Who receives it; of a visit the host',
  `start_date` date COMMENT 'First day',
  `end_date` date COMMENT 'Last day, inclusive',
  `granularity` string COMMENT 'day, week, month, season, quarter, half, year or span',
  `place` string COMMENT 'City where it takes place',
  `place_country` string COMMENT 'Country where it takes place, ISO 3166-1 alpha-3',
  `latitude` double COMMENT 'Degrees, WGS 84',
  `longitude` double COMMENT 'Degrees, WGS 84',
  `geonames_id` bigint COMMENT 'GeoNames id of the place',
  `status_history` array<struct<status:string, reported:timestamp, run_id:string, mention_id:string, attribution:array<array<string>>>> COMMENT 'One entry per change, in the order of runs',
  `first_reported` timestamp COMMENT 'Earliest publication that mentions it',
  `last_reported` timestamp COMMENT 'Latest publication that mentions it',
  `mentions` bigint COMMENT 'Number of mentions',
  `articles` bigint COMMENT 'Number of articles',
  `independent_articles` bigint COMMENT 'Number of articles that are no copies',
  `publishers` bigint COMMENT 'Number of outlets',
  `conflict` boolean COMMENT 'Reports contradict each other',
  `cameo` string COMMENT 'CAMEO code, derived from type, mode and status',
  `quad_class` bigint COMMENT '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict',
  `goldstein` double COMMENT 'Goldstein value, -10 (conflict) to 10 (cooperation)',
  `merged_into` string COMMENT 'Event that this one proved to be'
)
COMMENT 'One row is one event as it stands now'
PARTITIONED BY (`month` string)
STORED AS PARQUET
LOCATION 's3://b/Ada\'s lake/events/';
-- Once more after each run, for the partitions that are new:
MSCK REPAIR TABLE newsbeam.`events`;
