CREATE OR REPLACE VIEW `events` (
  `event_id` Nullable(String) COMMENT 'Id of the event, from first rumour to fact',
  `run_id` Nullable(String) COMMENT 'Run that wrote the row',
  `type` Nullable(String) COMMENT 'PLOVER category: CONSULT, AGREE, SUPPORT, ...',
  `mode` Nullable(String) COMMENT 'PLOVER mode: visit, phone, multilateral, third-party, ...',
  `status` Nullable(String) COMMENT 'possible, planned, confirmed, ongoing, happened, postponed, cancelled, denied or requested',
  `source` Array(Tuple(`name` Nullable(String), `role` Nullable(String), `country` Nullable(String), `kind` Nullable(String))) COMMENT 'Who does it; of a visit the visitor',
  `target` Array(Tuple(`name` Nullable(String), `role` Nullable(String), `country` Nullable(String), `kind` Nullable(String))) COMMENT 'Who receives it; of a visit the host',
  `start_date` Nullable(Date32) COMMENT 'First day',
  `end_date` Nullable(Date32) COMMENT 'Last day, inclusive',
  `granularity` Nullable(String) COMMENT 'day, week, month, season, quarter, half, year or span',
  `place` Nullable(String) COMMENT 'City where it takes place',
  `place_country` Nullable(String) COMMENT 'Country where it takes place, ISO 3166-1 alpha-3',
  `latitude` Nullable(Float64) COMMENT 'Degrees, WGS 84',
  `longitude` Nullable(Float64) COMMENT 'Degrees, WGS 84',
  `geonames_id` Nullable(Int64) COMMENT 'GeoNames id of the place',
  `status_history` Array(Tuple(`status` Nullable(String), `reported` Nullable(DateTime64(6, 'UTC')), `run_id` Nullable(String), `mention_id` Nullable(String), `attribution` Array(Array(Nullable(String))))) COMMENT 'One entry per change, in the order of runs',
  `first_reported` Nullable(DateTime64(6, 'UTC')) COMMENT 'Earliest publication that mentions it',
  `last_reported` Nullable(DateTime64(6, 'UTC')) COMMENT 'Latest publication that mentions it',
  `mentions` Nullable(Int64) COMMENT 'Number of mentions',
  `articles` Nullable(Int64) COMMENT 'Number of articles',
  `independent_articles` Nullable(Int64) COMMENT 'Number of articles that are no copies',
  `publishers` Nullable(Int64) COMMENT 'Number of outlets',
  `conflict` Nullable(Bool) COMMENT 'Reports contradict each other',
  `cameo` Nullable(String) COMMENT 'CAMEO code, derived from type, mode and status',
  `quad_class` Nullable(Int64) COMMENT '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict',
  `goldstein` Nullable(Float64) COMMENT 'Goldstein value, -10 (conflict) to 10 (cooperation)',
  `merged_into` Nullable(String) COMMENT 'Event that this one proved to be',
  `month` Nullable(String) COMMENT 'Month of the first report, as 2026-03'
)
AS SELECT * FROM file(
  '/data/Ada\'s lake/events/*/*.parquet', 'Parquet',
  '`event_id` Nullable(String), `run_id` Nullable(String), `type` Nullable(String), `mode` Nullable(String), `status` Nullable(String), `source` Array(Tuple(`name` Nullable(String), `role` Nullable(String), `country` Nullable(String), `kind` Nullable(String))), `target` Array(Tuple(`name` Nullable(String), `role` Nullable(String), `country` Nullable(String), `kind` Nullable(String))), `start_date` Nullable(Date32), `end_date` Nullable(Date32), `granularity` Nullable(String), `place` Nullable(String), `place_country` Nullable(String), `latitude` Nullable(Float64), `longitude` Nullable(Float64), `geonames_id` Nullable(Int64), `status_history` Array(Tuple(`status` Nullable(String), `reported` Nullable(DateTime64(6, \'UTC\')), `run_id` Nullable(String), `mention_id` Nullable(String), `attribution` Array(Array(Nullable(String))))), `first_reported` Nullable(DateTime64(6, \'UTC\')), `last_reported` Nullable(DateTime64(6, \'UTC\')), `mentions` Nullable(Int64), `articles` Nullable(Int64), `independent_articles` Nullable(Int64), `publishers` Nullable(Int64), `conflict` Nullable(Bool), `cameo` Nullable(String), `quad_class` Nullable(Int64), `goldstein` Nullable(Float64), `merged_into` Nullable(String), `month` Nullable(String)'
)
SETTINGS use_hive_partitioning = 1
COMMENT 'One row is one event as it stands now';
