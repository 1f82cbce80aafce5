use super::*;
#[test]
fn look() {
    for width in [None, Some(140), Some(80), Some(50)] {
        eprintln!(
            "{}",
            rendered(
                &server(),
                Format::Text,
                &Look {
                    colour: false,
                    width,
                    quiet: false
                }
            )
        );
    }
    eprintln!("{}", plain(&server(), Format::Nagios));
    eprintln!("{}", plain(&server(), Format::Prometheus));
    eprintln!("{}", plain(&server(), Format::Json));
    eprintln!(
        "{}",
        rendered(
            &server(),
            Format::Text,
            &Look {
                colour: true,
                width: Some(140),
                quiet: true
            }
        )
    );
}
