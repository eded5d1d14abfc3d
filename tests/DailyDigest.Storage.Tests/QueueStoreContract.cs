namespace DailyDigest.Storage.Tests;

/// <summary>The contract of <see cref="IQueueStore"/>. Each adapter has a subclass.</summary>
public abstract class QueueStoreContract : IAsyncLifetime
{
    private const string Queue = Queues.Deliver;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // The emulator's clock goes on while a busy machine gets to the next call.
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(15);

    protected IQueueStore Store { get; private set; } = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Returns the prepared adapter with empty queues.</summary>
    protected abstract Task<IQueueStore> OpenAsync();

    /// <summary>Advances the store's clock.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    private Task SendAsync(string body, TimeSpan delay = default) => Store.EnqueueAsync(Queue, body, delay, Stop);

    private Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int max = 32, TimeSpan? lease = null) =>
        Store.ReceiveAsync(Queue, max, lease ?? Long, Stop);

    private static string Bodies(IEnumerable<QueueMessage> messages) => string.Join(' ', messages.Select(message => message.Body).Order());

    [Fact]
    public async Task An_empty_queue_gives_nothing() => Assert.Empty(await ReceiveAsync());

    [Fact]
    public async Task A_message_is_received_once_while_its_lease_lasts()
    {
        await SendAsync("a");

        var message = Assert.Single(await ReceiveAsync());
        Assert.Equal((Queue, "a", 1), (message.Queue, message.Body, message.Receptions));
        Assert.Empty(await ReceiveAsync());
    }

    [Fact]
    public async Task A_completed_message_is_gone_and_completing_it_again_is_false()
    {
        await SendAsync("a");
        var message = Assert.Single(await ReceiveAsync(lease: Second));

        Assert.True(await Store.CompleteAsync(message, Stop));
        Assert.False(await Store.CompleteAsync(message, Stop));
        await PassAsync(Second * 2);
        Assert.Empty(await ReceiveAsync());
    }

    [Fact]
    public async Task A_message_whose_lease_ran_out_is_received_again_and_its_first_receipt_is_stale()
    {
        await SendAsync("a");
        var first = Assert.Single(await ReceiveAsync(lease: Second));
        await PassAsync(Second * 2);
        var second = Assert.Single(await ReceiveAsync());

        Assert.Equal((first.Id, "a", 2), (second.Id, second.Body, second.Receptions));
        Assert.NotEqual(first.Receipt, second.Receipt);
        Assert.False(await Store.CompleteAsync(first, Stop));
        Assert.False(await Store.AbandonAsync(first, TimeSpan.Zero, Stop));
        Assert.Empty(await ReceiveAsync());
        Assert.True(await Store.CompleteAsync(second, Stop));
    }

    [Fact]
    public async Task A_message_whose_lease_ran_out_unnoticed_can_still_be_completed()
    {
        await SendAsync("a");
        var message = Assert.Single(await ReceiveAsync(lease: Second));
        await PassAsync(Second * 2);

        Assert.True(await Store.CompleteAsync(message, Stop));
        Assert.Empty(await ReceiveAsync());
    }

    [Fact]
    public async Task A_delayed_message_is_not_seen_before_its_time()
    {
        await SendAsync("later", Delay);
        await SendAsync("now");

        Assert.Equal("now", Bodies(await ReceiveAsync()));
        await PassAsync(Delay + Second);
        Assert.Equal("later", Bodies(await ReceiveAsync()));
    }

    [Fact]
    public async Task An_abandoned_message_comes_back_at_once_or_after_its_delay()
    {
        await SendAsync("a");
        var first = Assert.Single(await ReceiveAsync());
        Assert.True(await Store.AbandonAsync(first, TimeSpan.Zero, Stop));
        Assert.False(await Store.CompleteAsync(first, Stop));

        var second = Assert.Single(await ReceiveAsync());
        Assert.Equal(("a", 2), (second.Body, second.Receptions));
        Assert.True(await Store.AbandonAsync(second, Delay, Stop));
        Assert.Empty(await ReceiveAsync());
        await PassAsync(Delay + Second);
        Assert.Equal(3, Assert.Single(await ReceiveAsync()).Receptions);
    }

    [Fact]
    public async Task No_more_messages_are_received_than_requested()
    {
        for (var i = 0; i < 5; i++)
        {
            await SendAsync($"{i}");
        }

        var two = await ReceiveAsync(max: 2);
        var rest = await ReceiveAsync();

        Assert.Equal((2, 3), (two.Count, rest.Count));
        Assert.Equal("0 1 2 3 4", Bodies(two.Concat(rest)));
    }

    [Fact]
    public async Task Of_concurrent_receivers_one_gets_each_message()
    {
        for (var i = 0; i < 12; i++)
        {
            await SendAsync($"{i:d2}");
        }

        var received = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => ReceiveAsync(max: 3))));

        var ids = received.SelectMany(messages => messages).Select(message => message.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(12, ids.Count + (await ReceiveAsync()).Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"date\":\"2026-01-02\",\"cohort\":\"Asia/Riyadh|07\"}")]
    [InlineData("صباح الخير 🎈 <&>\"'\r\n\u0001")]
    public async Task A_body_may_be_any_text(string body)
    {
        await SendAsync(body);

        Assert.Equal(body, Assert.Single(await ReceiveAsync()).Body);
    }

    [Fact]
    public async Task The_largest_body_has_48_KiB()
    {
        var body = new string('é', TableRules.MaxMessageBytes / 2);

        await SendAsync(body);

        Assert.Equal(body, Assert.Single(await ReceiveAsync()).Body);
        await Assert.ThrowsAsync<ArgumentException>(() => SendAsync(body + "x"));
    }

    [Fact]
    public async Task Delays_leases_and_numbers_outside_the_limits_are_refused()
    {
        await SendAsync("a");
        var message = Assert.Single(await ReceiveAsync());

        await Assert.ThrowsAsync<ArgumentException>(() => SendAsync("b", TimeSpan.FromTicks(-1)));
        await Assert.ThrowsAsync<ArgumentException>(() => SendAsync("b", TimeSpan.FromDays(7) + Second));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.AbandonAsync(message, TimeSpan.FromDays(8), Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => ReceiveAsync(max: 0));
        await Assert.ThrowsAsync<ArgumentException>(() => ReceiveAsync(max: 33));
        await Assert.ThrowsAsync<ArgumentException>(() => ReceiveAsync(lease: TimeSpan.Zero));
        await Assert.ThrowsAsync<ArgumentException>(() => ReceiveAsync(lease: TimeSpan.FromDays(8)));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.EnqueueAsync("nope", "b", TimeSpan.Zero, Stop));
        await SendAsync("far", TimeSpan.FromDays(7));
        Assert.Empty(await ReceiveAsync());
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await SendAsync("a");
        var message = Assert.Single(await ReceiveAsync());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.EnqueueAsync(Queue, "b", TimeSpan.Zero, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.AbandonAsync(message, TimeSpan.Zero, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.CompleteAsync(message, cancelled));
        Assert.Empty(await ReceiveAsync());

        await SendAsync("c");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.ReceiveAsync(Queue, 1, Long, cancelled));
        Assert.Equal("c", Bodies(await ReceiveAsync()));
        Assert.True(await Store.CompleteAsync(message, Stop));
    }
}
