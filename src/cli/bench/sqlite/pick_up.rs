//! Bare pick-up within one process: one thread inserts, and wakes another that claims.

use super::File;
use super::bare;
use crate::cli::bench::clock::nanos;
use crate::cli::bench::error::{BenchError, Result};
use crate::cli::bench::pace::{Pace, Times, waits};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// The milliseconds between the commit of each insert and its claim.
pub(super) async fn measure(file: &File, pace: Pace) -> Result<Vec<f64>> {
    let ids: Arc<Vec<Uuid>> = Arc::new((0..pace.total()).map(|_| Uuid::now_v7()).collect());
    let (wake, woken) = channel();
    let (insert, asked) = channel::<(u64, tokio::sync::oneshot::Sender<i64>)>();
    let (sender, claimer) = (file.connect()?, file.connect()?);
    let claiming = std::thread::spawn(move || claim(&claimer, &woken));
    let known = ids.clone();
    let inserting = std::thread::spawn(move || inserts(&sender, &known, &asked, &wake));
    let insert = Mutex::new(insert);
    let answers = Arc::new(Mutex::new(Times::new()));
    pace.send(|number| {
        let (answer, answered) = tokio::sync::oneshot::channel();
        // A thread that failed drops what it was asked, and the answer never comes.
        let _ = insert.lock().unwrap_or_else(PoisonError::into_inner).send((number, answer));
        let answers = answers.clone();
        async move {
            let at = answered.await.map_err(|_| BenchError::Said("the bare sender broke off".into()))?;
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((number, at));
            Ok(())
        }
    })
    .await?;
    drop(insert);
    let broke = || BenchError::Said("a thread of the bare loop broke off".into());
    inserting.join().map_err(|_| broke())??;
    let claimed = claiming.join().map_err(|_| broke())??;
    let started = (0..).zip(ids.iter()).filter_map(|(number, id)| Some((number, *claimed.get(id)?))).collect();
    let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(waits(&answers, &started))
}

/// Inserts what is asked for, a commit each; the answer is the time after it.
fn inserts(
    connection: &rusqlite::Connection,
    ids: &[Uuid],
    asked: &Receiver<(u64, tokio::sync::oneshot::Sender<i64>)>,
    wake: &Sender<()>,
) -> Result<()> {
    for (number, answer) in asked {
        bare::insert_one(connection, ids[number as usize])?;
        // Whoever is gone wants no answer.
        let _ = (answer.send(nanos()), wake.send(()));
    }
    Ok(())
}

/// Claims whatever waits each time that it is woken; when each was claimed.
fn claim(connection: &rusqlite::Connection, woken: &Receiver<()>) -> Result<HashMap<Uuid, i64>> {
    let (executor, mut claimed) = (Uuid::now_v7(), HashMap::new());
    for () in woken {
        let rows = bare::claim(connection, executor, 100)?;
        let now = nanos();
        claimed.extend(rows.into_iter().map(|id| (Uuid::from_bytes(id), now)));
    }
    Ok(claimed)
}
