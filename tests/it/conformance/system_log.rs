//! The system log: who did what, with what outcome.

use crate::support::make;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::RunId;
use hyrex::store::{Limit, SetLimit, SetPause, SystemEvent};

on_both!(
    each_action_of_an_operator_is_written_down,
    an_action_that_does_nothing_is_written_down_as_that_or_not_at_all,
    events_come_newest_first_in_pages,
    an_event_can_be_written_by_hand,
    an_event_of_no_json_is_refused_or_kept_as_json,
);

async fn events(s: &TestStore) -> Vec<SystemEvent> {
    s.system_events(None, 100).await.unwrap()
}

async fn each_action_of_an_operator_is_written_down(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    s.run_cancel(hyrex::store::Cancel { now: Some(at(1.0)), ..make::cancel(new.id) }).await.unwrap();
    s.run_retry(hyrex::store::Retry { now: Some(at(2.0)), ..make::retry(new.id) }).await.unwrap();
    let pause =
        |paused, seconds| SetPause { queue: "a".into(), paused, actor: make::operator(), now: Some(at(seconds)) };
    s.queue_pause(pause(true, 3.0)).await.unwrap();
    s.queue_pause(pause(false, 4.0)).await.unwrap();
    let limit = SetLimit { queue: "a".into(), limit: Limit::At(3), actor: make::operator(), now: Some(at(5.0)) };
    s.queue_limit(limit).await.unwrap();
    let events = events(s).await;
    assert_eq!(events.len(), 5, "{events:?}");
    for (event, seconds) in events.iter().zip([5.0, 4.0, 3.0, 2.0, 1.0]) {
        assert_eq!(event.at, Some(at(seconds)), "{event:?}");
        let body: serde_json::Value = serde_json::from_str(&event.body).expect("a body in JSON");
        assert!(body.to_string().contains("ada") && body.to_string().contains("desk"), "{event:?}");
    }
    let run = new.id.to_string();
    assert!(events[3].body.contains(&run) && events[4].body.contains(&run), "they name the run");
}

/// The log does not claim what did not happen.
async fn an_action_that_does_nothing_is_written_down_as_that_or_not_at_all(s: &TestStore) {
    s.run_cancel(make::cancel(RunId::new())).await.unwrap();
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.succeed(&worker.claim_one().await).await;
    s.run_cancel(make::cancel(new.id)).await.unwrap();
    for event in events(s).await {
        let told = event.body.contains("not_found") || event.body.contains("already_ended");
        assert!(told, "its outcome stands in it: {event:?}");
    }
}

async fn events_come_newest_first_in_pages(s: &TestStore) {
    for n in 0..5 {
        let now = Some(at(f64::from(n / 2)));
        let pause = SetPause { queue: format!("q{n}"), paused: true, actor: make::operator(), now };
        s.queue_pause(pause).await.unwrap();
    }
    let (mut seen, mut before) = (vec![], None);
    loop {
        let page = s.system_events(before, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        before = Some((last.at.unwrap(), last.id));
        seen.extend(page.into_iter().map(|event| (event.at.unwrap(), event.id)));
    }
    let mut expected = seen.clone();
    expected.sort();
    expected.reverse();
    assert_eq!((seen.len(), &seen), (5, &expected), "by time, then by id");
    expected.dedup();
    assert_eq!(expected.len(), 5, "each once");
}

async fn an_event_can_be_written_by_hand(s: &TestStore) {
    s.system_log("maintenance", "{\"by\":\"ada\"}").await.unwrap();
    let events = events(s).await;
    assert_eq!((events[0].name.as_str(), events[0].body.as_str()), ("maintenance", "{\"by\":\"ada\"}"));
    assert!(events[0].at.is_some());
}

async fn an_event_of_no_json_is_refused_or_kept_as_json(s: &TestStore) {
    let written = s.system_log("odd", "not json").await;
    let stands = events(s).await;
    match written {
        Ok(()) => assert!(serde_json::from_str::<serde_json::Value>(&stands[0].body).is_ok(), "{stands:?}"),
        Err(_) => assert_eq!(stands, []),
    }
}
