namespace DailyDigest.Returns;

/// <summary>One reading of the mailbox, in several sessions.</summary>
internal sealed class MailboxReading(IReturnMailbox mailbox, SettleReturn settle, PostponedReturns postponed, TimeProvider time)
{
    // If a session breaks, at most these are read again; some servers remove messages only at its end.
    private const int MaxPerSession = 500;
    private const int BatchSize = 50;
    private const int MaxConcurrent = 8;
    private const int LongMessage = 512 * 1024;
    private const int MaxBrokenSessions = 4;

    /// <summary>After this time a reading begins no further messages. A timer function ends after ten minutes.</summary>
    private static readonly TimeSpan MaxReading = TimeSpan.FromMinutes(4);

    /// <summary>After this time a reading is cut off: the server is too slow. Shorter than <see cref="MailboxStates.Lease"/>.</summary>
    private static readonly TimeSpan CutOff = TimeSpan.FromMinutes(5);

    private readonly Dictionary<ReturnResult, int> results = [];
    private readonly long began = time.GetTimestamp();
    private int? setAside;
    private string? underway;
    private int broken;

    private bool IsOver => time.GetElapsedTime(began) >= MaxReading;

    /// <summary>Reads until nothing is left, or the time is up, or the mailbox fails.</summary>
    public async Task<ReadingReport> RunAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CutOff, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var (hasMore, fault) = (true, (string?)null);
        while (hasMore && fault is null && !IsOver)
        {
            underway = null;
            try
            {
                hasMore = await SessionAsync(either.Token);
            }
            catch (MailboxException trouble)
            {
                // A message that breaks a connection must not keep the others from being read. It is found by reading one at a time: its
                // answer may be read to the end and spoil the next one.
                fault = underway is null || broken == MaxBrokenSessions - 1 ? trouble.Message : null;
                Postpone();
                broken++;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                fault = "the server is too slow.";
                Postpone();
            }
        }

        return new ReadingReport(fault is null ? ReadingOutcome.Read : ReadingOutcome.Failed)
        {
            Results = results,
            SetAside = setAside,
            HasMore = hasMore && fault is null,
            Fault = fault,
        };
    }

    private void Postpone()
    {
        if (underway is { } key && broken > 0)
        {
            postponed.HasFailed(key);
        }
    }

    /// <summary>Reads the next messages. Returns whether more wait.</summary>
    private async Task<bool> SessionAsync(CancellationToken cancellationToken)
    {
        await using var session = await mailbox.OpenAsync(cancellationToken);
        var list = await session.ListAsync(cancellationToken);
        setAside = list.SetAside;
        var hopeless = list.Keys.Where(postponed.IsHopeless).ToHashSet(StringComparer.Ordinal);
        await SetAsideAsync(session, [.. hopeless], cancellationToken);

        var due = list.Keys.Where(key => !hopeless.Contains(key) && postponed.IsDue(key)).Take(MaxPerSession + 1).ToList();
        foreach (var batch in due.Take(MaxPerSession).Chunk(broken == 0 ? BatchSize : 1))
        {
            await BatchAsync(session, batch, cancellationToken);
            underway = null;
        }

        await session.CommitAsync(cancellationToken);
        return due.Count > MaxPerSession || IsOver;
    }

    private async Task BatchAsync(IReturnSession session, string[] batch, CancellationToken cancellationToken)
    {
        var settled = await SettleAsync(session, batch, isMore: false, cancellationToken);
        var unclear = settled.Where(one => one.Result is null).Select(one => one.Key).ToList();
        if (unclear.Count > 0)
        {
            var clear = settled.Where(one => one.Result is not null);
            settled = [.. clear, .. await SettleAsync(session, unclear, isMore: true, cancellationToken)];
        }

        foreach (var (key, result, _) in settled)
        {
            results[result!.Value] = results.GetValueOrDefault(result.Value) + 1;
            if (result == ReturnResult.NotYet)
            {
                postponed.IsUnsettled(key);
            }
        }

        var removed = settled.Where(one => one.IsKnown && one.Result != ReturnResult.NotYet).Select(one => one.Key).ToList();
        await session.RemoveAsync(removed, cancellationToken);
        removed.ForEach(postponed.Forget);

        // Also if it is only repeated: the reader before may have been killed between counting it and leaving it.
        await SetAsideAsync(session, [.. settled.Where(one => !one.IsKnown).Select(one => one.Key)], cancellationToken);
    }

    /// <summary>Fetches one message after another; those before are read and settled meanwhile.</summary>
    private async Task<Settled[]> SettleAsync(
        IReturnSession session, IReadOnlyList<string> keys, bool isMore, CancellationToken cancellationToken)
    {
        using var free = new SemaphoreSlim(MaxConcurrent);
        var settling = new List<Task<Settled>>(keys.Count);
        try
        {
            foreach (var key in keys.TakeWhile(_ => !IsOver))
            {
                underway = key;
                var fetched = await session.FetchAsync(key, isMore, cancellationToken);
                if (fetched is null)
                {
                    // Another reader has removed it, or the server does not give it out.
                    postponed.HasFailed(key);
                    continue;
                }

                // The messages that wait are in memory: few of them, and of long ones only one.
                await free.WaitAsync(cancellationToken);
                settling.Add(Task.Run(() => SettleAsync(key, fetched, free, cancellationToken), CancellationToken.None));
                if (fetched.Size > LongMessage)
                {
                    await settling[^1];
                }
            }
        }
        finally
        {
            await Task.WhenAll(settling.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await Task.WhenAll(settling);
    }

    private async Task<Settled> SettleAsync(
        string key, FetchedReturn fetched, SemaphoreSlim free, CancellationToken cancellationToken)
    {
        try
        {
            if (await fetched.ReadAsync(cancellationToken) is not { } received)
            {
                return new Settled(key, null, IsKnown: false);
            }

            var result = await settle.ExecuteAsync(ReturnEvents.Of(received.Mail, received.Id, received.Size), cancellationToken);
            return new Settled(key, result, result != ReturnResult.Unknown && received.Mail.Kind != ReturnKind.Other);
        }
        finally
        {
            free.Release();
        }
    }

    private async Task SetAsideAsync(IReturnSession session, List<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count > 0)
        {
            await session.SetAsideAsync(keys, cancellationToken);
            setAside += keys.Count;
            keys.ForEach(postponed.Forget);
        }
    }

    /// <summary>A message that was read.</summary>
    /// <param name="Key">The message.</param>
    /// <param name="Result">How it was settled; null if its beginning does not say enough.</param>
    /// <param name="IsKnown">False if it is of no known kind, and is left for a person.</param>
    private readonly record struct Settled(string Key, ReturnResult? Result, bool IsKnown);
}
