# shellcheck shell=bash disable=SC2154
# accounts - the demonstration's agencies, accounts, keys and client certificates for deploy/quickstart.sh.
# Sourced; needs $data, $tcrd (binary), $conf and the functions of cluster.sh and authority.sh.

accounts=(agency agency2 registrar reviewer bureau auditor admin)

admin_command() {
    "$tcrd" -c "$conf" "$@" >/dev/null
}

account_exists() {
    [[ -n $(record_sql -c "select 1 from tcr.account where name = '$1'") ]]
}

# credential_lives NAME KIND SHA256: is it bound and valid?
credential_lives() {
    [[ -n $(record_sql -c "select 1 from tcr.credential c join tcr.account a on a.id = c.account_id
        where a.name = '$1' and c.kind = '$2' and c.sha256 = decode('$3', 'hex') and c.revoked_at is null
            and coalesce(c.expires_at > now(), true)") ]]
}

# Room for one more: of two live ones the older goes.
credential_make_room() {
    local name=$1 kind=$2 verb=$3 old
    old=$(record_sql -c "select c.id from tcr.credential c join tcr.account a on a.id = c.account_id
        where a.name = '$name' and c.kind = '$kind' and c.revoked_at is null and coalesce(c.expires_at > now(), true)
        order by c.id desc offset 1 limit 1")
    [[ -z $old ]] || admin_command account "$kind" "$verb" "$name" "$old"
}

account_token() {
    local name=$1 file=$data/credentials/$1.token digest
    if [[ -s $file ]]; then
        digest=$(tr -d '\n' <"$file" | sha256sum | cut -d' ' -f1)
        ! credential_lives "$name" key "$digest" || return 0
    fi
    credential_make_room "$name" key revoke
    admin_command account key new "$name" --out "$file"
}

account_certificate() {
    local name=$1 base=$data/credentials/$1 digest
    authority_issue "$base" "$name" clientAuth || true
    digest=$(openssl x509 -in "$base.crt" -outform DER | sha256sum | cut -d' ' -f1)
    ! credential_lives "$name" certificate "$digest" || return 0
    credential_make_room "$name" certificate unbind
    admin_command account certificate bind "$name" "$base.crt"
}

agency_make() {
    [[ -n $(record_sql -c "select 1 from tcr.agency where name = '$1'") ]] ||
        admin_command agency add "$1" --kind service_point --region "$2"
}

accounts_make() {
    local name first=沂河技术转移服务点 second=蒙山技术转移服务点 options
    agency_make "$first" 371302
    agency_make "$second" 371323
    for name in "${accounts[@]}"; do
        case $name in
        agency) options=(--roles agency --agency "$first") ;;
        agency2) options=(--roles agency --agency "$second") ;;
        registrar | reviewer) options=(--roles "$name" --point 371301) ;;
        admin) options=(--roles administrator) ;;
        *) options=(--roles "$name") ;;
        esac
        account_exists "$name" || admin_command account add "$name" "${options[@]}"
        account_token "$name"
        account_certificate "$name"
    done
}
