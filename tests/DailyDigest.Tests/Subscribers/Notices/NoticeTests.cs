using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed class NoticeTests : IDisposable
{
    private readonly SubscriberFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(3, true)]
    [InlineData(6, true)]
    [InlineData(8, false)]
    [InlineData(29, false)]
    public async Task A_service_off_for_days_sends_the_confirmations_that_are_not_too_late(
        int days, bool sent)
    {
        await fixture.SignedUpAsync("reader@example.com");
        fixture.Time.Advance(TimeSpan.FromDays(days));
        var report = await fixture.SendNotices.ExecuteAsync(CancellationToken.None);

        Assert.Equal(sent ? (1, 0) : (0, 1), (report.Sent, report.Failed));
        Assert.Equal(sent ? 1 : 0, fixture.Box.Letters.Count);
        var rows = await RowsAsync("2026-03-02");
        Assert.Equal(sent ? "sent" : "too late", Assert.Single(rows).Text("outcome"));
        Assert.Equal(new NoticeReport(0, 0, 0, 0, null), await fixture.SendNotices.ExecuteAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Abandoned_notices_are_looked_for_until_a_round_finds_none()
    {
        await fixture.SignedUpAsync("reader@example.com");
        fixture.Time.Advance(TimeSpan.FromDays(5));
        fixture.Box.Answer = _ => new SendResult(SendOutcome.RelayRefused, "535 no");
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        fixture.Box.Answer = _ => new SendResult(SendOutcome.Deferred, "451 later");
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        fixture.Box.Answer = _ => new SendResult(SendOutcome.Sent, "250 ok");

        Assert.Equal(1, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
    }

    [Fact]
    public async Task A_notice_that_cannot_be_made_does_not_stop_the_others_and_is_given_up_in_the_end()
    {
        var ids = new List<string>();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            ids.Add((await fixture.SignedUpAsync(name + "@example.com")).Id);
        }

        fixture.Box.Answer = mail => mail.To.Value[0] == 'b'
            ? throw new InvalidOperationException("A template does not compile.") : new SendResult(SendOutcome.Sent, "250 ok");
        var report = await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal((3, 1), (report.Sent, report.Postponed));
        for (var round = 0; round < 12; round++)
        {
            fixture.Time.Advance(TimeSpan.FromHours(5));
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        }

        Assert.Equal(
            "failed", (await RowsAsync("2026-03-02")).Single(row => row.Key.StartsWith(ids[1], StringComparison.Ordinal)).Text("outcome"));
        Assert.Equal(3, fixture.Box.Letters.Count);
    }

    [Fact]
    public async Task A_slow_relay_limits_a_round_to_45_seconds_and_the_current_message()
    {
        await SignedUpAsync(10);
        fixture.Box.Answer = _ =>
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(10));
            return new SendResult(SendOutcome.Sent, "250 ok");
        };

        Assert.Equal(5, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
        Assert.Equal(5, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
        Assert.Equal(10, fixture.Box.Letters.DistinctBy(letter => letter.To.Value).Count());
    }

    [Fact]
    public async Task A_silent_relay_is_cut_off_before_another_machine_may_take_the_notice()
    {
        await SignedUpAsync(1);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Box.Wait = async token =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        var round = fixture.SendNotices.ExecuteAsync(TestContext.Current.CancellationToken);
        await begun.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(99));
        Assert.False(round.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 1), ((await round).Sent, (await round).Postponed));

        // As for a deferred one: it is retried a minute later and counted.
        fixture.Box.Wait = null;
        Assert.Equal(0, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
        Assert.Equal(2, Assert.Single(await RowsAsync("2026-03-02")).Count("attempts"));
    }

    [Fact]
    public async Task One_address_refused_as_if_it_were_us_stops_no_others_and_backs_off()
    {
        await SignedUpAsync(6);
        var tried = 0;
        fixture.Box.Answer = mail => mail.To.Value[0] == 'b' ? RefusedAtReader(ref tried) : new SendResult(SendOutcome.Sent, "250 ok");
        var report = await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal((5, 1, null), (report.Sent, report.Postponed, report.RelayRefused));

        for (var minute = 0; minute < 60; minute++)
        {
            fixture.Time.Advance(TimeSpan.FromMinutes(1));
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        }

        // 0, 1, 3, 8, 23, 53 minutes.
        Assert.Equal(6, tried);
    }

    [Fact]
    public async Task A_relay_that_refuses_every_notice_is_tried_three_times_a_round()
    {
        await SignedUpAsync(8);
        var tried = 0;
        fixture.Box.Answer = _ => RefusedAtReader(ref tried);
        Assert.Equal("the relay refuses us: 550 suspended", (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).RelayRefused);
        Assert.Equal(3, tried);
        for (var hour = 0; hour < 24; hour++)
        {
            fixture.Time.Advance(TimeSpan.FromHours(1));
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        }

        fixture.Box.Answer = _ => new SendResult(SendOutcome.Sent, "250 ok");
        fixture.Time.Advance(TimeSpan.FromHours(5));
        Assert.Equal(8, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
    }

    private static SendResult RefusedAtReader(ref int tried)
    {
        tried++;
        return new SendResult(SendOutcome.RelayRefused, "the relay refuses us: 550 suspended") { AtRecipient = true };
    }

    private async Task SignedUpAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await fixture.SignedUpAsync((char)('a' + i) + "@example.com");
        }
    }

    private async Task<IReadOnlyList<TableRow>> RowsAsync(string day) =>
        await fixture.Store.QueryAsync(Storage.Tables.Notices, day, RowRange.All, 100, CancellationToken.None);
}
