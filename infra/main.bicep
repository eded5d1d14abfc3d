// A publication on Azure: docs/azure.md. The modules each hold one responsibility; none comes from a registry.
targetScope = 'subscription'

import { texts } from 'modules/types.bicep'

@description('Name of the azd environment. With the subscription and the region it decides the names of all resources.')
@maxLength(64)
param environmentName string

@description('Region of all resources.')
param location string

@description('The person or the workflow that deploys: gets access to the data and to the keys.')
param principalId string = deployer().objectId

@description('docs/configuration.md: Publication__Name.')
param publicationName string

@description('docs/configuration.md: Publication__TimeZone.')
param timeZone string

@description('docs/configuration.md: Publication__PostalAddress.')
param postalAddress string

@description('docs/configuration.md: Mail__From.')
param mailFrom string

@description('docs/configuration.md: Mail__Host.')
param mailHost string

@description('docs/configuration.md: Mail__Port; 0 for the usual one.')
param mailPort int = 0

@description('docs/configuration.md: Mail__User; empty for a relay without a login.')
param mailUser string = ''

@description('The password of mailUser, or the secret of mailOAuthClientId. Empty keeps the stored one.')
@secure()
param mailSecret string = ''

@description('docs/configuration.md: Mail__OAuth__Scope. With it, the login is an access token in place of the password.')
param mailOAuthScope string = ''

@description('docs/configuration.md: Mail__OAuth__ClientId; its secret is mailSecret. Empty for the identity of the app.')
param mailOAuthClientId string = ''

@description('docs/configuration.md: Mail__OAuth__TokenUrl, for mailOAuthClientId.')
param mailOAuthTokenUrl string = ''

@description('docs/configuration.md: Mailbox__Host; empty if no mailbox is read.')
param mailboxHost string = ''

@description('docs/configuration.md: Mailbox__User.')
param mailboxUser string = ''

@description('docs/configuration.md: Mailbox__Password. Empty keeps the stored one.')
@secure()
param mailboxSecret string = ''

@description('docs/configuration.md: Dkim__Selector; empty if the relay signs.')
param dkimSelector string = ''

@description('docs/configuration.md: Dkim__PrivateKey. Empty keeps the stored one.')
@secure()
param dkimPrivateKey string = ''

@description('Further settings of docs/configuration.md, by name.')
param settings texts = {}

@description('A key that the hook made; empty if the vault has one.')
@secure()
param linksKey string = ''

@description('A key that the hook made; empty if the vault has one.')
@secure()
param identityKey string = ''

@description('A key that the hook made; empty if the vault has one.')
@secure()
param apiKey string = ''

@description('A secret that the hook made for emailEvents; empty if the vault has one.')
@secure()
param hookSecret string = ''

@description('True if a deleted vault of an earlier deployment is to be recovered.')
param recoverVault bool = false

@description('A host name of your own, such as digest.example.com; empty for that of Azure.')
param domain string = ''

@description('Closes storage and vault to the public network: the app reaches them through private endpoints.')
param privateNetwork bool = false

@description('Creates Azure Communication Services Email. mailHost, mailUser and mailFrom still name the relay to use.')
param emailService bool = false

@description('Domain of the sender for emailService; empty for a domain of Azure.')
param emailDomain string = ''

@description('True after the DNS records of emailDomain are verified.')
param emailDomainVerified bool = false

@description('Where emailService keeps its data.')
param emailDataLocation string = 'Europe'

@description('Client id of the Entra application whose secret is the SMTP password; empty for no SMTP user.')
param emailApplicationId string = ''

@description('Object id of the service principal of emailApplicationId.')
param emailPrincipalId string = ''

@description('Event Grid reports bounces of emailService to the app. Only after the app is deployed: it is asked for an answer.')
param emailEvents bool = false

@description('Address that gets the alerts; empty for none.')
param alertEmail string = ''

@description('Resource id of an action group of your own; empty for none.')
param actionGroupId string = ''

