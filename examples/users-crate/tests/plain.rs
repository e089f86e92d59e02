//! Conformance as one plain test.

#[test]
fn conforms() {
    kms_conformance::check(users_crate::target())
        .cases(60)
        .assert_conforms();
}
