using System.Collections.Concurrent;
using DailyDigest.Hooks;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Hooks;

/// <summary>Web hooks on a store in memory, with a receiver that answers as the test says.</summary>
internal sealed class HookFixture : IHookSender
{
    private readonly ConcurrentQueue<HookRequest> requests = new();

    public HookFixture() => Store = new MemoryTableStore(Time);

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

    public MemoryTableStore Store { get; }

    public HookSecrets Secrets { get; } = new([.. Enumerable.Range(0, 32).Select(number => (byte)number)]);

    /// <summary>The requests in the order of their arrival.</summary>
    public IReadOnlyList<HookRequest> Requests => [.. requests];

    public Func<HookRequest, Task<HookAnswer>> Answer { get; set; } = _ => Task.FromResult(new HookAnswer(204, null));

    public ILogger<CallReceiver> Logger { get; set; } = NullLogger<CallReceiver>.Instance;

    public static HookAnswer Refused { get; } = new(500, "500 Internal Server Error");

    public HookStore Hooks(ITableStore? tables = null) => new(tables ?? Store, Time);

    public HookCallStore Calls(ITableStore? tables = null) => new(tables ?? Store);

    public PublishEvents Publish(ITableStore? tables = null) => new(Hooks(tables), Calls(tables), Time);

    /// <summary>A machine that delivers.</summary>
    public DeliverHooks Deliver(ITableStore? tables = null) => new(Hooks(tables), Calls(tables), Receiver(tables), Time);

    public CallReceiver Receiver(ITableStore? tables = null) =>
        new(Hooks(tables), Calls(tables), Secrets, this, Time, Logger);

    public async Task<Hook> AddAsync(string events = "*", bool withAddress = false, string url = "https://hooks.example.com/in")
    {
        var (outcome, hook, secret) = await new AddHook(Hooks(), Secrets, new HooksOptions())
            .ExecuteAsync(url, events, withAddress, Cancellation);
        Assert.Equal(AddHookOutcome.Added, outcome);
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        return hook!;
    }

    public async Task<HookEvent> HappenAsync(string subject = "a")
    {
        var one = new HookEvent(
            HookTypes.RunBegun, Time.GetUtcNow(), subject, new Dictionary<string, object?> { ["cohort"] = subject });
        await Publish().ExecuteAsync([one], Cancellation);
        return one;
    }

    public async Task<IReadOnlyList<HookCall>> LogAsync(Hook hook) => await Calls().ListAsync(hook.Id, null, 1000, Cancellation);

    public async Task<Hook> ReadAsync(Hook hook) => (await Hooks().GetAsync(hook.Id, Cancellation))!;

    /// <summary>Runs rounds at the instants at which something is due, until nothing waits.</summary>
    public async Task DeliverAllAsync(Hook hook)
    {
        while ((await LogAsync(hook)).Select(call => call.Next).Min() is { } next)
        {
            Time.SetUtcNow(next > Time.GetUtcNow() ? next : Time.GetUtcNow());
            if (await Deliver().ExecuteAsync(Cancellation) == 0)
            {
                return;
            }
        }
    }

    Task<HookAnswer> IHookSender.SendAsync(HookRequest request, CancellationToken cancellationToken)
    {
        requests.Enqueue(request);
        return Answer(request);
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class Lines : ILogger<CallReceiver>
{
    private readonly ConcurrentQueue<(int Id, string Text)> all = new();

    public IReadOnlyList<(int Id, string Text)> All => [.. all];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        all.Enqueue((eventId.Id, formatter(state, exception)));
}
