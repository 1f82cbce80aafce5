//! `dhtls check` on files: what each comes to, exactly. NAME | ARGUMENTS | STATUS | CODES OF ALL FINDINGS.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::check::assert_table;
use support::check_files::Inputs;

/// All are PEM unless the name says otherwise.
const ENCODINGS: &str = "
leaf and intermediate           | good.pem                        | OK |
an RSA key                      | rsa.pem                         | OK |
a P-256 key                     | ec.pem                          | OK |
Ed25519                         | whole/ed25519.pem               | OK |
P-521                           | whole/p521.pem                  | OK |
signed with RSA-PSS             | whole/pss.pem                   | OK |
PKCS#7                          | pki/chain.p7b                   | OK |
PKCS#7 in DER                   | pki/chain.der.p7b               | OK |
byte order mark                 | pki/chain.bom.pem               | OK |
Windows line ends               | pki/chain.crlf.pem              | OK |
indented                        | pki/chain.indented.pem          | OK |
two blocks on one line          | pki/chain.joined.pem            | OK |
no final newline                | pki/chain.no-final-newline.pem  | OK |
twice the same                  | twice.pem                       | OK |
key, leaf, intermediate         | lighttpd.pem                    | OK |
leaf, intermediate, key         | pki/with-key.pem                | OK |
a cross-certificate more        | pki/with-cross.pem              | OK |
a root                          | root.pem                        | OK |
an intermediate                 | intermediate.pem                | OK |
DER                             | pki/leaf.der                    | WARNING | incomplete-chain
bare base64                     | pki/leaf.base64                 | WARNING | incomplete-chain
all on one line                 | pki/leaf.one-line.pem           | WARNING | incomplete-chain
escaped newlines                | pki/leaf.escaped.pem            | WARNING | incomplete-chain
openssl's text around           | pki/leaf.text.pem               | WARNING | incomplete-chain
TRUSTED CERTIFICATE             | pki/leaf.trusted.pem            | WARNING | incomplete-chain
UTF-16                          | pki/leaf.utf16.pem              | WARNING | incomplete-chain
";

const DATES: &str = "
ends in 20 days                 | ends-in-20-days.pem             | WARNING  | expiring
ends in 3 days                  | ends-in-3-days.pem              | CRITICAL | expiring
ends in 10 hours                | ends-in-10-hours.pem            | CRITICAL | expiring
ended yesterday                 | ended-yesterday.pem             | CRITICAL | expired
openssl's expired one           | whole/expired.pem               | CRITICAL | expired
begins tomorrow                 | begins-tomorrow.pem             | CRITICAL | not-yet-valid
openssl's early one             | whole/not-yet-valid.pem         | CRITICAL | not-yet-valid
ends after 2050                 | whole/past-2050.pem             | OK       |
ends in the year 9999           | year-9999.pem                   | OK       |
the intermediate ends in 3 days | intermediate-ends.pem           | CRITICAL | expiring
the intermediate has ended      | intermediate-ended.pem          | CRITICAL | expired
a second leaf has ended         | second-ended.pem                | CRITICAL | expired
an unused certificate has ended | ended-extra.pem                 | WARNING  | expired
20 of 47 days are not yet 30    | 47-days.pem                     | OK       |
1 of 6 days is below a third    | 6-days.pem                      | WARNING  | expiring
its last second                 | --at 2027-01-01T00:00:00Z good.pem | CRITICAL | expiring
the second after it             | --at 2027-01-01T00:00:01Z good.pem | CRITICAL | expired
its first second                | --at 2026-01-01T00:00:00Z good.pem | OK       |
the second before it            | --at 2025-12-31T23:59:59Z good.pem | CRITICAL | not-yet-valid
another time zone               | --at 2026-12-31T20:00:01-04:00 good.pem | CRITICAL | expired
";

const THRESHOLDS: &str = "
20 days are more than 10        | --warn 10d ends-in-20-days.pem            | OK       |
20 days are less than 600 hours | --warn 600h ends-in-20-days.pem           | WARNING  | expiring
20 days are more than 240 hours | --warn 240h ends-in-20-days.pem           | OK       |
a quarter is left of 80 days    | --warn 33% --at 2026-10-20T00:00:00Z good.pem | WARNING | expiring
20 of 365 days are 5 percent    | --warn 5% --at 2026-12-01T00:00:00Z good.pem | OK     |
the sooner of two warns         | --warn 5d --warn 30d ends-in-20-days.pem  | WARNING  | expiring
the other way round             | --warn 30d --warn 5d ends-in-20-days.pem  | WARNING  | expiring
critical from 10 days on        | --crit 10d ends-in-8-days.pem             | CRITICAL | expiring
critical from half of it on     | --crit 50% --at 2026-08-01T00:00:00Z good.pem | CRITICAL | expiring
critical before it warns        | --warn 5d --crit 10d ends-in-8-days.pem   | CRITICAL | expiring
given limits are not capped     | --warn 30d 47-days.pem                    | WARNING  | expiring
the intermediate counts too     | --crit 2d intermediate-ends.pem           | WARNING  | expiring
no limit lets an end pass       | --warn 0d --crit 0d ended-yesterday.pem   | CRITICAL | expired
";

