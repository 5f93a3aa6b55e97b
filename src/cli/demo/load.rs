//! What happens in the shop while the demo runs: customers order, people ask for reports, campaigns are called off,
//! workflows load the sales and train on them.

use super::kind::{Kind, Must};
use super::shop::{Numbered, Order, Shop};
use crate::model::TaskStatus;
use crate::sdk::{Client, DurableTaskRun, Error, Result, TaskConfig};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Names of articles.
const ARTICLES: [&str; 6] = ["tea", "honey", "biscuits", "lemons", "a kettle", "cups"];
/// Names of customers.
const CUSTOMERS: [&str; 6] = ["ada", "grace", "edsger", "barbara", "tony", "frances"];
/// How long a campaign is given to begin before it is called off all the same.
const TO_BEGIN: Duration = Duration::from_secs(10);

/// One demo's load.
pub(crate) struct Load<'a> {
    shop: &'a Shop,
    client: &'a Client,
    until: Instant,
    orders: AtomicU64,
}

impl<'a> Load<'a> {
    /// A load of so many seconds from now.
    pub(crate) fn new(shop: &'a Shop, client: &'a Client, duration: Duration) -> Self {
        Self { shop, client, until: Instant::now() + duration, orders: AtomicU64::new(0) }
    }

    /// Sends for the load's time, about `rate` orders a second.
    ///
    /// # Errors
    /// The first send that was refused.
    pub(crate) async fn run(&self, rate: u32) -> Result<()> {
        let clerks = rate.div_ceil(50).clamp(4, 64);
        let every = Duration::from_secs_f64(f64::from(clerks) / f64::from(rate.max(1)));
        let orders = futures_util::future::try_join_all((0..clerks).map(|_| self.customers(every)));
        let exports = self.regularly(Duration::from_millis(1_500), |n| self.one(Kind::Export, Must::Succeed, n));
        let imports = self.regularly(Duration::from_millis(2_000), |n| self.one(Kind::Import, Must::Succeed, n));
        let syncs = self.regularly(Duration::from_millis(2_500), |n| self.one(Kind::Sync, Must::Fail("timeout"), n));
        let reports = self.regularly(Duration::from_millis(700), |n| self.ask_for_report(n));
        let campaigns = self.regularly(Duration::from_millis(2_000), |n| self.run_campaign(n));
        let (flows, desk) = (&self.shop.flows, self.shop.desk());
        let nights = self.regularly(Duration::from_millis(900), |n| flows.night(desk, self.client, n));
        let trainings = self.regularly(Duration::from_millis(1_300), |n| flows.training(desk, self.client, n));
        tokio::try_join!(orders, exports, imports, syncs, reports, campaigns, nights, trainings).map(|_| ())
    }

    /// Does something again and again, with its number, the first time after half a pause.
    async fn regularly<Fut: Future<Output = Result<()>>>(
        &self,
        every: Duration,
        what: impl Fn(u64) -> Fut,
    ) -> Result<()> {
        let (mut number, mut wait) = (0, every / 2);
        while self.pause(wait).await {
            what(number).await?;
            (number, wait) = (number + 1, every);
        }
        Ok(())
    }

    async fn one(&self, kind: Kind, must: Must, number: u64) -> Result<()> {
        let (desk, args) = (self.shop.desk(), Numbered { number });
        match kind {
            Kind::Export => desk.sent(kind, must, None, self.shop.export.on(self.client).send(args)).await.map(|_| ()),
            Kind::Import => desk.sent(kind, must, None, self.shop.import.on(self.client).send(args)).await.map(|_| ()),
            Kind::Sync => desk.sent(kind, must, None, self.shop.sync.on(self.client).send(args)).await.map(|_| ()),
            kind => Err(Error::new(format!("{kind:?} is not sent by itself"))),
        }
    }

    /// Five ask for the same report at the same moment: one run answers all.
    async fn ask_for_report(&self, number: u64) -> Result<()> {
        let key = format!("hour-{number}");
        let config = TaskConfig::new().idempotency_key(self.shop.desk().unique(&key));
        let report = self.shop.report.on(self.client).with_config(config.clone());
        let ask = || {
            let sending = report.send(Numbered { number });
            self.shop.desk().sent(Kind::Report, Must::Succeed, config.idempotency_key.as_deref(), sending)
        };
        futures_util::future::try_join_all((0..5).map(|_| ask())).await.map(|_| ())
    }

    /// Sends a campaign, and calls it off with all that it sent, while it sends or after.
    async fn run_campaign(&self, number: u64) -> Result<()> {
        let sending = self.shop.campaign.on(self.client).send(Numbered { number });
        let run = self.shop.desk().sent(Kind::Campaign, Must::BeCanceled, None, sending).await?;
        self.begun(&run).await?;
        tokio::time::sleep(Duration::from_millis(number % 4 * 40)).await;
        self.shop.desk().books.called_off(run.id());
        run.cancel_tree().await?;
        Ok(())
    }

    async fn begun(&self, run: &DurableTaskRun<()>) -> Result<()> {
        let since = Instant::now();
        while run.status().await? != TaskStatus::Running && since.elapsed() < TO_BEGIN {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    async fn customers(&self, every: Duration) -> Result<()> {
        while self.pause(every.mul_f64(-fastrand::f64().max(1e-9).ln())).await {
            self.place_order().await?;
        }
        Ok(())
    }

    async fn place_order(&self) -> Result<()> {
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        let articles = (0..1 + number % 3).map(|n| pick(&ARTICLES, number + n)).collect();
        let order = Order { number, customer: pick(&CUSTOMERS, number), articles, cents: 500 + number * 37 % 9_500 };
        let sending = self.shop.order.on(self.client).send(order);
        self.shop.desk().sent(Kind::Order, Must::Succeed, None, sending).await.map(|_| ())
    }

    /// Waits; whether there is time left then.
    async fn pause(&self, pause: Duration) -> bool {
        tokio::time::sleep_until((Instant::now() + pause).min(self.until).into()).await;
        Instant::now() < self.until
    }
}

fn pick(from: &[&str], number: u64) -> String {
    from[number as usize % from.len()].to_owned()
}
