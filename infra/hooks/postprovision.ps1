# azd runs this after it has provisioned, on Windows. It does what postprovision.sh does.
$ErrorActionPreference = 'Stop'

foreach ($name in 'NEW_LINKS_KEY', 'NEW_IDENTITY_KEY', 'NEW_API_KEY', 'NEW_HOOK_SECRET', 'MAIL_SECRET', 'MAILBOX_SECRET', 'DKIM_PRIVATE_KEY') {
    azd env set "DAILYDIGEST_$name="
    if ($LASTEXITCODE -ne 0) { throw "azd env set DAILYDIGEST_$name failed." }
}
azd env set DAILYDIGEST_RECOVER_VAULT=false

Write-Host @"

The keys are in the vault $env:AZURE_KEY_VAULT_NAME. Identity__Key is for ever: without it no reader is recognised.
Keep a copy outside Azure, before the first sign-up:

  az keyvault secret show --vault-name $env:AZURE_KEY_VAULT_NAME --name identity-key --query value --output tsv

"@
