using DailyDigest.Relays;
using DailyDigest.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Relays;

/// <summary>Messages per hour, of which some are kept for service mails.</summary>
public sealed partial class RelayBudgetTests
{
    /// <summary>The first quota of Azure Communication Services: 30 a minute and 100 an hour.</summary>
    private static readonly RelayLimits Quota = new(0, 0.5, 0, 100);

    [Fact]
    public void Two_machines_together_keep_to_the_messages_of_any_hour() => OneThread.Run(async () =>
    {
        const int Messages = 400;
        var machines = new[] { Machine(Quota), Machine(Quota) };
        var begun = new List<DateTimeOffset>();
        var all = Task.WhenAll(machines.SelectMany(machine => Enumerable.Range(0, 3).Select(_ => SendAsync(machine))));
        await time.PassAsync(all);
        await all;

        // Digests may use 90 of 100. A message that was granted and not begun when its minute ended is lost.
        Assert.Equal(Messages, begun.Count);
        Assert.InRange(begun.Max(first => begun.Count(at => at >= first && at < first.AddHours(1))), 80, 90);
        Assert.InRange(begun.Max(first => begun.Count(at => at >= first && at < first.AddMinutes(1))), 28, 31);

        // The limit is kept, and used: four full hours, each begun at most three minutes late, and then the rest.
        Assert.InRange(begun[^1] - begun[0], TimeSpan.FromHours(4), TimeSpan.FromHours(4.4));
        Array.ForEach(machines, machine => machine.Dispose());

        async Task SendAsync(RelayBudget machine)
        {
            while (true)
            {
                Assert.True(await machine.TakeAsync(Stop));
                if (begun.Count == Messages)
                {
                    return;
                }

                begun.Add(time.GetUtcNow());
            }
        }
    });

    [Fact]
    public async Task A_confirmation_goes_at_once_though_a_digest_waits_for_the_hour()
    {
        using var digests = Machine(new RelayLimits(0, 0, 0, 100));
        using var notices = Machine(new RelayLimits(0, 0, 0, 100));
        Assert.Equal(90, await TakeAllAsync(digests, isService: false));
        var waiting = digests.TakeAsync(Stop).AsTask();

        Assert.Equal(10, await TakeAllAsync(notices, isService: true));

        Assert.False(waiting.IsCompleted);
        Assert.Equal(100, Used(await RowAsync()));
        var began = time.GetUtcNow();
        await time.PassAsync(waiting);
        Assert.True(await waiting);
        Assert.InRange(time.GetUtcNow() - began, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(63));
    }

    [Fact]
    public async Task A_confirmation_on_the_machine_of_the_digest_goes_at_once_too()
    {
        using var machine = Machine(new RelayLimits(0, 0, 0, 20));
        Assert.Equal(18, await TakeAllAsync(machine, isService: false));

        Assert.Equal(2, await TakeAllAsync(machine, isService: true));

        Assert.Equal(GrantAnswer.HourIsOver, await machine.TakeAsync(isService: false, waitsForHour: false, Stop));
    }

    [Fact]
    public async Task The_hour_is_counted_over_restarts_and_what_is_not_begun_is_returned()
    {
        var limits = new RelayLimits(0, 0, 0, 10);
        using (var first = Machine(limits))
        {
            Assert.True(await first.TakeAsync(Stop));
            first.GiveBack();
            for (var i = 0; i < 4; i++)
            {
                Assert.True(await first.TakeAsync(Stop));
            }
        }

        using var second = Machine(limits);
        Assert.Equal(5, await TakeAllAsync(second, isService: false));

        // A used-up budget is not requested again at once.
        var before = plan.Trace.Count;
        Assert.Equal(0, await TakeAllAsync(second, isService: false));
        Assert.Equal(before, plan.Trace.Count);
    }

    [Fact]
    public async Task A_wait_for_the_hour_can_be_ended()
    {
        using var machine = Machine(new RelayLimits(0, 0, 0, 1));
        Assert.True(await machine.TakeAsync(Stop));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var waiting = machine.TakeAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task A_quota_of_thousands_an_hour_costs_few_requests()
    {
        using var machine = Machine(new RelayLimits(0, 0, 0, 100_000));

        for (var i = 0; i < 3000; i++)
        {
            Assert.True(await machine.TakeAsync(Stop));
        }

        Assert.True(plan.Trace.Count <= 40, $"{plan.Trace.Count} requests for 3000 messages");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1 2 3;;; ;-1 5;5 -1")]
    [InlineData("{0} 2147483647;{0} 2147483647")]
    [InlineData("{1} 2147483647;9223372036854775807 2147483647")]
    public async Task A_hostile_hour_mends_itself_within_an_hour(string minutes)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        await WriteAsync(new TableRow(RowKey) { { "minutes", string.Format(null, minutes, now, now + 1) } });
        using var machine = Machine(new RelayLimits(0, 0, 0, 100));

        var taking = machine.TakeAsync(Stop).AsTask();
        await time.PassAsync(taking);

        Assert.True(await taking);
        Assert.InRange(time.GetUtcNow().ToUnixTimeSeconds() / 60, now, now + 64);
        Assert.InRange(Used(await RowAsync()), 1, 2);
    }

    private static int Used(TableRow row) => row.Text("minutes")!.Split(';').Sum(one => int.Parse(one.Split(' ')[1], null));

    private static async Task<int> TakeAllAsync(RelayBudget machine, bool isService)
    {
        var count = 0;
        while (await machine.TakeAsync(isService, waitsForHour: false, Stop) == GrantAnswer.Taken)
        {
            count++;
        }

        return count;
    }
}
