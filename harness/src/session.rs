//! A session: one account of one target, driven step by step and judged on the way.

use crate::asking::Asked;
pub use crate::identity::{Identity, Timing};
use crate::judge::{Judged, judge_envelope};
use crate::metamorphic::{At, EachRegion, Standing};
use crate::plan::{Act, Step};
use crate::settling::Settling;
pub use crate::taken::Taken;
use crate::template::Scope;
use kms_conformance_model::state::{Account, CertificateFault, Outside};
use kms_conformance_model::{
    AnyOperation, Belief, Exchange, OutsideAction, Reply, Service, State, Verdict, catalog,
};
use kms_conformance_targets::{Clock, Lost, OutsideCall, Request, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One account of one target, under test.
pub struct Session<'t> {
    pub(crate) target: &'t dyn Target,
    /// What references are resolved against.
    pub scope: Scope,
    /// What is believed about the account.
    pub belief: Belief,
    /// What the answers say of each other.
    pub(crate) relations: EachRegion,
    /// The Region that the step at hand is about.
    region: String,
    timing: Timing,
    /// The target's clock less this machine's, in milliseconds; the clock itself if it stands still.
    offset: i64,
    pub(crate) outside: bool,
    /// Whether only a part of what the account answered is known.
    in_part: bool,
    /// The operations that the target is known to have, since it answered them at least once.
    pub(crate) answered: BTreeSet<(Service, &'static str)>,
    pub(crate) settling: Settling,
}

impl<'t> Session<'t> {
    /// Begins with an empty account. Where the target can be reset it is; elsewhere the account may
    /// hold things that nobody here knows of.
    pub async fn begin(
        target: &'t dyn Target,
        identity: &Identity,
        timing: Timing,
    ) -> Result<Session<'t>, Lost> {
        let outside = target.offers_outside();
        let mut offset = 0;
        if outside {
            ask(target, &OutsideCall::Reset).await?;
            let clock = ask(target, &OutsideCall::Clock).await?;
            let moment = clock.get("now").and_then(Value::as_i64);
            offset = moment.unwrap_or_default()
                - if timing == Timing::Still {
                    0
                } else {
                    Clock::Real.now()
                };
        }
        let account = Account {
            exclusive: outside,
            ..Account::new(&identity.account, &identity.region)
        };
        let world = match outside {
            true => Outside::with_default_vpc(&identity.region),
            false => Outside::default(),
        };
        let standing = match (outside, target.settles_within().is_zero()) {
            (true, _) => Standing::Exclusive,
            (false, true) => Standing::Shared {
                salt: identity.salt.clone(),
            },
            (false, false) => Standing::Delayed,
        };
        Ok(Session {
            target,
            scope: Scope::new(&identity.account, &identity.region, &identity.salt),
            belief: Belief::certain(State::new(account, world)),
            relations: EachRegion::new(standing, &identity.region),
            region: identity.region.clone(),
            timing,
            offset,
            outside,
            in_part: false,
            answered: BTreeSet::new(),
            settling: Settling::within(target.settles_within()),
        })
    }

    /// Knows from elsewhere that the target has these operations, by their labels.
    pub(crate) fn knows(&mut self, answered: &BTreeSet<String>) {
        let known = catalog::operations().filter(|it| answered.contains(it.label()));
        self.answered
            .extend(known.map(|it| (it.service(), it.name())));
    }

    /// Sets the clock of a target whose clock stands still, in milliseconds since the Unix epoch.
    pub(crate) fn stand_at(&mut self, moment: i64) {
        self.offset = moment;
    }

    /// How the target's clock is told.
    pub(crate) const fn clock(&self) -> (Timing, i64) {
        (self.timing, self.offset)
    }

    /// Tells the target's clock as it was told before.
    pub(crate) const fn set_clock(&mut self, (timing, offset): (Timing, i64)) {
        self.timing = timing;
        self.offset = offset;
    }

    /// Says whether the next answer is known in part only, or follows others that are not known. Then
    /// nothing is said of how it relates to them, nor of an envelope that is not there.
    pub(crate) const fn hear_in_part(&mut self, in_part: bool) {
        self.in_part = in_part;
    }

    /// Takes one step. The error is that the target cannot be reached at all.
    pub async fn take(&mut self, step: &Step) -> Result<Taken, Lost> {
        self.face(step);
        let taken = self.act(step).await;
        let home = self.scope.region.clone();
        let region = Some(self.region.clone()).filter(|region| *region != home);
        self.turn_to(&home);
        Ok(Taken { region, ..taken? })
    }

    /// Turns what is believed to the Region that a step is about.
    pub(crate) fn face(&mut self, step: &Step) {
        let region = match &step.act {
            Act::Call { region, .. } => region.as_ref().map(|region| self.scope.resolve(region)),
            _ => None,
        };
        let region = region.and_then(|region| Some(region.as_str()?.to_owned()));
        let region = region.unwrap_or_else(|| self.scope.region.clone());
        self.turn_to(&region);
    }

    /// The Region that the step at hand is about.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    pub(crate) fn turn_to(&mut self, region: &str) {
        self.belief.turn_to(region);
        self.relations.turn_to(region);
        region.clone_into(&mut self.region);
    }

    async fn act(&mut self, step: &Step) -> Result<Taken, Lost> {
        match &step.act {
            Act::Call {
                service,
                operation,
                body,
                ..
            } => {
                self.scope.now = self.now();
                let body = self.scope.resolve(body);
                // The judge knows what the plan wrapped, as whoever unwraps it does.
                self.belief.learn_wrapped(&self.scope.wrapped);
                self.belief.learn_made_up(&self.scope.made_up);
                self.call(step.id, service, operation, body).await
            }
            Act::Raw {
                target,
                body,
                times,
            } => self.raw(target.as_deref(), body.repeat(*times)).await,
            Act::Outside(action) => self.happen(action).await,
            Act::LookInside { cluster } => self.look_inside(cluster).await,
            Act::Advance { seconds } => self.advance(*seconds).await,
        }
    }

    async fn call(
        &mut self,
        id: u32,
        service: &str,
        name: &str,
        body: Value,
    ) -> Result<Taken, Lost> {
        let service = Service::of_cli_name(service);
        let Some(operation) = catalog::operation(service, name) else {
            return Ok(Taken {
                body,
                ..Taken::nothing()
            });
        };
        let request = Request::new(service, name, &body).to_region(&self.region);
        let (response, reply) = match self.ask(operation, &body, &request).await? {
            Asked::Answered(response, reply) => (response, reply),
            Asked::Lost(why) => {
                let reply = Reply::Lost(why);
                let judged = self.judged(operation, &body, &reply);
                self.settling.finish().await;
                return Ok(Taken {
                    body,
                    reply: Some(reply),
                    judged,
                    ..Taken::nothing()
                });
            }
            Asked::NotSent(why) => {
                return Ok(Taken {
                    body,
                    not_sent: Some(why),
                    ..Taken::nothing()
                });
            }
            Asked::Unsupported(why, status) => {
                let taken = self.unsupported(operation, body, why);
                return Ok(Taken { status, ..taken });
            }
            Asked::Untyped(why, status) => return Ok(self.untyped(operation, body, why, status)),
        };
        if !matches!(reply, Reply::Lost(_)) {
            self.answered.insert((service, operation.name()));
        }
        if let Reply::Done(response) = &reply {
            self.scope.responses.insert(id, response.clone());
        }
        let mut judged = self.judged(operation, &body, &reply);
        if !self.in_part || !response.headers.is_empty() {
            judged.extend(judge_envelope(operation, &response));
        }
        if matches!(reply, Reply::Lost(_)) {
            self.settling.finish().await;
        }
        Ok(Taken {
            body,
            reply: Some(reply),
            status: response.status,
            judged,
            ..Taken::nothing()
        })
    }

    /// What the model says of an exchange, and what the answers before it do.
    pub(crate) fn judged(
        &mut self,
        operation: &'static dyn AnyOperation,
        body: &Value,
        reply: &Reply,
    ) -> Vec<Judged> {
        let verdict = self.observe(operation, body, reply);
        if self.in_part {
            let exchange = Judged::exchange(operation.label(), verdict);
            return vec![exchange.with(self.belief.sighting())];
        }
        let at = At {
            operation,
            body,
            reply,
        };
        let verdict = self.settling.tempered(&at, verdict);
        if at.writes() && !matches!(reply, Reply::Refused(_)) {
            self.settling.stir();
        }
        self.relations.is_at(self.now());
        self.relations.learn(&self.scope);
        let related = self.relations.observe(&at, &verdict);
        let exchange = Judged::exchange(operation.label(), verdict);
        let mut judged = vec![exchange.with(self.belief.sighting())];
        judged.extend(related);
        judged
    }

    pub(crate) fn observe(
        &mut self,
        operation: &'static dyn AnyOperation,
        body: &Value,
        reply: &Reply,
    ) -> Verdict {
        let exchange = self.exchange(operation, body, reply);
        self.belief.observe(&exchange)
    }

    pub(crate) fn exchange<'e>(
        &self,
        operation: &'static dyn AnyOperation,
        body: &'e Value,
        reply: &'e Reply,
    ) -> Exchange<'e> {
        Exchange {
            operation,
            body,
            reply,
            received: self.now(),
            certificate_fault: self.certificate_fault(body),
        }
    }

    /// What cryptography says about the certificates that a request brings. Without the signing
    /// request of the cluster nobody can have signed it.
    fn certificate_fault(&self, body: &Value) -> Option<CertificateFault> {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let (signed, anchor) = (text("SignedCert")?, text("TrustAnchor")?);
        let cluster = self
            .belief
            .states()
            .first()?
            .clusters
            .get(text("ClusterId")?)?;
        match &cluster.csr {
            Some(csr) => kms_conformance_targets::x509::verify(csr, signed, anchor),
            None => Some(CertificateFault::WrongKey),
        }
    }

    async fn happen(&mut self, action: &Value) -> Result<Taken, Lost> {
        let resolved = self.scope.resolve(action);
        let action = serde_json::from_value::<OutsideAction>(resolved.clone()).ok();
        let Some(action) = action.filter(|_| self.outside) else {
            return Ok(Taken::nothing());
        };
        // What cannot happen on the target must not be believed either.
        if self
            .target
            .outside(&OutsideCall::Act(action.clone()))
            .await
            .is_ok()
        {
            self.belief.happened(&action, self.now());
            self.relations.stirred();
        }
        Ok(Taken {
            body: resolved,
            ..Taken::nothing()
        })
    }

    async fn look_inside(&mut self, cluster: &Value) -> Result<Taken, Lost> {
        let cluster = self.scope.resolve(cluster);
        let id = cluster.as_str().unwrap_or_default().to_owned();
        if !self.outside {
            return Ok(Taken::nothing());
        }
        let call = OutsideCall::HsmKeys {
            cluster: id.clone(),
        };
        let Ok(found) = self.target.outside(&call).await else {
            return Ok(Taken::nothing());
        };
        let judged = crate::judge::judge_hsm_keys(&self.belief, &id, &found);
        let body = json!({ "cluster": id });
        let reply = Some(Reply::Done(found));
        Ok(Taken {
            body,
            reply,
            status: 200,
            judged: judged.into_iter().collect(),
            ..Taken::nothing()
        })
    }

    async fn advance(&mut self, seconds: i64) -> Result<Taken, Lost> {
        self.relations.stirred();
        let milliseconds = seconds.saturating_mul(1_000);
        if self.outside {
            ask(self.target, &OutsideCall::Advance { milliseconds }).await?;
            self.offset = self.offset.saturating_add(milliseconds);
        }
        Ok(Taken::nothing())
    }

    pub(crate) fn now(&self) -> i64 {
        match self.timing {
            Timing::Running => Clock::Real.now() + self.offset,
            Timing::Still => self.offset,
        }
    }
}

async fn ask(target: &dyn Target, call: &OutsideCall) -> Result<Value, Lost> {
    target
        .outside(call)
        .await
        .map_err(|why| Lost::Broken(why.to_string()))
}
