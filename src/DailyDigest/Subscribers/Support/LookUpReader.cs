using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The result of <see cref="LookUpReader"/>.</summary>
/// <param name="Id">The reader's id; null if none was found.</param>
/// <param name="IsUnderstood">False if the text is neither an address nor the beginning of an id.</param>
/// <param name="IsAmbiguous">True if several ids begin so.</param>
/// <param name="Suppressed">The reason why the address is suppressed, if it is an address; null if it is not.</param>
public sealed record ReaderLookup(string? Id, bool IsUnderstood = true, bool IsAmbiguous = false, Suppression? Suppressed = null);

/// <summary>Finds the reader whom an operator means: by address, by id, or by the beginning of an id.</summary>
public sealed class LookUpReader(FindSubscriber find, SubscriberStore subscribers)
{
    private const int MinPrefix = 4;

    /// <summary>Finds the reader. The text is as typed.</summary>
    public async Task<ReaderLookup> ExecuteAsync(string? text, CancellationToken cancellationToken)
    {
        var typed = (text ?? "").Trim().TrimEnd('…').ToLowerInvariant();
        if (typed.Length is >= MinPrefix and <= SubscriberStore.IdLength && typed.All(char.IsAsciiHexDigitLower))
        {
            var ids = await subscribers.FindIdsAsync(typed, 2, cancellationToken);
            return ids.Count == 1 ? new ReaderLookup(ids[0]) : new ReaderLookup(null, IsAmbiguous: ids.Count > 1);
        }

        if (!EmailAddress.TryParse(text, out var address))
        {
            return new ReaderLookup(null, IsUnderstood: false);
        }

        var (person, reason) = await find.ExecuteAsync(address, cancellationToken);
        return new ReaderLookup(person?.Id, Suppressed: reason);
    }
}
