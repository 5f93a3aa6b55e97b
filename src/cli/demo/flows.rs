//! The shop's workflows: one that loads the sales, with a branch that fails now and then, and one that trains on them.

use super::kind::{Kind, Must, goes_wrong};
use super::shop::{Desk, Numbered, ShopTask, stumble};
use crate::model::{RunId, WorkflowStatus};
use crate::sdk::{
    Client, Dag, Error, OnlyInsideTasks, PlainWorkflow, Result, Workflow, WorkflowConfig, WorkflowRun, workflow_context,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Shards of a training.
const SHARDS: u64 = 8;
/// Of so many nights in 100 a row has no price.
const UNSOUND: u64 = 30;

/// A workflow of the shop.
pub(crate) type ShopWorkflow = Workflow<PlainWorkflow<Numbered>>;

/// The shop's workflows.
pub(crate) struct Flows {
    /// Loads the sales of a night.
    pub(crate) etl: ShopWorkflow,
    /// Trains a model on them.
    pub(crate) training: ShopWorkflow,
}

/// A row without a price has none the next time either.
#[derive(Debug, thiserror::Error)]
#[error("a row of night {0} has no price")]
pub(crate) struct Unsound(u64);

/// Which part of the data a node trains on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shard {
    shard: u64,
}

impl Flows {
    /// The workflows, with their tasks.
    pub(crate) fn new(desk: &Desk) -> Self {
        Self { etl: etl(desk), training: training(desk) }
    }

    /// Sends the work of one night.
    ///
    /// # Errors
    /// A send that was refused.
    pub(crate) async fn night(&self, desk: &Desk, client: &Client, number: u64) -> Result<()> {
        let run = self.etl.on(client).send(Numbered { number }).await?;
        let (must, unsound) = match is_unsound(number) {
            true => (WorkflowStatus::Failed, true),
            false => (WorkflowStatus::Success, false),
        };
        let node = |kind| match kind {
            Kind::Validate if unsound => Must::Fail("Unsound"),
            Kind::Load if unsound => Must::BeSkipped,
            _ => Must::Succeed,
        };
        noted(desk, &run, must, node).await
    }

    /// Sends one training.
    ///
    /// # Errors
    /// A send that was refused.
    pub(crate) async fn training(&self, desk: &Desk, client: &Client, number: u64) -> Result<()> {
        let run = self.training.on(client).send(Numbered { number }).await?;
        noted(desk, &run, WorkflowStatus::Success, |_| Must::Succeed).await
    }
}

/// Writes a run into the books, with its nodes and how they have to end.
async fn noted(
    desk: &Desk,
    run: &WorkflowRun<Numbered>,
    must: WorkflowStatus,
    node: impl Fn(Kind) -> Must,
) -> Result<()> {
    let detail = run.detail().await?;
    let kinds = detail.nodes.iter().filter_map(|node| Some((node.row.run, Kind::of(&node.row.task_name)?)));
    let nodes: Vec<(RunId, Kind, Must)> = kinds.map(|(run, kind)| (run, kind, node(kind))).collect();
    desk.books.sent_workflow(run.id(), must, nodes);
    Ok(())
}

fn is_unsound(number: u64) -> bool {
    goes_wrong(Kind::Validate, number, 0, UNSOUND)
}

/// What the run is about: what it was sent with.
fn number() -> Result<u64> {
    let args: Numbered = workflow_context().args()?;
    Ok(args.number)
}

/// A task that takes its time, and then gives a number.
fn step(desk: &Desk, kind: Kind, millis: u64) -> ShopTask<(), u64> {
    desk.task(kind, move |_, _, ()| async move {
        let number = number()?;
        tokio::time::sleep(Duration::from_millis(millis + number % 7 * millis / 10)).await;
        Ok(number * 1_000 + millis)
    })
}

/// extract >> (transform, validate) >> load, and transform >> archive; tidy comes last.
fn etl(desk: &Desk) -> ShopWorkflow {
    let (extract, transform) = (step(desk, Kind::Extract, 60), step(desk, Kind::Transform, 90));
    let (archive, tidy) = (step(desk, Kind::Archive, 40), tidy(desk));
    let (validate, load) = (validate(desk), load(desk, &transform));
    let config = WorkflowConfig::new().queue(desk.queue(Kind::Extract)).timeout_seconds(600);
    Workflow::new("shop_etl", config, |_: OnlyInsideTasks<Numbered>| {
        let loaded = extract >> (transform.clone(), validate) >> load;
        Dag::from((loaded, transform >> archive)).finally(tidy)
    })
}

fn validate(desk: &Desk) -> ShopTask<(), u64> {
    desk.task(Kind::Validate, |_, _, ()| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        match number()? {
            night if is_unsound(night) => Err(Error::fatal(Unsound(night))),
            night => Ok(night),
        }
    })
}

fn load(desk: &Desk, transform: &ShopTask<(), u64>) -> ShopTask<(), u64> {
    let transform = transform.clone();
    desk.task(Kind::Load, move |_, _, ()| {
        let transform = transform.clone();
        async move {
            let rows = workflow_context().result(&transform).await?;
            tokio::time::sleep(Duration::from_millis(70)).await;
            Ok(rows)
        }
    })
}

/// Sees how the others ended.
fn tidy(desk: &Desk) -> ShopTask<(), String> {
    desk.task(Kind::Tidy, |_, _, ()| async move {
        let load = workflow_context().status(Kind::Load.task()).await?;
        Ok(format!("the load of night {} is {load}", number()?))
    })
}

/// divide >> one node a shard >> evaluate.
fn training(desk: &Desk) -> ShopWorkflow {
    let (divide, train, evaluate) = (step(desk, Kind::Divide, 30), train(desk), evaluate(desk));
    let config = WorkflowConfig::new().queue(desk.queue(Kind::Train));
    Workflow::new("shop_training", config, |_: OnlyInsideTasks<Numbered>| {
        let shard = |shard| train.node(shard_name(shard)).args(Shard { shard });
        divide >> (0..SHARDS).map(shard).collect::<Vec<_>>() >> evaluate
    })
}

fn shard_name(shard: u64) -> String {
    format!("train-{shard}")
}

/// Some shards take longer than others, and a machine runs out of memory now and then.
fn train(desk: &Desk) -> ShopTask<Shard, u64> {
    desk.task(Kind::Train, |_, context, Shard { shard }| async move {
        let number = number()?;
        tokio::time::sleep(Duration::from_millis(80 + (number + shard) % SHARDS * 25)).await;
        stumble(Kind::Train, number * SHARDS + shard, &context, 8, "out of memory")?;
        Ok(number + shard)
    })
}

/// Puts together what the shards learned.
fn evaluate(desk: &Desk) -> ShopTask<(), u64> {
    desk.task(Kind::Evaluate, |_, _, ()| async move {
        let mut sum = 0;
        for shard in 0..SHARDS {
            sum += workflow_context().result_of::<u64>(shard_name(shard)).await?;
        }
        Ok(sum)
    })
}
