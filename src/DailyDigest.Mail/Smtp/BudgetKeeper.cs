using DailyDigest.Relays;
using DailyDigest.Storage;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// Keeps this machine's lease on a relay's connections, which all machines share: asks for more while borrowers wait, renews the lease,
/// and releases it when nothing uses the relay. There is at most one request at a time. <see cref="RelaySlots"/> calls it under its lock;
/// it never calls back under its own.
/// </summary>
/// <param name="budget">This machine's share of the limits.</param>
/// <param name="leasesConnections">False if only messages are limited: then there is nothing to ask for or to renew.</param>
/// <param name="time">The clock.</param>
/// <param name="events">Gets a store that fails.</param>
/// <param name="demand">How many connections are open, and how many could be used.</param>
/// <param name="answered">Called after each request.</param>
internal sealed class BudgetKeeper(
    RelayBudget budget, bool leasesConnections, TimeProvider time, RelayEvents events, Func<(int Open, int Wanted)> demand, Action answered)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private Task? request;
    private long? lastRequest;
    private int lastWanted;
    private bool fails;

    /// <summary>How many connections this machine may have open now.</summary>
    public int Allowed => budget.Allowed;

    /// <summary>How long a borrower waits before it asks again: another machine may have released connections.</summary>
    public TimeSpan PollInterval => leasesConnections ? Poll : Timeout.InfiniteTimeSpan;

    /// <summary>True if the last request for connections failed.</summary>
    public bool Fails
    {
        get
        {
            lock (gate)
            {
                return fails;
            }
        }
    }

    /// <summary>The reply to a borrower while the store fails.</summary>
    public static string NotReadable(string relay) => $"storage does not answer what relay {relay} allows";

    /// <summary>Asks for connections if it may help: more are wanted than at the last request, or that was a while ago.</summary>
    public void RequestIfUseful(int open, int wanted)
    {
        lock (gate)
        {
            if (leasesConnections && request is null && open >= budget.Allowed
                && (wanted > lastWanted || lastRequest is not { } last || time.GetElapsedTime(last) >= Poll))
            {
                // Not under the lock: a store may do its work before it returns a task.
                request = Task.Run(LeaseAsync);
            }
        }
    }

    public void RenewIfDue()
    {
        lock (gate)
        {
            if (leasesConnections && budget.RenewalIsDue)
            {
                request ??= Task.Run(LeaseAsync);
            }
        }
    }

    /// <summary>Begins to release what is leased. Returns false while a request is under way.</summary>
    public bool TryRelease()
    {
        lock (gate)
        {
            if (request is not null)
            {
                return false;
            }

            // It takes the place of a request: a lease that is granted meanwhile would be wiped out of the row, and used here.
            request = Task.Run(ReleaseAsync);
            return true;
        }
    }

    private async Task LeaseAsync()
    {
        var (open, wanted) = demand();
        lock (gate)
        {
            (lastRequest, lastWanted) = (time.GetTimestamp(), wanted);
        }

        var failed = false;
        try
        {
            await budget.LeaseAsync(open, wanted, CancellationToken.None);
        }
        catch (StorageException e)
        {
            failed = true;
            events.StoreFails(e);
        }
        finally
        {
            Done(failed);
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await budget.ReleaseAsync(CancellationToken.None);
        }
        catch (StorageException)
        {
            // The lease runs out by itself.
        }
        finally
        {
            Done(null);
        }
    }

    private void Done(bool? failed)
    {
        lock (gate)
        {
            fails = failed ?? fails;
            request = null;
        }

        answered();
    }
}
