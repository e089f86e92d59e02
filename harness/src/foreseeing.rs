//! What a session expects of a request that it does not send.

use crate::plan::{Act, Step};
use crate::session::Session;
use kms_conformance_model::{AnyOperation, Reply};

impl Session<'_> {
    /// Whether a correct target accepts the request of a step as things are. Nothing is sent.
    pub(crate) fn foresees_success(
        &mut self,
        operation: &'static dyn AnyOperation,
        step: &Step,
    ) -> bool {
        let Act::Call { body, .. } = &step.act else {
            return false;
        };
        self.face(step);
        self.scope.now = self.now();
        let body = self.scope.resolve(body);
        self.belief.learn_wrapped(&self.scope.wrapped);
        self.belief.learn_made_up(&self.scope.made_up);
        // The reply does not matter to what is foreseen.
        let reply = Reply::Lost(String::new());
        let exchange = self.exchange(operation, &body, &reply);
        let foresight = self.belief.foresee(&exchange);
        let home = self.scope.region.clone();
        self.turn_to(&home);
        foresight.may_succeed
    }
}
