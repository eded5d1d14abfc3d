namespace DailyDigest.Subscribers;

/// <summary>Replaces a section that readers chose, after the publication renamed it.</summary>
public sealed class RenameSection(SubscriberStore subscribers, ChangeSubscriber change)
{
    private const int MaxConcurrency = 16;

    /// <summary>
    /// Replaces the section, in any case of letters, for every subscriber, also for those who left. Repeatable; call it again after an
    /// interruption. Returns the number of subscribers who were changed.
    /// </summary>
    public async Task<int> ExecuteAsync(string from, string to, CancellationToken cancellationToken)
    {
        var changed = 0;
        await Parallel.ForEachAsync(
            subscribers.ScanAsync(null, null, cancellationToken).Where(person => Renamed(person, from, to) is not null),
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (person, cancellation) =>
            {
                await change.ExecuteAsync(person.Id, known => Renamed(known, from, to), cancellation);
                Interlocked.Increment(ref changed);
            });
        return changed;
    }

    private static Subscriber? Renamed(Subscriber? person, string from, string to)
    {
        if (person is null)
        {
            return null;
        }

        var (sections, waiting) = (Renamed(person.Sections, from, to), Renamed(person.SignUp?.Sections ?? [], from, to));
        var renamed = sections is null ? person : person with { Sections = sections };
        renamed = waiting is null ? renamed : renamed with { SignUp = person.SignUp! with { Sections = waiting } };
        return renamed == person ? null : renamed;
    }

    /// <summary>The sections with the new name; null if nothing changes.</summary>
    private static List<string>? Renamed(IReadOnlyList<string> sections, string from, string to)
    {
        var renamed = sections.Select(section => section.Equals(from, StringComparison.OrdinalIgnoreCase) ? to : section)
            .Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return !sections.Contains(from, StringComparer.OrdinalIgnoreCase) || renamed.SequenceEqual(sections) ? null : renamed;
    }
}
