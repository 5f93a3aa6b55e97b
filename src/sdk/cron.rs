//! What is sent by itself: the schedule of a task or a workflow, and all schedules of a registry.

use super::config_error::ConfigError;
use super::registry::{HyrexRegistry, RegisteredTask};
use super::workflow::RegisteredWorkflow;
use crate::model::NewRun;
use crate::model::schedule::{Missed, Schedule, ScheduleError, Target};
use crate::store::NewSchedule;

/// What a schedule sends its runs with: nobody is there to give arguments.
const NO_ARGUMENTS: &str = "{}";

/// When a task or a workflow is sent by itself. A text alone is its expression, in UTC.
///
/// ```
/// use hyrex::{Cron, Missed, TaskConfig};
///
/// let nightly = Cron::new("0 2 * * *").tz("Europe/Berlin").missed(Missed::None);
/// let config = TaskConfig::new().cron(nightly);
/// let hourly = TaskConfig::new().cron("@hourly");
/// # let _ = (config, hourly);
/// ```
///
/// What is wrong in it is told when the application is built ([`HyrexApp::validate`](super::HyrexApp::validate)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    expression: String,
    zone: String,
    missed: String,
}

impl Cron {
    /// Five fields as in crontab(5), six with the second first, or a nickname such as `@daily`.
    pub fn new(expression: impl Into<String>) -> Self {
        Self { expression: expression.into(), zone: "UTC".into(), missed: Missed::default().as_str().into() }
    }

    /// The time zone: a name of the IANA database; by default `UTC`.
    pub fn tz(mut self, zone: impl Into<String>) -> Self {
        self.zone = zone.into();
        self
    }

    /// What happens to times at which no worker was there: a [`Missed`], or its word: `"last"` (the default), `"all"`,
    /// `"none"`.
    pub fn missed(mut self, missed: impl AsRef<str>) -> Self {
        self.missed = missed.as_ref().to_owned();
        self
    }

    fn read(&self) -> Result<(Schedule, Missed), ScheduleError> {
        Ok((Schedule::parse(&self.expression, &self.zone)?, self.missed.parse()?))
    }
}

impl From<&str> for Cron {
    fn from(expression: &str) -> Self {
        Self::new(expression)
    }
}

impl From<String> for Cron {
    fn from(expression: String) -> Self {
        Self::new(expression)
    }
}

impl HyrexRegistry {
    /// What of it is sent by itself, as it is registered with a database.
    ///
    /// # Errors
    /// A cron that cannot be read, or of what needs arguments.
    pub fn schedules(&self) -> Result<Vec<NewSchedule>, ConfigError> {
        let tasks = self.tasks().filter_map(of_task);
        let workflows = self.workflows().filter_map(|workflow| self.of_workflow(workflow));
        tasks.chain(workflows).collect()
    }

    fn of_workflow(&self, workflow: &RegisteredWorkflow) -> Option<Result<NewSchedule, ConfigError>> {
        let cron = workflow.config.cron.as_ref()?;
        let lacks = workflow.check_stored(NO_ARGUMENTS).err();
        let run = || workflow.new_run(NO_ARGUMENTS.into(), self);
        Some(schedule("workflow", &workflow.name, cron, lacks, || Target::Workflow(Box::new(run()))))
    }
}

fn of_task(task: &RegisteredTask) -> Option<Result<NewSchedule, ConfigError>> {
    let cron = task.config.cron.as_ref()?;
    let lacks = task.check_arguments.and_then(|check| check(NO_ARGUMENTS).err());
    // Its time is the schedule's: a delay is of sends.
    let run = || NewRun { start: Default::default(), ..task.config.new_run(&task.name, NO_ARGUMENTS.into()) };
    Some(schedule("task", &task.name, cron, lacks, || Target::Task(Box::new(run()))))
}

fn schedule(
    what: &'static str,
    name: &str,
    cron: &Cron,
    lacks: Option<String>,
    target: impl FnOnce() -> Target,
) -> Result<NewSchedule, ConfigError> {
    let name = || name.to_owned();
    if let Some(why) = lacks {
        return Err(ConfigError::CronArguments { what, name: name(), why });
    }
    let (schedule, missed) =
        cron.read().map_err(|source| ConfigError::Cron { what, name: name(), source: source.into() })?;
    Ok(NewSchedule { schedule, missed, target: target() })
}

