//! Failures inside the transactions: between their statements, and between their commit and their answer.
//!
//! Each scene is played once whole, to see which places it passes. Then it is played again for each place: failed
//! there, nothing of it stands, and the repeated verb does and answers what the first one would have; its answer lost,
//! all of it stands, and the repeated verb answers what DESIGN.md promises.

mod places;
mod scenes;
mod schedules;
#[cfg(feature = "postgres")]
mod terminated;
mod workflows;

use crate::support::{Kind, TestStore, stores};
use hyrex::store::StoreError;
use hyrex::store::failpoint::Failure;
use scenes::{SCENES, Scene};
use std::collections::{BTreeMap, BTreeSet};

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_applies_all_or_nothing_wherever_it_fails() {
    stores::check(Kind::Sqlite, tour).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_applies_all_or_nothing_wherever_it_fails() {
    stores::check(Kind::Postgres, tour).await;
}

/// Places in what rides in the transaction of another verb: it is undone alone, and done again with the next one.
const UNDONE_ALONE: [&str; 1] = ["parked.claimed"];

async fn tour(s: &TestStore) {
    let mut seen = BTreeSet::new();
    for scene in SCENES.iter().chain(workflows::SCENES).chain(schedules::SCENES) {
        for (place, times) in whole(s, scene).await {
            for time in 0..times {
                if place.ends_with(".answered") {
                    answer_lost_at(s, scene, place, time).await;
                } else {
                    fails_at(s, scene, place, time).await;
                }
            }
            seen.insert(place);
        }
    }
    places::assert_all(s.kind, &seen);
}

/// Plays the scene; which places the verb passed, and how often.
async fn whole(s: &TestStore, scene: &Scene) -> BTreeMap<&'static str, u32> {
    let verb = set_up(s, scene).await;
    let before = s.failpoints.passed();
    let answer = verb(s).await.unwrap_or_else(|error| panic!("{}: {error}", scene.name));
    assert_eq!(answer, scene.first, "{}", scene.name);
    let passed = s.failpoints.passed().into_iter();
    let of_verb = passed.map(|(place, times)| (place, times - before.get(place).copied().unwrap_or(0)));
    of_verb.filter(|(_, times)| *times > 0).collect()
}

async fn set_up(s: &TestStore, scene: &Scene) -> scenes::Verb {
    s.raw.clear().await;
    (scene.set_up)(s).await
}

async fn fails_at(s: &TestStore, scene: &Scene, place: &'static str, time: u32) {
    let case = format!("{}, failed at {place} the {}. time", scene.name, time + 1);
    let verb = set_up(s, scene).await;
    let before = s.raw.everything().await;
    s.failpoints.arm(place, Failure::Error, time);
    let failed = verb(s).await;
    if UNDONE_ALONE.contains(&place) {
        assert_eq!(failed.expect(&case), scene.first, "{case}");
        return;
    }
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{case}: {failed:?}");
    let stands = s.raw.everything().await;
    let answer = verb(s).await.unwrap_or_else(|error| panic!("{case}, then repeated: {error}"));
    if settles_several(scene) {
        each_whole(scene, &answer, &case);
        return;
    }
    assert_eq!(stands, before, "{case}: something stands");
    assert_eq!(answer, scene.first, "{case}, then repeated");
}

async fn answer_lost_at(s: &TestStore, scene: &Scene, place: &'static str, time: u32) {
    let case = format!("{}, its answer lost at {place} the {}. time", scene.name, time + 1);
    let verb = set_up(s, scene).await;
    s.failpoints.arm(place, Failure::AnswerLost, time);
    let failed = verb(s).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{case}: {failed:?}");
    let answer = verb(s).await.unwrap_or_else(|error| panic!("{case}, then repeated: {error}"));
    match settles_several(scene) {
        true => each_whole(scene, &answer, &case),
        false => assert_eq!(answer, scene.again, "{case}, then repeated"),
    }
}

/// A turn that settles several attempts may do so in several transactions: all or nothing holds for each attempt.
fn settles_several(scene: &Scene) -> bool {
    scene.name == scenes::SEVERAL
}

/// Each attempt was settled by the call that failed, or is by its repetition.
fn each_whole(scene: &Scene, answer: &str, case: &str) {
    let words = answer.split(' ').zip(scene.first.split(' ').zip(scene.again.split(' ')));
    let whole = words.clone().all(|(word, (first, again))| word == first || word == again);
    assert!(whole && words.count() == scene.first.split(' ').count(), "{case}, then repeated: {answer}");
}
