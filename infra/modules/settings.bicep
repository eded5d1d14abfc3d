// The app settings, by the names of docs/configuration.md. Keys and passwords are references to the vault.

import { texts } from 'types.bicep'

param appName string
param baseUrl string

// The hook asks for these. A deployment without one of them fails here, before the app would.
@minLength(1)
param publicationName string
@minLength(1)
param timeZone string
@minLength(1)
param postalAddress string
@minLength(1)
param mailFrom string
@minLength(1)
param mailHost string

param mailPort int
param mailUser string
param mailOAuthScope string
param mailOAuthClientId string
param mailOAuthTokenUrl string
param mailboxHost string
param mailboxUser string
param dkimSelector string
param storageAccount string
param vaultName string
param identityClientId string
param insightsConnectionString string

@description('True if Event Grid reports what became of mails.')
param emailEvents bool

@description('Further settings. Those of this file win.')
param further texts

var secret = '@Microsoft.KeyVault(VaultName=${vaultName};SecretName='

var required = {
  AzureWebJobsStorage__accountName: storageAccount
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsDisableHomepage: 'true'
  AZURE_CLIENT_ID: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
  Storage__Azure__AccountName: storageAccount
  Publication__Name: publicationName
  Publication__BaseUrl: baseUrl
  Publication__TimeZone: timeZone
  Publication__PostalAddress: postalAddress
  Mail__Host: mailHost
  Mail__Port: string(mailPort)
  Mail__From: mailFrom
  Links__Keys: '${secret}links-keys)'
  Identity__Key: '${secret}identity-key)'
  Api__Keys__0__Name: 'operator'
  Api__Keys__0__Scope: 'stories, outcomes, sign-up, desk'
  Api__Keys__0__Key: '${secret}api-key)'
}

var user = empty(mailUser) ? {} : { Mail__User: mailUser }

var password = empty(mailUser) || !empty(mailOAuthScope) ? {} : { Mail__Password: '${secret}mail-secret)' }

var token = empty(mailOAuthScope) ? {} : { Mail__OAuth__Scope: mailOAuthScope }

var ownToken = empty(mailOAuthScope) || !empty(mailOAuthClientId) ? {} : { Mail__OAuth__ManagedIdentity: 'true' }

var clientToken = empty(mailOAuthScope) || empty(mailOAuthClientId)
  ? {}
  : {
      Mail__OAuth__ClientId: mailOAuthClientId
      Mail__OAuth__TokenUrl: mailOAuthTokenUrl
      Mail__OAuth__ClientSecret: '${secret}mail-secret)'
    }

var mailbox = empty(mailboxHost)
  ? {}
  : {
      Mailbox__Host: mailboxHost
      Mailbox__User: mailboxUser
      Mailbox__Password: '${secret}mailbox-secret)'
    }

var signing = empty(dkimSelector)
  ? {}
  : {
      Dkim__Selector: dkimSelector
      Dkim__PrivateKey: '${secret}dkim-private-key)'
    }

var reports = emailEvents ? { Returns__Hooks__AzureSecret: '${secret}hook-secret)' } : {}

resource app 'Microsoft.Web/sites@2024-11-01' existing = { name: appName }

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: union(further, required, user, password, token, ownToken, clientToken, mailbox, signing, reports)
}
