//! Plays operations on workflows' runs to a store and to the model, and compares what they answer.

use super::ops::{Args, FlowOp, FlowPick, FlowSend, What};
use super::view;
use crate::model::player::{Player, QUEUES, TASKS, Verdict, fine, pick, same};
use crate::support::make;
use hyrex::model::dag::{Repair, RepairError};
use hyrex::model::{Completion, NewNode, NewWorkflow, RunId, TaskStatus, WorkflowRunId, WorkflowSent, WorkflowStatus};
use hyrex::store::{
    StoreError, WorkflowCancel, WorkflowCanceled, WorkflowRepair, WorkflowRepaired, WorkflowSweep, WorkflowSwept,
};
use std::fmt::Debug;

pub const WORKFLOWS: [&str; 2] = ["etl", "E'%"];

impl Player<'_> {
    pub async fn flow(&mut self, op: &FlowOp) -> Verdict {
        match op {
            FlowOp::Send(send) => self.send_flow(send).await,
            FlowOp::SendBad { bad } => self.send_bad_flow(*bad).await,
            FlowOp::SendAgain { flow } => self.send_flow_again(*flow).await,
            FlowOp::Cancel { flow, pick, subtree } => self.cancel_flow(*flow, *pick, *subtree).await,
            FlowOp::Sweep { recount } => self.sweep(*recount).await.map(drop),
            FlowOp::EndInPython { node } => self.end_in_python(*node).await,
            FlowOp::Forget { flow } => self.forget(*flow).await,
            FlowOp::Repair { flow, pick, what, args, id } => self.repair(*flow, *pick, *what, *args, *id).await,
            FlowOp::RepairAgain { repair } => self.repair_again(*repair).await,
            FlowOp::Look { flow } => view::look(&self.book, self.store, *flow).await,
        }
    }

    async fn send_flow(&mut self, send: &FlowSend) -> Verdict {
        let new = self.new_flow(send);
        let answer = fine("workflow send", self.store.workflow_send(new.clone(), self.now()).await)?;
        same("workflow send", answer, self.book.send_flow(&new))?;
        let outcome = match answer {
            WorkflowSent::Duplicate(_) => "duplicate",
            WorkflowSent::New(_) if new.parent.is_some() => "child",
            WorkflowSent::New(_) => "new",
        };
        self.saw("workflow", outcome);
        Ok(())
    }

    fn new_flow(&self, send: &FlowSend) -> NewWorkflow {
        let node = |(number, node): (usize, &super::shapes::NodeOf)| NewNode {
            run: RunId(node.id),
            name: format!("n{number}"),
            task_name: TASKS[node.task as usize].to_owned(),
            args: format!("{{\"node\": {number} }}"),
            queue: QUEUES[node.queue as usize].to_owned(),
            max_retries: node.retries,
            priority: node.priority,
            timeout_seconds: None,
            finally: node.finally,
            waits_for: node.after.clone(),
        };
        let sender = send.parent.and_then(|parent| pick(&self.fences, parent)).map(|fence| fence.attempt);
        NewWorkflow {
            id: WorkflowRunId(send.id),
            workflow_name: WORKFLOWS[send.name as usize].to_owned(),
            args: "{\"all\": 1 }".to_owned(),
            queue: QUEUES[0].to_owned(),
            timeout_seconds: send.timeout,
            idempotency_key: send.key.map(|key| format!("key-{key}")),
            parent: sender,
            root: sender.and_then(|sender| self.book.facts(self.book.find(sender)?).root),
            nodes: send.shape.nodes.iter().enumerate().map(node).collect(),
        }
    }

    async fn send_bad_flow(&mut self, bad: u8) -> Verdict {
        let mut rng = fastrand::Rng::with_seed(bad.into());
        let shape = super::shapes::shape(&mut rng);
        let id = crate::model::ops::id(&mut rng);
        let mut new = self.new_flow(&FlowSend { id, name: 0, shape, timeout: None, key: None, parent: None });
        match bad % 4 {
            0 => new.nodes.clear(),
            1 => new.nodes[0].waits_for = vec![new.nodes.len()],
            2 => new.nodes[0].priority = 0,
            _ => new.args = "[]".into(),
        }
        match self.store.workflow_send(new, self.now()).await {
            Err(StoreError::Bounds(_)) => self.saw("workflow", "refused"),
            other => return Err(format!("workflow send: a bound is broken, and the store says {other:?}")),
        }
        Ok(())
    }

    async fn send_flow_again(&mut self, flow: u16) -> Verdict {
        let Some(flow) = pick(&self.book.flows, flow) else { return Ok(()) };
        let answer = fine("workflow send", self.store.workflow_send(flow.new.clone(), self.now()).await)?;
        same("workflow send again", answer, WorkflowSent::New(flow.new.id))?;
        self.saw("workflow", "repeated");
        Ok(())
    }

    /// One of the runs of workflows; the one of that kind where there is one.
    fn pick_flow(&self, flow: u16, which: FlowPick) -> Option<usize> {
        let fits = |place: &usize| {
            let flow = &self.book.flows[*place];
            match which {
                FlowPick::Live => flow.is_live(),
                FlowPick::Broken => matches!(flow.status, WorkflowStatus::Failed | WorkflowStatus::Canceled),
                _ => true,
            }
        };
        let all: Vec<usize> = (0..self.book.flows.len()).collect();
        let fitting: Vec<usize> = all.iter().copied().filter(fits).collect();
        let chosen = pick(&fitting, flow).or_else(|| pick(&all, flow));
        chosen.filter(|_| !matches!(which, FlowPick::Unknown))
    }

    async fn cancel_flow(&mut self, flow: u16, which: FlowPick, subtree: bool) -> Verdict {
        let flow = self.pick_flow(flow, which);
        let run = flow.map_or_else(WorkflowRunId::new, |flow| self.book.flows[flow].new.id);
        let cancel = WorkflowCancel { run, subtree, actor: make::operator(), now: self.now() };
        let answer = fine("workflow cancel", self.store.workflow_cancel(cancel.clone()).await)?;
        same("workflow cancel", &answer, &self.book.cancel_flow(&cancel))?;
        if subtree && flow.is_some() {
            let below = answer.descendants_canceled + answer.descendants_asked;
            self.saw("workflow cancel subtree", if below > 0 { "some below" } else { "none below" });
        }
        let outcome = match answer.run {
            WorkflowCanceled::Canceled => "cancelled",
            WorkflowCanceled::Asked => "asked",
            WorkflowCanceled::AlreadyAsked => "already asked",
            WorkflowCanceled::AlreadyEnded(_) => "already ended",
            WorkflowCanceled::NotFound => "not found",
        };
        self.saw("workflow cancel", outcome);
        Ok(())
    }

    pub async fn sweep(&mut self, recount: bool) -> Verdict<WorkflowSwept> {
        let sweep = WorkflowSweep { recount, now: self.now() };
        let swept = fine("sweep", self.store.workflow_sweep(sweep).await)?;
        same("sweep", swept, self.book.sweep(recount))?;
        let outcome = match (swept.timed_out, swept.recounted) {
            (0, 0) => "nothing",
            (0, _) => "counted anew",
            _ => "timed out",
        };
        self.saw("sweep", outcome);
        Ok(swept)
    }

    async fn end_in_python(&mut self, node: u16) -> Verdict {
        let runs = self.book.all().into_iter().filter(|key| self.book.node(key.0).is_some());
        let running: Vec<_> = runs.filter(|key| self.book.attempt(*key).status == TaskStatus::Running).collect();
        let Some(key) = pick(&running, node) else { return Ok(()) };
        let raw = &self.test.raw;
        let (now, id) = (raw.time(self.book.now), raw.id(self.book.attempt(key).id.expect("it was claimed").0));
        let sql = format!("UPDATE hyrex_task_run SET status = 'SUCCESS', finished = {now} WHERE id = {id}");
        raw.execute(&sql).await;
        self.book.end_in_python(key);
        let swept = self.sweep(true).await?;
        self.saw("ended in Python", if swept.recounted > 0 { "swept" } else { "overlooked" });
        Ok(())
    }

    async fn forget(&mut self, flow: u16) -> Verdict {
        let Some(flow) = self.pick_flow(flow, FlowPick::Live) else { return Ok(()) };
        let raw = &self.test.raw;
        let id = raw.id(self.book.flows[flow].new.id.0);
        let counts = "nodes_left = NULL, ordinary_left = NULL, unsuccessful = NULL";
        raw.execute(&format!("UPDATE hyrex_workflow_run SET {counts} WHERE id = {id}")).await;
        raw.execute(&format!("UPDATE hyrex_task_run SET deps_left = NULL WHERE workflow_run_id = {id}")).await;
        let flow = &mut self.book.flows[flow];
        (flow.counted, flow.forgotten) = (false, true);
        Ok(())
    }

    fn what(&self, flow: Option<usize>, what: What) -> Repair {
        let all = flow.map(|flow| self.book.flows[flow].new.nodes.clone()).unwrap_or_default();
        let names: Vec<String> = all.iter().map(|node| node.name.clone()).collect();
        let one = |from: &[String], node| pick(from, node).or_else(|| pick(&names, node)).unwrap_or_default();
        match what {
            What::Failed => Repair::Failed,
            What::Node(node) => Repair::Node(one(&self.broken(flow), node)),
            What::AnyNode(node) => Repair::Node(one(&names, node)),
            What::From(node) => Repair::From(one(&names, node)),
            What::NoSuchNode => Repair::From("nobody".into()),
        }
    }

    /// The names of the nodes of a run that are not SUCCESS.
    fn broken(&self, flow: Option<usize>) -> Vec<String> {
        let nodes = flow.map(|flow| self.book.nodes_of(flow, true)).unwrap_or_default();
        let broken = nodes.into_iter().filter(|run| self.book.status_of(*run) != TaskStatus::Success);
        broken.filter_map(|run| self.book.node(run).map(|node| node.name.clone())).collect()
    }

    async fn repair(&mut self, flow: u16, which: FlowPick, what: What, args: Args, id: uuid::Uuid) -> Verdict {
        let flow = self.pick_flow(flow, which);
        let run = flow.map_or_else(WorkflowRunId::new, |flow| self.book.flows[flow].new.id);
        let given = |name: Option<String>| name.map(|name| (name, "{\"again\": 1 }".to_owned())).into_iter().collect();
        let nodes = flow.map(|flow| self.book.flows[flow].new.nodes.len()).unwrap_or_default();
        let args = match args {
            Args::None => vec![],
            Args::Broken(node) => given(pick(&self.broken(flow), node)),
            Args::Any(node) => given((nodes > 0).then(|| format!("n{}", node as usize % nodes))),
            Args::Bad => vec![("n0".to_owned(), "[]".to_owned())],
        };
        let what = self.what(flow, what);
        let repair = WorkflowRepair { id, run, what, args, actor: make::operator(), now: self.now() };
        let answer = self.store.workflow_repair(repair.clone()).await;
        if repair.args.iter().any(|(_, args)| args == "[]") {
            return match answer {
                Err(StoreError::Bounds(_)) => {
                    self.saw("repair", "bounds");
                    Ok(())
                }
                other => Err(format!("repair: a bound is broken, and the store says {other:?}")),
            };
        }
        let answer = fine("repair", answer)?;
        one_of("repair", &answer, &self.book.repair(&repair))?;
        if matches!(answer, WorkflowRepaired::Running { .. }) && !repair.args.is_empty() {
            self.saw("repair", "with arguments");
        }
        self.saw("repair", repair_name(&repair, &answer));
        self.repairs.push(repair);
        Ok(())
    }

    async fn repair_again(&mut self, repair: u16) -> Verdict {
        let Some(repair) = pick(&self.repairs, repair) else { return Ok(()) };
        let flow = self.book.flow_of(repair.run);
        if flow.is_some_and(|flow| !self.book.flows[flow].counted) {
            // How many nodes it was for, only its counts tell.
            return Ok(());
        }
        let repeated = flow.is_some_and(|flow| self.book.flows[flow].repair == Some(repair.id));
        let repair = WorkflowRepair { now: self.now(), ..repair };
        let answer = fine("repair again", self.store.workflow_repair(repair.clone()).await)?;
        one_of("repair again", &answer, &self.book.repair(&repair))?;
        self.saw("repair again", if repeated { "repeated" } else { "something else" });
        Ok(())
    }

    /// Runs whose attempts sent others, or runs of workflows.
    pub fn senders(&self) -> Vec<RunId> {
        let parents = self.book.runs.values().filter_map(|run| run.facts.parent);
        let parents = parents.chain(self.book.flows.iter().filter_map(|flow| flow.new.parent));
        let mut senders: Vec<RunId> = parents.filter_map(|parent| Some(self.book.find(parent)?.0)).collect();
        senders.sort_unstable();
        senders.dedup();
        senders
    }

    pub fn naming_its_workflow(&self, completion: Completion) -> Completion {
        let key = self.book.find(completion.fence.attempt);
        let node = key.and_then(|key| self.book.node(key.0));
        Completion { workflow_run: node.map(|node| self.book.flows[node.flow].new.id), ..completion }
    }

    /// A completion of a node that does not say of which run.
    pub fn is_unnamed(&self, completion: &Completion) -> bool {
        self.naming_its_workflow(completion.clone()).workflow_run != completion.workflow_run
    }
}

fn one_of<T: PartialEq + Debug>(what: &str, store: &T, model: &[T]) -> Verdict {
    if model.contains(store) { Ok(()) } else { Err(format!("{what}: the store says {store:?}, the model {model:?}")) }
}

fn repair_name(repair: &WorkflowRepair, answer: &WorkflowRepaired) -> &'static str {
    match (answer, &repair.what) {
        (WorkflowRepaired::Running { .. }, Repair::Failed) => "failed nodes run",
        (WorkflowRepaired::Running { .. }, Repair::Node(_)) => "node runs",
        (WorkflowRepaired::Running { .. }, Repair::From(_)) => "from node on runs",
        (WorkflowRepaired::NotBroken(_), _) => "not broken",
        (WorkflowRepaired::NotAgain(_), _) => "not again",
        (WorkflowRepaired::NotFound, _) => "not found",
        (WorkflowRepaired::Refused(error), _) => match error {
            RepairError::Nothing => "nothing to try",
            RepairError::NoSuchNode { .. } => "no such node",
            RepairError::Succeeded { .. } => "succeeded",
            RepairError::WaitsFor { .. } => "waits in vain",
            _ => "refused otherwise",
        },
    }
}
