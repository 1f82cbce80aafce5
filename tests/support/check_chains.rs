//! The certificates in the folder of [`Inputs`]: good ones, and one for each fault.

use openssl::hash::MessageDigest;
use openssl::x509::X509;
use time::macros::datetime;

use super::check_certificates::{DAY, Issuers, Recipe, days, ec_key, rsa_key};
use super::check_files::Inputs;

impl Inputs {
    pub(super) fn write_good(&self) {
        let leaf = self.chain("good.pem", Recipe::leaf());
        self.put("root.pem", self.root());
        self.put("intermediate.pem", self.intermediate());
        self.put("leaf.pem", leaf.pem());
        self.put("key.pem", leaf.key_pem());
        self.put("words", "changeit\n");
        self.put("other-words", "changed\n");
        self.put("base64-words", "Y2hhbmdlaXQK\n");
        let twice = [leaf.pem(), leaf.pem(), self.intermediate()];
        self.put("twice.pem", twice.concat());
        for (name, key) in [("rsa.pem", rsa_key(2048)), ("ec.pem", ec_key())] {
            self.chain(
                name,
                Recipe {
                    key,
                    ..Recipe::leaf()
                },
            );
        }
    }

    pub(super) fn write_dates(&self) {
        for (name, left) in [
            ("ends-in-20-days.pem", days(20)),
            ("ends-in-8-days.pem", days(8)),
            ("ends-in-3-days.pem", days(3)),
            ("ends-in-10-hours.pem", time::Duration::hours(10)),
            ("ended-yesterday.pem", days(-1)),
        ] {
            let until = DAY + left;
            self.chain(
                name,
                Recipe {
                    until,
                    ..Recipe::leaf()
                },
            );
        }
        for (name, lifetime, left) in [("47-days.pem", 47, 20), ("6-days.pem", 6, 1)] {
            let until = DAY + days(left);
            let from = until - days(lifetime);
            self.chain(
                name,
                Recipe {
                    from,
                    until,
                    ..Recipe::leaf()
                },
            );
        }
        let from = DAY + days(1);
        self.chain(
            "begins-tomorrow.pem",
            Recipe {
                from,
                ..Recipe::leaf()
            },
        );
        // RFC 5280, 4.1.2.5: without a known end.
        let until = datetime!(9999-12-31 23:59:59 UTC);
        self.chain(
            "year-9999.pem",
            Recipe {
                until,
                ..Recipe::leaf()
            },
        );
    }

    pub(super) fn write_short_lived_issuers(&self) {
        for (name, left) in [("intermediate-ends.pem", 3), ("intermediate-ended.pem", -3)] {
            let until = DAY + days(left);
            let authority = Recipe {
                until,
                ..Recipe::authority("check short-lived")
            };
            let authority = authority.signed_by(&self.issuers.root);
            let until = DAY + days(80);
            let leaf = Recipe {
                until,
                ..Recipe::leaf()
            }
            .signed_by(&authority);
            self.put(name, [leaf.pem(), authority.pem()].concat());
        }
    }

    pub(super) fn write_orders(&self) {
        let [leaf, other] = [(); 2].map(|()| self.issuers.issue(Recipe::leaf()));
        let (intermediate, root) = (self.intermediate(), self.root());
        let put = |name, parts: &[&str]| self.put(name, parts.concat());
        put("wrong-order.pem", &[&intermediate, &leaf.pem()]);
        put("reversed.pem", &[&root, &intermediate, &leaf.pem()]);
        put("with-root.pem", &[&leaf.pem(), &intermediate, &root]);
        let until = DAY - days(1);
        let ended = self.issuers.issue(Recipe {
            until,
            ..Recipe::leaf()
        });
        let both = [leaf.pem(), intermediate.clone(), other.pem()];
        put("two-leaves.pem", &both.each_ref().map(String::as_str));
        let both = [leaf.pem(), intermediate.clone(), ended.pem()];
        put("second-ended.pem", &both.each_ref().map(String::as_str));
        let stranger = Recipe {
            until,
            ..Recipe::authority("check stranger")
        };
        let stranger = stranger.signed_by(&self.issuers.root).pem();
        put("ended-extra.pem", &[&leaf.pem(), &intermediate, &stranger]);
    }

    pub(super) fn write_faults(&self) {
        let one = |names| Recipe {
            names,
            ..Recipe::leaf()
        };
        self.chain("wildcard.pem", one(&["*.example.com"]));
        self.chain("host-alone.pem", one(&["deephaven.example.com"]));
        let nobody = Recipe {
            common_name: "",
            ..one(&[])
        };
        self.chain("nameless.pem", nobody);
        let key = rsa_key(1024);
        self.chain(
            "rsa-1024.pem",
            Recipe {
                key,
                ..Recipe::leaf()
            },
        );
        let digest = MessageDigest::sha1();
        self.chain(
            "ec-sha1.pem",
            Recipe {
                digest,
                ..Recipe::leaf()
            },
        );
        self.put("self-signed.pem", Recipe::leaf().self_signed().pem());
        // As `openssl req -x509` makes it.
        let as_ca = || Recipe {
            is_ca: true,
            ..Recipe::leaf()
        };
        let own = as_ca().self_signed();
        self.put("req-x509.pem", [own.key_pem(), own.pem()].concat());
        let ca = self.issuers.issue(as_ca());
        let bundle = [ca.key_pem(), ca.pem(), self.intermediate()];
        self.put("ca-as-leaf.pem", bundle.concat());
        let leaf = self.issuers.issue(Recipe::leaf());
        let mut forged = leaf.certificate.to_der().unwrap();
        // The last byte is the signature's.
        *forged.last_mut().unwrap() ^= 1;
        let forged = X509::from_der(&forged).unwrap().to_pem().unwrap();
        let both = [forged, self.intermediate().into_bytes()];
        self.put("forged.pem", both.concat());
    }

    pub(super) fn write_issuers_faults(&self) {
        let own = Issuers::new();
        let leaf = own.issue(Recipe::leaf());
        let parts = [leaf.pem(), own.intermediate.pem(), own.root.pem()];
        self.put("private-ca.pem", parts.concat());
        self.put("private-ca-alone.pem", parts[..2].concat());
        let key = rsa_key(1024);
        let weak = Recipe {
            key,
            ..Recipe::authority("check weak")
        };
        let digest = MessageDigest::sha1();
        let old = Recipe {
            digest,
            key: rsa_key(2048),
            ..Recipe::authority("check old")
        };
        let no_ca = Recipe {
            is_ca: false,
            names: &[],
            ..Recipe::authority("check no CA")
        };
        for (name, issuer) in [
            ("weak-intermediate.pem", weak),
            ("sha1-intermediate.pem", old),
            ("issued-by-no-ca.pem", no_ca),
        ] {
            let issuer = issuer.signed_by(&self.issuers.root);
            let leaf = Recipe::leaf().signed_by(&issuer);
            self.put(name, [leaf.pem(), issuer.pem()].concat());
        }
    }
}
