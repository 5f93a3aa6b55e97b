//! Reading jobs and what they did.

use crate::model::Timestamp;
use crate::store::postgres::PostgresStore;
use crate::store::postgres::connect::call;
use crate::store::postgres::inspect::{LIMIT, MOST, page, read};
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, micros, time, time_or_none};
use crate::store::sql::statements;
use crate::store::{Page, Result, ScheduleHistoryQuery, ScheduleRow, ScheduleRunRow, ScheduleSource};
use sqlx::postgres::PgRow;

statements! {
    /// A task's job of Python's is sent as its definition says: its command is never looked into.
    ALL = "select j.jobid, j.jobname, coalesce(j.expression, j.schedule) as expression,
            coalesce(j.time_zone, 'UTC') as time_zone,
            coalesce(j.missed, case when j.should_backfill is false then 'none' else 'all' end) as missed,
            case when j.expression is not null then 'ours' else j.job_source::text end as source,
            j.enabled is distinct from false and (j.expression is not null or j.active) as enabled, j.enabled_by, j.app,
            greatest(j.activated_at, j.scheduled_jobs_confirmed_until, '1970-01-01Z') as confirmed,
            (select max(d.schedule_time) from hyrex_cron_job_run_details d where d.jobid = j.jobid) as last,
            array(select (extract(epoch from d.schedule_time) * 1000000)::bigint from hyrex_cron_job_run_details d
                where d.jobid = j.jobid and d.status = {QUEUED}
                    and d.schedule_time < coalesce($1::timestamptz, now()) - interval '1 minute'
                order by d.schedule_time limit 1000) as left_over,
            case when j.expression is null and j.job_source = 'TASK' then 'task' else j.target_kind end as target_kind,
            case when j.expression is null and j.job_source = 'TASK' then regexp_replace(j.jobname, '^ScheduledTask-', '')
                else j.target_name end as target_name,
            case when j.expression is null and j.job_source = 'TASK' then json_build_object('args', '{}', 'queue',
                    coalesce(t.queue, 'default'), 'max_retries', greatest(0, least(1000, coalesce(t.max_retries, 0))),
                    'priority', greatest(1, least(10, coalesce(t.priority, 5))), 'timeout_seconds', t.timeout_seconds)
                else j.target_args end::text as target_args
        from hyrex_cron_job j
            left join hyrex_task_def t on j.expression is null and t.task_name = regexp_replace(j.jobname, '^ScheduledTask-', '')
        where coalesce(j.expression, j.schedule) is not null order by j.jobname collate \"C\" limit $2";
    HISTORY = "select d.schedule_time, d.status::text as status, d.run_id, d.end_time, d.error
        from hyrex_cron_job_run_details d
        where d.jobid = $1 and ($2::timestamptz is null or d.schedule_time < $2)
        order by d.schedule_time desc limit $3";
}

impl PostgresStore {
    pub(in crate::store::postgres) async fn read_schedules(&self, now: Option<Timestamp>) -> Result<Vec<ScheduleRow>> {
        read!(self, link => schedules(link, now))
    }

    pub(in crate::store::postgres) async fn read_schedule_history(
        &self,
        wanted: &ScheduleHistoryQuery,
    ) -> Result<Page<ScheduleRunRow, Timestamp>> {
        read!(self, link => history(link, wanted))
    }
}

async fn schedules(link: &mut Link<'_>, now: Option<Timestamp>) -> Result<Vec<ScheduleRow>> {
    let rows = link.all(query(ALL.as_str()).bind(now).bind(i64::from(MOST))).await?;
    rows.iter().map(schedule).collect()
}

fn schedule(row: &PgRow) -> Result<ScheduleRow> {
    let source = match get::<&str>(row, "source")? {
        "ours" => ScheduleSource::Application,
        "TASK" => ScheduleSource::PythonTask,
        "SYSTEM" => ScheduleSource::System,
        _ => ScheduleSource::Sql,
    };
    let left_over: Vec<i64> = get(row, "left_over")?;
    Ok(ScheduleRow {
        id: get(row, "jobid")?,
        name: get(row, "jobname")?,
        source,
        expression: get(row, "expression")?,
        time_zone: get(row, "time_zone")?,
        missed: get(row, "missed")?,
        app: get(row, "app")?,
        enabled: get(row, "enabled")?,
        enabled_by: get(row, "enabled_by")?,
        confirmed_until: time(row, "confirmed")?,
        last: time_or_none(row, "last")?,
        left_over: left_over.into_iter().map(micros).collect(),
        target_kind: get(row, "target_kind")?,
        target_name: get(row, "target_name")?,
        target_args: get(row, "target_args")?,
    })
}

async fn history(link: &mut Link<'_>, wanted: &ScheduleHistoryQuery) -> Result<Page<ScheduleRunRow, Timestamp>> {
    let limit = wanted.limit.clamp(1, MOST);
    let statement = query(HISTORY.as_str()).bind(wanted.job).bind(wanted.before).bind(i64::from(limit) + 1);
    let mut found = Vec::new();
    for row in link.all(statement).await? {
        found.push(ScheduleRunRow {
            time: time(&row, "schedule_time")?,
            status: get(&row, "status")?,
            run: get(&row, "run_id")?,
            done: time_or_none(&row, "end_time")?,
            error: get(&row, "error")?,
        });
    }
    Ok(page(found, limit, |row| row.time))
}
