using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>People who are added while the run of their first date begins: each is served by it, or from the next date on.</summary>
public sealed class ImportAtTheHourTests
{
    private const int People = 60;
    private static readonly Cohort Home = new(DeliveryFixture.Utc, 7, Rhythm.Daily);

    private readonly DeliveryFixture fixture = new();
    private readonly DateOnly today = new(2026, 3, 2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_import_at_the_hour_is_served_whole(bool stopped)
    {
        await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        fixture.GoTo(2, 6, 59);
        var importer = ProgramThatMeetsTheRun(audienceWrites: 6, stopped);
        try
        {
            await ImportAsync(importer);
            Assert.False(stopped);
        }
        catch (ProgramStoppedException)
        {
            fixture.Advance(TimeSpan.FromMinutes(3));
            await fixture.Program.RunOnceAsync();
            await ImportAsync(fixture.Program);
        }

        await fixture.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(today))!.State);
        var served = fixture.Ledger(today).Select(row => row.SubscriberId).ToHashSet();
        var counted = await CountedAsync(today);
        Assert.Equal(served.Order(), counted.Union(served).Order());
        Assert.InRange(served.Count, 2, People);

        fixture.GoTo(3, 7);
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        Assert.Equal(People + 1, fixture.Ledger(today.AddDays(1)).Count(row => row.State == DeliveryState.Sent));
    }

    [Fact]
    public async Task A_reader_who_confirms_at_the_hour_is_served_or_begins_the_next_day()
    {
        await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        fixture.GoTo(2, 6, 59);
        var before = fixture.Program;
        fixture.Program = ProgramThatMeetsTheRun(audienceWrites: 1, stops: false);
        var late = await fixture.SubscribeAsync();
        fixture.Program = before;
        Assert.DoesNotContain(late, await CountedAsync(today));
        Assert.Contains(late, await CountedAsync(today.AddDays(1)));
    }

    /// <summary>A program before whose write of that number to the audience the hour comes and the run is delivered.</summary>
    private Fixtures.Program ProgramThatMeetsTheRun(int audienceWrites, bool stops)
    {
        var (plan, seen) = (new FaultPlan(), 0);
        plan.Before = async call =>
        {
            if (call is { Operation: "Write", Place: Tables.Audience } && Interlocked.Increment(ref seen) == audienceWrites)
            {
                fixture.GoTo(2, 7);
                await fixture.Program.RunOnceAsync();
                plan.StopBefore = stops ? plan.Writes + 1 : null;
            }
        };
        return fixture.Start(plan);
    }

    private static async Task ImportAsync(Fixtures.Program program)
    {
        var text = new StringBuilder("email,status\n");
        for (var i = 0; i < People; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"person{i}@example.org,active\n");
        }

        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()));
        await program.Get<ImportSubscribers>().ExecuteAsync(file, "list", dryRun: false, _ => { }, null, DeliveryFixture.Cancellation);
    }

    /// <summary>The readers who count on the date according to the audience.</summary>
    private async Task<List<string>> CountedAsync(DateOnly date) =>
        await fixture.Program.Get<AudienceStore>().ScanAsync(Home, DeliveryFixture.Cancellation)
            .Where(entry => entry.CountsOn(date)).Select(entry => entry.SubscriberId).ToListAsync();
}
