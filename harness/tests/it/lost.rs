//! Replies that are lost: the request may have been carried out or not, and the judge must neither
//! cry wolf nor lose sight of what it knows.

use kms_conformance::generate::{Plans, Wishes, private_emulator, scenario};
use kms_conformance::player::{Playing, play};
use kms_conformance::session::{Identity, Timing};
use kms_conformance_model::Switches;
use kms_conformance_targets::{
    InProcess, Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A target that loses every seventh reply: in turn before and after it carried the request out.
struct Forgetful {
    inner: InProcess,
    sent: AtomicUsize,
}

impl Target for Forgetful {
    fn name(&self) -> String {
        "forgetful".to_owned()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            match number % 14 {
                6 => Err(Lost::TimedOut),
                13 => {
                    self.inner.send(request).await?;
                    Err(Lost::Broken("reset".to_owned()))
                }
                _ => self.inner.send(request).await,
            }
        })
    }

    fn offers_outside(&self) -> bool {
        self.inner.offers_outside()
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        self.inner.outside(call)
    }
}

fn identity() -> Identity {
    Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "lost".to_owned(),
    }
}

#[tokio::test]
async fn lost_replies_never_make_a_finding() {
    let identity = identity();
    let target = Forgetful {
        inner: private_emulator(&identity, &Switches::none()),
        sent: AtomicUsize::new(0),
    };
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&target, &identity)
    };
    let wishes = Wishes {
        outside: true,
        ..Wishes::default()
    };
    let strategy = Plans::of(&wishes, &identity);
    let directed = (0..)
        .map_while(|number| scenario(number, &identity))
        .take(12);
    let drawn = strategy.from_seed(7).take(60);
    let mut lost = 0;
    for generated in directed.chain(drawn) {
        let played = play(&generated.plan, &playing).await.unwrap();
        let what_happened: Vec<String> = played
            .transcript
            .iter()
            .map(|line| {
                format!(
                    "{} {} {} -> {}",
                    line.step, line.request, line.body, line.reply
                )
            })
            .collect();
        assert!(
            played.seen.is_empty(),
            "{:#?}\n{what_happened:#?}",
            played.seen
        );
        let reasons = played.unknown.iter();
        lost += reasons
            .filter(|((_, why), _)| why.contains("lost"))
            .map(|(_, n)| n)
            .sum::<u64>();
    }
    assert!(lost > 200, "only {lost} replies were lost");
}
