using System.Globalization;
using DailyDigest.Runs;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>Runs the senders in turn and prints tables in Markdown.</summary>
internal static class Reports
{
    public static async Task CompareAsync(int messages, int rounds, IReadOnlyList<int> connections)
    {
        using var mail = await SampleMail.MakeAsync();
        var senders = new Senders(mail).All(messages).ToList();
        Say($"One message has {mail.Bytes / 1024.0:0.0} KB. Each sender in turn, {rounds} rounds: the median by rate, and medians of the ",
            $"ratios within a round and of the processor time, with the lowest and the highest; every one in a process of its own, ",
            $"warmed up, against a smtp-sink of its own.");
        Say($"A sink throws messages away: these are not delivery rates.");
        Say($"");
        foreach (var count in connections)
        {
            var results = senders.ToDictionary(sender => sender.Name, _ => new List<Measured>());
            for (var round = 0; round < rounds; round++)
            {
                foreach (var sender in senders)
                {
                    using var sink = await Sink.StartAsync();
                    results[sender.Name].Add(await sender.SendAsync(sink.Port, count, sender.Messages(count)));
                }
            }

            var medians =
                results.ToDictionary(pair => pair.Key, pair => pair.Value.OrderBy(one => one.Rate).ElementAt(pair.Value.Count / 2));
            Say($"| {count} connection{(count == 1 ? "" : "s")} | messages | per second | against smtp-source | against nodemailer | CPU ",
                $"s per 1,000 | peak MB |");
            Say($"|---|---|---|---|---|---|---|");
            foreach (var (name, one) in medians)
            {
                Say($"| {name} | {one.Messages:#,0} | {one.Rate:#,0} | {Ratio(name, Senders.Source, "0.00")} | ",
                    $"{Ratio(name, Senders.Nodemailer, "0.0")} | {Spread(results[name].Select(each => each.CpuPerThousand), "0.000")} | ",
                    $"{one.PeakMegabytes?.ToString("0", CultureInfo.InvariantCulture) ?? "-"} |");
            }

            Say($"");

            // Neighbours in time: a shared machine is quicker in one minute than in the next.
            string Ratio(string name, string other, string format) => name == other ? 1.ToString(format, CultureInfo.InvariantCulture)
                : Spread(results[name].Zip(results[other], (one, against) => one.Rate / against.Rate), format);
        }
    }

    /// <summary>The median, with the lowest and the highest.</summary>
    private static string Spread(IEnumerable<double> values, string format)
    {
        var sorted = values.Order().Select(value => value.ToString(format, CultureInfo.InvariantCulture)).ToList();
        return $"{sorted[sorted.Count / 2]} ({sorted[0]} to {sorted[^1]})";
    }

    public static async Task ScaleAsync(IReadOnlyList<int> sizes, IReadOnlyList<int> connections)
    {
        Say($"| subscribers | connections a part | settled in | per second | first message after | CPU s per 1,000 | ",
            $"table calls per 1,000 | MB before the tick | peak MB |");
        Say($"|---|---|---|---|---|---|---|---|---|");
        foreach (var (size, count) in sizes.SelectMany(size => connections.Select(count => (size, count))))
        {
            using var sink = await Sink.StartQuickAsync();
            var one = await Senders.ScaleAsync(sink.Port, count, size);
            var taken = await sink.TakenAsync() - Senders.WarmUp;
            Say($"| {size:#,0} | {count} | {one.Seconds:0.0} s | {one.Rate:#,0} | {one.FirstSeconds:0.00} s | ",
                $"{one.CpuPerThousand:0.000} | {one.CallsPerThousand:0} | {one.BeforeMegabytes:0} | {one.PeakMegabytes:0} |");
            if (one.Messages != size || taken != size)
            {
                throw new InvalidOperationException(
                    $"Of {size} subscribers {one.Messages} are settled as sent, and the sink took {taken} messages.");
            }
        }
    }

    /// <summary>Into a relay that is slow, defers, refuses and closes connections: how long until the last reader has the mail.</summary>
    public static async Task RealisticAsync(IReadOnlyList<int> sizes, IReadOnlyList<int> connections)
    {
        Say($"| readers | connections a part | taken | refused for good | deferred once | 421 | doubles | last delivery after | ",
            $"run closed after | CPU s per 1,000 |");
        Say($"|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (size, count) in sizes.SelectMany(size => connections.Select(count => (size, count))))
        {
            using var sink = await Sink.StartMoodyAsync();
            var one = await Senders.RealisticAsync(sink.Port, count, size);
            var did = await sink.CountsAsync();
            Say($"| {size:#,0} | {count} | {did.Taken:#,0} | {did.Refused:#,0} | {did.Deferred:#,0} | {did.Goodbyes:#,0} | ",
                $"{did.Doubles} | {did.LastAt - one.BeganAt:0.0} s | {one.Seconds:0.0} s | {one.CpuPerThousand:0.000} |");
            if (one.Readers != size)
            {
                throw new InvalidOperationException($"Of {size} readers {one.Readers} are settled.");
            }
        }
    }

    /// <summary>Counts the requests of a run, from the tick until it is closed, in Azurite's log.</summary>
    public static async Task CountRequestsAsync(IReadOnlyList<int> sizes, IReadOnlyList<int> connections)
    {
        Say($"| subscribers | connections a part | table reads | table writes | table requests per 1,000 | ",
            $"queue: sent, received, deleted |");
        Say($"|---|---|---|---|---|---|");
        foreach (var (size, count) in sizes.SelectMany(size => connections.Select(count => (size, count))))
        {
            await using var log = new RequestLog();
            var connection = await log.StartAsync();
            using var sink = await Sink.StartQuickAsync();
            var one = await Senders.AzureAsync(sink.Port, count, size, connection);
            var counted = await log.CountAsync();
            var (reads, writes) = (Count("table read"), Count("table write"));
            Say($"| {size:#,0} | {count} | {reads:#,0} | {writes:#,0} | {(reads + writes) * 1000.0 / size:0.0} | ",
                $"{Count("queue send")}, {Count("queue receive")}, {Count("queue delete")} |");
            if (one.Messages != size)
            {
                throw new InvalidOperationException($"Of {size} subscribers {one.Messages} are settled as sent.");
            }

            int Count(string kind) => counted.GetValueOrDefault(kind);
        }
    }

    /// <summary>Prints the parts as one line.</summary>
    private static void Say(params FormattableString[] parts) =>
        Console.WriteLine(string.Concat(parts.Select(part => part.ToString(CultureInfo.InvariantCulture))));
}
