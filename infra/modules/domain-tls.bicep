// The second step of domain.bicep: TLS on the binding. One file cannot declare one resource twice.

param appName string
param hostName string
param thumbprint string

resource app 'Microsoft.Web/sites@2024-11-01' existing = { name: appName }

resource binding 'Microsoft.Web/sites/hostNameBindings@2024-11-01' = {
  parent: app
  name: hostName
  properties: {
    hostNameType: 'Verified'
    customHostNameDnsRecordType: 'CName'
    sslState: 'SniEnabled'
    thumbprint: thumbprint
  }
}
