using System.Text;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Exports of mailing services that are brought as suppression lists.</summary>
public sealed class ExportedDeparturesTests : IDisposable
{
    private readonly SubscriberFixture fixture = new();
    private readonly List<RefusedRow> refused = [];

    [Theory]
    [InlineData("mailchimp-subscribed.csv", 3, 0, "")]
    [InlineData("mailchimp-unsubscribed.csv", 0, 0, "dora:Unsubscribed:2025-07-23 emil:Complained:2025-08-01 fay:Unsubscribed:2026-03-02")]
    [InlineData("mailchimp-cleaned.csv", 0, 0, "gil:Bounced:2025-03-23 hana:Bounced:2025-06-25")]
    [InlineData("substack.csv", 2, 0, "dora:Unsubscribed:2026-03-02 emil:Unsubscribed:2026-03-02")]
    [InlineData("ghost.csv", 2, 0, "dora:Unsubscribed:2026-03-02 emil:Unsubscribed:2025-08-01")]
    [InlineData("listmonk.csv", 2, 1, "dora:Unsubscribed:2026-03-02 emil:Blocked:2026-03-02")]
    [InlineData("buttondown.csv", 3, 0, "dora:Unsubscribed:2025-07-23 emil:Complained:2026-03-02 gil:Bounced:2026-03-02")]
    [InlineData("mailpoet.csv", 6, 0, "dora:Unsubscribed:2026-03-02 emil:Bounced:2026-03-02")]
    public async Task Only_who_left_is_suppressed_with_the_reason_and_the_date_of_the_export(
        string file, int notLeft, int unknown, string expected)
    {
        var text = ServiceExportTests.Read(file);
        var stays = (await fixture.SubscribedAsync("amira@example.com")).Id;
        var dry = await ImportAsync(text, dryRun: true);
        var report = await ImportAsync(text);
        Assert.Equal(dry with { Ended = report.Ended }, report);
        var suppressed = new List<string>();
        foreach (var name in new[] { "amira", "bela", "chen", "dora", "emil", "fay", "gil", "hana" })
        {
            var row = await fixture.Addresses.GetAsync(
                fixture.Hash.Of(SubscriberFixture.Address(name + "@example.com")), TestContext.Current.CancellationToken);
            if (row.Reason is { } reason)
            {
                var entry = await fixture.Addresses.Suppressions.GetAsync(row.Hash, TestContext.Current.CancellationToken);
                suppressed.Add($"{name}:{reason}:{entry!.Since:yyyy-MM-dd}");
            }
        }

        Assert.Equal(expected, string.Join(' ', suppressed));
        Assert.Equal((null, notLeft, unknown), (report.Fault, report.NotLeft, report.Refused));
        Assert.Equal(report.Rows, report.Added + report.NotLeft + report.Refused);
        Assert.Equal(unknown == 0 ? [] : ["status: 'snoozed' is not a known state, so it is not known whether the reader has left."],
            refused.Select(row => row.Reason).Distinct());
        Assert.True(await fixture.IsMailedAsync(stays));
    }

    [Fact]
    public async Task A_list_of_who_left_then_one_of_who_stays_subscribes_nobody_who_left()
    {
        await ImportAsync(ServiceExportTests.Read("mailchimp-unsubscribed.csv"));
        var report = await fixture.Import.ExecuteAsync(
            Csv("email\ndora@example.com\nnew@example.com\n"), "move", dryRun: false, refused.Add, null,
            TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (report.Added, report.LeftOut));
    }

    [Fact]
    public async Task An_export_without_its_column_of_the_state_suppresses_nobody()
    {
        var text = ServiceExportTests.Read("ghost.csv").Replace("subscribed_to_emails", "Remark", StringComparison.Ordinal);
        var report = await ImportAsync(text);
        Assert.Equal((0, 0), (report.Rows, report.Added));
        Assert.Contains("subscribed_to_emails", report.Fault, StringComparison.Ordinal);
    }

    public void Dispose() => fixture.Dispose();

    private static MemoryStream Csv(string text) => new(Encoding.UTF8.GetBytes(text));

    private Task<SuppressionImport> ImportAsync(string text, bool dryRun = false) => fixture.ImportSuppressions.ExecuteAsync(
        Csv(text), new SuppressionDefaults(Suppression.Unsubscribed, "old program"), dryRun, refused.Add, null,
        TestContext.Current.CancellationToken);
}
