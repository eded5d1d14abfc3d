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

// Each rule is fired by this many lines within the window. The host keeps the text of a line, but not its event id, so a rule names both:
// the id of docs/runbook.md, and a pattern of the text.
var rules = [
  {
    alert: 'storage'
    page: 'storage-refused'
    severity: 0
    lines: 3
    window: 'PT10M'
    events: [
      { id: 5, text: 'Storage does not answer ' }
      { id: 501, text: 'Storage failed during a request ' }
    ]
  }
  {
    alert: 'relay'
    page: 'relay-refused'
    severity: 1
    lines: 1
    window: 'PT10M'
    events: [
      { id: 1, text: 'No connection to relay ' }
      { id: 2, text: 'Relay .* is paused: ' }
      { id: 313, text: 'Part .* stopped: ' }
    ]
  }
  {
    alert: 'notices'
    page: 'service-mails-wait'
    severity: 1
    lines: 1
    window: 'PT15M'
    events: [{ id: 611, text: 'The relay refused this sender; service mails ' }]
  }
  {
    alert: 'runs'
    page: 'a-run-that-was-missed'
    severity: 1
    lines: 1
    window: 'PT10M'
    events: [{ id: 203, text: 'Run .* missed: ' }]
  }
  {
    alert: 'refusals'
    page: 'refusals-that-are-not-believed'
    severity: 1
    lines: 1
    window: 'PT10M'
    events: [{ id: 322, text: 'Run .* readers were refused as unknown' }]
  }
  {
    alert: 'approval'
    page: 'a-digest-waits-for-approval'
    severity: 2
    lines: 1
    window: 'PT10M'
    events: [{ id: 204, text: 'Run .* waits until .* for an editor' }]
  }
  {
    alert: 'hooks'
    page: 'a-web-hook-that-fails'
    severity: 2
    lines: 1
    window: 'PT30M'
    events: [{ id: 262, text: 'Web hook .* is switched off and gets no more events: ' }]
  }
  {
    alert: 'clock'
    page: 'a-clock-that-jumped'
    severity: 1
    lines: 1
    window: 'PT10M'
    events: [{ id: 241, text: 'The clock went from .* at once: ' }]
  }
  {
    alert: 'feeds'
    page: 'a-feed-that-fails'
    severity: 2
    lines: 1
    window: 'PT30M'
    // From the third failure in a row on, as the alert.
    events: [{ id: 102, text: 'Feed .* failed ([3-9]|[0-9][0-9]+) times in a row' }]
  }
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
            query: 'traces | where message matches regex @"^(${join(map(rule.events, one => one.text), '|')})"'
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
