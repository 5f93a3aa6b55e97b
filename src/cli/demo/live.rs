//! The demo with the monitor: the shop works until whoever looks leaves.

use super::books::Books;
use super::load::Load;
use super::place::Place;
use super::shop::{Desk, Shop};
use crate::cli::args::DemoArgs;
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::cli::{alongside, telemetry};
use crate::runtime::Worker;
use crate::sdk::Client;
use crate::store::{PruneBatch, SharedStore};
use std::sync::Arc;
use std::time::Duration;

/// Orders a second: few enough to follow one.
const RATE: u32 = 5;
/// How long a run is kept after its end, and how often it is looked whether one may go.
const KEPT: Duration = Duration::from_secs(600);
const EVERY: Duration = Duration::from_secs(30);
/// Longer than anyone looks.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Works and shows, until the monitor is left.
pub(super) async fn run(args: DemoArgs, session: &mut Session) -> Result<(), CliError> {
    telemetry::install(&mut session.world, "off");
    let place = Place::new(session.given_url())?;
    let store = place.open().await?;
    let desk = Desk { books: Arc::new(Books::unkept()), prefix: place.prefix().into() };
    let shop = Shop::new(desk);
    let worker = Worker::new(shop.app(), store.clone()).settings(super::settings(&place)?);
    let client = shop.app().client(store.clone());
    let looks = args.looks.options(session.world.is_utf8(), &session.world.env);
    // One of the shop's tasks panics now and then: nobody needs to read that twice.
    let nowhere = std::fs::File::options().write(true).open("/dev/null");
    let nowhere = nowhere.map_err(|error| CliError::System { doing: "open /dev/null", error })?;
    let options = crate::tui::MonitorOptions { aside: Some(Arc::new(nowhere)), ..looks };
    let customers = shop_around(&shop, &client, args.rate.unwrap_or(RATE));
    let worked = tokio::select! {
        worked = alongside::run(worker, store.clone(), options, session) => worked,
        never = customers => Err(never),
        never = tidy(&store, place.is_own()) => Err(never),
    };
    store.close().await;
    worked.map(drop)
}

/// Sends for ever; why not, where a send is refused.
async fn shop_around(shop: &Shop, client: &Client, rate: u32) -> CliError {
    match Load::new(shop, client, FOR_EVER).run(rate).await {
        Err(error) => CliError::Worker(format!("the demo could not send: {error}")),
        Ok(()) => CliError::Worker("the demo's customers went home".into()),
    }
}

/// Keeps a file of the demo's own from growing for as long as someone looks; somebody else's database is left alone.
async fn tidy(store: &SharedStore, own: bool) -> CliError {
    if !own {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(EVERY).await;
        let mut after = None;
        loop {
            let batch = PruneBatch {
                id: uuid::Uuid::now_v7(),
                older_than: KEPT,
                statuses: Vec::new(),
                after,
                limit: 500,
                dry_run: false,
                actor: crate::store::Actor { user: "demo".into(), host: String::new(), operator: false },
                now: None,
            };
            // What cannot be deleted now can be the next time.
            let Ok(pruned) = store.prune(batch).await else { break };
            after = pruned.next;
            if after.is_none() {
                break;
            }
        }
    }
}
