// The vault: every key and password of the app. The app reads them as references in its settings; no setting contains one.

import { texts } from 'types.bicep'

param name string
param location string
param tags texts

@description('True recovers a vault of this name that was deleted and waits to be purged, with its keys.')
param recover bool

@description('False closes the vault to everything but private endpoints.')
param publicAccess bool

@description('The identity of the app. It may read secrets.')
param appPrincipalId string

@description('The person or the workflow that deploys. May read and replace secrets: for the backup of the keys, and to rotate them.')
param deployerPrincipalId string

@description('Made once by the hook before the first provisioning; afterwards empty.')
@secure()
param linksKey string

@description('Made once by the hook before the first provisioning; afterwards empty.')
@secure()
param identityKey string

@description('Made once by the hook before the first provisioning; afterwards empty.')
@secure()
param apiKey string

@description('Made once by the hook when the events of e-mail are switched on; otherwise empty.')
@secure()
param hookSecret string

@description('The password of the relay, or the secret of its OAuth client. Empty keeps the stored one.')
@secure()
param mailSecret string

@description('The password of the mailbox for bounces. Empty keeps the stored one.')
@secure()
param mailboxSecret string

@description('The private key that signs mail: PEM, or base64 of PEM. Empty keeps the stored one.')
@secure()
param dkimPrivateKey string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    createMode: recover ? 'recover' : 'default'
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // The deployment reads hook-secret for the URL that Event Grid calls.
    enabledForTemplateDeployment: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicAccess ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
    }
  }
}

// A key that exists is never written again: with another identity key the store cannot be used. The hook makes no keys for a deployment
// that has some; this decorator holds even if the hook is wrong.
@onlyIfNotExists()
resource links 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(linksKey)) {
  parent: vault
  name: 'links-keys'
  properties: { value: linksKey }
}

@onlyIfNotExists()
resource identity 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(identityKey)) {
  parent: vault
  name: 'identity-key'
  properties: { value: identityKey }
}

@onlyIfNotExists()
resource api 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(apiKey)) {
  parent: vault
  name: 'api-key'
  properties: { value: apiKey }
}

// It stands in a URL: base64 with its two other characters, and without padding.
@onlyIfNotExists()
resource hook 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(hookSecret)) {
  parent: vault
  name: 'hook-secret'
  properties: { value: replace(replace(replace(hookSecret, '+', '-'), '/', '_'), '=', '') }
}

resource mail 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(mailSecret)) {
  parent: vault
  name: 'mail-secret'
  properties: { value: mailSecret }
}

resource mailbox 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(mailboxSecret)) {
  parent: vault
  name: 'mailbox-secret'
  properties: { value: mailboxSecret }
}

resource dkim 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(dkimPrivateKey)) {
  parent: vault
  name: 'dkim-private-key'
  properties: { value: dkimPrivateKey }
}

resource reading 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, secretsUser)
  scope: vault
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource replacing 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, deployerPrincipalId, secretsOfficer)
  scope: vault
  properties: {
    principalId: deployerPrincipalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

output id string = vault.id
output name string = vault.name
