using DailyDigest.Clock;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>The wall clock is compared with the time since boot, which nobody can set.</summary>
public sealed class ClockJumpTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_clock_set_forward_is_told_until_it_is_set_back()
    {
        await LookAsync();
        fixture.Clock.Offset = TimeSpan.FromDays(1);
        await LookAsync();
        var now = fixture.Clock.GetUtcNow();
        Assert.Equal(new ClockJump(now.AddDays(-1), now), await FindAsync());
        await LookAsync();
        Assert.NotNull(await FindAsync());

        fixture.Clock.Offset = TimeSpan.Zero;
        await LookAsync();
        Assert.Null(await FindAsync());
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Null(await FindAsync());
    }

    [Fact]
    public async Task A_clock_set_back_while_no_program_ran_is_noticed_at_the_next_start()
    {
        await LookAsync();
        fixture.Clock.Offset = TimeSpan.FromDays(1);
        await LookAsync();
        fixture.Clock.Offset = TimeSpan.Zero;
        fixture.Program = fixture.Start();
        await LookAsync();
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Null(await FindAsync());
    }

    [Fact]
    public async Task A_jump_is_told_for_two_days_and_by_every_program()
    {
        await LookAsync();
        fixture.Clock.Offset = TimeSpan.FromHours(-2);
        await LookAsync();
        fixture.Program = fixture.Start();
        Assert.NotNull(await FindAsync());
        fixture.Time.Advance(TimeSpan.FromDays(2));
        Assert.Null(await FindAsync());
    }

    [Theory]
    [InlineData(59)]
    [InlineData(-59)]
    public async Task Corrections_of_less_than_an_hour_and_long_pauses_are_no_jump(int minutes)
    {
        await LookAsync();
        fixture.Clock.Offset = TimeSpan.FromMinutes(minutes);
        fixture.Time.Advance(TimeSpan.FromHours(5));
        await LookAsync();
        Assert.Null(await FindAsync());
    }

    private async Task LookAsync()
    {
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await fixture.Program.TickAsync();
    }

    private Task<ClockJump?> FindAsync() => fixture.Program.Get<ClockJumps>().FindAsync(DeliveryFixture.Cancellation);
}
