#!/bin/sh
# Rebuilds every fixture of this folder with openssl (3.0 or later). Keys, serials and dates are fixed
# and all signatures deterministic (RSA PKCS#1 v1.5; RSA-PSS without salt): a second run changes nothing.
# Delete keys/ first to start over with new keys.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { # name, arguments of genpkey
    name=$1; shift
    [ -e "keys/$name.key" ] || openssl genpkey "$@" -out "keys/$name.key" 2>/dev/null
}

cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = ca
database = $work/index
serial = $work/serial
new_certs_dir = $work
policy = policy
default_md = sha256
unique_subject = no
crlnumber = $work/crlnumber
[policy]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
[req]
distinguished_name = name
string_mask = pkix
utf8 = yes
[name]
CNF

# issue OUT SUBJECT KEY ISSUER FROM UNTIL [-option...]; extensions come on stdin. ISSUER "self" signs itself.
issue() {
    out=$1; subject=$2; key=$3; issuer=$4; from=$5; until=$6; shift 6
    serial=$((serial + 1))
    cat > "$work/ext"
    : > "$work/index"
    printf '%04X\n' "$serial" > "$work/serial"
    openssl req -new -config "$work/ca.cnf" -key "keys/$key.key" -subj "$subject" -multivalue-rdn \
        -utf8 -out "$work/csr" 2>/dev/null
    if [ "$issuer" = self ]; then set -- "$@" -selfsign -keyfile "keys/$key.key"
    else set -- "$@" -cert "$issuer.pem" -keyfile "keys/${issuer##*/}.key"; fi
    [ -s "$work/ext" ] && set -- "$@" -extfile "$work/ext"
    openssl ca -batch -notext -preserveDN -config "$work/ca.cnf" -in "$work/csr" -startdate "$from" \
        -enddate "$until" -out "$out" "$@" 2> "$work/log" || { cat "$work/log"; exit 1; }
}
# leaf OUT SUBJECT KEY ISSUER ALTERNATIVE-NAMES FROM UNTIL [-option...]
leaf() {
    out=$1; subject=$2; key=$3; issuer=$4; names=$5; from=$6; until=$7; shift 7
    issue "$out" "$subject" "$key" "$issuer" "$from" "$until" "$@" <<EXT
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = caIssuers;URI:http://ca.example.com/intermediate.crt
$names
EXT
}
authority() { # OUT SUBJECT KEY ISSUER pathlen [more extensions]
    issue "$1" "$2" "$3" "$4" 20200101000000Z 20400101000000Z <<EXT
basicConstraints = critical,CA:TRUE$5
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
${6:-}
EXT
}

mkdir -p keys
for name in root intermediate constrained below-pathlen other-root leaf other-key; do
    key "$name" -algorithm RSA -pkeyopt rsa_keygen_bits:2048
done
key rsa1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
key p521 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
key secp256k1 -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1
key ed25519 -algorithm ED25519

serial=40959
ORG='/C=US/O=Example Corp'
HOST="$ORG/CN=deephaven.example.com"
NAMES='subjectAltName = DNS:deephaven.example.com,DNS:localhost'
FROM=20260101000000Z
UNTIL=20270101000000Z

authority root.pem "$ORG/CN=Example Root CA" root self ''
authority other-root.pem "$ORG/CN=Other Root CA" other-root self ''
authority intermediate.pem "$ORG/CN=Example Issuing CA" intermediate root ',pathlen:0'
authority constrained.pem "$ORG/CN=Example Constrained CA" constrained root '' \
    'nameConstraints = critical,permitted;DNS:example.org'
authority cross.pem "$ORG/CN=Example Root CA" root other-root ''
authority below-pathlen.pem "$ORG/CN=Example Third CA" below-pathlen intermediate ''

leaf leaf.pem "$HOST" leaf intermediate "$NAMES" $FROM $UNTIL
leaf expired.pem "$HOST" leaf intermediate "$NAMES" 20250101000000Z 20260201000000Z
leaf not-yet-valid.pem "$HOST" leaf intermediate "$NAMES" 20260601000000Z $UNTIL
leaf other-key.pem "$HOST" other-key intermediate "$NAMES" $FROM $UNTIL
leaf wildcard.pem "$ORG/CN=wildcard" leaf intermediate 'subjectAltName = DNS:*.example.com' $FROM $UNTIL
leaf ip.pem "$ORG/CN=ip" leaf intermediate 'subjectAltName = IP:192.0.2.7,IP:2001:db8::7' $FROM $UNTIL
leaf no-san.pem "$HOST" leaf intermediate '' $FROM $UNTIL
leaf empty-subject.pem / leaf intermediate 'subjectAltName = critical,DNS:deephaven.example.com' $FROM $UNTIL
leaf sha1.pem "$HOST" leaf intermediate "$NAMES" $FROM $UNTIL -md sha1
leaf md5.pem "$HOST" leaf intermediate "$NAMES" $FROM $UNTIL -md md5
leaf pss.pem "$HOST" leaf intermediate "$NAMES" $FROM $UNTIL \
    -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:0
