#!/bin/sh
# azd runs this before it provisions. It asks for the values that a publication needs and that are not set yet, and makes the keys of a
# new publication. In CI nobody answers: set the values with `azd env set`. docs/azure.md has all of them.
set -eu

zones=$(dirname "$0")/zones.txt

fail() { printf '%s\n' "$*" >&2; exit 1; }
is_set() { printenv "$1" >/dev/null; }
keep() { azd env set -- "$1" "$2"; }

# why NAME VALUE: prints why the app would not start with the value, or nothing.
why() {
  case $1 in
    DAILYDIGEST_MAIL_USER) return ;;
    DAILYDIGEST_TIME_ZONE)
      grep -qxF -e "$2" "$zones" || printf "'%s' is not in infra/hooks/zones.txt, which has all time zones.\n" "$2" ;;
    DAILYDIGEST_MAIL_FROM)
      case $2 in
        *'<'?*@?*.?*'>') ;;
        *[[:space:]'<>']*) echo "It is an address such as digest@example.com, or Name <digest@example.com>." ;;
        ?*@?*.?*) ;;
        *) echo "It is an address such as digest@example.com, or Name <digest@example.com>." ;;
      esac ;;
    DAILYDIGEST_MAIL_HOST)
      case $2 in
        *[[:space:]:/@]*) echo "It is a host name alone: without a user, a port or https://. The port is DAILYDIGEST_MAIL_PORT." ;;
        ?*.?*) ;;
        *) echo "It is a host name with a dot, such as smtp.example.com." ;;
      esac ;;
    *)
      case $2 in
        *[![:space:]]*) ;;
        *) echo "It must not be empty." ;;
      esac ;;
  esac
}

# ask NAME QUESTION: asks until the value fits. A value that is set is not asked for, if it fits. Spaces around an answer are dropped.
ask() {
  if is_set "$1"; then
    fault=$(why "$1" "$(printenv "$1")")
    if [ -z "$fault" ]; then return; fi
    printf '%s does not fit. %s\n' "$1" "$fault"
  fi
  while :; do
    printf '%s: ' "$2"
    read -r answer || [ -n "$answer" ] || fail "
$1 has no value that fits, and there is no answer. Set it: azd env set $1 VALUE"
    fault=$(why "$1" "$answer")
    if [ -z "$fault" ]; then break; fi
    printf 'That does not fit. %s\n' "$fault"
  done
  keep "$1" "$answer"
  export "$1=$answer"
}

# Reads a secret without showing it.
ask_secret() {
  if [ -n "$(printenv "$1" || true)" ]; then return; fi
  if [ -t 0 ]; then stty -echo; trap 'stty echo' EXIT; fi
  printf '%s: ' "$2"
  IFS= read -r answer || true
  if [ -t 0 ]; then stty echo; trap - EXIT; fi
  printf '\n'
  if [ -z "$answer" ]; then fail "$1 is not set, and there is no answer. Set it: azd env set $1 VALUE"; fi
  keep "$1" "$answer"
}

: "${AZURE_ENV_NAME:?is not set. Run azd up}" "${AZURE_SUBSCRIPTION_ID:?is not set. Run azd up, which asks for it}" \
  "${AZURE_LOCATION:?is not set. Run azd up, which asks for it}"
command -v az >/dev/null || fail 'az is not installed. The keys are looked up with it: https://aka.ms/azure-cli'

ask DAILYDIGEST_NAME 'Name of the publication'
ask DAILYDIGEST_TIME_ZONE 'Its time zone, such as Europe/Paris'
ask DAILYDIGEST_POSTAL_ADDRESS 'Its postal address, for the footer of every mail'
ask DAILYDIGEST_MAIL_FROM 'Sender of the mail, such as digest@example.com'
ask DAILYDIGEST_MAIL_HOST 'Host name of the relay'
ask DAILYDIGEST_MAIL_USER 'Login at the relay (empty for none)'

# The vault of this environment, if there is one, and the names of its secrets.
mine="[?tags.\"azd-env-name\"=='$AZURE_ENV_NAME' && location=='$AZURE_LOCATION'].id"
vault=$(az keyvault list --subscription "$AZURE_SUBSCRIPTION_ID" --query "$mine" --output tsv) \
  || fail 'The vault cannot be looked up, so no keys are made: sign in with az login.'
stored=
recover=false
if [ -n "$vault" ]; then
  stored=$(az rest --method get --url "$vault/secrets?api-version=2024-11-01" --query 'value[].name' --output tsv) \
    || fail "The secrets of $vault cannot be listed, so no keys are made."
else
  gone="[?properties.tags.\"azd-env-name\"=='$AZURE_ENV_NAME' && properties.location=='$AZURE_LOCATION'].name"
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
if [ "$(printenv DAILYDIGEST_EMAIL_EVENTS || true)" = true ]; then make DAILYDIGEST_NEW_HOOK_SECRET hook-secret; fi

# A login by the identity of the app has no secret: an OAuth scope and no client.
scope=$(printenv DAILYDIGEST_MAIL_OAUTH_SCOPE || true)
client=$(printenv DAILYDIGEST_MAIL_OAUTH_CLIENT_ID || true)
if [ -n "$(printenv DAILYDIGEST_MAIL_USER || true)" ] && ! has mail-secret && [ "$recover" = false ] \
    && { [ -z "$scope" ] || [ -n "$client" ]; }; then
  ask_secret DAILYDIGEST_MAIL_SECRET "Password of $DAILYDIGEST_MAIL_USER"
fi
if [ -n "$(printenv DAILYDIGEST_MAILBOX_HOST || true)" ] && ! has mailbox-secret && [ "$recover" = false ]; then
  ask_secret DAILYDIGEST_MAILBOX_SECRET "Password of the mailbox for bounces"
fi
if [ -n "$(printenv DAILYDIGEST_DKIM_SELECTOR || true)" ] && ! has dkim-private-key && [ "$recover" = false ] \
    && [ -z "$(printenv DAILYDIGEST_DKIM_PRIVATE_KEY || true)" ]; then
  fail 'DAILYDIGEST_DKIM_PRIVATE_KEY is not set. It is the key as PEM, or as base64 of PEM.'
fi
