"""One newsbeam run an hour under Airflow 3.

The run's logical time is the end of the hour that it is for. A retry therefore has the run's own id: what was
committed is not done again, and what was not is. Two Airflow variables say where things are: `newsbeam_sources` and
`newsbeam_lake`.
"""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

RUN = (
    'newsbeam run "{{ var.value.newsbeam_sources }}" --lake "{{ var.value.newsbeam_lake }}" '
    "--now {{ data_interval_end.strftime('%Y-%m-%dT%H:%M:%SZ') }} --json"
)

with DAG(
    dag_id="newsbeam",
    description="Poll the news, publish articles and events",
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,  # feeds do not show the past: a missed hour is read by the next one
    max_active_runs=1,  # one run at a time per lake
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
):
    BashOperator(
        task_id="run",
        bash_command=RUN,
        skip_on_exit_code=4,  # another run holds the lake
        do_xcom_push=True,  # the receipt, one line of JSON
        execution_timeout=timedelta(hours=6),
    )
