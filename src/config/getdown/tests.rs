#[test]
fn smoke() {
    use super::*;
    let l = Launcher::parse(
        Path::new("g"),
        b"appbase = [linux] http://u@h:8080/iris # x\r\nui.install_error=http://h",
    )
    .unwrap();
    let e = l
        .point_to(&Origin::new(Scheme::Https, "a.b", 443).unwrap())
        .unwrap();
    eprintln!("{}\n{e:?}", String::from_utf8_lossy(&e.bytes));
}
