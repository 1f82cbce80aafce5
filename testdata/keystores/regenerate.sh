#!/bin/sh
# Makes every keystore here anew. Wants OpenSSL 3 with its legacy provider, and a JDK 17 or later.
# Salts are random, so the bytes differ each time and the content does not: the tests compare content.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'changeit\n' >"$work/pass"
printf '\n' >"$work/empty"

# The certificates and keys are made once and kept: delete source/ for new ones.
if [ ! -d source ]; then
    mkdir source
    issue() { # name, issuer, subject, extensions
        openssl req -new -key "source/$1.key" -subj "/O=dhtls tests/CN=$3" -out "$work/$1.csr"
        printf '%s\n' "$4" >"$work/$1.ext"
        openssl x509 -req -in "$work/$1.csr" -CA "source/$2.crt" -CAkey "source/$2.key" \
            -days 36500 -extfile "$work/$1.ext" -out "source/$1.crt"
    }
    for name in root intermediate leaf; do
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "source/$name.key"
    done
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out source/other.key
    openssl req -x509 -key source/root.key -subj '/O=dhtls tests/CN=Root' -days 36500 \
        -out source/root.crt
    issue intermediate root Intermediate 'basicConstraints=critical,CA:true'
    issue leaf intermediate deephaven.example.com 'subjectAltName=DNS:deephaven.example.com'
    cp source/leaf.crt source/leaf-renewed.crt
    issue leaf intermediate deephaven.example.com 'subjectAltName=DNS:deephaven.example.com'
    mv source/leaf-renewed.crt source/leaf-old.crt
    issue other root other.example.com 'subjectAltName=DNS:other.example.com'
    rm source/root.key source/intermediate.key
fi

export_leaf() { # file, then flags of openssl pkcs12
    file=$1
    shift
    openssl pkcs12 -export -inkey source/leaf.key -in source/leaf.crt \
        -certfile source/intermediate.crt -passout "file:$work/pass" -out "$file" "$@"
}
aes='-keypbe AES-256-CBC -certpbe AES-256-CBC'
triple_des='-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES'

# shellcheck disable=SC2086 # the flags are several words
{
    export_leaf openssl-modern.p12 -name webapi $aes -macalg SHA256
    export_leaf openssl-java8.p12 -name webapi $triple_des -macalg SHA1
    export_leaf openssl-legacy.p12 -name webapi -legacy
    export_leaf openssl-rc2-128.p12 -name webapi -legacy -certpbe PBE-SHA1-RC2-128
    export_leaf openssl-aes-sha1-mac.p12 -name webapi $aes -macalg SHA1
    export_leaf openssl-aes-128-sha512-mac.p12 -name webapi -keypbe AES-128-CBC \
        -certpbe AES-128-CBC -macalg SHA512
    export_leaf openssl-plain.p12 -name webapi -keypbe NONE -certpbe NONE -nomaciter
    export_leaf openssl-no-mac.p12 -name webapi -nomac
    export_leaf openssl-rc4.p12 -name webapi -legacy -certpbe PBE-SHA1-RC4-128
    export_leaf openssl-no-name.p12
    export_leaf openssl-alias-30.p12 -name abcdefghijklmnopqrstuvwxyz1234
    export_leaf openssl-renewed.p12 -name webapi -certfile source/leaf-old.crt
    openssl pkcs12 -export -inkey source/leaf.key -in source/leaf.crt -name webapi \
        -passout "file:$work/empty" -out openssl-empty-passphrase.p12
    openssl pkcs12 -export -nokeys -in source/leaf.crt -passout "file:$work/pass" \
        -out openssl-no-keys.p12
}

copy() { # file, alias, then flags of the JVM
    file=$1 alias=$2
    shift 2
    rm -f "$file"
    keytool "$@" -importkeystore -noprompt -srckeystore openssl-modern.p12 -srcalias webapi \
        -srcstorepass:file "$work/pass" -destkeystore "$file" -deststoretype PKCS12 \
        -destalias "$alias" -deststorepass:file "$work/pass"
}
legacy=-J-Dkeystore.pkcs12.legacy
copy keytool-alias-1.p12 a
copy keytool-alias-9.p12 abcdefghi
copy keytool-alias-30.p12 abcdefghijklmnopqrstuvwxyz1234
copy keytool-legacy-alias-1.p12 a "$legacy"
copy keytool-legacy-alias-9.p12 abcdefghi "$legacy"
copy keytool-legacy-alias-30.p12 abcdefghijklmnopqrstuvwxyz1234 "$legacy"

# Two keys, a trusted certificate and a secret key.
copy keytool-several.p12 webapi
openssl pkcs12 -export -inkey source/other.key -in source/other.crt -name other \
    -passout "file:$work/pass" -out "$work/other.p12"
keytool -importkeystore -noprompt -srckeystore "$work/other.p12" -srcstorepass:file "$work/pass" \
    -destkeystore keytool-several.p12 -deststorepass:file "$work/pass"
keytool -importcert -noprompt -keystore keytool-several.p12 -storepass:file "$work/pass" \
    -alias our-root -file source/root.crt
keytool -genseckey -keystore keytool-several.p12 -storepass:file "$work/pass" -alias secret \
    -keyalg AES -keysize 128

rm -f keytool-trusted.p12
keytool -importcert -noprompt -keystore keytool-trusted.p12 -storetype PKCS12 \
    -storepass:file "$work/pass" -alias our-root -file source/root.crt
rm -f keytool-jks.jks
keytool -importkeystore -noprompt -srckeystore openssl-modern.p12 -srcstorepass:file "$work/pass" \
    -destkeystore keytool-jks.jks -deststoretype JKS -deststorepass:file "$work/pass"

# Another passphrase for the key than for the keystore: keytool refuses that, programs do it.
cat >"$work/TwoPassphrases.java" <<'JAVA'
import java.io.*;
import java.security.*;

class TwoPassphrases {
    public static void main(String[] args) throws Exception {
        char[] one = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream("openssl-modern.p12"), one);
        Key key = store.getKey("webapi", one);
        store.setKeyEntry("webapi", key, "another".toCharArray(), store.getCertificateChain("webapi"));
        store.store(new FileOutputStream("java-two-passphrases.p12"), one);
    }
}
JAVA
java "$work/TwoPassphrases.java"
