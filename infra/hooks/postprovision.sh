#!/bin/sh
# azd runs this after it has provisioned. The secrets are in the vault now, so the environment on this machine forgets them.
set -eu

for name in DAILYDIGEST_NEW_LINKS_KEY DAILYDIGEST_NEW_IDENTITY_KEY DAILYDIGEST_NEW_API_KEY DAILYDIGEST_NEW_HOOK_SECRET \
    DAILYDIGEST_MAIL_SECRET DAILYDIGEST_MAILBOX_SECRET DAILYDIGEST_DKIM_PRIVATE_KEY; do
  azd env set -- "$name" ''
done
azd env set -- DAILYDIGEST_RECOVER_VAULT false

cat <<END

The keys are in the vault $AZURE_KEY_VAULT_NAME. Identity__Key is for ever: without it no reader is recognised.
Keep a copy outside Azure, before the first sign-up:

  az keyvault secret show --vault-name $AZURE_KEY_VAULT_NAME --name identity-key --query value --output tsv

END
