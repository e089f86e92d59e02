//! The forms of what AWS makes up: ids, tokens, certificates.

/// The form of a value that AWS makes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A UUID in lower case.
    Uuid,
    /// `mrk-` and 32 hex digits.
    MultiRegionKeyId,
    /// `cks-` and 17 hex digits.
    KeyStoreId,
    /// `cluster-` and 11 to 16 base32 characters.
    ClusterId,
    /// `hsm-` and 11 to 16 base32 characters.
    HsmId,
    /// `backup-` and 11 to 16 base32 characters.
    BackupId,
    /// `eni-` and 8 to 17 hex digits.
    EniId,
    /// A dotted quad.
    IpAddress,
    /// `sg-` and 8 to 17 hex digits.
    SecurityGroupId,
    /// `vpc-` and hex digits.
    VpcId,
    /// The token of an import, in base64.
    ImportToken,
    /// A public key of RSA_2048 that wraps key material, in base64.
    WrappingKey2048,
    /// The same of RSA_3072.
    WrappingKey3072,
    /// The same of RSA_4096.
    WrappingKey4096,
    /// 64 hex digits.
    Hex64,
    /// The name of an Availability Zone.
    Zone,
    /// A certificate signing request of a new cluster, in PEM.
    ClusterCsr,
    /// A certificate in PEM.
    Certificate,
    /// Any text that is not empty.
    Opaque,
}

impl Form {
    /// The pattern of texts of this form.
    pub const fn pattern(self) -> &'static str {
        match self {
            Form::Uuid => "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            Form::MultiRegionKeyId => "mrk-[0-9a-f]{32}",
            Form::KeyStoreId => "cks-[0-9a-f]{17}",
            Form::ClusterId => "cluster-[2-7a-zA-Z]{11,16}",
            Form::HsmId => "hsm-[2-7a-zA-Z]{11,16}",
            Form::BackupId => "backup-[2-7a-zA-Z]{11,16}",
            Form::EniId => "eni-[0-9a-fA-F]{8,17}",
            Form::IpAddress => r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
            Form::SecurityGroupId => "sg-[0-9a-fA-F]{8,17}",
            Form::VpcId => "vpc-[0-9a-fA-F]+",
            Form::ImportToken
            | Form::WrappingKey2048
            | Form::WrappingKey3072
            | Form::WrappingKey4096 => "[A-Za-z0-9+/]+=*",
            Form::Hex64 => "[0-9a-f]{64}",
            Form::Zone => r"[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\d[a-z]",
            Form::ClusterCsr => r"(?s)-----BEGIN CERTIFICATE REQUEST-----.*",
            Form::Certificate => r"(?s)-----BEGIN CERTIFICATE-----.*",
            Form::Opaque => r"(?s).+",
        }
    }
}
