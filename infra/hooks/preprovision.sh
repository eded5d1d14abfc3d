#!/bin/sh
# azd runs this before it provisions. It asks for the values that a publication needs and that are not set yet, and makes the keys of a
# new publication. In CI nobody answers: set the values with `azd env set`. docs/azure.md has all of them.
set -eu

fail() { printf '%s\n' "$*" >&2; exit 1; }
is_set() { printenv "$1" >/dev/null; }
keep() { azd env set -- "$1" "$2"; }

# ask NAME QUESTION PATTERN: reads lines until one fits the shell pattern. An empty line fits the pattern "".
ask() {
  if is_set "$1"; then return; fi
  while :; do
    printf '%s: ' "$2"
    IFS= read -r answer || fail "
$1 is not set, and there is no answer. Set it: azd env set $1 VALUE"
    # shellcheck disable=SC2254
    case $answer in $3) break ;; esac
    printf 'That does not fit. '
  done
  keep "$1" "$answer"
  export "$1=$answer"
}

# Reads a secret without showing it.
ask_secret() {
  if [ -n "$(printenv "$1" || true)" ]; then return; fi
  if [ -t 0 ]; then stty -echo; trap 'stty echo' EXIT; fi
  ask_error=0
  printf '%s: ' "$2"
  IFS= read -r answer || ask_error=1
  if [ -t 0 ]; then stty echo; trap - EXIT; fi
  printf '\n'
  if [ "$ask_error" = 1 ] || [ -z "$answer" ]; then fail "$1 is not set, and there is no answer. Set it: azd env set $1 VALUE"; fi
  keep "$1" "$answer"
}

ask DAILYDIGEST_NAME 'Name of the publication' '?*'
ask DAILYDIGEST_TIME_ZONE 'Its time zone, such as Europe/Paris' '?*/?*'
ask DAILYDIGEST_POSTAL_ADDRESS 'Its postal address, for the footer of every mail' '?*'
ask DAILYDIGEST_MAIL_FROM 'Sender of the mail, such as digest@example.com' '?*@?*.?*'
ask DAILYDIGEST_MAIL_HOST 'Host name of the relay' '?*.?*'
ask DAILYDIGEST_MAIL_USER 'Login at the relay (empty for none)' '*'

# The vault of this environment, if there is one, and the names of its secrets.
: "${AZURE_ENV_NAME:?is not set. Run azd up}" "${AZURE_SUBSCRIPTION_ID:?is not set. Run azd up, which asks for it}"
mine="[?tags.\"azd-env-name\"=='$AZURE_ENV_NAME'].id"
vault=$(az keyvault list --subscription "$AZURE_SUBSCRIPTION_ID" --query "$mine" --output tsv) \
  || fail 'The vault cannot be looked up, so no keys are made: sign in with az login.'
stored=
recover=false
if [ -n "$vault" ]; then
  stored=$(az rest --method get --url "$vault/secrets?api-version=2024-11-01" --query 'value[].name' --output tsv) \
    || fail "The secrets of $vault cannot be listed, so no keys are made."
else
  gone="[?properties.tags.\"azd-env-name\"=='$AZURE_ENV_NAME'].name"
  deleted=$(az keyvault list-deleted --subscription "$AZURE_SUBSCRIPTION_ID" --resource-type vault --query "$gone" --output tsv) \
    || fail 'The deleted vaults cannot be listed, so no keys are made.'
  if [ -n "$deleted" ]; then
    printf 'The deleted vault %s is recovered, with its keys.\n' "$deleted"
    recover=true
  fi
fi
keep DAILYDIGEST_RECOVER_VAULT "$recover"

has() { printf '%s\n' "$stored" | grep -qx "$1"; }

# make NAME SECRET: makes a key for a new vault. A value that is set is used: that of a backup.
make() {
  if has "$2" || [ "$recover" = true ]; then
    keep "$1" ''
  elif [ -z "$(printenv "$1" || true)" ]; then
    keep "$1" "$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
  fi
}

make DAILYDIGEST_NEW_LINKS_KEY links-keys
make DAILYDIGEST_NEW_IDENTITY_KEY identity-key
make DAILYDIGEST_NEW_API_KEY api-key

# A login by the identity of the app has no secret: an OAuth scope and no client.
scope=$(printenv DAILYDIGEST_MAIL_OAUTH_SCOPE || true)
client=$(printenv DAILYDIGEST_MAIL_OAUTH_CLIENT_ID || true)
if [ -n "$(printenv DAILYDIGEST_MAIL_USER || true)" ] && ! has mail-secret && [ "$recover" = false ] \
    && { [ -z "$scope" ] || [ -n "$client" ]; }; then
  ask_secret DAILYDIGEST_MAIL_SECRET "Password of $DAILYDIGEST_MAIL_USER"
fi
if [ -n "$(printenv DAILYDIGEST_DKIM_SELECTOR || true)" ] && ! has dkim-private-key && [ "$recover" = false ] \
    && [ -z "$(printenv DAILYDIGEST_DKIM_PRIVATE_KEY || true)" ]; then
  fail 'DAILYDIGEST_DKIM_PRIVATE_KEY is not set. It is the key as PEM, or as base64 of PEM.'
fi
