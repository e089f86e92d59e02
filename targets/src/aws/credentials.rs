//! What the environment and the profiles of the AWS SDKs say: credentials, Region and endpoints.

use super::endpoints::Endpoints;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What the environment and the profiles say.
#[derive(Debug)]
pub struct Setup {
    /// The Region.
    pub region: String,
    /// Where the services are.
    pub endpoints: Endpoints,
    provider: SharedCredentialsProvider,
    current: Mutex<Option<Credentials>>,
}

/// Credentials that end sooner than this are not used any more.
const MARGIN: Duration = Duration::from_secs(60);

impl Setup {
    /// Reads the environment, the profiles and, if these name no credentials, what the machine
    /// offers. `region` goes before the Region that they name.
    ///
    /// # Errors
    /// When there is no Region, or nothing that could give credentials; what to do about it.
    pub async fn load(region: Option<&str>) -> Result<Setup, String> {
        let client = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(client);
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        let region = config.region().map(|region| region.as_ref().to_owned());
        let region = region.ok_or("there is no Region; give --region or set AWS_REGION")?;
        let provider = config.credentials_provider();
        let provider = provider.ok_or("there are no credentials; set AWS_PROFILE")?;
        Ok(Setup {
            region,
            endpoints: endpoints(&config),
            provider,
            current: Mutex::default(),
        })
    }

    /// Credentials that are good for now.
    ///
    /// # Errors
    /// When none can be had; why, and what to do about it.
    pub(super) async fn credentials(&self) -> Result<Credentials, String> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let fresh = self.provider.provide_credentials().await;
        let fresh = fresh.map_err(|error| {
            let why = crate::http::with_causes(&error);
            format!("no credentials: {why}; set AWS_PROFILE or AWS_ACCESS_KEY_ID")
        })?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Some(fresh.clone());
        Ok(fresh)
    }

    /// Asks for new credentials the next time.
    pub(super) fn forget(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn known(&self) -> Option<Credentials> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let known = current.as_ref()?;
        let lasts = |until| until > SystemTime::now() + MARGIN;
        known.expiry().is_none_or(lasts).then(|| known.clone())
    }
}

fn endpoints(config: &SdkConfig) -> Endpoints {
    let ignored = std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    let ignored = ignored.is_ok_and(|text| text.eq_ignore_ascii_case("true"));
    let named = |service: &'static str| match ignored {
        true => None,
        false => url_of(config, service),
    };
    let any = config.endpoint_url().filter(|_| !ignored);
    Endpoints {
        fips: config.use_fips().unwrap_or_default(),
        dual_stack: config.use_dual_stack().unwrap_or_default(),
        any: any.map(str::to_owned),
        kms: named("KMS"),
        cloud_hsm: named("CloudHSM V2"),
    }
}

/// The URL that `AWS_ENDPOINT_URL_KMS` and the like, or the services section of a profile, name.
fn url_of(config: &SdkConfig, service: &'static str) -> Option<String> {
    let key = aws_types::service_config::ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    config.service_config()?.load_config(key)
}
