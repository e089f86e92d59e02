//! Plans drawn and shrunk by proptest, as any other value.

use kms_conformance::{plans, target};
use own_properties::Kms;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestError, TestRunner};
use std::cell::Cell;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn conforms(plan in plans()) {
        target("model").conforms(&plan)?;
    }

    #[test]
    fn key_stores_conform(plan in plans().operations(["CreateKey", "CreateCustomKeyStore"]).with_environment()) {
        target("model").conforms(&plan)?;
    }
}

/// Encrypt does not care whether its key is enabled: three requests show it.
#[test]
fn a_fault_shrinks_to_the_shortest_plan_that_shows_it() {
    let kms = Kms::without("Encrypt", "KST-01").unwrap();
    let operations = ["CreateKey", "DisableKey", "Encrypt"];

    let tried = Cell::new(0);
    let requests = Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let found = Cell::new(None);
    let result = runner.run(&plans().operations(operations), |plan| {
        tried.set(tried.get() + 1);
        requests.set(requests.get() + plan.calls());
        let judged = target(kms.url()).shared_account().conforms(&plan);
        if judged.is_err() && found.get().is_none() {
            found.set(Some((tried.get(), requests.get(), plan.steps.len())));
        }
        judged
    });
    let Err(TestError::Fail(why, smallest)) = result else {
        panic!("no plan shows the fault: {result:?}");
    };
    let called: Vec<_> = smallest
        .steps
        .iter()
        .map(|step| step.operation().unwrap().1)
        .collect();
    assert_eq!(called, operations, "{why}\n{smallest:?}");

    let (before, sent, steps) = found.get().unwrap();
    println!(
        "proptest: plan {before} of {steps} steps failed; {} smaller plans of {} requests led to {}",
        tried.get() - before,
        requests.get() - sent,
        called.len(),
    );
    let summary = kms_conformance::check(kms.url())
        .shared_account()
        .operations(operations)
        .cases(20)
        .run()
        .unwrap();
    let finding = &summary.findings[0];
    println!(
        "check: {} requests led to {}",
        finding.calls_to_shrink, finding.steps
    );
    assert_eq!(finding.steps, called.len(), "{finding}");
}
