# azd runs this before it provisions, on Windows. It does what preprovision.sh does.
$ErrorActionPreference = 'Stop'

function Get-Value([string] $name) { [Environment]::GetEnvironmentVariable($name) }

function Set-Value([string] $name, [string] $value) {
    # An empty argument reaches a program only in this form.
    azd env set "$name=$value"
    if ($LASTEXITCODE -ne 0) { throw "azd env set $name failed." }
    [Environment]::SetEnvironmentVariable($name, $value)
}

function Request-Value([string] $name, [string] $question, [string] $pattern) {
    if ($null -ne (Get-Value $name)) { return }
    if ([Console]::IsInputRedirected) { throw "$name is not set. Set it: azd env set $name VALUE" }
    do { $answer = Read-Host $question } until ($answer -like $pattern)
    Set-Value $name $answer
}

Request-Value DAILYDIGEST_NAME 'Name of the publication' '?*'
Request-Value DAILYDIGEST_TIME_ZONE 'Its time zone, such as Europe/Paris' '?*/?*'
Request-Value DAILYDIGEST_POSTAL_ADDRESS 'Its postal address, for the footer of every mail' '?*'
Request-Value DAILYDIGEST_MAIL_FROM 'Sender of the mail, such as digest@example.com' '?*@?*.?*'
Request-Value DAILYDIGEST_MAIL_HOST 'Host name of the relay' '?*.?*'
Request-Value DAILYDIGEST_MAIL_USER 'Login at the relay (empty for none)' '*'

# The answers are read as JSON and filtered here: a query with quotes would not reach az on every version of PowerShell.
$found = az keyvault list --subscription $env:AZURE_SUBSCRIPTION_ID --output json
if ($LASTEXITCODE -ne 0) { throw 'The vault cannot be looked up, so no keys are made: sign in with az login.' }
$vault = $found | ConvertFrom-Json | Where-Object { $_.tags.'azd-env-name' -eq $env:AZURE_ENV_NAME } | Select-Object -First 1
$stored = @()
$recover = $false
if ($vault) {
    $listed = az rest --method get --url "$($vault.id)/secrets?api-version=2024-11-01" --output json
    if ($LASTEXITCODE -ne 0) { throw "The secrets of $($vault.id) cannot be listed, so no keys are made." }
    $stored = @(($listed | ConvertFrom-Json).value.name)
}
else {
    $listed = az keyvault list-deleted --subscription $env:AZURE_SUBSCRIPTION_ID --resource-type vault --output json
    if ($LASTEXITCODE -ne 0) { throw 'The deleted vaults cannot be listed, so no keys are made.' }
    $deleted = $listed | ConvertFrom-Json | Where-Object { $_.properties.tags.'azd-env-name' -eq $env:AZURE_ENV_NAME } | Select-Object -First 1
    if ($deleted) {
        Write-Host "The deleted vault $($deleted.name) is recovered, with its keys."
        $recover = $true
    }
}
Set-Value DAILYDIGEST_RECOVER_VAULT $recover.ToString().ToLowerInvariant()

function New-Key([string] $name, [string] $secret) {
    if (($stored -contains $secret) -or $recover) { Set-Value $name '' }
    elseif (-not (Get-Value $name)) {
        $bytes = [byte[]]::new(32)
        $random = [System.Security.Cryptography.RandomNumberGenerator]::Create()
        $random.GetBytes($bytes)
        Set-Value $name ([Convert]::ToBase64String($bytes))
    }
}

New-Key DAILYDIGEST_NEW_LINKS_KEY links-keys
New-Key DAILYDIGEST_NEW_IDENTITY_KEY identity-key
New-Key DAILYDIGEST_NEW_API_KEY api-key

# A login by the identity of the app has no secret: an OAuth scope and no client.
$needsSecret = (-not $env:DAILYDIGEST_MAIL_OAUTH_SCOPE) -or $env:DAILYDIGEST_MAIL_OAUTH_CLIENT_ID
if ($needsSecret -and $env:DAILYDIGEST_MAIL_USER -and ($stored -notcontains 'mail-secret') -and -not $recover -and -not $env:DAILYDIGEST_MAIL_SECRET) {
    if ([Console]::IsInputRedirected) { throw 'DAILYDIGEST_MAIL_SECRET is not set. Set it: azd env set DAILYDIGEST_MAIL_SECRET VALUE' }
    $secure = Read-Host "Password of $env:DAILYDIGEST_MAIL_USER" -AsSecureString
    Set-Value DAILYDIGEST_MAIL_SECRET ([System.Net.NetworkCredential]::new('', $secure).Password)
}
if ($env:DAILYDIGEST_DKIM_SELECTOR -and ($stored -notcontains 'dkim-private-key') -and -not $recover -and -not $env:DAILYDIGEST_DKIM_PRIVATE_KEY) {
    throw 'DAILYDIGEST_DKIM_PRIVATE_KEY is not set. It is the key as PEM, or as base64 of PEM.'
}
