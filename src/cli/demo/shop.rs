//! The shop: its tasks, as an application would write them, and the app that a worker runs.

use super::books::{Books, Till};
use super::flows::Flows;
use super::kind::{EXPORT_STEPS, Kind, MAIL_LIMIT, MAIL_QUEUE, Must, goes_wrong};
use super::orders;
use super::schedules::Scheduled;
use crate::model::Backoff;
use crate::sdk::{
    DurableTaskRun, Error, HyrexApp, HyrexKV, HyrexQueue, HyrexRegistry, Plain, Result, Sending, Task, TaskConfig,
    TaskContext, get_hyrex_context,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A task of the shop.
pub(crate) type ShopTask<A, O> = Task<Plain<A, O>>;

/// The arguments of most tasks: which one of its kind it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Numbered {
    /// Its number.
    pub(crate) number: u64,
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Its number.
    pub(crate) number: u64,
    /// Who ordered.
    pub(crate) customer: String,
    /// What: names of articles.
    pub(crate) articles: Vec<String>,
    /// What it costs.
    pub(crate) cents: u64,
}

/// What the tasks write into the books, and under which names they work.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The books.
    pub(crate) books: Arc<Books>,
    /// What the names of queues and keys begin with.
    pub(crate) prefix: Arc<str>,
}

/// The shop's tasks.
pub(crate) struct Shop {
    desk: Desk,
    registry: HyrexRegistry,
    /// Takes an order.
    pub(crate) order: ShopTask<Order, orders::Placed>,
    /// Exports a day.
    pub(crate) export: ShopTask<Numbered, u64>,
    /// Makes a report.
    pub(crate) report: ShopTask<Numbered, String>,
    /// Imports the catalogue.
    pub(crate) import: ShopTask<Numbered, u64>,
    /// Asks the warehouse.
    pub(crate) sync: ShopTask<Numbered, ()>,
    /// Runs a campaign.
    pub(crate) campaign: ShopTask<Numbered, ()>,
    /// The workflows.
    pub(crate) flows: Flows,
}

/// What the application of a demo is called: schedules are an application's, and two demos may share a database.
pub(crate) fn app_name(prefix: &str) -> String {
    match prefix.trim_end_matches('-') {
        "" => "hyrex demo".into(),
        prefix => format!("hyrex {prefix}"),
    }
}

impl Shop {
    /// The shop, with its books and the beginning of its names.
    pub(crate) fn new(desk: Desk) -> Self {
        let (order, children) = orders::tasks(&desk);
        let (export, report) = (export(&desk), report(&desk));
        let (import, sync) = (import(&desk), sync(&desk));
        let (campaign, campaign_mail) = campaign(&desk);
        let (flows, scheduled) = (Flows::new(&desk), Scheduled::new(&desk));
        let registry = HyrexRegistry::new()
            .queue(HyrexQueue::new(format!("{}{MAIL_QUEUE}", desk.prefix)).concurrency_limit(MAIL_LIMIT))
            .register(&order)
            .register(&export)
            .register(&report)
            .register(&import)
            .register(&sync)
            .register(&campaign)
            .register(&campaign_mail)
            .register(&flows.etl)
            .register(&flows.training)
            .register(&scheduled.till)
            .register(&scheduled.inventory)
            .add_registry(&children);
        Self { desk, registry, order, export, report, import, sync, campaign, flows }
    }

    /// The application of these tasks.
    pub(crate) fn app(&self) -> HyrexApp {
        HyrexApp::new(app_name(&self.desk.prefix)).registry(self.registry.clone())
    }

    /// The desk.
    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }
}