@description('False leaves out the two tests from outside, which are paid for by execution.')
param availabilityTests bool = true

@description('Redundancy of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_ZRS'

@description('Memory of an instance in MB: 512, 2048 or 4096.')
@minValue(512)
@maxValue(4096)
param instanceMemoryMB int = 2048

@description('The most instances at a time.')
@minValue(1)
@maxValue(1000)
param maxInstances int = 40

@description('Instances that are always ready for pages.')
@minValue(0)
param alwaysReadyHttp int = 0

@description('Instances that are always ready to deliver.')
@minValue(0)
param alwaysReadyDeliver int = 0

@description('Days that logs, traces and metrics are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int = 30

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var appName = 'digest-${token}'
var storageName = 'digest${token}'
var vaultName = 'digest-${token}'
var baseUrl = 'https://${empty(domain) ? '${appName}.azurewebsites.net' : domain}'

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: 'digest-${token}'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: storageName
    location: location
    tags: tags
    sku: storageSku
    publicAccess: !privateNetwork
    // The names of role assignments have the principal: an identity that was made anew gets its own.
    #disable-next-line what-if-short-circuiting
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: principalId
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: vaultName
    location: location
    tags: tags
    recover: recoverVault
    publicAccess: !privateNetwork
    #disable-next-line what-if-short-circuiting
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: principalId
    linksKey: linksKey
    identityKey: identityKey
    apiKey: apiKey
    hookSecret: hookSecret
    mailSecret: mailSecret
    dkimPrivateKey: dkimPrivateKey
    mailboxSecret: mailboxSecret
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    name: 'digest-${token}'
    location: location
    tags: tags
    #disable-next-line what-if-short-circuiting
    appPrincipalId: identity.outputs.principalId
    retentionDays: retentionDays
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: {
    name: 'digest-${token}'
    location: location
    tags: tags
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    name: appName
    planName: 'digest-${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    packagesUrl: storage.outputs.packagesUrl
    instanceMemoryMB: instanceMemoryMB
    maxInstances: maxInstances
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyDeliver: alwaysReadyDeliver
    subnetId: network.?outputs.appSubnetId ?? ''
  }
}

module appSettings 'modules/settings.bicep' = {
  scope: group
  params: {
    appName: appName
    baseUrl: baseUrl
    publicationName: publicationName
    timeZone: timeZone
    postalAddress: postalAddress
    mailFrom: mailFrom
    mailHost: mailHost
    mailPort: mailPort
    mailUser: mailUser
    mailOAuthScope: mailOAuthScope
    mailOAuthClientId: mailOAuthClientId
    mailOAuthTokenUrl: mailOAuthTokenUrl
    mailboxHost: mailboxHost
    mailboxUser: mailboxUser
    dkimSelector: dkimSelector
    storageAccount: storageName
    vaultName: vaultName
    identityClientId: identity.outputs.clientId
    insightsConnectionString: monitoring.outputs.connectionString
    emailEvents: emailService && emailEvents
    further: settings
  }
  dependsOn: [app, storage, vault]
}

module ownDomain 'modules/domain.bicep' = if (!empty(domain)) {
  scope: group
  params: {
    appName: appName
    location: location
    tags: tags
    hostName: domain
  }
  dependsOn: [app]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    name: 'digest-${token}'
    location: location
    tags: tags
    insightsId: monitoring.outputs.id
    baseUrl: baseUrl
    email: alertEmail
    actionGroupId: actionGroupId
    availabilityTests: availabilityTests
  }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    insightsId: monitoring.outputs.id
  }
}

module emails 'modules/email.bicep' = if (emailService) {
  scope: group
  params: {
    name: 'digest-${token}'
    tags: tags
    dataLocation: emailDataLocation
    domain: emailDomain
    isVerified: emailDomainVerified
    senderName: last(split(split(mailFrom, '@')[0], '<'))
    smtpApplicationId: emailApplicationId
    smtpPrincipalId: emailPrincipalId
    smtpUser: mailUser
  }
}

