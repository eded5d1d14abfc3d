// Alert rules: one for each alert of docs/runbook.md that can be raised on Azure, by the events that the app logs, and two tests from
// outside. The first asks whether the app can work at all; the second, whether it raises an alert of any name.

import { texts } from 'types.bicep'

param name string
param location string
param tags texts

@description('Resource id of Application Insights.')
param insightsId string

@description('URL of the readers\' pages.')
param baseUrl string

@description('Address that gets the alerts; empty for none.')
param email string

@description('Resource id of an action group of your own; empty for none.')
param actionGroupId string

@description('False leaves out the two tests from outside, which are paid for by execution.')
param availabilityTests bool

// Each rule is fired by this many lines with one of these event ids within the window. docs/runbook.md has the events and the pages.
var rules = [
  { alert: 'storage', page: 'storage-refused', severity: 0, events: [5, 401, 501], lines: 3, window: 'PT10M' }
  { alert: 'relay', page: 'relay-refused', severity: 1, events: [1, 2, 313], lines: 1, window: 'PT10M' }
  { alert: 'notices', page: 'service-mails-wait', severity: 1, events: [611], lines: 1, window: 'PT15M' }
  { alert: 'runs', page: 'a-run-that-was-missed', severity: 1, events: [203], lines: 1, window: 'PT10M' }
  { alert: 'refusals', page: 'refusals-that-are-not-believed', severity: 1, events: [322], lines: 1, window: 'PT10M' }
  { alert: 'feeds', page: 'a-feed-that-fails', severity: 2, events: [102, 103], lines: 3, window: 'PT1H' }
]

var tests = availabilityTests
  ? [
      { name: 'ready', severity: 0, text: '"status":"ready"', what: 'The app answers, and its storage takes writes.' }
      { name: 'alerts', severity: 2, text: '"alerts":[]', what: 'The app raises no alert.' }
    ]
  : []

var groups = concat(empty(email) ? [] : [group.id], empty(actionGroupId) ? [] : [actionGroupId])

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: name
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'digest'
    enabled: true
    emailReceivers: [{ name: 'operator', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource logged 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${name}-${rule.alert}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'DailyDigest: ${rule.alert}'
      description: 'docs/runbook.md#${rule.page}'
      severity: rule.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      criteria: {
        allOf: [
          {
            query: 'traces | where toint(customDimensions.EventId) in (${join(map(rule.events, id => string(id)), ', ')})'
            timeAggregation: 'Count'
            operator: 'GreaterThanOrEqual'
            threshold: rule.lines
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: groups }
    }
  }
]

resource probes 'Microsoft.Insights/webtests@2022-06-15' = [
  for test in tests: {
    name: '${name}-${test.name}'
    location: location
    tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
    kind: 'standard'
    properties: {
      SyntheticMonitorId: '${name}-${test.name}'
      Name: 'DailyDigest: ${test.name}'
      Description: test.what
      Kind: 'standard'
      Enabled: true
      RetryEnabled: true
      Frequency: 900
      Timeout: 60
      Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }]
      Request: {
        RequestUrl: '${baseUrl}/readyz'
        HttpVerb: 'GET'
        ParseDependentRequests: false
        FollowRedirects: false
      }
      ValidationRules: {
        ExpectedHttpStatusCode: 200
        SSLCheck: true
        SSLCertRemainingLifetimeCheck: 7
        ContentValidation: { ContentMatch: test.text, IgnoreCase: false, PassIfTextFound: true }
      }
    }
  }
]

resource probed 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for (test, index) in tests: {
    name: '${name}-${test.name}'
    location: 'global'
    tags: tags
    properties: {
      description: 'docs/runbook.md. ${test.what}'
      severity: test.severity
      enabled: true
      scopes: [probes[index].id, insightsId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT30M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
        webTestId: probes[index].id
        componentId: insightsId
        failedLocationCount: 2
      }
      autoMitigate: true
      actions: [for id in groups: { actionGroupId: id }]
    }
  }
]
