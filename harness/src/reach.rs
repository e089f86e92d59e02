//! Reaching the target that the command line names.

use crate::error::Error;
use crate::on_aws::OnAws;
use crate::options::{TargetChoice, TargetOptions};
use crate::summary::TargetRef;
use kms_conformance_model::Switches;
use kms_conformance_model::drift::Latency;
use kms_conformance_targets::{
    Clock, Config, Emulator, HttpTarget, InProcess, Lost, Running, Shared, Target,
};
use std::sync::Arc;

/// A target that was reached. The embedded emulator runs as long as this lives.
pub(crate) struct Reached {
    target: Arc<dyn Target>,
    url: String,
    _emulator: Option<Running>,
}

impl Reached {
    /// The target.
    pub(crate) fn target(&self) -> &dyn Target {
        self.target.as_ref()
    }

    /// The target, to be used by several tasks.
    pub(crate) fn shared(&self) -> Arc<dyn Target> {
        Arc::clone(&self.target)
    }

    /// The error of a run whose target cannot be reached any more.
    pub(crate) fn lost(&self, lost: &Lost) -> Error {
        Error::Unreachable {
            url: self.url.clone(),
            why: lost.to_string(),
        }
    }
}

/// What reports call the target.
pub(crate) fn named(options: &TargetOptions) -> TargetRef {
    let (name, url) = match &options.choice {
        TargetChoice::Emulator => ("emulator", ""),
        TargetChoice::Model => ("model", ""),
        TargetChoice::Aws => ("aws", ""),
        TargetChoice::Url(url) => (url.split("://").last().unwrap_or(url), url.as_str()),
    };
    TargetRef {
        name: name.to_owned(),
        url: url.to_owned(),
    }
}

/// Reaches the target. The reference emulator is started on a free port of 127.0.0.1.
async fn reach(options: &TargetOptions) -> Result<Reached, Error> {
    match &options.choice {
        TargetChoice::Model => Ok(Reached {
            target: of_account(InProcess::new(emulator(options)), options),
            url: "the model".to_owned(),
            _emulator: None,
        }),
        TargetChoice::Emulator => {
            let running =
                Running::start(emulator(options))
                    .await
                    .map_err(|why| Error::CannotListen {
                        listen: "127.0.0.1:0".to_owned(),
                        why: why.to_string(),
                    })?;
            let url = format!("http://{}", running.addr);
            let target = connect(&url, options).await?;
            Ok(Reached {
                target: of_account(target, options),
                url,
                _emulator: Some(running),
            })
        }
        TargetChoice::Url(url) => {
            let target = connect(url, options).await?;
            Ok(Reached {
                target: of_account(target, options),
                url: url.clone(),
                _emulator: None,
            })
        }
        TargetChoice::Aws => Err(Error::Internal("a run on AWS was not begun".to_owned())),
    }
}

/// The target; where others use its account meanwhile, without what AWS does not offer.
fn of_account(target: impl Target + 'static, options: &TargetOptions) -> Arc<dyn Target> {
    match options.shared {
        true => Arc::new(Shared(target)),
        false => Arc::new(target),
    }
}

/// Reaches the target; AWS was reached when the run began.
pub(crate) async fn reach_for(
    options: &TargetOptions,
    aws: Option<&OnAws>,
) -> Result<Reached, Error> {
    match aws {
        Some(aws) => Ok(Reached {
            target: aws.target.clone(),
            url: "aws".to_owned(),
            _emulator: None,
        }),
        None => reach(options).await,
    }
}

async fn connect(url: &str, options: &TargetOptions) -> Result<HttpTarget, Error> {
    HttpTarget::new(url, &options.region)
        .await
        .map_err(|lost| Error::Unreachable {
            url: url.to_owned(),
            why: lost.to_string(),
        })
}

fn emulator(options: &TargetOptions) -> Arc<Emulator> {
    let account = options
        .account
        .clone()
        .unwrap_or_else(|| crate::identity::USUAL_ACCOUNT.to_owned());
    Arc::new(Emulator::new(Config {
        account,
        region: options.region.clone(),
        latency: Latency::Aws,
        switches: Switches::none(),
        clock: Clock::Real,
        ids: None,
        ..Config::default()
    }))
}