leaf rsa1024.pem "$HOST" rsa1024 intermediate "$NAMES" $FROM $UNTIL
leaf p521.pem "$HOST" p521 intermediate "$NAMES" $FROM $UNTIL
leaf secp256k1.pem "$HOST" secp256k1 intermediate "$NAMES" $FROM $UNTIL
leaf ed25519.pem "$HOST" ed25519 intermediate "$NAMES" $FROM $UNTIL
leaf past-2050.pem "$HOST" leaf intermediate "$NAMES" $FROM 20610615123456Z
leaf constrained-leaf.pem "$HOST" leaf constrained "$NAMES" $FROM $UNTIL
leaf below-pathlen-leaf.pem "$HOST" leaf below-pathlen "$NAMES" $FROM $UNTIL
leaf not-a-ca-leaf.pem "$ORG/CN=below no CA" leaf other-key "$NAMES" $FROM $UNTIL
leaf unknown-critical.pem "$HOST" leaf intermediate "$NAMES
1.2.3.4 = critical,ASN1:UTF8String:x" $FROM $UNTIL
leaf precertificate.pem "$HOST" leaf intermediate "$NAMES
1.3.6.1.4.1.11129.2.4.3 = critical,DER:0500" $FROM $UNTIL
leaf names.pem "/C=US/O=Grüße, \"GmbH\" <b>+OU= Ωmega#1;/CN=line
break\\\\ " leaf intermediate "$NAMES" $FROM $UNTIL
issue client-only.pem "$HOST" leaf intermediate $FROM $UNTIL <<EXT
keyUsage = critical,keyAgreement
extendedKeyUsage = clientAuth
$NAMES
EXT
# What "openssl req -x509" makes: a leaf that calls itself a CA.
issue self-signed.pem "$HOST" leaf self $FROM $UNTIL <<EXT
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
$NAMES
EXT
issue v1.pem "$HOST" leaf intermediate $FROM $UNTIL < /dev/null

# The same certificates in the shapes that files really have.
cat leaf.pem intermediate.pem > chain.pem
cat root.pem intermediate.pem leaf.pem leaf.pem other-root.pem > shuffled.pem
cat keys/leaf.key leaf.pem intermediate.pem > with-key.pem
cat leaf.pem intermediate.pem cross.pem > with-cross.pem
sed 's/$/\r/' chain.pem > chain.crlf.pem
{ printf '\357\273\277'; cat chain.pem; } > chain.bom.pem
sed 's/^/    /' chain.pem > chain.indented.pem
printf %s "$(cat chain.pem)" > chain.no-final-newline.pem
{ printf %s "$(cat leaf.pem)"; cat intermediate.pem; } > chain.joined.pem
tr -d '\n' < leaf.pem > leaf.one-line.pem
awk '{ printf "%s\\n", $0 }' leaf.pem > leaf.escaped.pem
{ echo 'Bag Attributes'; echo '    friendlyName: gr'; cat leaf.pem; echo 'subject=CN'; } > leaf.text.pem
{ printf '\377\376'; sed 's/$/\r/' leaf.pem | iconv -f ASCII -t UTF-16LE; } > leaf.utf16.pem
grep -v -- ----- leaf.pem > leaf.base64
openssl x509 -in leaf.pem -trustout -addtrust serverAuth -out leaf.trusted.pem
openssl x509 -in leaf.pem -outform DER -out leaf.der
openssl crl2pkcs7 -nocrl -certfile chain.pem -out chain.p7b
openssl crl2pkcs7 -nocrl -certfile chain.pem -outform DER -out chain.der.p7b

# What people give in place of a certificate.
openssl req -new -config "$work/ca.cnf" -key keys/leaf.key -subj "$HOST" -out other.request.pem
openssl pkey -in keys/leaf.key -pubout -out other.public-key.pem
: > "$work/index"; echo 01 > "$work/crlnumber"
openssl ca -gencrl -config "$work/ca.cnf" -cert root.pem -keyfile keys/root.key \
    -crl_lastupdate $FROM -crl_nextupdate $UNTIL -out other.revocation-list.pem 2>/dev/null

# What openssl says about each certificate; the tests want to read the same.
for file in *.pem; do
    case $file in chain*|shuffled*|with*|leaf.*|other.*) [ "$file" = leaf.pem ] || continue;; esac
    echo "file=$file"
    openssl x509 -in "$file" -noout -subject -issuer -serial -startdate -enddate -fingerprint -sha256 \
        -nameopt RFC2253,-esc_msb,utf8
    openssl x509 -in "$file" -noout -text -certopt no_pubkey,no_sigdump |
        sed -n 's/^ *Signature Algorithm: \([^ ]*\) */signature=\1/p' | head -n 1
done > facts.txt
