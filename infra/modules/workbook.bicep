// The run of the day on one page of the portal.

import { texts } from 'types.bicep'

param location string
param tags texts

@description('Resource id of Application Insights.')
param insightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'run of the day')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'DailyDigest: the run of the day'
    sourceId: insightsId
    serializedData: loadTextContent('../workbook.json')
  }
}
