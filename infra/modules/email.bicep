// Azure Communication Services Email as the relay. A domain of your own must be verified by DNS records before it can be linked, so it
// takes two deployments; the domain of Azure is linked at once.

import { texts } from 'types.bicep'

param name string
param tags texts

@description('Where the service keeps its data, such as Europe.')
param dataLocation string

@description('The domain of the sender, such as example.com. Empty for a domain of Azure.')
param domain string

@description('True after the DNS records of the domain are verified.')
param isVerified bool

@description('The name before the @ of the sender.')
param senderName string

@description('Client id of the Entra application whose secret is the SMTP password; empty for no SMTP user.')
param smtpApplicationId string

@description('Object id of the service principal of that application.')
param smtpPrincipalId string

@description('The SMTP user to create.')
param smtpUser string

var emailOwner = '09976791-48a7-449e-bb21-39d1a415f350'
var isOwn = !empty(domain)

resource email 'Microsoft.Communication/emailServices@2025-09-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }

  resource domains 'domains' = {
    name: isOwn ? domain : 'AzureManagedDomain'
    location: 'global'
    tags: tags
    properties: {
      domainManagement: isOwn ? 'CustomerManaged' : 'AzureManaged'
      // Links in mails are the app's; nobody else counts who opens them.
      userEngagementTracking: 'Disabled'
    }

    resource sender 'senderUsernames' = if (isOwn && isVerified) {
      name: senderName
      properties: { username: senderName }
    }
  }
}

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: isOwn && !isVerified ? [] : [email::domains.id]
  }

  resource smtp 'smtpUsernames' = if (!empty(smtpApplicationId)) {
    name: 'digest'
    properties: {
      entraApplicationId: smtpApplicationId
      tenantId: tenant().tenantId
      username: smtpUser
    }
  }
}

resource sending 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(smtpPrincipalId)) {
  name: guid(communication.id, smtpPrincipalId, emailOwner)
  scope: communication
  properties: {
    principalId: smtpPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', emailOwner)
  }
}

output fromDomain string = email::domains.properties.fromSenderDomain
output verificationRecords string = string(email::domains.properties.verificationRecords)