#[cfg(test)]
mod tests {
    use super::super::{Task, TaskConfig, Workflow, WorkflowConfig, workflow::OnlyInsideTasks};
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Order {
        number: u32,
    }

    fn clean_up(config: TaskConfig) -> Task<super::super::Plain<(), ()>> {
        Task::new("clean_up", config, |()| async { Ok(()) })
    }

    fn mistake(registry: HyrexRegistry) -> String {
        registry.validate().unwrap_err().to_string()
    }

    #[test]
    fn what_has_a_cron_is_a_schedule_with_its_own_settings() {
        let cron = Cron::new("30 2 * * *").tz("Europe/Berlin").missed(Missed::All);
        let own = clean_up(TaskConfig::new().cron(cron).delay(std::time::Duration::from_secs(60)));
        let other = Task::new("other", TaskConfig::new(), |()| async { Ok(()) });
        let registry = crate::registry![own, other].defaults(TaskConfig::new().queue("night").max_retries(3));
        let [only] = &registry.schedules().unwrap()[..] else { panic!("one has a cron") };
        assert_eq!((only.schedule.expression(), only.schedule.zone().name()), ("30 2 * * *", "Europe/Berlin"));
        assert_eq!((only.missed, only.target.job_name()), (Missed::All, "task:clean_up".to_owned()));
        let Target::Task(run) = &only.target else { panic!("a task") };
        assert_eq!((run.queue.as_str(), run.max_retries, run.args.as_str()), ("night", 3, "{}"));
        assert_eq!(run.start, Default::default());
    }

    #[test]
    fn a_workflow_is_one_with_the_settings_that_the_registry_completed() {
        let task = clean_up(TaskConfig::new());
        let draw = |_: OnlyInsideTasks<()>| task.clone() >> task.node("again");
        let workflow = Workflow::new("nightly", WorkflowConfig::new().cron("@daily").timeout_seconds(60), draw);
        let registry = crate::registry![workflow].defaults(TaskConfig::new().max_retries(3));
        let [only] = &registry.schedules().unwrap()[..] else { panic!("one has a cron") };
        let Target::Workflow(run) = &only.target else { panic!("a workflow") };
        assert_eq!((run.workflow_name.as_str(), run.timeout_seconds, run.nodes.len()), ("nightly", Some(60), 2));
        assert!(run.nodes.iter().all(|node| node.max_retries == 3));
    }

    #[test]
    fn what_is_wrong_in_a_cron_is_told_with_whose_it_is() {
        let wrong = |cron: Cron| mistake(crate::registry![clean_up(TaskConfig::new().cron(cron))]);
        let said = wrong("0 25 * * *".into());
        assert!(said.starts_with("task 'clean_up': the cron expression '0 25 * * *': hour '25': "), "{said}");
        assert!(said.contains("this field takes 0-23"), "{said}");
        assert!(wrong(Cron::new("@daily").tz("Berlin")).contains("there is no time zone 'Berlin'"));
        assert!(wrong(Cron::new("@daily").missed("some")).contains("'some' says nothing about missed times"));
    }

    #[test]
    fn what_needs_arguments_has_no_cron() {
        let task = Task::new("bill", TaskConfig::new().cron("@daily"), |_: Order| async { Ok(()) });
        let said = mistake(crate::registry![task]);
        assert!(
            said.starts_with("task 'bill' has a cron, which sends it without arguments, and these do not"),
            "{said}"
        );
        assert!(said.contains("missing field `number`"), "{said}");
        let draw = |_: OnlyInsideTasks<Order>| super::super::Dag::from(clean_up(TaskConfig::new()));
        let said = mistake(crate::registry![Workflow::new("flow", WorkflowConfig::new().cron("@daily"), draw)]);
        assert!(said.starts_with("workflow 'flow' has a cron") && said.contains("`number`"), "{said}");
    }

    #[test]
    fn defaults_have_no_cron() {
        let said = mistake(crate::registry![].defaults(TaskConfig::new().cron("@daily")));
        assert!(said.contains("the defaults of a registry have a cron"), "{said}");
    }
}
