using DailyDigest.Delivery;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Subscribers;

public sealed class NoticeTests : IDisposable
{
    private readonly House house = new();

    public void Dispose() => house.Dispose();

    [Theory]
    [InlineData(3, true)]
    [InlineData(6, true)]
    [InlineData(8, false)]
    [InlineData(29, false)]
    public async Task A_service_that_was_off_for_days_sends_the_confirmations_it_owes_and_accounts_for_those_it_is_too_late_for(int days, bool sent)
    {
        await house.SignedUpAsync("reader@example.com");
        house.Time.Advance(TimeSpan.FromDays(days));
        var report = await house.SendNotices.ExecuteAsync(CancellationToken.None);

        Assert.Equal(sent ? (1, 0) : (0, 1), (report.Sent, report.Failed));
        Assert.Equal(sent ? 1 : 0, house.Box.Letters.Count);
        var rows = await RowsAsync("2026-03-02");
        Assert.Equal(sent ? "sent" : "too late", Assert.Single(rows).Text("outcome"));
        Assert.Equal(new NoticeReport(0, 0, 0, 0, null), await house.SendNotices.ExecuteAsync(CancellationToken.None));
    }

    [Fact]
    public async Task What_was_left_behind_is_looked_for_until_a_round_finds_nothing_of_it()
    {
        await house.SignedUpAsync("reader@example.com");
        house.Time.Advance(TimeSpan.FromDays(5));
        house.Box.Answer = _ => new SendResult(SendOutcome.RelayRefused, "535 no");
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        house.Time.Advance(TimeSpan.FromMinutes(2));
        house.Box.Answer = _ => new SendResult(SendOutcome.Deferred, "451 later");
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        house.Time.Advance(TimeSpan.FromMinutes(2));
        house.Box.Answer = _ => new SendResult(SendOutcome.Sent, "250 ok");

        Assert.Equal(1, (await house.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
    }

    [Fact]
    public async Task A_notice_that_cannot_be_made_does_not_stop_the_others_and_is_given_up_in_the_end()
    {
        var ids = new List<string>();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            ids.Add((await house.SignedUpAsync(name + "@example.com")).Id);
        }

        house.Box.Answer = mail => mail.To[0] == 'b' ? throw new InvalidOperationException("A template does not compile.") : new SendResult(SendOutcome.Sent, "250 ok");
        var report = await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal((3, 1), (report.Sent, report.PutOff));
        for (var round = 0; round < 12; round++)
        {
            house.Time.Advance(TimeSpan.FromHours(5));
            await house.SendNotices.ExecuteAsync(CancellationToken.None);
        }

        Assert.Equal("failed", (await RowsAsync("2026-03-02")).Single(row => row.Key.StartsWith(ids[1], StringComparison.Ordinal)).Text("outcome"));
        Assert.Equal(3, house.Box.Letters.Count);
    }

    private async Task<IReadOnlyList<TableRow>> RowsAsync(string day) =>
        await house.Store.QueryAsync(Storage.Tables.Notices, day, RowRange.All, 100, CancellationToken.None);
}
