//! The cases, and the world that they run in.

use crate::cluster::Cluster;
use crate::measure::{Variant, paired};
use crate::options::Options;
use crate::pg::Pg;
use crate::report::{self, Heading};
use anyhow::{Result, bail};
use futures_util::future::LocalBoxFuture;
use hyrex::cli::bench::sqlite::Lite;

/// Which database a case needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// A PostgreSQL server.
    Postgres,
    /// A directory.
    Sqlite,
}

/// One thing that is measured.
pub struct Case {
    /// What it is called on the command line.
    pub name: &'static str,
    /// In words.
    pub about: &'static str,
    needs: Needs,
    run: for<'a> fn(&'a World) -> LocalBoxFuture<'a, Result<()>>,
}

/// What cases find.
pub struct World {
    /// What was chosen.
    pub options: Options,
    pg: Option<Pg>,
    lite: Option<Lite>,
    // Last: it is stopped after the database has been removed.
    _cluster: Option<Cluster>,
}

macro_rules! case {
    ($name:literal, $needs:ident, $about:literal, $run:path) => {
        Case { name: $name, about: $about, needs: Needs::$needs, run: |world| Box::pin($run(world)) }
    };
}

/// All of them, in the order in which they run.
static CASES: &[Case] = &[
    case!("pg-drain", Postgres, "claim, complete, keep the result", crate::pg::cases::drain),
    case!("pg-lanes", Postgres, "the drain from ten queues, from five tasks of one", crate::pg::cases::lanes),
    case!("pg-unhandled", Postgres, "the drain behind 1,000,000 runs without a handler", crate::pg::cases::unhandled),
    case!("pg-stale", Postgres, "drains on statistics of the empty table", crate::pg::cases::stale),
    case!("sqlite-drain", Sqlite, "claim, complete, keep the result", crate::sqlite::cases::drain),
    case!(
        "sqlite-unhandled",
        Sqlite,
        "the drain behind 200,000 runs without a handler",
        crate::sqlite::cases::unhandled
    ),
];

/// Those whose name contains one of `only`; all where it is empty.
pub fn chosen(only: &[String]) -> Result<Vec<&'static Case>> {
    let wanted = |case: &&Case| only.is_empty() || only.iter().any(|part| case.name.contains(part.as_str()));
    let chosen: Vec<_> = CASES.iter().filter(wanted).collect();
    if chosen.is_empty() {
        bail!("no case has a name with '{}': see --list", only.join("' or '"));
    }
    Ok(chosen)
}

/// Runs them, one after the other.
pub async fn run_all(world: &mut World, cases: &[&Case]) -> Result<()> {
    for case in cases {
        (case.run)(world).await.map_err(|error| error.context(case.name))?;
    }
    Ok(())
}

impl World {
    /// Starts what the cases need.
    pub async fn open(options: Options, cases: &[&Case]) -> Result<Self> {
        let dir = options.dir.clone().unwrap_or_else(std::env::temp_dir);
        let needs = |what| cases.iter().any(|case| case.needs == what);
        let (mut cluster, mut pg, mut lite) = (None, None, None);
        if needs(Needs::Postgres) {
            let url = match &options.url {
                Some(url) => url.clone(),
                None => cluster.insert(Cluster::start(&dir)?).url.clone(),
            };
            pg = Some(Pg::create(&url).await?);
        }
        if needs(Needs::Sqlite) {
            lite = Some(Lite::under(&dir)?);
        }
        Ok(Self { options, pg, lite, _cluster: cluster })
    }

    /// The PostgreSQL database.
    ///
    /// # Panics
    /// In a case that does not say that it needs it.
    pub fn pg(&self) -> &Pg {
        self.pg.as_ref().expect("the case says that it needs PostgreSQL")
    }

    /// The directory for SQLite files.
    ///
    /// # Panics
    /// In a case that does not say that it needs it.
    pub fn lite(&self) -> &Lite {
        self.lite.as_ref().expect("the case says that it needs SQLite")
    }

    /// Measures the variants in turns, and prints their figures.
    pub async fn compare(&self, heading: Heading<'_>, variants: Vec<Variant<'_>>) -> Result<()> {
        self.measure(self.options.rounds, heading, variants).await
    }

    /// Runs the variants once each, in order: each goes on where the last one ended.
    pub async fn compare_once(&self, heading: Heading<'_>, variants: Vec<Variant<'_>>) -> Result<()> {
        self.measure(1, heading, variants).await
    }

    async fn measure(&self, rounds: usize, heading: Heading<'_>, mut variants: Vec<Variant<'_>>) -> Result<()> {
        let wanted = &self.options.variant;
        variants.retain(|variant| wanted.is_empty() || wanted.iter().any(|part| variant.name.contains(part.as_str())));
        if !variants.is_empty() {
            let (series, busy) = paired(rounds, variants).await?;
            report::print(self.options.json, &heading, &series, busy);
        }
        Ok(())
    }

    /// Removes what was made.
    pub async fn close(self) {
        if let Some(pg) = &self.pg
            && let Err(error) = pg.remove().await
        {
            eprintln!("hotpaths: could not remove the benchmark's database: {error:#}");
        }
    }
}
