// The function app on Flex Consumption. Its settings are in settings.bicep.

import { texts } from 'types.bicep'

param name string
param planName string
param location string
param tags texts

@description('Resource id of the app\'s identity.')
param identityId string

@description('URL of the blob container for the app\'s packages.')
param packagesUrl string

@description('Memory of an instance in MB: 512, 2048 or 4096.')
@minValue(512)
@maxValue(4096)
param instanceMemoryMB int

@description('The most instances at a time.')
@minValue(1)
@maxValue(1000)
param maxInstances int

@description('Instances that are always ready for pages. Each is paid for while it waits.')
@minValue(0)
param alwaysReadyHttp int

@description('Instances that are always ready to deliver. Each is paid for while it waits.')
@minValue(0)
param alwaysReadyDeliver int

@description('Subnet of the app; empty for none.')
param subnetId string

var alwaysReady = concat(
  alwaysReadyHttp == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyHttp }],
  alwaysReadyDeliver == 0 ? [] : [{ name: 'function:Deliver', instanceCount: alwaysReadyDeliver }]
)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds the app by this tag.
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // It can be set only when the app is created, and a certificate for a domain of your own needs it. The types do not have it yet.
    #disable-next-line BCP037
    siteScopedCertificatesEnabled: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packagesUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maxInstances
        alwaysReady: alwaysReady
      }
    }
    siteConfig: {
      healthCheckPath: '/healthz'
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
output verificationId string = app.properties.customDomainVerificationId
