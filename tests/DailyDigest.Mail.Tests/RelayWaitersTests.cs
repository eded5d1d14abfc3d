using DailyDigest.Mail.Smtp;

namespace DailyDigest.Mail.Tests;

/// <summary>First come, first served.</summary>
public sealed class RelayWaitersTests
{
    [Fact]
    public void A_place_is_kept_whoever_looks_first_after_all_were_woken()
    {
        var waiters = new RelayWaiters();
        var (first, second) = (waiters.Wait(null, 1), waiters.Wait(null, 2));
        waiters.WakeAll();
        Assert.True(first.Woken.IsCompleted && second.Woken.IsCompleted);

        waiters.Wait(second, 3);
        waiters.Wait(first, 4);
        waiters.WakeOne();

        Assert.True(first.Woken.IsCompleted);
        Assert.False(second.Woken.IsCompleted);
        Assert.Equal((false, true, true), (waiters.IsBehind(first), waiters.IsBehind(second), waiters.IsBehind(null)));
        Assert.Equal(1, first.Since);
    }

    [Fact]
    public void One_that_is_awake_is_not_woken_twice_but_the_next_one_is()
    {
        var waiters = new RelayWaiters();
        var (first, second) = (waiters.Wait(null, 1), waiters.Wait(null, 2));
        waiters.WakeOne();
        waiters.WakeFirst();
        Assert.False(second.Woken.IsCompleted);
        waiters.WakeOne();
        Assert.True(second.Woken.IsCompleted);
    }

    [Fact]
    public void Who_leaves_makes_room_for_the_next()
    {
        var waiters = new RelayWaiters();
        var (first, second) = (waiters.Wait(null, 1), waiters.Wait(null, 2));
        waiters.Remove(first);
        waiters.Remove(null);
        Assert.False(waiters.IsBehind(second));
        waiters.Remove(second);
        Assert.Equal((0, false), (waiters.Count, waiters.IsBehind(null)));
    }
}
