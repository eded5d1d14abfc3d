# azd runs this after it has deployed, on Windows. It does what postdeploy.sh does.
Write-Host @"

Sign-up page:   $env:DAILYDIGEST_BASE_URL/
State:          $env:DAILYDIGEST_BASE_URL/readyz
Runs of today:  infra/digest status
Add a feed:     infra/digest feeds add URL

A new role takes some minutes. Until then the app does not answer.
For a host name of your own: docs/azure.md#a-host-name-of-your-own.

"@