impl Desk {
    /// A task of this kind whose function's ends are written into the books.
    pub(crate) fn task<A, O, F, Fut>(&self, kind: Kind, body: F) -> ShopTask<A, O>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
        F: Fn(Desk, TaskContext, A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O>> + Send + 'static,
    {
        let (desk, body) = (self.clone(), Arc::new(body));
        Task::new(self.name(kind), self.config(kind), move |args| {
            let (desk, body) = (desk.clone(), body.clone());
            async move {
                let context = context()?;
                let returned = body(desk.clone(), context.clone(), args).await;
                desk.noted(&context, returned)
            }
        })
    }

    /// The same for a function that blocks its thread.
    pub(crate) fn blocking<A, O, F>(&self, kind: Kind, body: F) -> ShopTask<A, O>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
        F: Fn(A) -> Result<O> + Send + Sync + 'static,
    {
        let desk = self.clone();
        Task::blocking(kind.task(), self.config(kind), move |args| desk.noted(&context()?, body(args)))
    }

    /// Awaits a send, and notes it once it is acknowledged.
    pub(crate) async fn sent<O>(
        &self,
        kind: Kind,
        must: Must,
        key: Option<&str>,
        sending: Sending<DurableTaskRun<O>>,
    ) -> Result<DurableTaskRun<O>> {
        let run = sending.await?;
        self.books.sent(run.id(), kind, must, key);
        Ok(run)
    }

    /// A key that no other demo on the same database uses: keys are unique by task, not by queue.
    pub(crate) fn unique(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Takes a charge into the till: again, as often as another charge came in between.
    pub(crate) async fn take_in(&self, cents: u64) -> Result<()> {
        let key = self.unique(Till::KEY);
        loop {
            let old = HyrexKV::get(&key).await?;
            let till = Till::read(old.as_deref()).ok_or_else(|| Error::fatal("the till holds no number"))?;
            let new = serde_json::to_string(&till.plus(cents))?;
            if HyrexKV::compare_and_set(&key, old.as_deref(), Some(&new)).await? {
                self.books.charged(cents);
                return Ok(());
            }
        }
    }

    /// The queue of a kind, under the name that it has in this demo.
    pub(crate) fn queue(&self, kind: Kind) -> String {
        format!("{}{}", self.prefix, kind.queue())
    }

    /// A task's name. What has a schedule is called by the demo's prefix: two demos may share a database, and a
    /// schedule is known by what it sends.
    fn name(&self, kind: Kind) -> String {
        match kind {
            Kind::CountTill => self.unique(kind.task()),
            _ => kind.task().to_owned(),
        }
    }

    fn config(&self, kind: Kind) -> TaskConfig {
        let config = TaskConfig::new().queue(self.queue(kind)).max_retries(kind.max_retries());
        match kind {
            Kind::Order => config.priority(8),
            Kind::Charge => config.retry_backoff(
                Backoff::exponential(Duration::from_millis(100), Duration::from_millis(800)).jitter(0.5),
            ),
            Kind::Mail => config.retry_backoff(Duration::from_millis(200)),
            Kind::Export => config.priority(2),
            Kind::Sync => config.timeout_seconds(1),
            _ => config,
        }
    }

    fn noted<O: Serialize>(&self, context: &TaskContext, returned: Result<O>) -> Result<O> {
        match &returned {
            Ok(value) => self.books.returned(context.durable_id(), serde_json::to_string(value)?),
            Err(_) => self.books.failed(context.durable_id()),
        }
        returned
    }
}

fn context() -> Result<TaskContext> {
    get_hyrex_context().ok_or_else(|| Error::new("a task of the shop runs in a worker"))
}

/// Slow, tells how far it is, and logs.
fn export(desk: &Desk) -> ShopTask<Numbered, u64> {
    desk.task(Kind::Export, |_, context, args: Numbered| async move {
        for step in 1..=EXPORT_STEPS {
            tokio::time::sleep(Duration::from_millis(60)).await;
            tracing::info!(day = args.number, rows = step * 1_000, "exported");
            context.progress(step as f32 / EXPORT_STEPS as f32, format!("{} rows", step * 1_000));
        }
        Ok(EXPORT_STEPS * 1_000)
    })
}

fn report(desk: &Desk) -> ShopTask<Numbered, String> {
    desk.task(Kind::Report, |_, _, args: Numbered| async move {
        tokio::time::sleep(Duration::from_millis(30)).await;
        Ok(format!("sales of hour {}", args.number))
    })
}

/// Panics at first, as code does that trusts its input.
fn import(desk: &Desk) -> ShopTask<Numbered, u64> {
    desk.task(Kind::Import, |desk, context, args: Numbered| async move {
        let lines = if context.attempt_number() == 0 { 3 } else { 4 };
        let prices: Vec<u64> = (0..lines).map(|line| args.number % 90 + line).collect();
        if prices.len() < 4 {
            desk.books.failed(context.durable_id());
        }
        // The fourth line is missing at the first attempt: the worker sees the panic of this index.
        Ok(prices[3])
    })
}

/// Asks somebody who does not answer.
fn sync(desk: &Desk) -> ShopTask<Numbered, ()> {
    desk.task(Kind::Sync, |desk, context, _: Numbered| async move {
        desk.books.failed(context.durable_id());
        std::future::pending::<()>().await;
        Ok(())
    })
}

/// Sends mails for a later time, and goes on until it is called off.
fn campaign(desk: &Desk) -> (ShopTask<Numbered, ()>, ShopTask<Numbered, ()>) {
    let mail = desk.task(Kind::CampaignMail, |_, _, _: Numbered| async move { Ok(()) });
    let later = mail.with_config(TaskConfig::new().delay(Duration::from_secs(600)));
    let campaign = desk.task(Kind::Campaign, move |desk, _, args: Numbered| {
        let later = later.clone();
        async move {
            for number in 0..10 {
                let args = Numbered { number: args.number * 100 + number };
                desk.sent(Kind::CampaignMail, Must::BeCanceled, None, later.send(args)).await?;
            }
            std::future::pending::<()>().await;
            Ok(())
        }
    });
    (campaign, mail)
}

/// Whether this attempt goes wrong, and what it says then.
pub(crate) fn stumble(kind: Kind, number: u64, context: &TaskContext, percent: u64, why: &str) -> Result<()> {
    let last = context.attempt_number() >= context.max_retries();
    match !last && goes_wrong(kind, number, context.attempt_number(), percent) {
        true => Err(Error::new(why)),
        false => Ok(()),
    }
}
