-- A list is read as SELECT each.element FROM newsbeam.articles, UNNEST(authors.list) AS each
CREATE SCHEMA IF NOT EXISTS newsbeam;

CREATE OR REPLACE EXTERNAL TABLE newsbeam.`events` (
  `event_id` STRING OPTIONS (description = 'Id of the event, from first rumour to fact'),
  `run_id` STRING OPTIONS (description = 'Run that wrote the row'),
  `type` STRING OPTIONS (description = 'PLOVER category: CONSULT, AGREE, SUPPORT, ...'),
  `mode` STRING OPTIONS (description = 'PLOVER mode: visit, phone, multilateral, third-party, ...'),
  `status` STRING OPTIONS (description = 'possible, planned, confirmed, ongoing, happened, postponed, cancelled, denied or requested'),
  `source` STRUCT<list ARRAY<STRUCT<element STRUCT<`name` STRING, `role` STRING, `country` STRING, `kind` STRING>>>> OPTIONS (description = 'Who does it; of a visit the visitor'),
  `target` STRUCT<list ARRAY<STRUCT<element STRUCT<`name` STRING, `role` STRING, `country` STRING, `kind` STRING>>>> OPTIONS (description = 'Who receives it; of a visit the host'),
  `start_date` DATE OPTIONS (description = 'First day'),
  `end_date` DATE OPTIONS (description = 'Last day, inclusive'),
  `granularity` STRING OPTIONS (description = 'day, week, month, season, quarter, half, year or span'),
  `place` STRING OPTIONS (description = 'City where it takes place'),
  `place_country` STRING OPTIONS (description = 'Country where it takes place, ISO 3166-1 alpha-3'),
  `latitude` FLOAT64 OPTIONS (description = 'Degrees, WGS 84'),
  `longitude` FLOAT64 OPTIONS (description = 'Degrees, WGS 84'),
  `geonames_id` INT64 OPTIONS (description = 'GeoNames id of the place'),
  `status_history` STRUCT<list ARRAY<STRUCT<element STRUCT<`status` STRING, `reported` TIMESTAMP, `run_id` STRING, `mention_id` STRING, `attribution` STRUCT<list ARRAY<STRUCT<element STRUCT<list ARRAY<STRUCT<element STRING>>>>>>>>>> OPTIONS (description = 'One entry per change, in the order of runs'),
  `first_reported` TIMESTAMP OPTIONS (description = 'Earliest publication that mentions it'),
  `last_reported` TIMESTAMP OPTIONS (description = 'Latest publication that mentions it'),
  `mentions` INT64 OPTIONS (description = 'Number of mentions'),
  `articles` INT64 OPTIONS (description = 'Number of articles'),
  `independent_articles` INT64 OPTIONS (description = 'Number of articles that are no copies'),
  `publishers` INT64 OPTIONS (description = 'Number of outlets'),
  `conflict` BOOL OPTIONS (description = 'Reports contradict each other'),
  `cameo` STRING OPTIONS (description = 'CAMEO code, derived from type, mode and status'),
  `quad_class` INT64 OPTIONS (description = '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict'),
  `goldstein` FLOAT64 OPTIONS (description = 'Goldstein value, -10 (conflict) to 10 (cooperation)'),
  `merged_into` STRING OPTIONS (description = 'Event that this one proved to be')
)
WITH PARTITION COLUMNS (`month` STRING)
OPTIONS (
  format = 'PARQUET', uris = ['gs://b/Ada\'s lake/events/*'], hive_partition_uri_prefix = 'gs://b/Ada\'s lake/events/', description = 'One row is one event as it stands now'
);
