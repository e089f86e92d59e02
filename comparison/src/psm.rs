//! proptest-state-machine, used as its documentation shows: the reference is [`Account`], every
//! operation is as likely as any other, and each transition is one request.

mod wire;

use crate::account::{Account, Call};
use crate::counted::{Counted, Run, Search, at_once};
use kms_conformance_targets::{OutsideCall, Target};
use proptest::prelude::*;
use proptest::strategy::Union;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::cell::RefCell;
use std::sync::Arc;

/// How many transitions a case has: as Hypothesis, at most 50.
const TRANSITIONS: std::ops::RangeInclusive<usize> = 1..=50;

thread_local! {
    /// The target of this run. A state machine test has no other way to be told.
    static TARGET: RefCell<Option<Arc<Counted>>> = const { RefCell::new(None) };
}

/// Runs cases until one fails, which is shrunk with the default configuration.
pub fn run(search: &Search) -> Run {
    let target = Arc::new(Counted::new(search));
    TARGET.set(Some(Arc::clone(&target)));
    // Each failure while it shrinks would print itself.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let last = find(&target, search);
    std::panic::set_hook(hook);
    target.run(last)
}

fn find(target: &Counted, search: &Search) -> Option<(usize, String)> {
    let config = ProptestConfig {
        rng_seed: RngSeed::Fixed(search.seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let strategy = Account::sequential_strategy(TRANSITIONS);
    let mut runner = TestRunner::new(config.clone());
    while target.sent() < search.budget {
        let case = strategy.new_tree(&mut runner).ok()?;
        let tried = runner.run_one(case, |(account, calls, counter)| {
            Sut::test_sequential(config.clone(), account, calls, counter);
            Ok(())
        });
        if let Err(TestError::Fail(_, (_, calls, _))) = tried {
            let shown = calls.iter().map(|call| format!("{call:?}"));
            return Some((calls.len(), shown.collect::<Vec<_>>().join("; ")));
        }
    }
    None
}

impl ReferenceStateMachine for Account {
    type State = Account;
    type Transition = Call;

    fn init_state() -> BoxedStrategy<Account> {
        Just(Account::default()).boxed()
    }

    fn transitions(account: &Account) -> BoxedStrategy<Call> {
        let mut all = vec![
            Just(Call::CreateKey).boxed(),
            name().prop_map(|name| Call::DeleteAlias { name }).boxed(),
            limit().prop_map(|limit| Call::ListKeys { limit }).boxed(),
        ];
        if account.keys.is_empty() {
            all.push(
                limit()
                    .prop_map(|limit| Call::ListAliases { key: None, limit })
                    .boxed(),
            );
        } else {
            all.extend(about_keys(account.keys.len()));
        }
        if !account.sealed.is_empty() {
            let key = proptest::option::of(0..account.keys.len());
            let parts = (0..account.sealed.len(), key, context());
            let decrypt = parts.prop_map(|(sealed, key, context)| Call::Decrypt {
                sealed,
                key,
                context,
            });
            all.push(decrypt.boxed());
        }
        Union::new(all).boxed()
    }

    fn preconditions(account: &Account, call: &Call) -> bool {
        account.knows(call)
    }

    fn apply(mut account: Account, call: &Call) -> Account {
        account.carry_out(call);
        account
    }
}

/// The calls that need a key; there are so many.
fn about_keys(keys: usize) -> Vec<BoxedStrategy<Call>> {
    let key = move || 0..keys;
    let on = move |call: fn(usize) -> Call| key().prop_map(call).boxed();
    vec![
        on(|key| Call::DescribeKey { key }),
        on(|key| Call::DisableKey { key }),
        on(|key| Call::EnableKey { key }),
        on(|key| Call::ScheduleKeyDeletion { key }),
        on(|key| Call::CancelKeyDeletion { key }),
        on(|key| Call::ListResourceTags { key }),
        (key(), text())
            .prop_map(|(key, text)| Call::UpdateKeyDescription { key, text })
            .boxed(),
        (name(), key())
            .prop_map(|(name, key)| Call::CreateAlias { name, key })
            .boxed(),
        (name(), key())
            .prop_map(|(name, key)| Call::UpdateAlias { name, key })
            .boxed(),
        (key(), name(), text())
            .prop_map(|(key, tag, value)| Call::TagResource { key, tag, value })
            .boxed(),
        (key(), name())
            .prop_map(|(key, tag)| Call::UntagResource { key, tag })
            .boxed(),
        (proptest::option::of(key()), limit())
            .prop_map(|(key, limit)| Call::ListAliases { key, limit })
            .boxed(),
        (key(), text(), context())
            .prop_map(|(key, text, context)| Call::Encrypt { key, text, context })
            .boxed(),
    ]
}

fn name() -> impl Strategy<Value = u8> {
    0..4_u8
}

fn text() -> impl Strategy<Value = u8> {
    0..3_u8
}

fn context() -> impl Strategy<Value = Option<u8>> {
    proptest::option::of(0..2_u8)
}

fn limit() -> impl Strategy<Value = Option<usize>> {
    proptest::option::of(1..4_usize)
}

/// The target, and what things are called there.
struct Sut {
    target: Option<Arc<Counted>>,
    ids: wire::Ids,
}

impl StateMachineTest for Sut {
    type SystemUnderTest = Sut;
    type Reference = Account;

    fn init_test(_: &Account) -> Sut {
        let target = TARGET.with_borrow(Clone::clone);
        if let Some(target) = &target {
            let emptied = at_once(target.outside(&OutsideCall::Reset));
            assert!(
                matches!(emptied, Some(Ok(_))),
                "the target cannot be emptied"
            );
        }
        Sut {
            target,
            ids: wire::Ids::default(),
        }
    }

    fn apply(mut sut: Sut, account: &Account, call: Call) -> Sut {
        if let Some(target) = &sut.target {
            let answer = at_once(target.send(&sut.ids.request(&call)));
            let agreed = match answer {
                Some(Ok(response)) => sut.ids.agrees(account, &call, &response),
                _ => false,
            };
            if !agreed {
                target.fails_at(target.sent());
            }
            assert!(agreed, "{call:?} is answered otherwise");
        }
        sut
    }
}
