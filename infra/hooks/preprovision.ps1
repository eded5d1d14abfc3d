#Requires -Version 7.3
# azd runs this before it provisions, on Windows. It does what preprovision.sh does.
$ErrorActionPreference = 'Stop'

$zones = Join-Path $PSScriptRoot 'zones.txt'

function Stop-Hook([string] $message) {
    [Console]::Error.WriteLine($message)
    exit 1
}

# Windows drops a variable without a value, so azd is asked whether it has one. Returns null for a name that is not set.
function Get-Value([string] $name) {
    $value = [Environment]::GetEnvironmentVariable($name)
    if ($value) { return $value }
    $null = azd env get-value $name 2>&1
    if ($LASTEXITCODE -eq 0) { return '' }
    return $null
}

function Set-Value([string] $name, [string] $value) {
    # An empty argument reaches a program only in this form.
    azd env set "$name=$value"
    if ($LASTEXITCODE -ne 0) { Stop-Hook "azd env set $name failed." }
    [Environment]::SetEnvironmentVariable($name, $value)
}

# Why the app would not start with the value, or nothing.
function Get-Fault([string] $name, [string] $value) {
    switch ($name) {
        'DAILYDIGEST_MAIL_USER' { return }
        'DAILYDIGEST_TIME_ZONE' {
            if ((Get-Content $zones) -cnotcontains $value) { "'$value' is not in infra/hooks/zones.txt, which has all time zones." }
        }
        'DAILYDIGEST_MAIL_FROM' {
            if ($value -notmatch '^([^\s<>]+@[^\s<>]+\.[^\s<>]+|.*<.+@.+\..+>)$') {
                'It is an address such as digest@example.com, or Name <digest@example.com>.'
            }
        }
        'DAILYDIGEST_MAIL_HOST' {
            if ($value -match '[\s:/@]') {
                'It is a host name alone: without a user, a port or https://. The port is DAILYDIGEST_MAIL_PORT.'
            }
            elseif ($value -notmatch '.\..') { 'It is a host name with a dot, such as smtp.example.com.' }
        }
        default { if (-not $value.Trim()) { 'It must not be empty.' } }
    }
}

# Null at the end of the input.
function Read-Answer([string] $question) {
    if (-not [Console]::IsInputRedirected) { return Read-Host $question }
    [Console]::Write("${question}: ")
    return [Console]::In.ReadLine()
}

# Asks until the value fits. A value that is set is not asked for, if it fits. Spaces around an answer are dropped.
function Request-Value([string] $name, [string] $question) {
    $value = Get-Value $name
    if ($null -ne $value) {
        $fault = Get-Fault $name $value
        if (-not $fault) { return }
        Write-Host "$name does not fit. $fault"
    }
    while ($true) {
        $answer = Read-Answer $question
        if ($null -eq $answer) {
            Stop-Hook "`n$name has no value that fits, and there is no answer. Set it: azd env set $name VALUE"
        }
        $answer = $answer.Trim()
        $fault = Get-Fault $name $answer
        if (-not $fault) { break }
        Write-Host "That does not fit. $fault"
    }
    Set-Value $name $answer
}

# Reads a secret without showing it.
function Request-Secret([string] $name, [string] $question) {
    if ([Console]::IsInputRedirected) { $answer = Read-Answer $question }
    else { $answer = [System.Net.NetworkCredential]::new('', (Read-Host $question -AsSecureString)).Password }
    if (-not $answer) { Stop-Hook "$name is not set, and there is no answer. Set it: azd env set $name VALUE" }
    Set-Value $name $answer
}

foreach ($name in 'AZURE_ENV_NAME', 'AZURE_SUBSCRIPTION_ID', 'AZURE_LOCATION') {
    if (-not [Environment]::GetEnvironmentVariable($name)) { Stop-Hook "${name}: is not set. Run azd up, which asks for it" }
}
if (-not (Get-Command az -ErrorAction SilentlyContinue)) {
    Stop-Hook 'az is not installed. The keys are looked up with it: https://aka.ms/azure-cli'
}

