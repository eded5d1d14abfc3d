using DailyDigest.Returns;

namespace DailyDigest.Tests.Returns;

/// <summary>A mailbox in memory, with the promises of the port and scripted trouble.</summary>
/// <param name="removesAtOnce">True to remove messages at once, as by IMAP; false at the end of the session, as by POP3.</param>
internal sealed class MemoryMailbox(bool removesAtOnce = true) : IReturnMailbox
{
    private readonly SortedDictionary<string, ReturnedMail> messages = new(StringComparer.Ordinal);
    private int number;

    private bool RemovesAtOnce { get; } = removesAtOnce;

    public string Id => "0123456789abcdef";

    public string Name => "mail.example.com:993";

    public TimeSpan Interval => TimeSpan.FromMinutes(5);

    /// <summary>Runs before each step of a session, with its name and its message; its exception replaces the step.</summary>
    public Func<string, string?, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public HashSet<string> Aside { get; } = [];

    public IReadOnlyList<string> Keys => [.. messages.Keys];

    /// <summary>Messages whose beginning does not say enough.</summary>
    public HashSet<string> NeedMore { get; } = [];

    public int Sessions { get; private set; }

    public int Reads { get; private set; }

    public string Deliver(ReturnedMail mail)
    {
        var key = $"m{++number:d6}";
        messages.Add(key, mail);
        return key;
    }

    public async Task<IReturnSession> OpenAsync(CancellationToken cancellationToken)
    {
        Sessions++;
        await Before("open", null);
        return new Session(this);
    }

    private void Remove(List<string> keys)
    {
        foreach (var key in keys)
        {
            messages.Remove(key);
        }
    }

    private sealed record Fetched(ReceivedReturn? Received) : FetchedReturn(1_000)
    {
        public override Task<ReceivedReturn?> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Received);
    }

    private sealed class Session(MemoryMailbox mailbox) : IReturnSession
    {
        private readonly List<string> removed = [];

        public async Task<ReturnList> ListAsync(CancellationToken cancellationToken)
        {
            await mailbox.Before("list", null);
            return new ReturnList(
                [.. mailbox.Keys.Where(key => !mailbox.Aside.Contains(key)).Take(ReturnList.MaxKeys)],
                mailbox.Keys.Count(mailbox.Aside.Contains));
        }

        public async Task<FetchedReturn?> FetchAsync(string key, bool isMore, CancellationToken cancellationToken)
        {
            await mailbox.Before("read", key);
            mailbox.Reads++;
            return mailbox.messages.TryGetValue(key, out var mail)
                ? new Fetched(isMore || !mailbox.NeedMore.Contains(key) ? new ReceivedReturn("id of " + key, 1_000, mail) : null) : null;
        }

        public async Task RemoveAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
        {
            await mailbox.Before("remove", null);
            removed.AddRange(keys);
            if (mailbox.RemovesAtOnce)
            {
                mailbox.Remove(removed);
            }
        }

        public async Task SetAsideAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
        {
            await mailbox.Before("aside", null);
            mailbox.Aside.UnionWith(keys);
        }

        public async Task CommitAsync(CancellationToken cancellationToken)
        {
            await mailbox.Before("commit", null);
            mailbox.Remove(removed);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
