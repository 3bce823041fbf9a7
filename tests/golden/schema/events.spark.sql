CREATE TABLE IF NOT EXISTS `events` (
  `event_id` STRING COMMENT 'Id of the event, from first rumour to fact',
  `run_id` STRING COMMENT 'Run that wrote the row',
  `type` STRING COMMENT 'PLOVER category: CONSULT, AGREE, SUPPORT, ...',
  `mode` STRING COMMENT 'PLOVER mode: visit, phone, multilateral, third-party, ...',
  `status` STRING COMMENT 'possible, planned, confirmed, ongoing, happened, postponed, cancelled, denied or requested',
  `source` ARRAY<STRUCT<`name`: STRING, `role`: STRING, `country`: STRING, `kind`: STRING>> COMMENT 'Who does it; of a visit the visitor',
  `target` ARRAY<STRUCT<`name`: STRING, `role`: STRING, `country`: STRING, `kind`: STRING>> COMMENT 'Who receives it; of a visit the host',
  `start_date` DATE COMMENT 'First day',
  `end_date` DATE COMMENT 'Last day, inclusive',
  `granularity` STRING COMMENT 'day, week, month, season, quarter, half, year or span',
  `place` STRING COMMENT 'City where it takes place',
  `place_country` STRING COMMENT 'Country where it takes place, ISO 3166-1 alpha-3',
  `latitude` DOUBLE COMMENT 'Degrees, WGS 84',
  `longitude` DOUBLE COMMENT 'Degrees, WGS 84',
  `geonames_id` BIGINT COMMENT 'GeoNames id of the place',
  `status_history` ARRAY<STRUCT<`status`: STRING, `reported`: TIMESTAMP, `run_id`: STRING, `mention_id`: STRING, `attribution`: ARRAY<ARRAY<STRING>>>> COMMENT 'One entry per change, in the order of runs',
  `first_reported` TIMESTAMP COMMENT 'Earliest publication that mentions it',
  `last_reported` TIMESTAMP COMMENT 'Latest publication that mentions it',
  `mentions` BIGINT COMMENT 'Number of mentions',
  `articles` BIGINT COMMENT 'Number of articles',
  `independent_articles` BIGINT COMMENT 'Number of articles that are no copies',
  `publishers` BIGINT COMMENT 'Number of outlets',
  `conflict` BOOLEAN COMMENT 'Reports contradict each other',
  `cameo` STRING COMMENT 'CAMEO code, derived from type, mode and status',
  `quad_class` BIGINT COMMENT '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict',
  `goldstein` DOUBLE COMMENT 'Goldstein value, -10 (conflict) to 10 (cooperation)',
  `merged_into` STRING COMMENT 'Event that this one proved to be',
  `month` STRING COMMENT 'Month of the first report, as 2026-03'
)
USING parquet
PARTITIONED BY (`month`)
LOCATION 'file:///data/Ada\'s lake/events/'
COMMENT 'One row is one event as it stands now';
-- Once more after each run, for the partitions that are new:
MSCK REPAIR TABLE `events`;
