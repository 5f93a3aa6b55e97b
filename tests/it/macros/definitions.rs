//! Definitions in registries: defaults, nesting, and names that stand twice.

use hyrex::prelude::*;

mod one {
    #[hyrex::task]
    pub async fn mail() {}

    #[hyrex::task(priority = 9)]
    pub async fn urgent() {}
}

mod other {
    #[hyrex::task]
    pub async fn mail() {}
}

#[test]
fn registries_take_tasks_and_registries() {
    let shared = registry![one::mail, one::urgent].defaults(TaskConfig::new().max_retries(2).priority(3));
    let whole = registry![shared, registry![one::mail]];
    whole.validate().unwrap();
    assert_eq!(whole.task_names(), ["mail", "urgent"]);
    let config = |name: &str| whole.task(name).map(|task| (task.config.max_retries, task.config.priority)).unwrap();
    assert_eq!(config("urgent"), (Some(2), Some(9)));
    assert_eq!(shared.task("mail").unwrap().config.max_retries, Some(2));
}

#[test]
fn a_name_that_stands_twice_is_refused_with_both_places() {
    let app = HyrexApp::new("shop").registry(registry![one::mail]).registry(registry![other::mail]);
    let said = app.validate().unwrap_err().to_string();
    let expected = "two tasks are named 'mail', at tests/it/macros/definitions.rs:7:18 and at \
                    tests/it/macros/definitions.rs:15:18: give one of them another name";
    assert_eq!(said, expected);
}

#[test]
fn a_task_of_each_form_has_a_place() {
    let plain = Task::new("mail", TaskConfig::new(), |()| async { Ok(()) });
    let line = line!() - 1;
    let said = registry![one::mail, plain].validate().unwrap_err().to_string();
    assert!(said.contains(&format!("and at tests/it/macros/definitions.rs:{line}:")), "{said}");
}
