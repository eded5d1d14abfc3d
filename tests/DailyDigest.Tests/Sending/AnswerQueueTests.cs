using DailyDigest.Runs;
using DailyDigest.Sending;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Sending;

/// <summary>How the answers of the senders come to their reader.</summary>
public sealed class AnswerQueueTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider time = new();
    private readonly AnswerQueue answers;

    public AnswerQueueTests() => answers = new AnswerQueue(time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_reader_is_woken_by_the_last_answer_that_it_waits_for()
    {
        answers.Add(Answer());
        var waiting = answers.WaitAsync(3, Long, Cancellation);
        answers.Add(Answer());
        Assert.False(waiting.IsCompleted);

        answers.Add(Answer());
        Assert.True(await waiting);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => answers.TryTake(out var _)).ToArray());
    }

    [Fact]
    public async Task Answers_that_are_there_need_no_wait()
    {
        answers.Add(Answer());
        Assert.True(await answers.WaitAsync(1, Long, Cancellation));
    }

    [Fact]
    public async Task When_the_time_is_over_the_answers_that_came_can_be_taken()
    {
        var waiting = answers.WaitAsync(2, Long, Cancellation);
        answers.Add(Answer());
        time.Advance(Long);

        Assert.False(await waiting);
        Assert.True(answers.TryTake(out _));
    }

    [Fact]
    public async Task A_stop_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        var waiting = answers.WaitAsync(1, Long, stop.Token);
        await stop.CancelAsync();
        Assert.False(await waiting);
    }

    [Fact]
    public async Task The_failure_of_a_sender_is_told_after_the_answers_that_came()
    {
        var waiting = answers.WaitAsync(5, Long, Cancellation);
        answers.Add(Answer());
        answers.Fail(new InvalidOperationException("broken"));

        Assert.True(await waiting);
        Assert.True(answers.TryTake(out _));
        await Assert.ThrowsAsync<InvalidOperationException>(() => answers.WaitAsync(1, Long, Cancellation));
    }

    private static Answer Answer() => new(new Work(null, null, null, []), null, false);
}
