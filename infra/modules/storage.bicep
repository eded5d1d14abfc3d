// The storage account: the publication's tables and queues, the host's locks, and the app's packages. Only identities reach it.

import { texts } from 'types.bicep'

param name string
param location string
param tags texts

@description('Redundancy: Standard_ZRS survives the loss of a zone.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param sku string

@description('False closes the account to everything but private endpoints.')
param publicAccess bool

@description('The identity of the app. It reads and writes everything.')
param appPrincipalId string

@description('The person or the workflow that deploys. Reads and writes everything, too: for the command line.')
param deployerPrincipalId string

var roles = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
var assignments = flatten(map(items(roles), role => [
  { role: role.value, principalId: appPrincipalId }
  { role: role.value, principalId: deployerPrincipalId }
]))

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicAccess ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: 'packages'
      properties: { publicAccess: 'None' }
    }
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for one in assignments: {
    name: guid(account.id, one.principalId, one.role)
    scope: account
    properties: {
      principalId: one.principalId
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', one.role)
    }
  }
]

output id string = account.id
output name string = account.name
output packagesUrl string = '${account.properties.primaryEndpoints.blob}${account::blobs::packages.name}'
