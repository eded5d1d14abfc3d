#!/bin/sh
# azd runs this after it has deployed: what to look at next.
set -eu

cat <<END

Sign-up page:   $DAILYDIGEST_BASE_URL/
State:          $DAILYDIGEST_BASE_URL/readyz
Runs of today:  infra/digest status
Add a feed:     infra/digest feeds add URL

A new role takes some minutes. Until then the app does not answer.
For a host name of your own: docs/azure.md#a-host-name-of-your-own.

END