resource keys 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  scope: group
  name: vaultName
}

module reports 'modules/email-events.bicep' = if (emailService && emailEvents) {
  scope: group
  params: {
    name: 'digest-${token}'
    tags: tags
    communicationName: 'digest-${token}'
    baseUrl: baseUrl
    secret: keys.getSecret('hook-secret')
  }
  dependsOn: [emails, vault, appSettings]
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_KEY_VAULT_NAME string = vaultName
output AZURE_STORAGE_ACCOUNT string = storageName
output AZURE_FUNCTION_APP string = appName
output AZURE_APP_HOST string = app.outputs.hostName
output AZURE_DOMAIN_VERIFICATION string = app.outputs.verificationId
output DAILYDIGEST_BASE_URL string = baseUrl
output EMAIL_FROM_DOMAIN string = emails.?outputs.fromDomain ?? ''
output EMAIL_VERIFICATION_RECORDS string = emails.?outputs.verificationRecords ?? ''

// The values of this deployment, so that `azd env refresh` brings them to another machine. None of them is a secret.
output DAILYDIGEST_NAME string = publicationName
output DAILYDIGEST_TIME_ZONE string = timeZone
output DAILYDIGEST_POSTAL_ADDRESS string = postalAddress
output DAILYDIGEST_MAIL_FROM string = mailFrom
output DAILYDIGEST_MAIL_HOST string = mailHost
output DAILYDIGEST_MAIL_PORT string = string(mailPort)
output DAILYDIGEST_MAIL_USER string = mailUser
output DAILYDIGEST_MAIL_OAUTH_SCOPE string = mailOAuthScope
output DAILYDIGEST_MAIL_OAUTH_CLIENT_ID string = mailOAuthClientId
output DAILYDIGEST_MAIL_OAUTH_TOKEN_URL string = mailOAuthTokenUrl
output DAILYDIGEST_MAILBOX_HOST string = mailboxHost
output DAILYDIGEST_MAILBOX_USER string = mailboxUser
output DAILYDIGEST_DKIM_SELECTOR string = dkimSelector
output DAILYDIGEST_SETTINGS string = string(settings)
// The same for infra/digest: a line for each, with its name and its value in base64.
output DIGEST_SETTING_LINES string = join(map(items(settings), one => '${one.key} ${base64(one.value)}'), '\n')
output DAILYDIGEST_DOMAIN string = domain
output DAILYDIGEST_PRIVATE_NETWORK string = toLower(string(privateNetwork))
output DAILYDIGEST_STORAGE_SKU string = storageSku
output DAILYDIGEST_INSTANCE_MEMORY_MB string = string(instanceMemoryMB)
output DAILYDIGEST_MAX_INSTANCES string = string(maxInstances)
output DAILYDIGEST_ALWAYS_READY_HTTP string = string(alwaysReadyHttp)
output DAILYDIGEST_ALWAYS_READY_DELIVER string = string(alwaysReadyDeliver)
output DAILYDIGEST_RETENTION_DAYS string = string(retentionDays)
output DAILYDIGEST_ALERT_EMAIL string = alertEmail
output DAILYDIGEST_ACTION_GROUP_ID string = actionGroupId
output DAILYDIGEST_AVAILABILITY_TESTS string = toLower(string(availabilityTests))
output DAILYDIGEST_EMAIL_SERVICE string = toLower(string(emailService))
output DAILYDIGEST_EMAIL_DOMAIN string = emailDomain
output DAILYDIGEST_EMAIL_DOMAIN_VERIFIED string = toLower(string(emailDomainVerified))
output DAILYDIGEST_EMAIL_DATA_LOCATION string = emailDataLocation
output DAILYDIGEST_EMAIL_APPLICATION_ID string = emailApplicationId
output DAILYDIGEST_EMAIL_PRINCIPAL_ID string = emailPrincipalId
output DAILYDIGEST_EMAIL_EVENTS string = toLower(string(emailEvents))
