using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Web.Tests;

/// <summary>A crawler of the whole archive does not delay readers of recent digests.</summary>
public sealed class ArchiveCrowdTests : IAsyncLifetime
{
    private static readonly Cohort Home = new("Europe/Paris", 7, Rhythm.Daily);
    private WebFixture site = null!;

    public async ValueTask InitializeAsync() => site = await WebFixture.StartAsync();

    public async ValueTask DisposeAsync() => await site.DisposeAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dates_before_the_first_digest_are_not_found_without_reading()
    {
        await site.Get<CohortStore>().EnsureAsync(Home, Cancellation, from: new DateOnly(2025, 12, 15));
        await site.DigestAsync(new DateOnly(2025, 12, 15));
        await site.DigestAsync(new DateOnly(2026, 3, 1));

        // The last page contains the first date. Its earlier days are read once.
        Assert.Contains("/digests/2025-12-15", (await site.AskAsync("GET", "/digests?page=3")).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await site.AskAsync("GET", "/digests/2025-12-15")).Status);
        site.Plan.Restart();
        for (var page = 4; page <= 400; page++)
        {
            Assert.Equal(404, (await site.AskAsync("GET", string.Create(CultureInfo.InvariantCulture, $"/digests?page={page}"))).Status);
        }

        foreach (var date in (string[])["2025-12-14", "2024-02-29", "0001-01-01"])
        {
            Assert.Equal(404, (await site.AskAsync("GET", "/digests/" + date)).Status);
        }

        Assert.Empty(site.Plan.Trace);
    }

    [Fact]
    public async Task A_publication_that_begins_tomorrow_has_a_list_without_digests()
    {
        await site.Get<CohortStore>().EnsureAsync(Home, Cancellation);
        Assert.Equal(new DateOnly(2026, 3, 3), (await site.Get<CohortStore>().GetAsync(Home, Cancellation))!.FirstDate);
        Assert.Equal(200, (await site.AskAsync("GET", "/digests")).Status);
        Assert.Equal(404, (await site.AskAsync("GET", "/digests?page=2")).Status);

        // On the next day the list has one.
        site.Time.Advance(TimeSpan.FromDays(1));
        await site.DigestAsync(new DateOnly(2026, 3, 3));
        Assert.Contains("/digests/2026-03-03", (await site.AskAsync("GET", "/digests")).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await site.AskAsync("GET", "/digests/2026-03-03")).Status);
    }

    [Fact]
    public async Task Slow_reads_of_old_pages_do_not_delay_recent_ones()
    {
        foreach (var date in (DateOnly[])[new(2026, 3, 1), new(2026, 1, 20), new(2025, 8, 10), new(2025, 7, 10), new(2025, 6, 10)])
        {
            await site.DigestAsync(date);
        }

        site.Plan.Restart();
        var never = new TaskCompletionSource();
        site.Plan.Before = call => call.Place == Tables.Digests && string.CompareOrdinal(call.Partition, "2025-10") < 0
            ? never.Task : Task.CompletedTask;
        Task<WebFixture.Answer>[] slow =
        [
            .. ((string[])["/digests?page=7", "/digests?page=8", "/digests?page=9", "/digests/2025-08-10", "/digests/2025-07-10",
                "/digests/2025-06-10"])
                .Select(path => site.AskAsync("GET", path)),
        ];

        // A page of the list also reads the page before it.
        foreach (var path in (string[])["/digests", "/digests/feed.atom", "/digests/2026-03-01"])
        {
            Assert.Equal(200, (await site.AskAsync("GET", path).WaitAsync(Cancellation)).Status);
        }

        // At most two old mails are built concurrently. The list pages block before they reach these dates.
        Assert.All(slow, one => Assert.False(one.IsCompleted));
        Assert.Equal(2, site.Plan.Trace.Count(call => call.Partition is "2025-08-10" or "2025-07-10" or "2025-06-10"));
        never.SetResult();
        Assert.All(await Task.WhenAll(slow), answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task The_cache_builds_a_key_once_and_limits_concurrent_builds()
    {
        using var cache = new PageCache<int, string>(9, new FakeTimeProvider(), maxBuilds: 2);
        var made = new List<int>();
        var going = new[] { new TaskCompletionSource<string?>(), new TaskCompletionSource<string?>(), new TaskCompletionSource<string?>() };
        Task<string?> AskAsync(int key, CancellationToken stop) => cache.GetAsync(
            key, TimeSpan.FromMinutes(1),
            _ =>
            {
                made.Add(key);
                return going[key].Task;
            },
            stop);

        using var leaving = new CancellationTokenSource();
        var (first, again, second, third, left) = (AskAsync(0, Cancellation), AskAsync(0, Cancellation), AskAsync(1, Cancellation),
            AskAsync(2, Cancellation), AskAsync(2, leaving.Token));
        Assert.Equal([0, 1], made);

        // A cancelled request does not cancel the build for others.
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        going[0].SetResult("zero");
        Assert.Equal(("zero", "zero"), (await first, await again));
        going[2].SetException(new StorageException("Gone."));
        await Assert.ThrowsAsync<StorageException>(() => third);
        Assert.Equal([0, 1, 2], made);

        // A failed build is tried again.
        going[2] = new TaskCompletionSource<string?>();
        going[2].SetResult("two");
        Assert.Equal("two", await AskAsync(2, Cancellation));
        going[1].SetResult(null);
        Assert.Null(await second);
        Assert.Equal(2, cache.Count);
    }
}
