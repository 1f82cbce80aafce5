#!/bin/sh
# Makes the binary seeds anew out of testdata/pki and testdata/keystores/source. Wants OpenSSL 3 with its
# legacy provider. Salts are random, so the keystores' bytes differ each time.
set -eu
cd "$(dirname "$0")"
mkdir -p der request key keystore
pki=../pki
for name in leaf intermediate root names ip ed25519 precertificate pss constrained unknown-critical past-2050 v1; do
    openssl x509 -in "$pki/$name.pem" -outform DER -out "der/$name.der"
done
openssl req -in "$pki/other.request.pem" -outform DER -out request/plain.der

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'changeit\n' >"$work/pass"
source=../keystores/source
encrypt() { # file, then flags of openssl pkcs8
    file=$1
    shift
    openssl pkcs8 -topk8 -in "$source/leaf.key" -passout "file:$work/pass" -out "$file" "$@"
}
encrypt key/pbes2.key -iter 1
encrypt key/pbes2.der -outform DER -iter 1
encrypt key/3des.key -v1 PBE-SHA1-3DES -iter 1
encrypt key/scrypt.key -scrypt -scrypt_N 2 -scrypt_r 1 -scrypt_p 1
openssl pkey -in "$source/leaf.key" -outform DER -out key/plain.der
openssl ec -in "$source/leaf.key" -aes128 -passout "file:$work/pass" -out key/traditional.key 2>/dev/null

# One round each: what is looked for is not in the derivation.
keystore() { # file, then flags of openssl pkcs12
    file=keystore/$1
    shift
    openssl pkcs12 -export -inkey $source/leaf.key -in $source/leaf.crt -certfile $source/intermediate.crt \
        -passout "file:$work/pass" -out "$file" -iter 1 -name webapi "$@"
}
keystore aes.p12 -keypbe AES-256-CBC -certpbe AES-256-CBC -macalg SHA256
keystore 3des.p12 -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg SHA1
keystore rc2.p12 -legacy
keystore plain.p12 -keypbe NONE -certpbe NONE
keystore keys-plain.p12 -keypbe NONE -certpbe AES-128-CBC
