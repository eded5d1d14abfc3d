// The values of the azd environment. `azd env set NAME VALUE` sets one; docs/azure.md lists them.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', '')
param location = readEnvironmentVariable('AZURE_LOCATION', '')

param publicationName = readEnvironmentVariable('DAILYDIGEST_NAME', '')
param timeZone = readEnvironmentVariable('DAILYDIGEST_TIME_ZONE', '')
param postalAddress = readEnvironmentVariable('DAILYDIGEST_POSTAL_ADDRESS', '')
param mailFrom = readEnvironmentVariable('DAILYDIGEST_MAIL_FROM', '')
param mailHost = readEnvironmentVariable('DAILYDIGEST_MAIL_HOST', '')
param mailPort = int(readEnvironmentVariable('DAILYDIGEST_MAIL_PORT', '0'))
param mailUser = readEnvironmentVariable('DAILYDIGEST_MAIL_USER', '')
param mailSecret = readEnvironmentVariable('DAILYDIGEST_MAIL_SECRET', '')
param dkimSelector = readEnvironmentVariable('DAILYDIGEST_DKIM_SELECTOR', '')
param dkimPrivateKey = readEnvironmentVariable('DAILYDIGEST_DKIM_PRIVATE_KEY', '')
param settings = json(readEnvironmentVariable('DAILYDIGEST_SETTINGS', '{}'))

param linksKey = readEnvironmentVariable('DAILYDIGEST_NEW_LINKS_KEY', '')
param identityKey = readEnvironmentVariable('DAILYDIGEST_NEW_IDENTITY_KEY', '')
param apiKey = readEnvironmentVariable('DAILYDIGEST_NEW_API_KEY', '')
param recoverVault = bool(readEnvironmentVariable('DAILYDIGEST_RECOVER_VAULT', 'false'))

param domain = readEnvironmentVariable('DAILYDIGEST_DOMAIN', '')
param privateNetwork = bool(readEnvironmentVariable('DAILYDIGEST_PRIVATE_NETWORK', 'false'))
param storageSku = readEnvironmentVariable('DAILYDIGEST_STORAGE_SKU', 'Standard_ZRS')
param instanceMemoryMB = int(readEnvironmentVariable('DAILYDIGEST_INSTANCE_MEMORY_MB', '2048'))
param maxInstances = int(readEnvironmentVariable('DAILYDIGEST_MAX_INSTANCES', '40'))
param alwaysReadyHttp = int(readEnvironmentVariable('DAILYDIGEST_ALWAYS_READY_HTTP', '0'))
param alwaysReadyDeliver = int(readEnvironmentVariable('DAILYDIGEST_ALWAYS_READY_DELIVER', '0'))
param retentionDays = int(readEnvironmentVariable('DAILYDIGEST_RETENTION_DAYS', '30'))

param alertEmail = readEnvironmentVariable('DAILYDIGEST_ALERT_EMAIL', '')
param actionGroupId = readEnvironmentVariable('DAILYDIGEST_ACTION_GROUP_ID', '')
param availabilityTests = bool(readEnvironmentVariable('DAILYDIGEST_AVAILABILITY_TESTS', 'true'))

param emailService = bool(readEnvironmentVariable('DAILYDIGEST_EMAIL_SERVICE', 'false'))
param emailDomain = readEnvironmentVariable('DAILYDIGEST_EMAIL_DOMAIN', '')
param emailDomainVerified = bool(readEnvironmentVariable('DAILYDIGEST_EMAIL_DOMAIN_VERIFIED', 'false'))
param emailDataLocation = readEnvironmentVariable('DAILYDIGEST_EMAIL_DATA_LOCATION', 'Europe')
param emailApplicationId = readEnvironmentVariable('DAILYDIGEST_EMAIL_APPLICATION_ID', '')
param emailPrincipalId = readEnvironmentVariable('DAILYDIGEST_EMAIL_PRINCIPAL_ID', '')