const CHAINS: &str = "
the intermediate first          | wrong-order.pem                 | WARNING  | chain-order
the root first                  | reversed.pem                    | WARNING  | chain-order
the root, and all else          | pki/shuffled.pem                | WARNING  | chain-order
the root as well                | with-root.pem                   | OK       |
two leaves of one intermediate  | two-leaves.pem                  | OK       |
no intermediate                 | leaf.pem                        | WARNING  | incomplete-chain
another CA, whole               | private-ca.pem                  | WARNING  | untrusted
another CA, without its root    | private-ca-alone.pem            | WARNING  | incomplete-chain
a signature that does not hold  | forged.pem                      | WARNING  | incomplete-chain
self-signed                     | self-signed.pem                 | WARNING  | self-signed
openssl's self-signed one       | pki/self-signed.pem             | WARNING  | self-signed
openssl req -x509, with its key | req-x509.pem                    | WARNING  | self-signed
trusted though self-signed      | --ca self-signed.pem self-signed.pem | OK  |
issued by no CA                 | issued-by-no-ca.pem             | CRITICAL | no-san wrong-usage
no trust is asked for           | --no-trust leaf.pem             | OK       |
nor another CA                  | --no-trust private-ca.pem       | OK       |
but dates                       | --no-trust ended-yesterday.pem  | CRITICAL | expired
and order                       | --no-trust wrong-order.pem      | WARNING  | chain-order
and strength                    | --no-trust rsa-1024.pem         | WARNING  | weak-key
and names                       | --no-trust --host other.example.com good.pem | CRITICAL | host-mismatch
";

const NAMES: &str = "
the name                        | --host deephaven.example.com good.pem     | OK       |
in capitals, with a dot         | --host Deephaven.Example.COM. good.pem    | OK       |
another name                    | --host other.example.com good.pem         | CRITICAL | host-mismatch
below a wildcard                | --host web.example.com wildcard.pem       | OK       |
two levels below a wildcard     | --host a.web.example.com wildcard.pem     | CRITICAL | host-mismatch
the wildcard's own parent       | --host example.com wildcard.pem           | CRITICAL | host-mismatch
an address                      | --host 192.0.2.7 whole/ip.pem             | OK       |
an address of IPv6              | --host 2001:db8:0::7 whole/ip.pem         | OK       |
another address                 | --host 192.0.2.8 whole/ip.pem             | CRITICAL | host-mismatch
an address, but names only      | --host 192.0.2.7 host-alone.pem           | CRITICAL | host-mismatch
a common name alone             | whole/no-san.pem                          | CRITICAL | no-san
a common name is no name        | --host deephaven.example.com whole/no-san.pem | CRITICAL | no-san
no name at all                  | nameless.pem                              | CRITICAL | no-san wrong-usage
an empty subject                | whole/empty-subject.pem                   | OK       |
an odd subject                  | whole/names.pem                           | OK       |
";

const USAGE_AND_STRENGTH: &str = "
RSA 1024                        | rsa-1024.pem                    | WARNING  | weak-key
openssl's RSA 1024              | whole/rsa1024.pem               | WARNING  | weak-key
RSA 1024 of the intermediate    | weak-intermediate.pem           | WARNING  | weak-key
RSA with SHA-1                  | whole/sha1.pem                  | WARNING  | weak-signature
ECDSA with SHA-1                | ec-sha1.pem                     | WARNING  | weak-signature
MD5                             | whole/md5.pem                   | WARNING  | weak-signature
SHA-1 of the intermediate       | sha1-intermediate.pem           | WARNING  | weak-signature
for clients only                | whole/client-only.pem           | CRITICAL | wrong-usage
an unknown critical extension   | whole/unknown-critical.pem      | CRITICAL | wrong-usage
a precertificate                | whole/precertificate.pem        | CRITICAL | wrong-usage
a CA's certificate with its key | ca-as-leaf.pem                  | CRITICAL | wrong-usage
another key in the bundle       | other-key.pem                   | CRITICAL | key-mismatch
";

