# shellcheck shell=bash disable=SC2154
# authority - a private certificate authority for deploy/quickstart.sh, its server and client certificates.
# Sourced; needs $data. Keys are readable by their owner only. What ends within 30 days is renewed.

authority_lasts() {
    openssl x509 -in "$1" -noout -checkend $((30 * 86400)) >/dev/null 2>&1
}

authority_key() {
    (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null)
}

authority_make() {
    if [[ -s $data/secret/ca.key ]] && authority_lasts "$data/ca.crt"; then
        return 0
    fi
    authority_key "$data/secret/ca.key"
    openssl req -x509 -new -key "$data/secret/ca.key" -sha256 -days 3650 -out "$data/ca.crt" \
        -subj "/O=tcrd quickstart/CN=tcrd private authority $(openssl rand -hex 4)" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign"
}

# authority_issue BASE NAME USAGE [SUBJECT_ALT_NAME]: BASE.crt and BASE.key unless good ones are there. Status 1: they were.
authority_issue() {
    local base=$1 name=$2 usage=$3 alternative=${4:-} extensions
    if [[ -s $base.key ]] && authority_lasts "$base.crt" &&
        openssl verify -CAfile "$data/ca.crt" "$base.crt" >/dev/null 2>&1; then
        return 1
    fi
    extensions=$'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n'
    extensions+="extendedKeyUsage=$usage"$'\n'
    [[ -z $alternative ]] || extensions+="subjectAltName=$alternative"$'\n'
    authority_key "$base.key"
    openssl req -new -key "$base.key" -subj "/O=tcrd quickstart/CN=$name" |
        openssl x509 -req -sha256 -days 800 -CA "$data/ca.crt" -CAkey "$data/secret/ca.key" \
            -set_serial "0x$(openssl rand -hex 16)" -extfile <(printf %s "$extensions") -out "$base.crt" 2>/dev/null
}
