//! An order and what it sends: articles, the charge, mails, an invoice, a reminder.

use super::kind::{Kind, Must};
use super::shop::{Desk, Numbered, Order, ShopTask, stumble};
use crate::sdk::{HyrexRegistry, Result, TaskConfig};
use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What became of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Placed {
    /// The order.
    pub(crate) order: u64,
    /// The runs that it sent.
    pub(crate) sent: usize,
}

/// A charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    /// The order.
    pub(crate) order: u64,
    /// How much.
    pub(crate) cents: u64,
}

/// A mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mail {
    /// The order.
    pub(crate) order: u64,
    /// To whom.
    pub(crate) to: String,
}

/// An article of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Article {
    /// The order.
    pub(crate) order: u64,
    /// Which article.
    pub(crate) article: String,
}

/// A card that is declined will be declined again.
#[derive(Debug, thiserror::Error)]
#[error("the card of order {0} was declined")]
pub(crate) struct Declined(u64);

/// What an order sends.
#[derive(Clone)]
struct Children {
    stock: ShopTask<Article, String>,
    charge: ShopTask<Charge, Charge>,
    mail: ShopTask<Mail, String>,
    invoice: ShopTask<Numbered, u64>,
    reminder: ShopTask<Numbered, String>,
}

/// The task that takes an order, and a registry of those that it sends.
pub(crate) fn tasks(desk: &Desk) -> (ShopTask<Order, Placed>, HyrexRegistry) {
    let children = Children {
        stock: stock(desk),
        charge: charge(desk),
        mail: mail(desk),
        invoice: desk.blocking(Kind::Invoice, |args: Numbered| Ok(write_invoice(args.number))),
        reminder: desk.task(Kind::Reminder, |desk, _, args: Numbered| async move {
            let _mail = desk.books.mail_begins();
            Ok(format!("reminded customer of order {}", args.number))
        }),
    };
    let registry = HyrexRegistry::new()
        .register(&children.stock)
        .register(&children.charge)
        .register(&children.mail)
        .register(&children.invoice)
        .register(&children.reminder);
    (order(desk, children), registry)
}

/// Whether the card of an order is declined: known beforehand, to the books too.
fn is_declined(order: u64) -> bool {
    order % 25 == 24
}

/// Sends what the order needs. Now and then it fails after that, and is run again: keys keep it from sending twice.
fn order(desk: &Desk, children: Children) -> ShopTask<Order, Placed> {
    desk.task(Kind::Order, move |desk, context, order: Order| {
        let children = children.clone();
        async move {
            let sent = children.send(&desk, &order).await?;
            stumble(Kind::Order, order.number, &context, 5, "the shop's own database was restarted")?;
            Ok(Placed { order: order.number, sent })
        }
    })
}

impl Children {
    /// Sends everything at once: sends that wait at the same moment share a commit.
    async fn send(&self, desk: &Desk, order: &Order) -> Result<usize> {
        let articles = order.articles.iter().enumerate().map(|(place, article)| {
            let args = Article { order: order.number, article: article.clone() };
            self.one(desk, Kind::Stock, order.number, format!("article-{place}"), &self.stock, args)
        });
        let charge = Charge { order: order.number, cents: order.cents };
        let mail = Mail { order: order.number, to: format!("{}@example.com", order.customer) };
        let number = order.number;
        tokio::try_join!(
            try_join_all(articles),
            self.one(desk, Kind::Charge, number, "charge".into(), &self.charge, charge),
            self.one(desk, Kind::Mail, number, "mail".into(), &self.mail, mail),
            self.some(desk, Kind::Invoice, number, 2, &self.invoice),
            self.some(desk, Kind::Reminder, number, 10, &self.reminder),
        )
        .map(|(articles, _, _, invoices, reminders)| articles.len() + 2 + invoices + reminders)
    }

    async fn one<A, O>(
        &self,
        desk: &Desk,
        kind: Kind,
        order: u64,
        what: String,
        task: &ShopTask<A, O>,
        args: A,
    ) -> Result<()>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
    {
        let key = desk.unique(&format!("order-{order}-{what}"));
        let config = TaskConfig::new().idempotency_key(key.clone());
        let config = match kind {
            Kind::Reminder => config.delay(Duration::from_millis(500 + order % 7 * 200)),
            _ => config,
        };
        let declined = kind == Kind::Charge && is_declined(order);
        let must = if declined { Must::Fail("Declined") } else { Must::Succeed };
        desk.sent(kind, must, Some(&key), task.with_config(config).send(args)).await.map(|_| ())
    }

    /// One for every so manieth order; how many.
    async fn some<O: Serialize + Send + 'static>(
        &self,
        desk: &Desk,
        kind: Kind,
        order: u64,
        every: u64,
        task: &ShopTask<Numbered, O>,
    ) -> Result<usize> {
        if !order.is_multiple_of(every) {
            return Ok(0);
        }
        self.one(desk, kind, order, kind.task().into(), task, Numbered { number: order }).await.map(|()| 1)
    }
}

fn stock(desk: &Desk) -> ShopTask<Article, String> {
    desk.task(Kind::Stock, |_, _, args: Article| async move {
        tokio::time::sleep(Duration::from_millis(1 + args.order % 5)).await;
        Ok(args.article)
    })
}

/// Takes the money: the provider is away now and then, and declined cards are not tried again.
fn charge(desk: &Desk) -> ShopTask<Charge, Charge> {
    desk.task(Kind::Charge, |desk, context, args: Charge| async move {
        tokio::time::sleep(Duration::from_millis(5 + args.order % 20)).await;
        stumble(Kind::Charge, args.order, &context, 30, "the payment provider answered 503")?;
        if is_declined(args.order) {
            return Err(crate::sdk::Error::fatal(Declined(args.order)));
        }
        desk.take_in(args.cents).await?;
        Ok(args)
    })
}

fn mail(desk: &Desk) -> ShopTask<Mail, String> {
    desk.task(Kind::Mail, |desk, context, args: Mail| async move {
        let _mail = desk.books.mail_begins();
        tokio::time::sleep(Duration::from_millis(8 + args.order % 9)).await;
        stumble(Kind::Mail, args.order, &context, 10, "451 the mailbox is busy")?;
        Ok(format!("sent to {}", args.to))
    })
}

/// Work for a processor: some milliseconds of it.
fn write_invoice(number: u64) -> u64 {
    let mut sum = number;
    for round in 0..200_000u64 {
        sum = sum.rotate_left(5) ^ round.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    std::thread::sleep(Duration::from_millis(5));
    sum
}