const KEYSTORES: &str = "
AES-256                    | {old} keystores/openssl-modern.p12             | OK       |
3DES                       | {old} keystores/openssl-java8.p12              | OK       |
3DES and RC2-40            | {old} keystores/openssl-legacy.p12             | OK       |
RC2-128                    | {old} keystores/openssl-rc2-128.p12            | OK       |
AES-256, MAC of SHA-1      | {old} keystores/openssl-aes-sha1-mac.p12       | OK       |
AES-128, MAC of SHA-512    | {old} keystores/openssl-aes-128-sha512-mac.p12 | OK       |
not encrypted              | {old} keystores/openssl-plain.p12              | CRITICAL | damaged-keystore
no friendlyName            | {old} keystores/openssl-no-name.p12            | OK       |
alias of 30 letters        | {old} keystores/openssl-alias-30.p12           | OK       |
Java's                     | {old} keystores/keytool-alias-9.p12            | OK       |
Java 8's                   | {old} keystores/keytool-legacy-alias-30.p12    | OK       |
two keys, a trusted root   | {old} keystores/keytool-several.p12            | OK       |
a trusted root alone       | {old} keystores/keytool-trusted.p12            | OK       |
the passphrase in base64   | --passphrase-base64-file base64-words modern.p12 | OK     |
a list of both             | --passphrase-file words modern.p12 good.pem    | OK       |
the leaf alone             | --passphrase-file words alone.p12              | WARNING  | incomplete-chain
it has ended               | --passphrase-file words ended.p12              | CRITICAL | expired
self-signed                | --passphrase-file words self-signed.p12        | WARNING  | self-signed
another name               | --passphrase-file words --host other.example.com modern.p12 | CRITICAL | host-mismatch
an empty passphrase        | --at 2030-01-01T00:00:00Z --ca source/root.crt keystores/openssl-empty-passphrase.p12 | WARNING | incomplete-chain
the second alias ends      | --at 2126-10-20T00:00:00Z --ca source/root.crt --passphrase-file words keystores/keytool-several.p12 | WARNING | expiring
";

/// testdata/keystores is from the end of 2026.
const OLD: &str = "--at 2030-01-01T00:00:00Z --ca source/root.crt --passphrase-file words";

const FOLDERS: &str = "
a folder with a README, keys and a folder   | folder                       | OK       |
with all that is below it                   | -r folder                    | CRITICAL | expired
certificates below only, and descended      | -r nested                    | OK       |
a link to itself                            | -r looped                    | OK       |
one of two has ended                        | with-ended                   | CRITICAL | expired
a glob                                      | folder/a.*                   | OK       |
a glob of certificates                      | g*d.pem                      | OK       |
two globs                                   | with-ended/*.pem with-ended/*.cer | CRITICAL | expired
several files, one of them ended            | good.pem ended-yesterday.pem | CRITICAL | expired
several files, one ends soon                | ends-in-20-days.pem good.pem | WARNING  | expiring
a list                                      | @list                        | OK       |
the same file by two ways                   | good.pem ./good.pem @list    | OK       |
";

const IGNORED: &str = "
a known finding                 | --ignore self-signed self-signed.pem              | OK       | self-signed
known of this file              | --ignore self-signed@self-signed.pem self-signed.pem | OK    | self-signed
known of another file           | --ignore self-signed@good.pem self-signed.pem     | WARNING  | self-signed
another finding                 | --ignore expiring self-signed.pem                 | WARNING  | self-signed
critical, but known             | --ignore expired ended-yesterday.pem              | OK       | expired
several                         | --ignore expired --ignore self-signed self-signed.pem ended-yesterday.pem | OK | expired self-signed
one of two                      | --ignore expired self-signed.pem ended-yesterday.pem | WARNING | expired self-signed
known of one of two             | --ignore self-signed@self-signed.pem self-signed.pem pki/self-signed.pem | WARNING | self-signed
";

fn assert_files(table: &str) {
    let inputs = Inputs::new();
    assert_table(table, |row| {
        inputs.check(&row.arguments.replace("{old}", OLD))
    });
}

#[test]
fn every_encoding_is_read_and_judged() {
    assert_files(ENCODINGS);
}

#[test]
fn dates_count_to_the_second_and_of_every_certificate() {
    assert_files(DATES);
}

#[test]
fn limits_are_days_hours_or_percent_and_the_sooner_counts() {
    assert_files(THRESHOLDS);
}

#[test]
fn order_completeness_and_trust_are_judged() {
    assert_files(CHAINS);
}

#[test]
fn names_are_those_that_clients_accept() {
    assert_files(NAMES);
}

#[test]
fn usages_keys_and_signatures_are_those_that_clients_accept() {
    assert_files(USAGE_AND_STRENGTH);
}

#[test]
fn keystores_of_every_algorithm_are_opened() {
    assert_files(KEYSTORES);
}

#[test]
fn folders_globs_and_lists_come_to_what_is_in_them() {
    assert_files(FOLDERS);
}

#[test]
fn a_known_finding_is_shown_and_not_counted() {
    assert_files(IGNORED);
}
