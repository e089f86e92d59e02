//! Asking a target: what comes of a request before anybody judges it.

use crate::judge::judge_raw;
use crate::metamorphic::At;
use crate::raw::{names_operation, names_other_service, raw_reply};
use crate::session::{Session, Taken};
use kms_conformance_model::wire::RawRequest;
use kms_conformance_model::{AnyOperation, Reply};
use kms_conformance_targets::{Answer, Lost, Request, Response, reply};
use serde_json::{Value, json};
use std::time::Instant;

/// What came of a request.
pub(crate) enum Asked {
    /// It was answered.
    Answered(Response, Reply),
    /// No answer came; why.
    Lost(String),
    /// The target held it back; why.
    NotSent(String),
    /// The target does not have the operation, or not for this caller; in its words and with its
    /// status.
    Unsupported(String, u16),
    /// The target answered with an error that has no type of AWS's; what it wrote, with its status.
    Untyped(String, u16),
}

impl Session<'_> {
    /// Sends a request, again and again while the answer may be an old one.
    pub(crate) async fn ask(
        &mut self,
        operation: &'static dyn AnyOperation,
        body: &Value,
        request: &Request,
    ) -> Result<Asked, Lost> {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            let asked = Instant::now();
            let response = match self.target.send(request).await {
                Ok(response) => response,
                Err(Lost::Unreachable(why)) => return Err(Lost::Unreachable(why)),
                Err(Lost::NotSent(why)) => return Ok(Asked::NotSent(why)),
                Err(Lost::Denied(why)) => return Ok(Asked::Unsupported(why, 0)),
                Err(lost) => return Ok(Asked::Lost(lost.to_string())),
            };
            let reply = match reply(&response) {
                Answer::Reply(reply) => reply,
                Answer::Unsupported(why) => return Ok(Asked::Unsupported(why, response.status)),
                Answer::Untyped(why) if self.settling.is_ever_old() => {
                    // AWS itself answers so for a while, and then again as it should.
                    return Ok(Asked::Lost(why));
                }
                Answer::Untyped(why) => return Ok(Asked::Untyped(why, response.status)),
            };
            if self.settling.is_ever_old() {
                let exchange = self.exchange(operation, body, &reply);
                let verdict = self.belief.clone().observe(&exchange);
                let at = At {
                    operation,
                    body,
                    reply: &reply,
                };
                let old = self
                    .settling
                    .asks_again(&at, &verdict, tries, [begun, asked]);
                if old.await {
                    tries += 1;
                    continue;
                }
            }
            return Ok(Asked::Answered(response, reply));
        }
    }

    /// Sends what no operation ever sees.
    pub(crate) async fn raw(&mut self, target: Option<&str>, body: String) -> Result<Taken, Lost> {
        let facts = RawRequest {
            names_operation: target.is_some_and(names_operation),
            names_other_service: target.is_some_and(names_other_service),
            is_json: serde_json::from_str::<Value>(&body).is_ok(),
            length: body.len(),
        };
        let shown = json!({ "target": target, "length": body.len() });
        let request = Request {
            target: target.map(str::to_owned),
            body: body.into_bytes(),
            region: None,
        };
        let response = match self.target.send(&request).await {
            Ok(response) => response,
            Err(Lost::Unreachable(why)) => return Err(Lost::Unreachable(why)),
            Err(Lost::NotSent(why) | Lost::Denied(why)) => {
                return Ok(Taken {
                    body: shown,
                    not_sent: Some(why),
                    ..Taken::nothing()
                });
            }
            Err(lost) => {
                let reply = Some(Reply::Lost(lost.to_string()));
                return Ok(Taken {
                    body: shown,
                    reply,
                    ..Taken::nothing()
                });
            }
        };
        self.relations.stirred();
        let judged = judge_raw(&facts, &response).into_iter().collect();
        let reply = Some(raw_reply(&response));
        let status = response.status;
        Ok(Taken {
            body: shown,
            reply,
            status,
            judged,
            ..Taken::nothing()
        })
    }
}
