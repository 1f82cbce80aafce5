#[test]
fn smoke() {
    let salt = super::Salt::from_random([0; 8]);
    let hash = super::apr1(b"secret", salt);
    assert_eq!(std::str::from_utf8(hash.expose()).unwrap(), "x");
}
