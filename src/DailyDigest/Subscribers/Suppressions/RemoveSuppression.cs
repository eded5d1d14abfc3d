using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The outcome of <see cref="RemoveSuppression"/>.</summary>
public enum RemoveSuppressionOutcome
{
    /// <summary>The entry is removed.</summary>
    Removed,

    /// <summary>There is no such entry.</summary>
    NotFound,

    /// <summary>The reader complained or asked for erasure: only an owner may remove it. Nothing was changed.</summary>
    NeedsOwner,
}

/// <summary>The result of <see cref="RemoveSuppression"/>.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Key">The key of the entry, for the audit; null for none.</param>
/// <param name="Reason">The reason that the entry had; null for none.</param>
public sealed record RemovedSuppression(RemoveSuppressionOutcome Outcome, string? Key = null, Suppression? Reason = null);

/// <summary>
/// Removes an entry of the suppression list. It subscribes nobody: a reader who left, bounced or complained stays so, and a list that is
/// imported later adds only people who are new here.
/// </summary>
public sealed class RemoveSuppression(AddressStore addresses, AddressHash hash, Departures? departures = null)
{
    /// <summary>Removes what is on the list for the address: it, and hashes of it.</summary>
    public async Task<RemovedSuppression> ExecuteAsync(EmailAddress address, bool isOwner, CancellationToken cancellationToken)
    {
        var removed = await ExecuteAsync(hash.Of(address), isOwner, cancellationToken);
        foreach (var digest in removed.Outcome == RemoveSuppressionOutcome.NeedsOwner ? [] : AddressDigest.AllOf(address))
        {
            var other = await ExecuteAsync(hash.OfDigest(digest), isOwner, cancellationToken);
            removed = other.Outcome != RemoveSuppressionOutcome.NotFound ? other : removed;
        }

        return removed;
    }

    /// <summary>Removes the entry of the hash.</summary>
    public Task<RemovedSuppression> ExecuteAsync(AddressDigest digest, bool isOwner, CancellationToken cancellationToken) =>
        ExecuteAsync(hash.OfDigest(digest), isOwner, cancellationToken);

    /// <summary>Removes the entry with the key. A key has 64 lower-case hex digits.</summary>
    public async Task<RemovedSuppression> ExecuteAsync(string key, bool isOwner, CancellationToken cancellationToken)
    {
        if (key.Length != 64 || !key.All(char.IsAsciiHexDigitLower))
        {
            return new RemovedSuppression(RemoveSuppressionOutcome.NotFound);
        }

        var entry = await addresses.Suppressions.GetAsync(key, cancellationToken);
        var known = await addresses.GetAsync(key, cancellationToken);
        if ((entry?.Reason ?? known.Reason) is not { } reason)
        {
            return new RemovedSuppression(RemoveSuppressionOutcome.NotFound);
        }

        if (!isOwner && reason is Suppression.Complained or Suppression.Erased)
        {
            return new RemovedSuppression(RemoveSuppressionOutcome.NeedsOwner, key, reason);
        }

        if (entry is { Digest: not null })
        {
            await addresses.Suppressions.DeleteDigestAsync(key, cancellationToken);
            return new RemovedSuppression(RemoveSuppressionOutcome.Removed, key, reason);
        }

        // A stronger reason that came in between stays.
        var after = await addresses.ChangeAsync(
            key, row => row.Reason <= reason ? row with { Reason = null } : row, cancellationToken);
        if (after.Reason is not null)
        {
            return new RemovedSuppression(RemoveSuppressionOutcome.NotFound);
        }

        await (departures?.LiftAsync(key, cancellationToken) ?? Task.CompletedTask);
        if (await addresses.GetAsync(key, cancellationToken) is { SubscriberId: null, Reason: null, ETag: not null } free)
        {
            await addresses.FreeAsync(free, cancellationToken);
        }

        return new RemovedSuppression(RemoveSuppressionOutcome.Removed, key, reason);
    }
}
