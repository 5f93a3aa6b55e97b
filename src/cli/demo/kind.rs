//! What the shop's tasks are called, where they wait and how they have to end: said once, for handlers and checks.

/// A kind of task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A customer's order: sends most of the others.
    Order,
    /// Takes one article out of the stock.
    Stock,
    /// Charges the customer's card: fails now and then, and for good where the card is declined.
    Charge,
    /// A mail, through a provider that takes few at a time.
    Mail,
    /// Writes an invoice: blocks a thread.
    Invoice,
    /// A day's export: slow, tells how far it is.
    Export,
    /// A report that several ask for at once: one run a key.
    Report,
    /// Waits for its time.
    Reminder,
    /// An import that panics at first.
    Import,
    /// Talks to a warehouse that does not answer: times out.
    Sync,
    /// A campaign that is called off while it runs.
    Campaign,
    /// A mail of such a campaign: never goes out.
    CampaignMail,
    /// Of the nightly workflow: reads the sales.
    Extract,
    /// Of the nightly workflow: makes rows of them.
    Transform,
    /// Of the nightly workflow: finds rows without a price now and then, and fails for good.
    Validate,
    /// Of the nightly workflow: waits for both, and is skipped where validation failed.
    Load,
    /// Of the nightly workflow: keeps what was transformed, whatever else fails.
    Archive,
    /// Of the nightly workflow: runs last, however the others ended.
    Tidy,
    /// Of the training workflow: divides the data.
    Divide,
    /// Of the training workflow: one of many, each with its share.
    Train,
    /// Of the training workflow: puts together what they learned.
    Evaluate,
    /// Sent by its schedule: counts what is in the till.
    CountTill,
    /// Of the workflow that a schedule sends: counts the articles.
    TakeInventory,
    /// Of the same: orders what is missing.
    Reorder,
}

/// How a run has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Must {
    /// With a result.
    Succeed,
    /// With an error whose kind ends so.
    Fail(&'static str),
    /// By being cancelled.
    BeCanceled,
    /// By never beginning, for what it waits for failed.
    BeSkipped,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Kind; 24] = [
        Kind::Order,
        Kind::Stock,
        Kind::Charge,
        Kind::Mail,
        Kind::Invoice,
        Kind::Export,
        Kind::Report,
        Kind::Reminder,
        Kind::Import,
        Kind::Sync,
        Kind::Campaign,
        Kind::CampaignMail,
        Kind::Extract,
        Kind::Transform,
        Kind::Validate,
        Kind::Load,
        Kind::Archive,
        Kind::Tidy,
        Kind::Divide,
        Kind::Train,
        Kind::Evaluate,
        Kind::CountTill,
        Kind::TakeInventory,
        Kind::Reorder,
    ];

    /// The task's name.
    pub(crate) fn task(self) -> &'static str {
        match self {
            Kind::Order => "place_order",
            Kind::Stock => "reserve_article",
            Kind::Charge => "charge_card",
            Kind::Mail => "send_mail",
            Kind::Invoice => "write_invoice",
            Kind::Export => "export_day",
            Kind::Report => "sales_report",
            Kind::Reminder => "remind_customer",
            Kind::Import => "import_catalogue",
            Kind::Sync => "sync_warehouse",
            Kind::Campaign => "run_campaign",
            Kind::CampaignMail => "campaign_mail",
            Kind::Extract => "extract_sales",
            Kind::Transform => "transform_sales",
            Kind::Validate => "validate_sales",
            Kind::Load => "load_sales",
            Kind::Archive => "archive_sales",
            Kind::Tidy => "tidy_staging",
            Kind::Divide => "divide_data",
            Kind::Train => "train_shard",
            Kind::Evaluate => "evaluate_model",
            Kind::CountTill => "count_till",
            Kind::TakeInventory => "take_inventory",
            Kind::Reorder => "reorder_articles",
        }
    }

    /// The kind of a task's name, also where that begins with the demo's prefix.
    pub(crate) fn of(task: &str) -> Option<Kind> {
        let is = |kind: &Kind| {
            task.strip_suffix(kind.task()).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('-'))
        };
        Self::ALL.into_iter().find(is)
    }

    /// The queue, without the demo's prefix.
    pub(crate) fn queue(self) -> &'static str {
        match self {
            Kind::Order => "orders",
            Kind::Stock => "stock",
            Kind::Charge => "payments",
            Kind::Mail | Kind::Reminder => MAIL_QUEUE,
            Kind::Invoice => "invoices",
            Kind::Export | Kind::Report => "reports",
            Kind::Import | Kind::Sync => "partners",
            Kind::Campaign | Kind::CampaignMail => "campaigns",
            Kind::Extract | Kind::Transform | Kind::Validate | Kind::Load | Kind::Archive | Kind::Tidy => "etl",
            Kind::Divide | Kind::Train | Kind::Evaluate => "training",
            Kind::CountTill | Kind::TakeInventory | Kind::Reorder => "nightly",
        }
    }

    /// Retries after the first attempt.
    pub(crate) fn max_retries(self) -> u16 {
        match self {
            Kind::Charge => 6,
            Kind::Order | Kind::Mail | Kind::Import | Kind::Train => 3,
            _ => 0,
        }
    }
}

/// Steps of an export: so many lines it logs.
pub(crate) const EXPORT_STEPS: u64 = 12;
/// The queue with a limit.
pub(crate) const MAIL_QUEUE: &str = "mail";
/// Its limit.
pub(crate) const MAIL_LIMIT: u32 = 4;

/// The queues in the order that the report shows them, without the demo's prefix.
pub(crate) fn queues() -> Vec<&'static str> {
    let mut queues: Vec<&'static str> = Vec::new();
    for kind in Kind::ALL {
        if !queues.contains(&kind.queue()) {
            queues.push(kind.queue());
        }
    }
    queues
}

/// Whether an attempt goes wrong: a coin that falls the same way each time, on one side `percent` times in 100.
pub(crate) fn goes_wrong(kind: Kind, number: u64, attempt: i16, percent: u64) -> bool {
    let mut hash = number ^ ((kind as u64) << 48) ^ ((attempt as u64) << 56) ^ 0x9e37_79b9_7f4a_7c15;
    for _ in 0..2 {
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^= hash >> 31;
    }
    hash % 100 < percent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_name_leads_back_to_its_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.task()), Some(kind));
            assert_eq!(Kind::of(&format!("demo-1-{}", kind.task())), Some(kind));
        }
        assert_eq!(queues().len(), 11);
    }

    #[test]
    fn the_coin_is_about_fair_and_always_falls_the_same_way() {
        let wrong = (0..10_000).filter(|n| goes_wrong(Kind::Charge, *n, 0, 30)).count();
        assert!((2_700..3_300).contains(&wrong), "{wrong}");
        assert_eq!(goes_wrong(Kind::Mail, 7, 1, 50), goes_wrong(Kind::Mail, 7, 1, 50));
    }
}
