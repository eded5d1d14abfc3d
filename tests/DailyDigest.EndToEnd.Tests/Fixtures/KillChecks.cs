using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>Checks a closed run whose senders were killed many times.</summary>
internal static class KillChecks
{
    /// <summary>Every violation of the delivery promises, one line each.</summary>
    public static IEnumerable<string> Faults(
        Run? run, IReadOnlyList<DeliveryRow> ledger, IReadOnlyList<RecordedMail> messages, IReadOnlyList<Life> lives,
        IReadOnlyDictionary<string, string> addresses)
    {
        if (run is not { State: RunState.Closed })
        {
            var open = ledger.Where(row => !row.IsSettled).Take(5);
            yield return $"the run is {run?.State.ToString() ?? "missing"}: {string.Join("; ", open)}";
            yield break;
        }

        var received = messages.GroupBy(message => message.To.Single()).ToDictionary(group => group.Key, group => group.ToList());
        var lost = addresses.Values.Count(address => !received.ContainsKey(address));
        if (lost > 0)
        {
            yield return $"{lost} lost";
        }

        var (sent, all) = (run.Counts.GetValueOrDefault(DeliveryState.Sent), run.Counts.Values.Sum());
        if (sent != received.Count || all != addresses.Count || ledger.Count != addresses.Count)
        {
            yield return $"the ledger says {sent} sent of {all} in {ledger.Count} rows, the mail server has {received.Count} recipients "
                + $"of {addresses.Count}";
        }

        foreach (var life in lives.Where(life => life.InDoubt?.Count > 2 * KillFixture.Connections))
        {
            yield return $"{life.InDoubt!.Count} were in doubt at the end of life {life.Number}";
        }

        var rows = ledger.ToDictionary(row => addresses[row.SubscriberId]);
        var byNumber = lives.ToDictionary(life => life.Number);
        foreach (var (address, copies) in received)
        {
            foreach (var fault in Copies(address, copies, rows.GetValueOrDefault(address), byNumber))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> Copies(string address, List<RecordedMail> copies, DeliveryRow? row, Dictionary<int, Life> lives)
    {
        if (copies.DistinctBy(copy => copy.Header("Message-ID")).Count() > 1)
        {
            yield return $"{address} has copies with different Message-IDs";
        }

        var of = copies.Select(
            copy => int.Parse(copy.From.AsSpan(4, copy.From.IndexOf('@', StringComparison.Ordinal) - 4), null)).Order().ToList();
        if (of.Distinct().Count() < of.Count)
        {
            yield return $"{address} was sent to twice by one program: lives {string.Join(", ", of)}";
        }

        // A reader who got two copies was listed as in doubt in between.
        foreach (var life in of.SkipLast(1).Where(
            life => lives.TryGetValue(life, out var known) && known.InDoubt?.Contains(address) == false))
        {
            yield return $"{address} was sent to in life {life} and again, and was not listed as in doubt in between";
        }

        if (row is null || of.Count - 1 > row.Crashes)
        {
            yield return $"{address} has {of.Count} copies, and the ledger knows of {row?.Crashes ?? 0} doubts";
        }
    }
}
