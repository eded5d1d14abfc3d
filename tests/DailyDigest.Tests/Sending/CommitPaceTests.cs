using DailyDigest.Runs;
using DailyDigest.Sending;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Sending;

/// <summary>How long a commit of a part waits for more answers.</summary>
public sealed class CommitPaceTests
{
    private const int Connections = 4;
    private readonly FakeTimeProvider time = new();
    private readonly CommitPace pace;
    private readonly List<Work> sending = [];
    private int answered;

    public CommitPaceTests() => pace = new CommitPace(Connections, time);

    [Fact]
    public void It_waits_for_all_messages_of_the_last_commit_and_for_no_longer()
    {
        Commit(8);
        Answer(7);
        Assert.NotEqual(TimeSpan.Zero, Wait());

        Answer(1);
        Assert.Equal(TimeSpan.Zero, Wait());
    }

    [Fact]
    public void Without_an_answer_there_is_nothing_to_wait_with()
    {
        Commit(8);
        Assert.Equal(TimeSpan.Zero, Wait());
    }

    [Fact]
    public void A_message_that_outlasted_a_commit_is_not_waited_for_again()
    {
        Commit(8);
        Answer(7);
        time.Advance(TimeSpan.FromMilliseconds(20));
        Commit(7);
        sending.Reverse();
        Answer(7);

        Assert.Single(sending);
        Assert.Equal(TimeSpan.Zero, Wait());
    }

    [Theory]
    [InlineData(4, 20)]
    [InlineData(400, 200)]
    [InlineData(2_000, 1_000)]
    public void An_idle_connection_waits_half_as_long_again_as_the_others_took(int taken, int wait)
    {
        Commit(8);
        time.Advance(TimeSpan.FromMilliseconds(taken));
        Answer(5);
        Assert.Equal(TimeSpan.FromMilliseconds(wait), Wait());

        // More answers do not move the end of the wait.
        time.Advance(TimeSpan.FromMilliseconds(wait / 2));
        Answer(1);
        Assert.Equal(TimeSpan.FromMilliseconds(wait / 2), Wait());
        time.Advance(TimeSpan.FromMilliseconds(wait / 2));
        Assert.Equal(TimeSpan.Zero, Wait());
    }

    [Fact]
    public void While_every_connection_has_work_an_outcome_waits_until_the_lease_is_renewed()
    {
        Commit(8);
        time.Advance(TimeSpan.FromSeconds(3));
        Answer(4);
        Assert.Equal(TimeSpan.FromSeconds(7), Wait());

        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.Zero, Wait());
    }

    [Fact]
    public void No_wait_is_longer_than_until_the_lease_is_renewed()
    {
        Commit(8);
        time.Advance(TimeSpan.FromSeconds(9));
        Answer(7);
        Assert.Equal(TimeSpan.FromSeconds(1), Wait());
    }

    [Fact]
    public void A_commit_that_is_wide_enough_waits_for_no_more()
    {
        Commit(2 * 16);
        Answer(CommitPace.Enough - 1);
        Assert.NotEqual(TimeSpan.Zero, Wait());

        Answer(1);
        Assert.Equal(TimeSpan.Zero, Wait());
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 6)]
    [InlineData(4, 1)]
    [InlineData(40, 3)]
    public void Nothing_changes_before_the_answers_that_are_needed(int posted, int first)
    {
        Commit(posted);
        Answer(first);
        while (Wait() is var wait && wait > TimeSpan.Zero)
        {
            var needed = pace.Needed(answered, sending.Count);
            Assert.InRange(needed, 1, sending.Count);
            for (var more = 1; more < needed; more++)
            {
                Answer(1);
                Assert.Equal(wait, Wait());
            }

            Answer(1);
        }

        Assert.True(sending.Count == 0 || answered == CommitPace.Enough);
    }

    private TimeSpan Wait() => pace.Wait(answered, sending.Count);

    private void Commit(int posted)
    {
        answered = 0;
        pace.Committed();
        for (var number = 0; number < posted; number++)
        {
            var row = new DeliveryRow { SubscriberId = "a", Cohort = "c", State = DeliveryState.Attempting, At = time.GetUtcNow() };
            var work = new Work(row, null, null, []);
            sending.Add(work);
            pace.Posted(work);
        }
    }

    private void Answer(int count)
    {
        foreach (var work in sending.Take(count).ToList())
        {
            sending.Remove(sending.First(one => ReferenceEquals(one, work)));
            pace.Answered(work);
        }

        answered += count;
    }
}
