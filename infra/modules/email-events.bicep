// Delivery reports of Azure Communication Services Email, sent to the app by Event Grid. Event Grid signs nothing: the secret in the URL is
// the proof, and Event Grid asks the app for an answer before it creates the subscription. So the app runs, with the secret, before this.

import { texts } from 'types.bicep'

param name string
param tags texts

@description('Name of the Communication Services resource.')
param communicationName string

@description('Address of the app.')
param baseUrl string

@description('Returns__Hooks__AzureSecret of the app.')
@secure()
param secret string

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' existing = { name: communicationName }

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    source: communication.id
    topicType: 'Microsoft.Communication.CommunicationServices'
  }

  resource reports 'eventSubscriptions' = {
    name: 'digest'
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: {
          // The secret is a secure parameter; the rule does not look into the text around it.
          #disable-next-line use-secure-value-for-secure-inputs
          endpointUrl: '${baseUrl}/hooks/azure?secret=${secret}'
          maxEventsPerBatch: 200
          preferredBatchSizeInKilobytes: 256
        }
      }
      filter: { includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived'] }
      eventDeliverySchema: 'EventGridSchema'
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    }
  }
}
