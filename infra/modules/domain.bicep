// A host name of your own, with a certificate that Azure renews. The DNS records must exist before: CNAME, and TXT at asuid.NAME.
// A certificate needs the binding, and TLS on the binding needs the certificate. So there are two steps.

import { texts } from 'types.bicep'

param appName string
param location string
param tags texts

@description('The host name, such as digest.example.com.')
param hostName string

resource app 'Microsoft.Web/sites@2024-11-01' existing = { name: appName }

// Written once: a second deployment would take TLS from the binding until the next step.
@onlyIfNotExists()
resource binding 'Microsoft.Web/sites/hostNameBindings@2024-11-01' = {
  parent: app
  name: hostName
  properties: {
    hostNameType: 'Verified'
    customHostNameDnsRecordType: 'CName'
    sslState: 'Disabled'
  }
}

resource certificate 'Microsoft.Web/sites/certificates@2024-11-01' = {
  parent: app
  name: replace(hostName, '.', '-')
  location: location
  tags: tags
  properties: {
    canonicalName: hostName
  }
  dependsOn: [binding]
}

module tls 'domain-tls.bicep' = {
  params: {
    appName: appName
    hostName: hostName
    thumbprint: certificate.properties.thumbprint
  }
}