Request-Value DAILYDIGEST_NAME 'Name of the publication'
Request-Value DAILYDIGEST_TIME_ZONE 'Its time zone, such as Europe/Paris'
Request-Value DAILYDIGEST_POSTAL_ADDRESS 'Its postal address, for the footer of every mail'
Request-Value DAILYDIGEST_MAIL_FROM 'Sender of the mail, such as digest@example.com'
Request-Value DAILYDIGEST_MAIL_HOST 'Host name of the relay'
Request-Value DAILYDIGEST_MAIL_USER 'Login at the relay (empty for none)'

# The answers are read as JSON and filtered here: a query with quotes would not reach az on every version of PowerShell.
$found = az keyvault list --subscription $env:AZURE_SUBSCRIPTION_ID --output json
if ($LASTEXITCODE -ne 0) { Stop-Hook 'The vault cannot be looked up, so no keys are made: sign in with az login.' }
$vault = $found | ConvertFrom-Json
    | Where-Object { $_.tags.'azd-env-name' -eq $env:AZURE_ENV_NAME -and $_.location -eq $env:AZURE_LOCATION } | Select-Object -First 1
$stored = @()
$recover = $false
if ($vault) {
    $listed = az rest --method get --url "$($vault.id)/secrets?api-version=2024-11-01" --output json
    if ($LASTEXITCODE -ne 0) { Stop-Hook "The secrets of $($vault.id) cannot be listed, so no keys are made." }
    $stored = @(($listed | ConvertFrom-Json).value.name)
}
else {
    $listed = az keyvault list-deleted --subscription $env:AZURE_SUBSCRIPTION_ID --resource-type vault --output json
    if ($LASTEXITCODE -ne 0) { Stop-Hook 'The deleted vaults cannot be listed, so no keys are made.' }
    $deleted = $listed | ConvertFrom-Json
        | Where-Object { $_.properties.tags.'azd-env-name' -eq $env:AZURE_ENV_NAME -and $_.properties.location -eq $env:AZURE_LOCATION }
        | Select-Object -First 1
    if ($deleted) {
        Write-Host "The deleted vault $($deleted.name) is recovered, with its keys."
        $recover = $true
    }
}
Set-Value DAILYDIGEST_RECOVER_VAULT $recover.ToString().ToLowerInvariant()

# A key for a new vault. A value that is set is used: that of a backup.
function New-Key([string] $name, [string] $secret) {
    if (($stored -contains $secret) -or $recover) { Set-Value $name '' }
    elseif (-not [Environment]::GetEnvironmentVariable($name)) {
        Set-Value $name ([Convert]::ToBase64String([System.Security.Cryptography.RandomNumberGenerator]::GetBytes(32)))
    }
}

New-Key DAILYDIGEST_NEW_LINKS_KEY links-keys
New-Key DAILYDIGEST_NEW_IDENTITY_KEY identity-key
New-Key DAILYDIGEST_NEW_API_KEY api-key
if ($env:DAILYDIGEST_EMAIL_EVENTS -eq 'true') { New-Key DAILYDIGEST_NEW_HOOK_SECRET hook-secret }

# A login by the identity of the app has no secret: an OAuth scope and no client.
$needsSecret = (-not $env:DAILYDIGEST_MAIL_OAUTH_SCOPE) -or $env:DAILYDIGEST_MAIL_OAUTH_CLIENT_ID
if ($needsSecret -and $env:DAILYDIGEST_MAIL_USER -and ($stored -notcontains 'mail-secret') -and -not $recover -and -not $env:DAILYDIGEST_MAIL_SECRET) {
    Request-Secret DAILYDIGEST_MAIL_SECRET "Password of $env:DAILYDIGEST_MAIL_USER"
}
if ($env:DAILYDIGEST_MAILBOX_HOST -and ($stored -notcontains 'mailbox-secret') -and -not $recover -and -not $env:DAILYDIGEST_MAILBOX_SECRET) {
    Request-Secret DAILYDIGEST_MAILBOX_SECRET 'Password of the mailbox for bounces'
}
if ($env:DAILYDIGEST_DKIM_SELECTOR -and ($stored -notcontains 'dkim-private-key') -and -not $recover -and -not $env:DAILYDIGEST_DKIM_PRIVATE_KEY) {
    Stop-Hook 'DAILYDIGEST_DKIM_PRIVATE_KEY is not set. It is the key as PEM, or as base64 of PEM.'
}
